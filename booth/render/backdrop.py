"""Everything that is not a head, drawn: clothes, hands, room. Flat patches, few tones, ink along edges, paler than people.

Works on a quarter of the side for areas and half the side for lines, then enlarges once: no camera pixel passes through.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth.geometry import f32, shrink, smoothstep
from booth.render.style import Style

WORK_WIDTH = 480
"""Areas are flattened at this width; lines are drawn at twice of it."""


class Backdrop:
    """Keeps a slow average of the scene against noise. Owned by one thread."""

    def __init__(self, style: Style) -> None:
        room = style.room
        self._room = room
        levels = np.arange(256, dtype=np.float32) / 255 * room.steps
        stepped = (np.floor(levels) + smoothstep(0.35, 0.65, levels % 1)) / room.steps * 255
        self._tone = (stepped * (1 - room.pale)).clip(0, 255).astype(np.float32)
        self._tint = f32(room.tint) * room.pale
        self._ink = f32(style.line.colour)
        self._line = (((np.arange(256) - 3.0) / 9).clip(0, 1) * room.line).astype(np.float32)
        self._mean: np.ndarray | None = None
        self._ink_image: np.ndarray | None = None

    def draw(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """``image`` (H, W, 3) uint8 as a drawing of ``size`` (width, height)."""
        half = shrink(image, 2 * WORK_WIDTH)
        half_size = half.shape[1::-1]
        small_size = (half_size[0] // 2, half_size[1] // 2)
        small = self._steady(cv2.resize(half, small_size, interpolation=cv2.INTER_AREA))
        flat = cv2.medianBlur(cv2.bilateralFilter(small, 5, 45, 3), 5)
        picture = cv2.resize(self._recolour(flat), half_size, interpolation=cv2.INTER_LINEAR)
        lines = self._lines(cv2.resize(small, half_size, interpolation=cv2.INTER_CUBIC))
        picture = cv2.blendLinear(self._ink_like(picture), picture, lines, 1 - lines)
        return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)

    def _ink_like(self, picture: np.ndarray) -> np.ndarray:
        if self._ink_image is None or self._ink_image.shape != picture.shape:
            self._ink_image = np.full_like(picture, self._ink.astype(np.uint8))
        return self._ink_image

    def _steady(self, small: np.ndarray) -> np.ndarray:
        """Average over time where nothing moves; what moves is taken as it is."""
        if self._mean is None or self._mean.shape != small.shape:
            self._mean = small.astype(np.float32)
            return small
        mean = cv2.convertScaleAbs(self._mean)
        moved = cv2.cvtColor(cv2.absdiff(small, mean), cv2.COLOR_RGB2GRAY)
        moved = cv2.dilate(cv2.compare(cv2.blur(moved, (5, 5)), 5, cv2.CMP_GT), np.ones((5, 5), np.uint8))
        cv2.accumulateWeighted(small, self._mean, 0.25)
        now = cv2.convertScaleAbs(self._mean)
        cv2.copyTo(small, moved, now)
        self._mean[moved > 0] = small[moved > 0]
        return now

    def _recolour(self, flat: np.ndarray) -> np.ndarray:
        ycc = cv2.cvtColor(flat, cv2.COLOR_RGB2YCrCb)
        y, cr, cb = cv2.split(ycc)
        factor = self._room.saturation * (1 - 0.55 * self._room.pale)
        chroma = ((np.arange(256) - 128) * factor + 128).clip(0, 255).astype(np.uint8)
        base = cv2.merge([cv2.LUT(y, self._tone.astype(np.uint8)), cv2.LUT(cr, chroma), cv2.LUT(cb, chroma)])
        return cv2.add(cv2.cvtColor(base, cv2.COLOR_YCrCb2RGB), (*self._tint.tolist(), 0))

    def _lines(self, half: np.ndarray) -> np.ndarray:
        """(H, W) float32 ink 0 … 1: difference of Gaussians, dark side of edges only (Winnemöller 2012, simplified)."""
        grey = cv2.cvtColor(half, cv2.COLOR_RGB2GRAY)
        fine, wide = cv2.GaussianBlur(grey, (7, 7), 1.4), cv2.GaussianBlur(grey, (15, 15), 3.2)
        return cv2.LUT(cv2.subtract(wide, fine), self._line)
