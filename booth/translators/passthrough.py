"""An engine without a network: everything inside an oval is skin. For tests, and for trying the house without weights."""

from __future__ import annotations

import cv2
import numpy as np

from booth.frame import Crop, Stylized, frozen


class PassthroughTranslator:
    name = "passthrough"

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        return [self._plain(crop) for crop in crops]

    def _plain(self, crop: Crop) -> Stylized:
        size = crop.image.shape[0]
        areas, maps = (np.zeros((size, size, 4), np.uint8) for _ in range(2))
        head = np.zeros((size, size), np.uint8)
        cv2.ellipse(head, (size // 2, int(size * 0.5)), (int(size * 0.22), int(size * 0.3)), 0, 0, 360, 255, -1, cv2.LINE_AA)
        areas[..., 0] = head
        maps[..., 1] = 128
        return Stylized(crop.track_id, crop.affine, frozen(areas), frozen(maps), frozen(np.zeros(4, np.float32)))

    def close(self) -> None:
        pass
