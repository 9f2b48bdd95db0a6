"""Small drawings with smooth borders: four times as large on what is there already, then averaged."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

SUB = 4


def over(canvas: np.ndarray, points: np.ndarray, reach: float, draw: Callable[[Brush], None], share: float = 1.0) -> None:
    """Changes ``canvas`` (H, W, 3 or 4) uint8 in place around ``points`` (N, 2) and ``reach`` pixels further: what ``draw(brush)``
    paints, mixed in with ``share`` 0 … 1."""
    x0, y0 = np.maximum(np.floor(points.min(0) - reach).astype(int), 0).tolist()
    x1, y1 = np.minimum(np.ceil(points.max(0) + reach).astype(int), canvas.shape[1::-1]).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    part = canvas[y0:y1, x0:x1]
    large = cv2.resize(part, None, fx=SUB, fy=SUB, interpolation=cv2.INTER_NEAREST)
    draw(Brush(large, (x0, y0)))
    half = cv2.resize(large, (large.shape[1] // 2, large.shape[0] // 2), interpolation=cv2.INTER_AREA)       # by two it is far faster than by four
    drawn = cv2.resize(half, part.shape[1::-1], interpolation=cv2.INTER_AREA)
    part[:] = drawn if share >= 1 else cv2.addWeighted(drawn, share, np.ascontiguousarray(part), 1 - share, 0)


class Brush:
    """Fills outlines given in picture pixels on a canvas ``SUB`` times as large whose corner is at ``corner``."""

    def __init__(self, canvas: np.ndarray, corner: tuple[int, int]) -> None:
        self.canvas, self._corner = canvas, corner

    def fixed(self, outline: np.ndarray) -> np.ndarray:
        return np.round(((outline - self._corner + 0.5) * SUB - 0.5) * 16).astype(np.int32)

    def fill(self, outline: np.ndarray, colour: np.ndarray) -> None:
        cv2.fillPoly(self.canvas, [self.fixed(outline)], (*colour.tolist(), 255), cv2.LINE_8, 4)

    def everything(self, colour: np.ndarray) -> None:
        self.canvas[:] = [*np.rint(colour), 255][:self.canvas.shape[2]]

    def inside(self, outline: np.ndarray, draw) -> None:
        """What ``draw(brush)`` does, inside ``outline`` only."""
        mask = np.zeros(self.canvas.shape[:2], np.uint8)
        cv2.fillPoly(mask, [self.fixed(outline)], 255, cv2.LINE_8, 4)
        other = Brush(self.canvas.copy(), self._corner)
        draw(other)
        cv2.copyTo(other.canvas, mask, self.canvas)
