"""Papers of the plain layouts: strip, grid, square; the frames of the webtoon page; the long ground of the scroll."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from models.art.canvas import INK, WHITE, Canvas, box, ring, shade

MM = 300 / 25.4
CORAL, BUTTER, SKY, VIOLET, BLUSH, MINT = (255, 112, 106), (255, 214, 112), (150, 198, 255), (126, 110, 226), (255, 214, 218), (140, 216, 196)
CREAM, NIGHT = (255, 250, 242), (36, 30, 60)


def strip(folder: Path) -> None:
    """Cream paper; every cut throws a flat shadow of another colour; dots rise from the foot."""
    c = Canvas(50.8, 152.4, MM)
    c.fill(box(0, 0, 50.8, 152.4), CREAM)
    c.dots((0, 112, 50.8, 40.4), 1.35, BLUSH, 0.0, 0.62)
    for n, colour in enumerate((CORAL, BUTTER, SKY, VIOLET)):
        c.fill(box(3.7, 4.1 + n * 33.2, 45.2, 31, 1.4), colour)
    c.save(folder / "back.png")
    c = Canvas(50.8, 152.4, MM)
    for x, y, r, colour in ((47.6, 4.0, 2.5, BUTTER), (3.3, 35.6, 1.9, CORAL), (47.8, 69.2, 2.1, WHITE), (3.4, 101.4, 2.2, BUTTER)):
        c.sparkle(x, y, r, colour, 0.22)
    c.heart(46.9, 134.2, 3.4, CORAL, 0.24, 14)
    c.save(folder / "front.png")


def grid(folder: Path) -> None:
    """A sky with drawn clouds, and a white foot for the words."""
    c = Canvas(101.6, 152.4, MM)
    c.sky((0, 0, 101.6, 152.4), [(126, 176, 250), (172, 208, 255), (226, 236, 255), (255, 232, 226)], 14)
    c.dots((0, 0, 101.6, 70), 1.7, (146, 190, 252), 0.34, 0.0)
    for x, y, w in ((12, 70, 34), (90, 71, 42), (52, 12, 26), (98, 20, 22), (2, 30, 20)):
        c.cloud(x, y, w, WHITE)
    for x, y, w in ((8, 142, 52), (42, 146, 40), (96, 142, 56), (66, 147, 48)):
        c.cloud(x, y, w, WHITE)
    c.fill(box(0, 136, 101.6, 17), WHITE)
    c.save(folder / "back.png")
    c = Canvas(101.6, 152.4, MM)
    for x, y, r in ((50.8, 67, 3.6), (97.4, 5, 2.2), (4.4, 129.4, 2.4), (96.8, 128.6, 1.6)):
        c.sparkle(x, y, r, (255, 226, 130), 0.25)
    c.save(folder / "front.png")


def square(folder: Path) -> None:
    """Night blue with violet dots, for a phone's screen."""
    c = Canvas(1080, 1080, 1)
    c.fill(box(0, 0, 1080, 1080), NIGHT)
    c.dots((0, 0, 1080, 520), 15, (74, 58, 122), 0.5, 0.0)
    c.dots((0, 560, 1080, 520), 15, (120, 62, 122), 0.0, 0.55)
    c.save(folder / "back.png")
    c = Canvas(1080, 1080, 1)
    for x, y, r, colour in ((540, 502, 46, (255, 222, 120)), (1046, 34, 26, WHITE), (34, 972, 28, (255, 150, 190)), (1052, 940, 16, WHITE)):
        c.sparkle(x, y, r, colour, 2.5)
    c.save(folder / "front.png")


PANELS = (
    ((4, 4), (97.6, 4), (97.6, 42.5), (4, 48.4)),
    ((4, 51.2), (55.4, 48), (46.9, 97), (4, 99.8)),
    ((58.3, 47.8), (97.6, 45.3), (97.6, 94.1), (49.8, 97)),
    ((4, 102.6), (97.6, 96.9), (97.6, 144.6), (4, 144.6)),
)


def page(folder: Path) -> None:
    """The lines around four slanted panels; dots in one corner, lines of effort around the last."""
    c = Canvas(101.6, 152.4, MM)
    with c.within(PANELS[0]):
        c.dots((4, 4, 11, 46), 1.1, INK, 0.3, 0.0, across=True)
    with c.within(PANELS[2]):
        c.dots((49, 84, 50, 14), 1.25, (255, 140, 150), 0.0, 0.42)
    with c.within(PANELS[3]):
        _effort(c, (51, 121), 36, 19, INK, 0.6, 11)
    for panel in PANELS:
        c.line(np.array([*panel, panel[0]]), 0.62)
    c.save(folder / "front.png")


def _effort(c: Canvas, middle: tuple[float, float], rx: float, ry: float, colour: tuple[int, int, int], width: float, seed: int) -> None:
    """Lines that point at the middle and stop around an ellipse."""
    rng = np.random.default_rng(seed)
    for angle in np.linspace(0, 2 * math.pi, 96, endpoint=False):
        angle += rng.uniform(-0.03, 0.03)
        reach = rng.uniform(1.1, 1.36)
        direction = np.array([math.cos(angle) * rx, math.sin(angle) * ry])
        tip, root = np.array(middle) + direction * reach, np.array(middle) + direction * 3.4
        c.wedge(tuple(root), tuple(tip), width * rng.uniform(0.5, 2.0) * 2.2, colour)


SCROLL = (800, 3840)


def scroll(folder: Path) -> None:
    """One long sky from morning to night behind an episode's panels."""
    c = Canvas(*SCROLL, 1)
    c.sky((0, 0, *SCROLL), [WHITE, WHITE, (255, 240, 236), (255, 214, 214), (214, 188, 236), (112, 100, 190), (42, 36, 86), (28, 24, 58)], 0)
    c.dots((0, 760, 800, 620), 20, (255, 206, 204), 0.0, 0.5, across=True)
    for x, y, w in ((60, 1520, 300), (730, 1600, 330), (360, 2440, 420), (760, 2500, 300), (20, 2480, 260)):
        c.cloud(x, y, w, (255, 236, 240) if y < 2000 else (236, 220, 250))
    rng = np.random.default_rng(4)
    for _ in range(120):
        x, y = rng.uniform(0, 800), 3840 - 1100 * rng.beta(1.1, 1.6)
        c.fill(ring(x, y, r := rng.uniform(1.2, 3.4), r), shade((200, 196, 255), rng.uniform(1.2, 1.9)))
    c.save(folder / "back.png")
    c = Canvas(*SCROLL, 1)
    for _ in range(26):                                                     # petals drift over panels' edges
        x, y, a = rng.choice([rng.uniform(0, 70), rng.uniform(730, 800)]), rng.uniform(600, 2500), rng.uniform(0, 360)
        petal = ring(0, 0, rng.uniform(9, 15), rng.uniform(5, 7))
        turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
        c.fill(petal @ turn + (x, y), (255, 186, 200), 1.6, (232, 120, 146))
    for x, y, r in ((742, 2872, 30), (66, 3480, 22), (700, 3560, 14), (120, 3590, 12)):
        c.sparkle(x, y, r, (255, 236, 170))
    with c.within(box(0, 1704, 800, 652)):
        _effort(c, (400, 2040), 300, 260, WHITE, 5, 5)
    c.save(folder / "front.png")
