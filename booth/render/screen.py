"""Printed dots: the grey tones of a black-and-white page as a screen of dots, lines and blacks as they are."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from booth.render.style import Screen

KNOTS = ((0, 0), (38, 10), (70, 78), (120, 128), (165, 182), (178, 202), (188, 255), (255, 255))
"""Grey in, paper white out: dark things are black, lit fair skin is paper, every darker skin has its tone of dots."""
TONE = np.interp(np.arange(256), *zip(*KNOTS, strict=True)).astype(np.uint8)
HARD = 3
"""Steepness of a dot's border: high is sharp, low is blurred. Thresholds keep 128 / HARD away from black and white."""


@lru_cache(maxsize=8)
def _tile(period: int, side: int) -> np.ndarray:
    """(side, side) uint8 thresholds 45 … 210 of round dots in rows at 45°, that repeat after ``period`` pixels."""
    y, x = np.mgrid[:side, :side] % period * (2 * np.pi / period)
    wave = ((np.cos(x + y) + np.cos(x - y)) / 2).round(6)
    order = np.sort(wave.ravel()[::97])                             # every threshold gets an equal share of the paper
    return (45 + 165 * np.interp(wave, order, np.linspace(0, 1, len(order)))).astype(np.uint8)


def print_dots(image: np.ndarray, screen: Screen, height: int, anchor: tuple[float, float], corner: tuple[int, int] = (0, 0)) -> np.ndarray:
    """(H, W, 3) uint8 ``image`` as dots on paper. The screen hangs on ``anchor`` (x, y) of a canvas ``height`` pixels
    high, on which the image's upper left pixel lies at ``corner``: dots go with the head, not through it."""
    period = max(4, round(screen.pitch * np.sqrt(2) * height / 1080))
    side = 512 * -(-(max(image.shape[:2]) + period) // 512)         # few sizes: tiles are kept
    tile = _tile(period, side)
    dx, dy = (round(c - a) % period for a, c in zip(anchor, corner, strict=True))
    thresholds = tile[dy:dy + image.shape[0], dx:dx + image.shape[1]]
    grey = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), TONE)
    above = cv2.addWeighted(grey, HARD, thresholds, -HARD, 128)
    dots = cv2.cvtColor(above, cv2.COLOR_GRAY2RGB)
    return dots if screen.strength >= 1 else cv2.addWeighted(dots, screen.strength, image, 1 - screen.strength, 0)

