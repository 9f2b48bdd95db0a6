"""What visitors and operators take home."""
