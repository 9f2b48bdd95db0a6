"""A drawing that moves: its rig, the puppet that draws it in a pose, and what moves it."""
