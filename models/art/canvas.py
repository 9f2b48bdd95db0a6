"""A sheet to draw on with flat colour, ink and print dots. Lengths are in the layout's unit; it is drawn finer and averaged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FINE = 3
Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]] | np.ndarray
INK: Colour = (32, 28, 40)
WHITE: Colour = (255, 255, 255)


def shade(colour: Colour, by: float) -> Colour:
    """Darker for ``by`` < 1, towards white for ``by`` > 1."""
    if by <= 1:
        return tuple(round(c * by) for c in colour)
    return tuple(round(c + (255 - c) * (by - 1)) for c in colour)


def ring(x: float, y: float, rx: float, ry: float | None = None, start: float = 0, end: float = 360) -> np.ndarray:
    """(N, 2) points of an ellipse, or of a part of it; degrees clockwise from the right."""
    angle = np.radians(np.linspace(start, end, 73))
    return np.stack([x + rx * np.cos(angle), y + (ry or rx) * np.sin(angle)], -1)


def box(x: float, y: float, width: float, height: float, radius: float = 0) -> np.ndarray:
    if not radius:
        return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    corners = [(x + width - radius, y + radius, -90), (x + width - radius, y + height - radius, 0),
               (x + radius, y + height - radius, 90), (x + radius, y + radius, 180)]
    return np.concatenate([ring(cx, cy, radius, None, a, a + 90) for cx, cy, a in corners])


def curve(*points: tuple[float, float]) -> np.ndarray:
    """(N, 2) a smooth line through all points (Catmull-Rom)."""
    p = np.array([points[0], *points, points[-1]], float)
    t = np.linspace(0, 1, 16, endpoint=False)[:, None]
    parts = [0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
             for a, b, c, d in zip(p, p[1:], p[2:], p[3:])]
    return np.concatenate([*parts, p[-1:]])


class Canvas:
    """Transparent at first. Everything drawn is opaque unless it says otherwise."""

    def __init__(self, width: float, height: float, px: float) -> None:
        self.width, self.height, self._k = width, height, px * FINE
        self.size = round(width * px), round(height * px)
        self._colour = np.zeros((self.size[1] * FINE, self.size[0] * FINE, 3), np.uint8)
        self._alpha = np.zeros(self._colour.shape[:2], np.uint8)

    def fill(self, points: Points, colour: Colour, line: float = 0, ink: Colour = INK) -> None:
        fine = [np.round(np.asarray(points, float) * self._k * 16).astype(np.int32)]
        for target, value in ((self._colour, colour), (self._alpha, 255)):
            cv2.fillPoly(target, fine, value, shift=4)
        if line:
            self.line(np.concatenate([np.asarray(points, float), np.asarray(points, float)[:1]]), line, ink)

    def line(self, points: Points, width: float, colour: Colour = INK, taper: bool = False) -> None:
        """A stroke; with ``taper`` thin at both ends like a pen's."""
        p = np.asarray(points, float)
        if not taper:
            fine = [np.round(p * self._k * 16).astype(np.int32)]
            for target, value in ((self._colour, colour), (self._alpha, 255)):
                cv2.polylines(target, fine, False, value, max(1, round(width * self._k)), shift=4)
            return
        along = np.gradient(p, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], -1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        half = width / 2 * np.sin(np.linspace(0.08, 0.97, len(p)) * math.pi)[:, None] ** 0.7
        self.fill(np.concatenate([p + across * half, (p - across * half)[::-1]]), colour)

    def wedge(self, root: tuple[float, float], tip: tuple[float, float], width: float, colour: Colour) -> None:
        """A line that runs out to a point."""
        a, b = np.array(root), np.array(tip)
        across = np.array([a[1] - b[1], b[0] - a[0]]) / max(1e-9, math.dist(root, tip)) * width / 2
        self.fill(np.array([a + across, a - across, b]), colour)

    def sky(self, area: tuple[float, float, float, float], colours: Sequence[Colour], bands: int = 0) -> None:
        """Colours from above to below in a box x, y, width, height; in flat ``bands``, or smooth."""
        x0, y0, x1, y1 = (round(v * self._k) for v in (area[0], area[1], area[0] + area[2], area[1] + area[3]))
        t = np.linspace(0, 1, y1 - y0)
        t = np.floor(t * bands).clip(0, bands - 1) / (bands - 1) if bands else t
        stops = np.linspace(0, 1, len(colours))
        rows = np.stack([np.interp(t, stops, [c[i] for c in colours]) for i in range(3)], -1)
        self._colour[max(0, y0):y1, max(0, x0):x1] = rows.round().astype(np.uint8)[max(0, -y0):, None]
        self._alpha[max(0, y0):y1, max(0, x0):x1] = 255

    def veil(self, points: Points, colour: Colour, strength: float) -> None:
        """A see-through layer on what is drawn already."""
        mask = np.zeros(self._alpha.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(np.asarray(points, float) * self._k).astype(np.int32)], 255)
        where = (mask > 0) & (self._alpha > 0)
        self._colour[where] = (self._colour[where] * (1 - strength) + np.array(colour) * strength).round().astype(np.uint8)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Soft light, strongest in the middle, on what is drawn already."""
        x0, x1 = (int(np.clip(round((x + s * radius) * self._k), 0, self._alpha.shape[1])) for s in (-1, 1))
        y0, y1 = (int(np.clip(round((y + s * radius) * self._k), 0, self._alpha.shape[0])) for s in (-1, 1))
        yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        far = np.hypot(xx - x * self._k, yy - y * self._k) / (radius * self._k)
        share = (strength * np.clip(1 - far, 0, 1) ** 2)[..., None]
        part = self._colour[y0:y1, x0:x1]
        part[:] = (part * (1 - share) + np.array(colour, np.float32) * share).round().astype(np.uint8)

    def dots(self, area: tuple[float, float, float, float], pitch: float, colour: Colour, start: float, end: float, across: bool = False) -> None:
        """Print dots in a box, on a grid turned by 45°: they cover ``start`` of it above (or at the left with ``across``), ``end`` below."""
        x0, y0, x1, y1 = (round(v * self._k) for v in (area[0], area[1], area[0] + area[2], area[1] + area[3]))
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(x1, self._alpha.shape[1]), min(y1, self._alpha.shape[0])
        yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        step = pitch * self._k
        u, v = (xx + yy) / math.sqrt(2) / step, (xx - yy) / math.sqrt(2) / step
        # the amount is that of the dot's own centre: dots stay round
        cu, cv = np.floor(u) + 0.5, np.floor(v) + 0.5
        centre = (cu + cv) / math.sqrt(2) * step if across else (cu - cv) / math.sqrt(2) * step
        low, span = (x0, x1 - x0) if across else (y0, y1 - y0)
        cover = start + (end - start) * np.clip((centre - low) / max(1, span), 0, 1)
        on = np.hypot(u - cu, v - cv) < np.sqrt(np.clip(cover, 0, 1) / math.pi)
        self._colour[y0:y1, x0:x1][on] = colour
        self._alpha[y0:y1, x0:x1][on] = 255

    def sparkle(self, x: float, y: float, radius: float, colour: Colour, line: float = 0) -> None:
        angle = np.linspace(0, 2 * math.pi, 97)
        c, s = np.cos(angle), np.sin(angle)
        self.fill(np.stack([x + radius * np.abs(c)**2.6 * np.sign(c), y + radius * np.abs(s)**2.6 * np.sign(s)], -1), colour, line)

    def heart(self, x: float, y: float, size: float, colour: Colour, line: float = 0, degrees: float = 0) -> None:
        t = np.linspace(0, 2 * math.pi, 80)
        shape = np.stack([16 * np.sin(t)**3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))], -1) / 34 * size
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        self.fill(shape @ np.array([[c, s], [-s, c]]) + (x, y), colour, line)

    def leaf(self, x: float, y: float, lean: float, tall: float, colour: Colour, wide: float = 1.3) -> None:
        """A rounded leaf that grows up from x, y."""
        left, right = (x - wide + lean * 0.5, y - tall * 0.5), (x + wide + lean * 0.5, y - tall * 0.5)
        self.fill(curve((x - 0.3, y), left, (x + lean, y - tall), right, (x + 0.3, y)), colour, 0.2, (40, 84, 72))
        self.line([(x, y), (x + lean * 0.8, y - tall * 0.75)], 0.16, (40, 84, 72))

    def cloud(self, x: float, y: float, width: float, colour: Colour, flat: bool = True) -> None:
        """Heaped circles; with a flat foot at ``y``."""
        for at, up, r in ((-0.36, 0.02, 0.13), (-0.18, 0.1, 0.19), (0.06, 0.16, 0.23), (0.26, 0.07, 0.16), (0.4, 0.01, 0.1)):
            self.fill(ring(x + at * width, y - up * width, r * width, r * width * 0.8, *((180, 360) if flat and up < 0.05 else (0, 360))), colour)
        self.fill(box(x - 0.46 * width, y - 0.1 * width, 0.94 * width, 0.1 * width, 0.05 * width), colour)

    @contextmanager
    def within(self, points: Points) -> Iterator[None]:
        """What is drawn meanwhile shows only inside ``points``."""
        colour, alpha = self._colour.copy(), self._alpha.copy()
        yield
        mask = np.zeros(alpha.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(np.asarray(points, float) * self._k * 16).astype(np.int32)], 255, shift=4)
        self._colour[mask == 0], self._alpha[mask == 0] = colour[mask == 0], alpha[mask == 0]

    def save(self, path: Path) -> None:
        """As an RGBA PNG of the layout's size."""
        flat = self._colour.copy()
        flat[self._alpha == 0] = 0
        colour = cv2.resize(flat, self.size, interpolation=cv2.INTER_AREA).astype(np.float32)
        alpha = cv2.resize(self._alpha, self.size, interpolation=cv2.INTER_AREA)
        straight = (colour * 255 / np.maximum(alpha, 1)[..., None]).clip(0, 255).round().astype(np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.dstack([straight, alpha]), "RGBA").save(path, optimize=True)
        print(path.parent.name, path.name, *self.size, path.stat().st_size // 1024, "KiB")
