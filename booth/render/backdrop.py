"""Everything that is not a head, drawn: clothes, hands, room. Flat patches, few tones, ink along edges, paler than people.

Works on a quarter of the side; lines are enlarged softly and get their edge at full size. No camera pixel
passes through.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth.geometry import LEVELS, f32, shrink, smoothstep
from booth.render.palette import grade
from booth.render.screen import print_dots
from booth.render.style import Named

WORK_WIDTH = 480
"""Areas are flattened and lines found at this width."""
FINER = 4
"""Lines are kept four times as strong while they are enlarged: bytes are too coarse for what is faint."""
RAYS = 70
BODY = (smoothstep(0.3, 0.7, LEVELS) * 255).astype(np.uint8)


class Backdrop:
    """Keeps a slow average of the scene against noise. Owned by one thread."""

    def __init__(self) -> None:
        self._mean: np.ndarray | None = None
        self._look: _Look | None = None

    def draw(self, image: np.ndarray, people: np.ndarray, size: tuple[int, int], style: Named, work_px: int = WORK_WIDTH) -> np.ndarray:
        """``image`` (H, W, 3) uint8 as a drawing of ``size`` (width, height); ``people`` (h, w) uint8 where bodies are."""
        half = shrink(image, 2 * work_px)
        half_size = (half.shape[1], half.shape[0])
        small_size = (half_size[0] // 2, half_size[1] // 2)
        if self._look is None or self._look.style is not style or self._look.size != half_size:
            self._look = _Look(style, half_size)
        look = self._look
        small = self._steady(cv2.resize(half, small_size, interpolation=cv2.INTER_AREA))
        flat = cv2.medianBlur(cv2.bilateralFilter(small, 5, 45, 3), 5)
        bodies = cv2.LUT(cv2.resize(people, small_size, interpolation=cv2.INTER_LINEAR), BODY)
        picture = cv2.resize(look.recolour(flat, bodies), size, interpolation=cv2.INTER_LINEAR)
        if look.rays is not None:
            rays = cv2.subtract(look.rays, cv2.resize(bodies, half_size, interpolation=cv2.INTER_LINEAR))
            rays = cv2.resize(rays, size, interpolation=cv2.INTER_LINEAR)
            picture = cv2.add(picture, cv2.merge([rays, rays, rays]), dst=picture)
        lines = cv2.multiply(_lines(small), cv2.LUT(bodies, look.press), scale=FINER / 128)
        lines = cv2.resize(cv2.resize(lines, half_size, interpolation=cv2.INTER_CUBIC), size, interpolation=cv2.INTER_LINEAR)
        ink = cv2.LUT(lines, look.ink)
        picture = cv2.subtract(picture, cv2.merge([ink, ink, ink]), dst=picture)
        if style.screen.strength:
            picture = print_dots(picture, style.screen, size[1], (0, 0))
        return picture

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
        cv2.copyTo(small.astype(np.float32), moved, self._mean)
        return now


class _Look:
    """What a style makes of a room, as tables: made once."""

    def __init__(self, style: Named, size: tuple[int, int]) -> None:
        self.style, self.size = style, size
        room = style.room
        self._room, self._body = self._tables(room.pale), self._tables(room.pale * room.bodies)
        self.ink = (((np.arange(256) / FINER - 4.4) / 7).clip(0, 1) * room.line * (150 - 0.4 * float(np.mean(style.line.colour)))).astype(np.uint8)
        self.press = (60 + 68 * LEVELS).astype(np.uint8)              # what is far is drawn with a lighter hand
        self.rays = cv2.convertScaleAbs(_rays(size), alpha=room.burst) if room.burst > 0.02 else None

    def _tables(self, pale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lightness, chroma, and tint with the picture's light (256, 1, 3), for cv2.LUT."""
        room, light = self.style.room, self.style.grade
        levels = LEVELS * room.steps
        stepped = (np.floor(levels) + smoothstep(0.35, 0.65, levels % 1)) / room.steps * 255
        tone = (stepped * (1 - pale)).clip(0, 255).astype(np.uint8)
        chroma = ((np.arange(256) - 128) * room.saturation * (1 - 0.55 * pale) * light.saturation + 128).clip(0, 255).astype(np.uint8)
        lit = np.arange(256, dtype=np.float32)[:, None] + f32(room.tint) * np.float32(pale)
        return tone, chroma, grade(lit.clip(0, 255), light.model_copy(update={"saturation": 1.0})).astype(np.uint8).reshape(256, 1, 3)

    def recolour(self, flat: np.ndarray, bodies: np.ndarray) -> np.ndarray:
        y, cr, cb = cv2.split(cv2.cvtColor(flat, cv2.COLOR_RGB2YCrCb))
        drawn = []
        for tone, chroma, light in (self._body, self._room):
            base = cv2.merge([cv2.LUT(y, tone), cv2.LUT(cr, chroma), cv2.LUT(cb, chroma)])
            drawn.append(cv2.LUT(cv2.cvtColor(base, cv2.COLOR_YCrCb2RGB), light))
        return cv2.blendLinear(*drawn, cv2.LUT(bodies, LEVELS), cv2.LUT(bodies, 1 - LEVELS))


def _lines(small: np.ndarray) -> np.ndarray:
    """(H, W) uint8 strength: difference of Gaussians, dark side of edges only (Winnemöller 2012, simplified)."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return cv2.subtract(cv2.GaussianBlur(grey, (9, 9), 1.6), cv2.GaussianBlur(grey, (5, 5), 0.7))


def _rays(size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8: wedges from the picture's edges towards its middle, always the same ones."""
    width, height = size
    rng = np.random.default_rng(5)
    mask = np.zeros((height, width), np.uint8)
    middle, reach = np.array([width / 2, height * 0.48]), np.array([width, height]) * 0.75
    for angle in np.sort(rng.uniform(0, 2 * np.pi, RAYS)):
        inner, half = rng.uniform(0.52, 0.72), rng.uniform(0.004, 0.016)
        ring = lambda a, r: middle + reach * r * [np.cos(a), np.sin(a)]
        wedge = np.stack([ring(angle, inner), ring(angle - half, 1.3), ring(angle + half, 1.3)])
        cv2.fillPoly(mask, [np.round(wedge * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask
