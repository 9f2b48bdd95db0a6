"""From a composite to something Qt can put on a screen quickly."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

MOST_CUT = 0.3


def to_image(rgb: np.ndarray, mirrored: bool) -> QImage:
    """A QImage that owns its pixels, in the screen's own layout (drawing it then is a plain copy).

    ``rgb`` (H, W, 3) uint8. The array behind the image is kept alive as its ``pixels`` attribute.
    """
    pixels = cv2.cvtColor(cv2.flip(rgb, 1) if mirrored else rgb, cv2.COLOR_RGB2BGRA)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    image.pixels = pixels  # type: ignore[attr-defined]
    return image


def placed(image_size: tuple[int, int], window_size: tuple[int, int]) -> tuple[QRectF, QRectF]:
    """Which part of a picture goes to which part of a window (both (width, height)): it fills the window from its middle.

    Sides may be cut as needed, a portrait screen shows the middle of the hall; but where more than ``MOST_CUT`` of the
    height would go, heads would: then the whole picture stands in the middle of the window.
    """
    width, height = image_size
    shape = window_size[0] / max(window_size[1], 1)
    window = QRectF(0, 0, *window_size)
    if width / height > shape:
        part = height * shape
        return QRectF((width - part) / 2, 0, part, height), window
    part = width / shape
    if part < (1 - MOST_CUT) * height:
        across = window_size[1] * width / height
        return QRectF(0, 0, width, height), QRectF((window_size[0] - across) / 2, 0, across, window_size[1])
    return QRectF(0, (height - part) / 2, width, part), window
