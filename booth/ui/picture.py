"""From a composite to something Qt can put on a screen quickly."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage


def to_image(rgb: np.ndarray, mirrored: bool) -> QImage:
    """A QImage that owns its pixels, in the screen's own layout (drawing it then is a plain copy).

    ``rgb`` (H, W, 3) uint8. The array behind the image is kept alive as its ``pixels`` attribute.
    """
    pixels = cv2.cvtColor(cv2.flip(rgb, 1) if mirrored else rgb, cv2.COLOR_RGB2BGRA)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    image.pixels = pixels  # type: ignore[attr-defined]
    return image


def filling(image_size: tuple[int, int], window_size: tuple[int, int]) -> QRectF:
    """The part of a picture (width, height) that fills a window of another shape without bars, from its middle."""
    width, height = image_size
    shape = window_size[0] / max(window_size[1], 1)
    if width / height > shape:
        part = height * shape
        return QRectF((width - part) / 2, 0, part, height)
    part = width / shape
    return QRectF(0, (height - part) / 2, width, part)
