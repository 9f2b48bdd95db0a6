"""Upright square crops of faces, the network's food."""

from __future__ import annotations

import cv2
import numpy as np

from booth import geometry
from booth.frame import Crop, Face, Frame, frozen

SIZE = 256


class Cropper:
    def __init__(self, size: int = SIZE) -> None:
        self._size = size

    def crop(self, frame: Frame, faces: list[Face]) -> list[Crop]:
        """One crop per face, in their order; beyond the picture its border pixels go on."""
        return [self.cut(frame.image, face) for face in faces]

    def cut(self, image: np.ndarray, face: Face) -> Crop:
        affine = geometry.crop_affine(face.points, self._size)
        source, to_crop = _shrunk(image, affine, self._size)
        picture = cv2.warpAffine(source, to_crop, (self._size, self._size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return Crop(face.track_id, frozen(picture), frozen(affine))


def _shrunk(image: np.ndarray, affine: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of ``image`` under the crop, averaged down so that the last step shrinks by less than two, and the
    affine from there. Plain bilinear sampling of a large face would flicker with every pixel of noise."""
    factor = int(1 / np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    if factor < 2:
        return image, affine
    corners = geometry.transform(geometry.invert(affine), geometry.f32([[0, 0], [size, 0], [0, size], [size, size]]))
    height, width = image.shape[:2]
    x0, y0 = (np.maximum(corners.min(0).astype(int) - factor, 0) // factor * factor).tolist()
    x1, y1 = np.minimum(corners.max(0).astype(int) + 2 * factor, [width, height]).tolist()
    columns, rows = (x1 - x0) // factor, (y1 - y0) // factor
    if columns < 1 or rows < 1:
        return image, affine
    part = image[y0:y0 + rows * factor, x0:x0 + columns * factor]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    # pixel centres: full = factor · small + x0 + (factor − 1) / 2
    up = np.array([[factor, 0, x0 + (factor - 1) / 2], [0, factor, y0 + (factor - 1) / 2], [0, 0, 1]])
    return small, (affine.astype(np.float64) @ up).astype(np.float32)
