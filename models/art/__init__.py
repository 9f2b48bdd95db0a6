"""Draws the art of the built-in layouts: ``python -m models.art``."""
