"""From a picture to visitors: detection, tracking, face mesh, upright crops."""
