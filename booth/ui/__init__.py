"""Windows. Nothing below this room knows Qt."""
