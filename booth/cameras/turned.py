"""Pictures of a camera that is not mounted the way they are looked at."""

from __future__ import annotations

import cv2
import numpy as np

from booth.settings import Rotation

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turned(picture: np.ndarray, degrees: Rotation) -> np.ndarray:
    """(H, W, 3), or (W, H, 3) after a quarter; clockwise."""
    return picture if degrees == 0 else cv2.rotate(picture, _TURNS[degrees])
