"""From layers and landmarks to a picture: palette, painter, ink, backdrop, compositor."""
