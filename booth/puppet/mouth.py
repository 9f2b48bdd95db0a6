"""A drawn mouth that opens: lip lines as heights over the line between the corners, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from booth.geometry import curve, f32, ribbon, smoothstep, taper
from booth.pose import Mouth
from booth.puppet.brush import Brush, over
from booth.puppet.rig import Colours, Lips

COUNT = 33
ALONG = np.linspace(-1, 1, COUNT)
WIDEST = 0.42
"""Inner gap of a jaw as wide open as speech gets, in mouth widths."""
UP = 0.16
"""The upper lip's share of it."""
LEAST = 2.0 / 512
"""Smaller gaps, in sides of the picture, are drawn as one line."""
SHUT = 0.04
"""A still whose mouth is open less than this, in mouth widths, rests on its own drawn mouth."""


def clean(mouth: Mouth) -> Mouth:
    """``mouth`` within its ranges; not a number counts as rest."""
    def within(value: float, low: float) -> float:
        return min(max(float(value), low), 1.0) if np.isfinite(value) else 0.0

    return Mouth(within(mouth.jaw, 0), within(mouth.width, -1), within(mouth.round, 0), within(mouth.press, 0), within(mouth.teeth, 0),
                 within(mouth.tongue, 0), within(mouth.smile, -1))


@dataclass(frozen=True, eq=False, slots=True)
class Shape:
    """Four lip lines (COUNT, 2) from the picture's left corner to its right one. ``gap``: largest between the inner ones, pixels;
    0 where one line is drawn. ``chin``: how far down it brings the chin. ``own`` 0 … 1: how much it is the still's own mouth."""

    upper_outer: np.ndarray
    upper_inner: np.ndarray
    lower_inner: np.ndarray
    lower_outer: np.ndarray
    gap: float
    width: float
    chin: float
    own: float

    def at(self, lines: np.ndarray) -> Shape:
        """The same with its four lines (4·COUNT, 2) somewhere else."""
        upper_outer, upper_inner, lower_inner, lower_outer = lines.reshape(4, COUNT, 2)
        return Shape(upper_outer, upper_inner, lower_inner, lower_outer, self.gap, self.width, self.chin, self.own)

    @property
    def lines(self) -> np.ndarray:
        """(4·COUNT, 2)."""
        return np.concatenate([self.upper_outer, self.upper_inner, self.lower_inner, self.lower_outer])


class DrawnMouth:
    """``lips`` in portrait pixels (lines as (11, 2) arrays from the picture's left), ``line`` the width of fine lines, ``size`` the
    picture's side."""

    def __init__(self, lips: Lips, lines: tuple[np.ndarray, ...], colours: Colours, line: float, size: int) -> None:
        upper_outer, upper_inner, lower_inner, lower_outer = (np.asarray(one, np.float64) for one in lines)
        left, right = 0.5 * (upper_outer[0] + lower_outer[0]), 0.5 * (upper_outer[-1] + lower_outer[-1])
        self._half = max(0.5 * float(np.linalg.norm(right - left)), 2.0)
        self._ex = (right - left) / (2 * self._half)
        self._ey = np.array([-self._ex[1], self._ex[0]])
        self._centre = 0.5 * (left + right)
        uo, ui, li, lo = (self._heights(one) for one in (upper_outer, upper_inner, lower_inner, lower_outer))
        gap = np.maximum(li - ui, 0)
        laugh = float(smoothstep(0.06, 0.25, lips.open))
        self._half *= 1 - 0.10 * laugh
        self._seam = (ui + 0.35 * gap) * (1 - 0.45 * laugh)
        self._upper, self._lower = np.maximum(ui - uo, 0), np.maximum(lo - li, 0)
        self._line, self._least, self._filled, self._closed = max(line, 1.0), LEAST * size, lips.filled, lips.open < SHUT
        self._colours = {name: f32(getattr(colours, name)) for name in ("skin", "line", "lips", "cavity", "teeth", "tongue")}

    def _heights(self, line: np.ndarray) -> np.ndarray:
        """(COUNT,) below the line between the corners, in half mouth widths."""
        fine = curve(line, 65) - self._centre
        along = np.maximum.accumulate(fine @ self._ex / self._half)
        return np.interp(ALONG, along, fine @ self._ey / self._half)

    def shape(self, mouth: Mouth) -> Shape:
        """``mouth`` as lip lines in portrait pixels."""
        m = clean(mouth)
        free = 1 - float(smoothstep(0.1, 0.5, m.press))
        half = self._half * (1 + 0.16 * m.width - 0.38 * m.round + 0.06 * max(m.smile, 0))
        arch = 1 - np.abs(ALONG) ** (2.6 - 0.5 * m.round)
        arch += m.round * (np.sqrt(np.maximum(1 - ALONG ** 2, 0)) - arch)
        gap = 2 * self._half * WIDEST * m.jaw * (1 + 0.2 * m.round - 0.1 * max(m.width, 0)) * free
        least = 0.0 if gap < self._least else gap
        seam = self._half * (self._seam * (1 - 0.75 * m.round) - 0.24 * m.smile * (ALONG ** 2 - 0.3) * (1 - 0.6 * m.round))
        full = self._half * (1 + 0.25 * m.round) * (1 - 0.5 * m.press)
        up = UP + 0.22 * m.round
        upper_inner, lower_inner = seam - up * least * arch, seam + (1 - up) * least * arch
        upper = upper_inner - full * (1 - 0.18 * m.jaw) * self._full(self._upper, m.round)
        lower = lower_inner + full * (1 - 0.12 * m.jaw) * self._full(self._lower, m.round)
        away = max(gap / (2 * self._half * WIDEST), abs(m.width), m.round, m.press, abs(m.smile))
        own = 1 - float(smoothstep(0.0, 0.1, away)) if self._closed else 0.0
        placed = lambda v: self._centre + np.outer(half * ALONG, self._ex) + np.outer(v, self._ey)
        return Shape(placed(upper), placed(upper_inner), placed(lower_inner), placed(lower), least, 2 * half, 0.5 * gap, own)

    @staticmethod
    def _full(lip: np.ndarray, pursed: float) -> np.ndarray:
        """Heights of a lip, the more even the more it is pushed forward."""
        return lip + pursed * (lip.max() * np.maximum(1 - ALONG ** 2, 0) ** 0.4 - lip)

    def paint(self, canvas: np.ndarray, shape: Shape, mouth: Mouth) -> None:
        """Into ``canvas`` (size, size, 3 or 4) uint8, in place: drawn four times as large on what is there, then averaged."""
        if shape.own >= 1:
            return
        over(canvas, shape.lines, 2 * self._line + 2, lambda brush: self._draw(brush, shape, clean(mouth)), 1 - shape.own)

    def _draw(self, brush: Brush, shape: Shape, m: Mouth) -> None:
        c, line = self._colours, self._line
        if self._filled > 0.12:
            tint = c["skin"] + (c["lips"] - c["skin"]) * min(1.0, 1.3 * self._filled)
            brush.fill(np.concatenate([shape.upper_outer, shape.upper_inner[::-1]]), tint)
            brush.fill(np.concatenate([shape.lower_inner, shape.lower_outer[::-1]]), tint)
        if shape.gap <= 0:
            brush.fill(ribbon(0.5 * (shape.upper_inner + shape.lower_inner), line * (0.35 + taper(COUNT, .4, .4, .1))), c["line"])
            return
        inner = np.concatenate([shape.upper_inner, shape.lower_inner[::-1]])
        brush.inside(inner, lambda b: self._cavity(b, shape, m))
        brush.fill(ribbon(shape.upper_inner, line * (0.4 + 0.8 * taper(COUNT, .4, .4, .1))), c["line"])
        brush.fill(ribbon(shape.lower_inner, line * (0.3 + 0.5 * taper(COUNT, .4, .4, .1))), c["line"])

    def _cavity(self, brush: Brush, shape: Shape, m: Mouth) -> None:
        c, depth = self._colours, shape.lower_inner - shape.upper_inner
        brush.everything(c["cavity"])
        half = 0.5 * shape.width
        down = depth[COUNT // 2] / (np.linalg.norm(depth[COUNT // 2]) + 1e-6)
        if m.tongue > 0.02 or shape.gap > 0.3 * half:
            bump = np.maximum(1 - (ALONG / 0.72) ** 2, 0) ** 0.6
            rise = (0.26 + 0.5 * m.tongue) * shape.gap * bump
            top = shape.lower_inner - np.outer(rise, down)
            brush.fill(np.concatenate([top[4:-4], (shape.lower_inner + depth)[4:-4][::-1]]), c["tongue"])
        if m.teeth > 0.02:
            rounded = smoothstep(0.0, 0.3, 1 - np.abs(ALONG))
            tall = min(m.teeth * 0.36 * self._half, (0.35 + 0.6 * m.teeth) * shape.gap) * (0.35 + 0.65 * rounded)
            bottom = shape.upper_inner + np.outer(tall, down)
            brush.fill(np.concatenate([(shape.upper_inner - depth)[1:-1], bottom[1:-1][::-1]]), c["teeth"])
