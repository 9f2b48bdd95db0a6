"""A drawn eye that shuts and looks aside: a lid of plain skin slides down, a lash line goes with it, the iris is never squashed."""

from __future__ import annotations

import cv2
import numpy as np

from booth.geometry import curve, even, f32, ribbon, smoothstep
from booth.puppet.brush import over

COUNT = 25
KEPT_SHUT = 0.08
"""An eye that is drawn less open than this, in eye widths, stays as it is."""
MEETS = 0.86
"""Where the lids meet, from the upper to the lower line."""
LASH = np.interp(even(COUNT), [0, .15, .55, .85, 1], [.2, .7, 1.0, 1.0, .25])
GAZE_LEAST = 0.04


class DrawnEye:
    """In portrait pixels: ``upper`` and ``lower`` (9, 2) lid lines, inner corner first, ``area`` outline (N, 2), ``iris`` (2,),
    ``radius``. ``own`` and ``plain`` are the fine portrait (fine·size, fine·size, 4) as it is and with plain skin for eyes."""

    def __init__(self, upper: np.ndarray, lower: np.ndarray, area: np.ndarray, iris: np.ndarray, radius: float, openness: float,
                 lash: np.ndarray, line: float, own: np.ndarray, plain: np.ndarray, fine: int) -> None:
        self._fine = fine
        self.upper, self.lower = curve(upper.astype(np.float64), COUNT), curve(lower.astype(np.float64), COUNT)
        self.width = float(np.linalg.norm(self.upper[-1] - self.upper[0])) + 1e-6
        self._along = (self.upper[-1] - self.upper[0]) / self.width
        down = np.array([-self._along[1], self._along[0]])
        self._down = down if down[1] > 0 else -down
        self.still = openness < KEPT_SHUT
        self._lash = f32(lash)
        limit = np.array(own.shape[1::-1])
        low = np.clip(np.floor(fine * area.min(0)).astype(int) - 6, 0, limit - 2)
        high = np.clip(np.ceil(fine * area.max(0)).astype(int) + 7, low + 2, limit)
        self._box = slice(low[1], high[1]), slice(low[0], high[0])
        self._corner = low
        self._own, self._plain = own[self._box].copy(), plain[self._box].copy()
        self._area = self._mask(area)
        self._thick = self._lash_width(line)
        self._iris, self._radius = np.asarray(iris, np.float64), float(radius)
        self._opening = self._mask(np.concatenate([self.upper + 0.45 * self._thick * self._down, (self.lower - 0.3 * line * self._down)[::-1]]))
        self._opening = cv2.min(self._opening, self._area)
        self._ball = self._eyeball()
        height, width = self._own.shape[:2]
        self._x, self._y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def _mask(self, outline: np.ndarray) -> np.ndarray:
        mask = np.zeros(self._own.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round((self._fine * outline - self._corner) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return mask

    def _lash_width(self, line: float) -> float:
        """Of the drawn upper lash line: how far across it the drawing is nearer to the lash colour than to skin."""
        widths = []
        steps = np.arange(-4 * line, 4 * line, 0.25)
        for point in self.upper[5:-5:3]:
            at = f32(self._fine * (point + np.outer(steps, self._down)) - self._corner).reshape(-1, 1, 2)
            seen = cv2.remap(self._own, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0, :3].astype(np.float32)
            skin = cv2.remap(self._plain, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0, :3].astype(np.float32)
            dark = np.abs(seen - self._lash).sum(1) < 0.6 * np.abs(seen - skin).sum(1)
            above = dark & (steps < 1.2 * line)                 # below may be the iris
            widths.append(0.25 * float(above.sum()))
        return float(np.clip(np.median(widths), 1.2 * line, 0.10 * self.width + line))

    def _eyeball(self) -> np.ndarray:
        """The box with what is in the opening continued outwards, so that the iris brings no lash with it."""
        inside = (self._opening > 250).astype(np.uint8)
        if inside.sum() < 16:
            return self._own
        _, label = cv2.distanceTransformWithLabels(1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        seeds = np.zeros(int(label.max()) + 1, np.int64)
        where = np.flatnonzero(inside)
        seeds[label.ravel()[where]] = where
        return self._own.reshape(-1, 4)[seeds[label]]

    def lines(self, lid: float) -> tuple[np.ndarray, np.ndarray]:
        """(COUNT, 2) upper and lower lid in portrait pixels, ``lid`` 0 as in the still … 1 shut: there they meet."""
        lid = 0.0 if self.still else float(np.clip(lid, 0, 1))
        meet = self.upper + MEETS * (self.lower - self.upper)
        return self.upper + lid * (meet - self.upper), self.lower + lid * (meet - self.lower)

    def gap(self, lid: float) -> float:
        """Between the lids in the middle third, in eye widths."""
        upper, lower = self.lines(lid)
        return float(np.linalg.norm((lower - upper)[COUNT // 3:-COUNT // 3], axis=1).mean()) / self.width

    def cover(self, portrait: np.ndarray, lid: float, gaze: tuple[float, float]) -> None:
        """Sets this eye's area in the fine ``portrait`` (fine·size, fine·size, 4) uint8 to what is seen, in place."""
        lid = 0.0 if self.still else lid
        seen = self._looking(gaze) if max(abs(gaze[0]), abs(gaze[1])) > GAZE_LEAST and not self.still and lid < 0.97 else self._own
        if lid > 0:
            upper, _ = self.lines(lid)
            far = self.width
            above = np.concatenate([[upper[0] - far * self._along], upper, [upper[-1] + far * self._along],
                                    [upper[-1] + far * self._along - 3 * far * self._down], [upper[0] - far * self._along - 3 * far * self._down]])
            weight = self._mask(above)
            shut = float(smoothstep(0.6, 0.95, lid))
            weight = cv2.max(weight, round(255 * shut))
            weight = cv2.multiply(weight, self._area, scale=float(smoothstep(0, 0.12, lid)) / 255)
            share = weight.astype(np.float32) * np.float32(1 / 255)
            seen = cv2.blendLinear(self._plain, seen, share, 1 - share)
        cv2.copyTo(seen, self._area, portrait[self._box])

    def _looking(self, gaze: tuple[float, float]) -> np.ndarray:
        """The eyeball's content moved inside the opening: as a whole within the iris, less and less towards the corners."""
        iris = self._fine * self._iris - self._corner
        room = max(0.0, 0.5 * self.width - self._radius)
        way = self._fine * np.array([gaze[0] * min(0.7 * room, 0.5 * self._radius), gaze[1] * 0.15 * self._radius])
        apart = np.hypot(self._x - np.float32(iris[0] + way[0]), self._y - np.float32(iris[1] + way[1])) * np.float32(1 / (self._fine * self._radius))
        part = smoothstep(1.0 + max(0.5, 1.2 * room / self._radius), 1.05, apart)
        x, y = (at - part * np.float32(by) for at, by in zip((self._x, self._y), way))
        moved = cv2.remap(self._ball, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = self._opening.astype(np.float32) * np.float32(1 / 255)
        return cv2.blendLinear(moved, self._own, share, 1 - share)

    def paint(self, canvas: np.ndarray, upper: np.ndarray, lid: float) -> None:
        """The lash line along ``upper`` (COUNT, 2), output pixels, into ``canvas`` (size, size, 3 or 4) uint8, in place."""
        if lid <= 0 or self.still:
            return
        lash = ribbon(upper, self._thick * LASH)
        over(canvas, upper, 2 * self._thick + 2, lambda brush: brush.fill(lash, self._lash), float(smoothstep(0, 0.12, lid)))
