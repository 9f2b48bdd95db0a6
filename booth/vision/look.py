"""What a visitor looks like, in 64 numbers: colours of hair, face and clothes, for telling people apart again."""

from __future__ import annotations

import cv2
import numpy as np

from booth.frame import frozen

PARTS = {"hair": (-0.05, -0.55, 1.05, -0.02), "face": (0.15, 0.2, 0.85, 0.95), "clothes": (-0.35, 1.45, 1.35, 2.4)}
"""Boxes relative to the face box: x0, y0, x1, y1 in its widths and heights."""
LIGHT, CHROMA = 4, 4


class Looks:
    """Soft histograms over chroma (a*, b*) with a coarse lightness, one per part, weighted and joined.

    Lightness counts little, so that a visitor who steps into a shadow stays who they are.
    """

    def of(self, image: np.ndarray, boxes: list[np.ndarray]) -> list[np.ndarray]:
        """One (D,) unit vector per face box; ``image`` RGB, boxes in its pixels."""
        if not boxes:
            return []
        return [frozen(self._describe(image, box)) for box in boxes]

    def _describe(self, image: np.ndarray, box: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        w, h = box[2] - box[0], box[3] - box[1]
        parts = []
        for x0, y0, x1, y1 in PARTS.values():
            left, right = np.clip([box[0] + x0 * w, box[0] + x1 * w], 0, width).astype(int)
            top, bottom = np.clip([box[1] + y0 * h, box[1] + y1 * h], 0, height).astype(int)
            if right - left < 3 or bottom - top < 3:
                parts.append(np.zeros(LIGHT + CHROMA * CHROMA, np.float32))
                continue
            small = cv2.resize(image[top:bottom, left:right], (24, 24), interpolation=cv2.INTER_AREA)
            lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
            chroma = cv2.calcHist([lab[..., 1:]], [0, 1], None, [CHROMA * 2, CHROMA * 2], [-40, 40, -40, 40])
            chroma = cv2.GaussianBlur(chroma, (3, 3), 0.8)[::2, ::2].ravel()
            light = cv2.GaussianBlur(cv2.calcHist([lab[..., :1].copy()], [0], None, [LIGHT * 2], [0, 100]), (1, 3), 0.8)[::2].ravel()
            parts.append(np.concatenate([light / 576, 1.5 * chroma / 576]).astype(np.float32))
        vector = np.sqrt(np.concatenate(parts))
        return vector / (np.linalg.norm(vector) + 1e-6)
