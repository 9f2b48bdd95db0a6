"""The slow, careful teacher: photo portrait → layers, from landmarks, colour models and hand-written rules."""
