"""The operator's panel: health and what mends it, numbers, sessions, settings, the PIN. All it knows of the booth is a ``Desk``."""
