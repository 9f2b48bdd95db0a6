"""The scene "rooftop": the green roof of a house on a hill, at sunset above and at night below."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from models.art.canvas import WHITE, Canvas, Colour, box, curve, ring, shade

MM = 300 / 25.4
EVENING = box(4, 4, 93.6, 78)
DARK = box(4, 84.6, 50, 57)
GREEN: Colour = (96, 158, 126)


def draw(folder: Path) -> None:
    c = Canvas(101.6, 152.4, MM)
    c.fill(box(0, 0, 101.6, 152.4), WHITE)
    with c.within(EVENING):
        _sunset(c)
        _tank(c, 17, 44)
        _laundry(c)
        _bulbs(c, (2, 6.5), (100, 9), 5.5, 11)
    with c.within(DARK):
        _night(c)
        _bulbs(c, (2, 88.5), (56, 87), 4, 6)
    c.save(folder / "back.png")
    c = Canvas(101.6, 152.4, MM)
    with c.within(EVENING):
        _boxes(c)
    with c.within(DARK):
        _railing(c)
    for panel in (EVENING, DARK):
        c.line(np.concatenate([panel, panel[:1]]), 0.62)
    c.save(folder / "front.png")


def _sunset(c: Canvas) -> None:
    c.sky((4, 4, 93.6, 62), [(98, 88, 176), (164, 108, 188), (238, 130, 150), (255, 176, 130), (255, 222, 150)], 13)
    c.fill(ring(72, 50, 9.5), (255, 244, 200))
    c.glow(72, 50, 30, (255, 240, 190), 0.75)
    for x, y, w in ((30, 24, 40), (88, 19, 30), (62, 33, 24)):
        c.cloud(x, y, w, (255, 190, 176) if y > 20 else (226, 150, 190))
        c.fill(box(x - 0.5 * w, y - 0.02 * w, 1.05 * w, 0.05 * w, 0.02 * w), (255, 216, 186))
    c.fill(curve((0, 58), (14, 51), (30, 46), (44, 49), (62, 55), (82, 52), (104, 57), (104, 90), (0, 90)), (170, 96, 150))     # the hill
    c.fill(box(33.4, 34, 1.1, 14), (140, 76, 136))
    c.fill([(32.2, 47), (32.9, 38), (35, 38), (35.7, 47)], (140, 76, 136))
    c.fill(box(31.6, 36.6, 4.7, 2.6, 0.8), (140, 76, 136))
    _city(c, 57, (128, 74, 134), 5, (255, 214, 140), 4.6)
    _city(c, 63, (92, 58, 116), 9, (255, 224, 150), 6.4)
    c.fill(box(2, 70, 98, 16), GREEN)                                                  # the painted roof and its edge
    for x in range(-10, 110, 9):
        c.line([(50 + (x - 50) * 0.8, 70), (50 + (x - 50) * 1.5, 84)], 0.22, shade(GREEN, 0.84))
    c.fill(box(2, 62.5, 98, 8), (232, 196, 186), 0.4)
    c.fill(box(2, 60.8, 98, 2.4), (250, 222, 206), 0.4)
    c.veil(box(2, 66.5, 98, 4), (120, 70, 130), 0.2)


def _city(c: Canvas, foot: float, colour: Colour, seed: int, lit: Colour, tall: float) -> None:
    """Houses in a row, some of their windows lit."""
    rng = np.random.default_rng(seed)
    x = 0.0
    while x < 102:
        w, h = rng.uniform(4, 9), tall * rng.uniform(0.6, 2.0)
        c.fill(box(x, foot - h, w + 0.2, h + 12), colour)
        if rng.random() < 0.35:
            c.line([(x + w / 2, foot - h), (x + w / 2, foot - h - 2.2)], 0.3, colour)
        for yy in np.arange(foot - h + 1.2, foot + 5, 2.1):
            for xx in np.arange(x + 0.9, x + w - 1.2, 1.8):
                if rng.random() < 0.3:
                    c.fill(box(xx, yy, 0.9, 1.0), lit)
        x += w


def _tank(c: Canvas, x: float, y: float) -> None:
    """A water tank on its stand, as on every such roof."""
    iron = (92, 70, 104)
    for dx in (-7, 7):
        c.line([(x + dx, y + 7), (x + dx * 1.15, y + 20)], 1.0, iron)
    c.line([(x - 8, y + 18), (x + 7, y + 8)], 0.5, iron)
    c.fill(box(x - 9, y - 8, 18, 17), (74, 128, 206), 0.42)
    c.fill(box(x + 3.6, y - 7.8, 5.2, 16.6), (58, 98, 176))
    c.fill(box(x - 7, y - 7.4, 1.6, 16), (142, 186, 240))
    for dy in (-3.4, 2.4):
        c.line([(x - 9, y + dy), (x + 9, y + dy)], 0.35)
    c.fill(ring(x, y - 8, 9, 2.2), (96, 150, 222), 0.42)
    c.fill(ring(x + 1, y - 8.6, 2.6, 0.8), (58, 98, 176), 0.3)
    c.fill(box(x - 10.4, y + 8.6, 20.8, 1.8, 0.4), iron, 0.35)


def _laundry(c: Canvas) -> None:
    c.fill(box(93.4, 30, 1.3, 40), (150, 104, 110), 0.3)
    c.fill(box(88.6, 33, 10, 1.1, 0.4), (150, 104, 110), 0.3)
    rope = lambda x: 34 + 3.2 * math.sin((x - 58) / 36 * math.pi)
    c.line([(x, rope(x)) for x in np.linspace(56, 94, 40)], 0.26, (90, 60, 96))
    c.fill(box(56.4, 32, 1.2, 36), (150, 104, 110), 0.3)
    shirt = rope(84)
    c.fill([(79.5, shirt), (88.5, shirt - 0.4), (91.4, shirt + 5), (88.9, shirt + 6.2), (88.2, shirt + 4.6), (88.4, shirt + 13), (79.8, shirt + 13),
            (79.8, shirt + 4.8), (79, shirt + 6.4), (76.7, shirt + 5.2)], (255, 250, 240), 0.35)
    c.fill([(79.9, shirt + 8.6), (88.3, shirt + 8.6), (88.4, shirt + 10.6), (79.9, shirt + 10.6)], (240, 120, 120))
    towel = rope(67)
    c.fill([(61.6, towel - 0.6), (72.4, towel + 0.4), (72, towel + 13.6), (62.2, towel + 12.4)], (255, 214, 130), 0.35)
    c.line([(61.9, towel + 9.6), (72.1, towel + 10.8)], 0.9, (240, 150, 100))
    for x in (62.4, 71.6, 80.4, 87.6):
        c.fill(box(x - 0.35, rope(x) - 1, 0.8, 2), (110, 150, 220), 0.18)


def _boxes(c: Canvas) -> None:
    """Lettuce boxes and pots along the near edge: what hides the visitors' lower edge."""
    c.fill(box(2, 77.6, 98, 6), (206, 146, 106), 0.4)
    for x in (20, 44, 66, 86):
        c.line([(x, 77.6), (x, 83)], 0.3, shade((206, 146, 106), 0.7))
    rng = np.random.default_rng(6)
    for x, w, colour in ((6, 24, (250, 244, 236)), (33, 21, (236, 112, 96)), (57, 25, (250, 244, 236))):
        for lx in np.linspace(x + 1.4, x + w - 1.4, int(w / 1.7)):
            c.leaf(lx, 71.6, rng.uniform(-1.8, 1.8), rng.uniform(4.4, 7), [(88, 164, 108), (122, 190, 112), (70, 140, 104)][rng.integers(0, 3)])
        c.fill([(x, 71), (x + w, 71), (x + w - 1.2, 78), (x + 1.2, 78)], colour, 0.4)
        c.line([(x + 1.4, 73.2), (x + w - 1.4, 73.2)], 0.3, shade(colour, 0.78))
    for n in range(5):                                                                 # a tall pot at the right
        c.leaf(90, 68, (n - 2) * 2.6, 14 - abs(n - 2) * 2, [(70, 140, 104), (100, 172, 112)][n % 2], 2.2)
    c.fill([(85.4, 67.6), (94.6, 67.6), (93, 78), (87, 78)], (196, 104, 84), 0.4)
    c.fill(box(84.6, 66.4, 10.8, 2.4, 0.6), (216, 126, 100), 0.4)


def _bulbs(c: Canvas, a: tuple[float, float], b: tuple[float, float], sag: float, count: int) -> None:
    t = np.linspace(0, 1, 80)
    at = lambda s: (a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s + sag * 4 * s * (1 - s))
    c.line([at(s) for s in t], 0.35, (50, 40, 66))
    for s in (np.arange(count) + 0.5) / count:
        x, y = at(s)
        c.fill(box(x - 0.55, y, 1.1, 1.2, 0.2), (50, 40, 66))
        c.fill(ring(x, y + 2.3, 1.25, 1.45), (255, 232, 140), 0.25)
        c.fill(ring(x - 0.35, y + 1.9, 0.35), WHITE)


def _night(c: Canvas) -> None:
    c.sky((4, 84.6, 50, 57), [(26, 28, 72), (46, 48, 112), (92, 82, 158), (178, 124, 168)], 11)
    rng = np.random.default_rng(7)
    for _ in range(38):
        x, y = rng.uniform(5, 53), rng.uniform(90, 118)
        c.sparkle(x, y, r, WHITE) if (r := rng.uniform(0.2, 1.1)) > 0.8 else c.fill(ring(x, y, r * 0.4), (226, 226, 255))
    c.glow(45, 99, 14, (255, 244, 206), 0.3)
    c.fill(np.concatenate([ring(45, 99, 5, None, -105, 125), ring(42.2, 98.2, 4.8, None, 65, -50)]), (255, 244, 206))
    _city(c, 126, (52, 48, 104), 21, (255, 214, 130), 6)
    _city(c, 132, (36, 34, 80), 25, (255, 232, 160), 6)
    c.fill(box(2, 134, 54, 10), (28, 26, 62))


def _railing(c: Canvas) -> None:
    iron = (74, 82, 140)
    c.fill(box(2, 137.6, 54, 5), (60, 62, 112), 0.4)
    for x in np.arange(6, 55, 4.6):
        c.fill(box(x, 131.6, 1, 6.4), iron, 0.22)
    c.fill(box(2, 129.8, 54, 2.2), shade(iron, 1.25), 0.4)
    c.fill(box(42.6, 125, 4.2, 4.8, 0.5), (240, 112, 100), 0.32)                        # a can on the rail
    c.fill(ring(44.7, 125, 2.1, 0.6), (214, 218, 226), 0.28)
    c.fill(box(42.8, 126.8, 3.8, 1.2), (255, 250, 240))
