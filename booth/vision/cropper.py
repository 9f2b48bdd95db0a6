"""Upright square crops of faces, the network's food."""

from __future__ import annotations

import cv2
import numpy as np

from booth import geometry
from booth.frame import Crop, Face, Frame, frozen

SIZE = 256


class Cropper:
    def crop(self, frame: Frame, faces: list[Face], size: int = SIZE) -> list[Crop]:
        """One crop of ``size`` pixels a side per face, in their order; beyond the picture its border pixels go on."""
        return [self.cut(frame.image, face, size) for face in faces]

    def cut(self, image: np.ndarray, face: Face, size: int = SIZE) -> Crop:
        affine = geometry.crop_affine(face.points, size)
        source, to_crop = geometry.shrunk(image, affine, size)
        picture = cv2.warpAffine(source, to_crop, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return Crop(face.track_id, frozen(picture), frozen(affine))
