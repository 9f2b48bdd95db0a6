"""What the booth is heard with."""
