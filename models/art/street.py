"""The scene "street": a shopping street in the morning, a wall with flowers before the visitors."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from models.art.canvas import INK, WHITE, Canvas, Colour, box, curve, ring, shade

MM = 300 / 25.4
PANEL = (4.0, 4.0, 93.6, 100.0)


def draw(folder: Path) -> None:
    c = Canvas(101.6, 152.4, MM)
    c.fill(box(0, 0, 101.6, 152.4), WHITE)
    with c.within(box(*PANEL)):
        _far(c)
        _brick_house(c)
        _cafe(c)
        _right_house(c)
        _pavement(c)
        _wires(c)
        _lamp(c, 93)
    c.save(folder / "back.png")
    c = Canvas(101.6, 152.4, MM)
    with c.within(box(*PANEL)):
        _wall(c)
        _cat(c, 15.5, 92.2)
    c.line(np.concatenate([box(*PANEL), box(*PANEL)[:1]]), 0.62)
    c.save(folder / "front.png")


def _far(c: Canvas) -> None:
    c.sky((4, 4, 93.6, 74), [(138, 192, 250), (178, 214, 255), (222, 238, 255), (255, 240, 224)], 9)
    for x, y, w in ((44, 22, 26), (70, 31, 20), (30, 36, 16)):
        c.cloud(x, y, w, WHITE)
    rng = np.random.default_rng(2)
    for x in range(26, 80, 7):
        top = 44 + rng.uniform(-5, 6)
        c.fill(box(x, top, 7.4, 50), (196, 208, 236))
        for row in range(4):
            for column in range(2):
                c.fill(box(x + 1.4 + column * 2.8, top + 2.2 + row * 4, 1.7, 2.2), (216, 226, 246))


def _window(c: Canvas, x: float, y: float, w: float, h: float, glass: Colour = (150, 186, 214)) -> None:
    c.fill(box(x, y, w, h), glass, 0.28)
    c.fill([(x + 0.3, y + h * 0.62), (x + w * 0.62, y + 0.3), (x + w * 0.86, y + 0.3), (x + 0.3, y + h * 0.86)], shade(glass, 1.45))
    c.line([(x + w / 2, y), (x + w / 2, y + h)], 0.28)
    c.fill(box(x - 0.5, y + h, w + 1, 0.8), (240, 236, 230), 0.24)


def _brick_house(c: Canvas) -> None:
    brick = (214, 132, 108)
    c.fill(box(2, 14, 29, 80), brick, 0.4)
    rng = np.random.default_rng(3)
    for _ in range(46):
        x, y = rng.uniform(3, 27), 16 + 1.6 * rng.integers(0, 30)
        c.line([(x, y), (x + 2.2, y)], 0.22, shade(brick, 0.8))
    c.fill(box(2, 12.4, 30, 2.4), shade(brick, 1.35), 0.35)
    for y in (19, 34):
        for x in (6.5, 18.5):
            _window(c, x, y, 8, 9)
    c.fill(box(23.6, 45.2, 6.2, 4.6, 0.5), (236, 238, 240), 0.3)                      # an air conditioner
    c.fill(ring(26, 47.5, 1.7), (206, 212, 218), 0.24)
    _sign(c, box(5, 50, 24, 6.4, 1), (64, 110, 100))
    c.fill(ring(9.2, 53.2, 1.6), (255, 236, 190))
    for n, w in enumerate((4.6, 6.2)):
        c.fill(box(12.4 + n * 5.6, 52.3, w - 0.8, 1.8, 0.6), (255, 236, 190))
    c.fill(box(6, 59, 22, 34), (96, 74, 82), 0.35)
    for n in range(3):
        c.fill(box(7 + n * 7, 60, 6, 30), (255, 226, 168), 0.28)
        for shelf in range(4):                                                        # a bookshop's window
            rng = np.random.default_rng(10 * n + shelf)
            x = 7.4 + n * 7
            while x < 12.2 + n * 7:
                w, h = rng.uniform(0.5, 1.0), rng.uniform(2.8, 4.2)
                colour = [(226, 110, 100), (110, 150, 210), (240, 190, 90), (120, 180, 150), (170, 130, 200)][rng.integers(0, 5)]
                c.fill(box(x, 66 + shelf * 5.6 - h, w, h), colour)
                x += w + 0.15
            c.line([(7 + n * 7, 66.1 + shelf * 5.6), (13 + n * 7, 66.1 + shelf * 5.6)], 0.3, (130, 88, 70))


def _sign(c: Canvas, shape: np.ndarray, colour: Colour) -> None:
    c.fill(shape + (0.6, 0.7), shade(INK, 1.3))
    c.fill(shape, colour, 0.35)


def _cafe(c: Canvas) -> None:
    wall = (250, 236, 212)
    c.fill(box(31, 36, 37, 60), wall, 0.4)
    c.fill(box(30, 33.6, 39, 2.8), (178, 120, 92), 0.35)
    for x in (35, 45.5, 56):
        _window(c, x, 40, 7.4, 8, (160, 196, 216))
    c.fill(box(34, 62, 20, 26), (132, 178, 190), 0.35)
    c.fill([(34.3, 80), (50, 62.3), (53.7, 62.3), (34.3, 85)], (176, 210, 218))
    c.fill(box(56, 62, 9.4, 32), (178, 120, 92), 0.35)
    c.fill(box(57.4, 64, 6.6, 15), (160, 196, 206), 0.28)
    c.fill(ring(64, 82, 0.6), (255, 220, 140), 0.2)
    for n in range(10):                                                               # the awning
        x = 31.6 + n * 3.6
        colour = (236, 96, 92) if n % 2 == 0 else (255, 250, 240)
        c.fill([(x + 0.7, 52), (x + 4.1, 52), (x + 3.6, 58.6), (x, 58.6)], colour)
        c.fill(ring(x + 1.8, 58.6, 1.8, 1.9, 0, 180), colour, 0.24)
    c.line([(32.3, 52), (67.7, 52)], 0.35)
    c.veil(box(31.4, 60.4, 36.4, 3.2), (60, 40, 70), 0.22)
    c.fill(ring(72.4, 45, 4.1), (255, 250, 240), 0.35)                                # a cup on a hanging sign
    c.fill(box(70.2, 43.6, 3.8, 3.4, 0.8), (178, 120, 92), 0.25)
    c.line(ring(74.3, 45.2, 1, None, -90, 90), 0.35, (178, 120, 92))
    for x in (71.2, 73):
        c.line(curve((x, 42.9), (x + 0.35, 42.2), (x - 0.2, 41.6)), 0.25)


def _right_house(c: Canvas) -> None:
    wall = (172, 190, 222)
    c.line([(68, 41), (76, 41)], 0.5)
    c.fill(box(76, 24, 24, 72), wall, 0.4)
    c.fill(box(75, 21.6, 26, 2.8), shade(wall, 0.78), 0.35)
    for y in (29, 43):
        for x in (79.4, 89.6):
            _window(c, x, y, 7, 8.6, (146, 176, 214))
    for x in (79.2, 82, 85.4):                                                        # flower pots on the sill
        c.fill(ring(x + 0.8, 36.8, 1.5, 1.2), (104, 170, 110))
        c.fill(ring(x + 0.4, 36.4, 0.45), (255, 150, 170))
    _sign(c, box(78, 56, 21, 5.6, 0.8), (250, 206, 96))
    c.heart(82, 58.6, 3.2, (236, 96, 92))
    for n, w in enumerate((5.4, 4.2)):
        c.fill(box(85 + n * 6.4, 57.8, w, 1.8, 0.6), (90, 70, 60))
    c.fill(box(79, 64, 19, 28), (110, 124, 160), 0.35)
    c.fill(box(80, 65, 17, 22), (255, 226, 180), 0.28)
    for x, colour in ((83, (250, 150, 160)), (88, (255, 250, 240)), (93, (150, 200, 180))):       # cakes
        c.fill(box(x - 1.8, 78, 3.6, 2.4, 0.4), colour, 0.25)
        c.fill(ring(x, 77.4, 0.7), (226, 70, 80), 0.2)
    c.fill(box(80, 80.5, 17, 0.8), (150, 110, 90))


def _pavement(c: Canvas) -> None:
    c.fill([(0, 90), (102, 90), (102, 110), (0, 110)], (206, 204, 216))
    c.line([(0, 90), (102, 90)], 0.35)
    c.veil(box(0, 90, 102, 2.4), (60, 40, 90), 0.2)


def _wires(c: Canvas) -> None:
    """Light falls from the left: a soft beam, then the wires that no street goes without."""
    c.veil([(40, 4), (60, 4), (22, 96), (-6, 96)], (255, 246, 214), 0.2)
    for a, b, sag in (((0, 9), (102, 14), 7), ((0, 12.5), (102, 16), 8), ((0, 8), (102, 27), 5)):
        t = np.linspace(0, 1, 50)
        c.line(np.stack([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t + sag * np.sin(math.pi * t)], -1), 0.22, (70, 66, 92))


def _lamp(c: Canvas, x: float) -> None:
    iron = (58, 62, 84)
    c.fill(box(x - 0.6, 38, 1.2, 58), iron, 0.25)
    c.line(curve((x, 40), (x - 1.6, 35.4), (x - 5, 34.6)), 0.9, iron)
    c.fill([(x - 7.6, 37.4), (x - 2.8, 37.4), (x - 4.2, 34), (x - 6.2, 34)], iron, 0.25)
    c.fill(ring(x - 5.2, 37.6, 1.7, 1.7, 0, 180), (255, 240, 190), 0.25)


def _wall(c: Canvas) -> None:
    """A low wall with a planted box on it, before the visitors: what hides their lower edge."""
    c.fill(box(2, 94, 98, 12), (238, 222, 204), 0.4)
    for x, y in ((10, 100.4), (27, 98.8), (46, 101), (64, 99), (82, 100.6)):
        c.line([(x, y), (x + 5.4, y)], 0.3, (206, 184, 164))
    c.fill(box(2, 92.2, 98, 3), (252, 242, 228), 0.4)
    c.veil(box(2, 95.4, 98, 1.4), (90, 60, 90), 0.22)
    c.fill(box(27, 88.6, 66, 5.2, 0.8), (178, 112, 84), 0.4)
    c.fill(box(26.2, 87.4, 67.6, 2, 0.6), (204, 138, 104), 0.4)
    rng = np.random.default_rng(8)
    for tall, green in ((6.4, (64, 128, 92)), (5.2, (92, 166, 104)), (3.8, (124, 192, 114))):         # leaves, back to front
        for x in np.linspace(28.6, 91.4, 36):
            c.leaf(x + rng.uniform(-0.6, 0.6), 88, rng.uniform(-1.6, 1.6), tall * rng.uniform(0.75, 1.15), green)
    for x in np.linspace(30, 90, 15):
        colour = [(255, 132, 150), (255, 214, 96), (250, 250, 255), (190, 150, 240)][rng.integers(0, 4)]
        _flower(c, x + rng.uniform(-1, 1), rng.uniform(82.6, 86), rng.uniform(1.15, 1.7), colour)


def _flower(c: Canvas, x: float, y: float, r: float, colour: Colour) -> None:
    for n in range(5):
        angle = 2 * math.pi * n / 5 - 0.3
        c.fill(ring(x + 0.62 * r * math.cos(angle), y + 0.62 * r * math.sin(angle), r * 0.5), colour, 0.16, shade(colour, 0.55))
    c.fill(ring(x, y, r * 0.36), (255, 190, 70) if colour != (255, 214, 96) else (214, 120, 60), 0.16, (150, 90, 40))


def _cat(c: Canvas, x: float, y: float) -> None:
    """A cat sits on the wall, its back to nobody."""
    coat, patch = (255, 248, 238), (240, 160, 84)
    c.line(curve((x + 5.4, y - 1), (x + 8.4, y + 0.6), (x + 8, y + 4.6), (x + 9.4, y + 6.4)), 1.9, INK)
    c.line(curve((x + 5.4, y - 1), (x + 8.4, y + 0.6), (x + 8, y + 4.6), (x + 9.4, y + 6.4)), 1.3, patch)
    c.fill(curve((x - 4.6, y), (x - 4.8, y - 6), (x - 2, y - 11), (x + 2, y - 11), (x + 5.4, y - 6.4), (x + 5.6, y), (x - 4.6, y)), coat, 0.38)
    with c.within(curve((x - 4.6, y), (x - 4.8, y - 6), (x - 2, y - 11), (x + 2, y - 11), (x + 5.4, y - 6.4), (x + 5.6, y), (x - 4.6, y))):
        c.fill(ring(x + 5, y - 5, 3.4, 4.6), patch)
    c.fill([(x - 4.9, y - 13), (x - 4.7, y - 18.4), (x - 1, y - 16.2)], patch, 0.38)
    c.fill([(x + 1, y - 16.2), (x + 4.7, y - 18.4), (x + 4.9, y - 13)], coat, 0.38)
    c.fill(ring(x, y - 12.4, 5.5, 4.5), coat, 0.38)
    c.fill(curve((x - 5.2, y - 13.6), (x - 3.4, y - 16.2), (x - 0.6, y - 16.8), (x - 1.6, y - 13.8), (x - 5.2, y - 13.6)), patch)
    c.line(ring(x, y - 12.4, 5.5, 4.5), 0.38)
    for s in (-1, 1):
        c.fill(ring(x + s * 2.1, y - 12.6, 0.62, 0.95), INK)
        c.fill(ring(x + s * 2.1 + 0.2, y - 13, 0.22), WHITE)
        c.fill(ring(x + s * 3.4, y - 10.9, 0.8, 0.45), (255, 190, 190))
        c.fill(ring(x + s * 1.7, y - 0.3, 1.5, 1.0), coat, 0.3)
        for n in (0, 1):
            c.line([(x + s * 3.8, y - 11.4 + n * 0.8), (x + s * 7, y - 11.9 + n * 1.5)], 0.18)
    c.fill([(x - 0.5, y - 11.6), (x + 0.5, y - 11.6), (x, y - 11)], (232, 120, 120))
    c.line(curve((x - 1.1, y - 10.5), (x - 0.5, y - 10.1), (x, y - 10.9), (x + 0.5, y - 10.1), (x + 1.1, y - 10.5)), 0.25)
    c.line([(x, y - 6), (x, y - 1)], 0.22, (170, 150, 140))
