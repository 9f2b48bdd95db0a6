"""Drawn locks and a ring of light on hair, in the upright crop: they move with the head and cost a table.

Hair is combed along the meridians of a dome that stands on the face: they meet at the crown, run down the temples and
hang straight below. What is dark between two locks, and where the ring of light is broken, depends on the meridian alone.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from booth.geometry import CROP_LIFT, CROP_SPAN, smoothstep

CROWN, EQUATOR, WIDE = -0.38, 0.30, 0.56
"""Crown and widest line of the dome below the top of the forehead, and its half width, in face heights."""


@cache
def locks(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Dark gaps between locks and the ring of light: (size, size) float32 0 … 1 each, read-only."""
    unit = size / CROP_SPAN                                        # a face height in pixels
    forehead = size / 2 + CROP_LIFT * unit - unit / 2
    y, x = np.mgrid[:size, :size].astype(np.float32)
    down = (y - forehead) / unit
    rise = np.clip((EQUATOR - down) / (EQUATOR - CROWN), 0, 0.985)
    meridian = (x - size / 2) / unit / (WIDE * np.sqrt(1 - rise ** 2))
    rng = np.random.default_rng(4)
    at = np.linspace(-4, 4, 2049)
    noise = sum(np.interp(at, np.linspace(-4, 4, n), rng.normal(0, w, n)) for n, w in ((40, 0.9), (90, 0.8), (190, 0.5)))
    height = lambda values: np.interp(meridian, at, values).astype(np.float32)
    gap = height(smoothstep(0.75, 1.45, noise)) * smoothstep(-0.34, -0.1, down)
    jagged = height(sum(np.interp(at, np.linspace(-4, 4, n), rng.normal(0, w, n)) for n, w in ((30, 0.020), (120, 0.034))))
    middle = -0.10 + 0.10 * np.clip(np.abs(x - size / 2) / unit / WIDE, 0, 1.2) ** 2
    thick = 0.034 + height(rng.uniform(-0.022, 0.02, at.size // 24).repeat(25)[:at.size])
    apart = np.abs(down - middle - jagged)
    ring = smoothstep(0.008, -0.012, apart - thick) * (np.abs(meridian) < 0.92)
    for table in (gap, ring):
        table.flags.writeable = False
    return gap.astype(np.float32), ring.astype(np.float32)


@lru_cache(maxsize=16)
def combed(size: int, contrast: float, shine: float) -> np.ndarray:
    """(size, size) int16, read-only: what locks and light add to the tone of hair."""
    gap, ring = locks(size)
    table = (150 * shine * ring - 70 * contrast * gap).astype(np.int16)
    table.flags.writeable = False
    return table
