"""A still set into a square, and what lies behind: the window, the background without anybody, plain skin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from booth.geometry import f32
from booth.puppet.rig import Line, Rig

HEAD_SHARE = 0.60
"""Hair to chin in sides of the square …"""
ABOVE = 0.16
"""… and the room above it."""
WIDE_SHARE = 0.80
"""Widest head with its hair, in sides of the square."""


@dataclass(frozen=True, slots=True)
class Window:
    """A square of a still, ``side`` still pixels wide with its corner at (``x``, ``y``), seen ``size`` pixels wide. It may reach
    past the still."""

    x: int
    y: int
    side: int
    size: int

    @property
    def scale(self) -> float:
        return self.size / self.side

    def points(self, line: Sequence | np.ndarray) -> np.ndarray:
        """(N, 2) float32 in pixels of the square; for (N, 3) input z is scaled along."""
        points = f32(line)
        out = points * np.float32(self.scale)
        out[:, :2] = (points[:, :2] - [self.x, self.y] + 0.5) * self.scale - 0.5
        return out

    def picture(self, still: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(size, size, 3) uint8, the still's border repeated where there is none of it, and (size, size) bool: there is."""
        height, width = still.shape[:2]
        x0, y0, x1, y1 = max(self.x, 0), max(self.y, 0), min(self.x + self.side, width), min(self.y + self.side, height)
        around = (y0 - self.y, self.y + self.side - y1, x0 - self.x, self.x + self.side - x1)
        square = cv2.copyMakeBorder(still[y0:y1, x0:x1], *around, cv2.BORDER_REPLICATE)
        there = cv2.copyMakeBorder(np.full((y1 - y0, x1 - x0), 255, np.uint8), *around, cv2.BORDER_CONSTANT, value=0)
        how = cv2.INTER_AREA if self.size < self.side else cv2.INTER_CUBIC
        size = (self.size, self.size)
        return cv2.resize(square, size, interpolation=how), cv2.resize(there, size, interpolation=cv2.INTER_LINEAR) > 254


def window_of(rig: Rig, size: int) -> Window:
    """Head and shoulders: the head with all its hair, room above it for nodding. Where the still itself cuts the figure off the
    square ends there too, as far as the head still fits in."""
    head = np.concatenate([f32(line) for line in rig.silhouette.head] + [rig.points[:, :2]])
    low, high = head.min(0), head.max(0)
    face = rig.points[:, :2]
    chin = float(face[:, 1].max())
    tall, wide = chin - float(low[1]), float(high[0] - low[0])
    figure = np.concatenate([head] + [f32(line) for line in rig.silhouette.body])
    cut_left, cut_top, cut_right, cut_bottom = _cut(figure, rig.width, rig.height, 0.25 * wide)
    side = max(tall / HEAD_SHARE, wide / WIDE_SHARE)
    if cut_left and cut_right:
        side = min(side, rig.width)
    if cut_top and cut_bottom:
        side = min(side, rig.height)
    side = max(side, 1.02 * tall, 8.0)
    x = 0.25 * float(face[:, 0].min() + face[:, 0].max() + low[0] + high[0]) - side / 2
    y = float(low[1]) - ABOVE / (1 - HEAD_SHARE) * (side - tall)
    if cut_bottom:
        y = min(y, rig.height - side)
    if cut_top:
        y = max(y, 0.0)
    if cut_right:
        x = min(x, rig.width - side)
    if cut_left:
        x = max(x, 0.0)
    return Window(round(x), round(y), max(8, round(side)), size)


def _cut(figure: np.ndarray, width: int, height: int, least: float) -> tuple[bool, bool, bool, bool]:
    """Whether the still's left, upper, right, lower side cuts the ``figure`` (N, 2); hair that only just touches the upper one over less
    than ``least`` pixels is not cut."""
    rim = 0.012 * max(width, height)
    (x0, y0), (x1, y1) = figure.min(0), figure.max(0)
    top = figure[figure[:, 1] < rim, 0]
    return bool(x0 < rim), bool(y0 < rim and np.ptp(top) > least), bool(x1 > width - 1 - rim), bool(y1 > height - 1 - rim)


def mask_of(lines: Sequence[Line | np.ndarray], window: Window) -> np.ndarray:
    """(size, size) uint8: the outlines' union, antialiased."""
    mask = np.zeros((window.size, window.size), np.uint8)
    for line in lines:
        one = np.zeros_like(mask)
        cv2.fillPoly(one, [np.round(window.points(line) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        np.maximum(mask, one, out=mask)
    return mask


def disc(radius: float) -> np.ndarray:
    """Structuring element."""
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def filled(image: np.ndarray, hole: np.ndarray, sweeps: int = 0) -> np.ndarray:
    """``image`` (H, W, 3) uint8 with what is in ``hole`` (H, W) bool made up from what is around: averages over ever larger
    surroundings (push and pull), then ``sweeps`` steps towards a membrane stretched over the hole."""
    known = (~hole).astype(np.float32)
    levels: list[tuple[np.ndarray, np.ndarray]] = [(image * known[..., None], known)]
    while min(levels[-1][1].shape) > 3:
        colour, weight = levels[-1]
        levels.append((cv2.pyrDown(colour), cv2.pyrDown(weight)))
    out = levels[-1][0] / np.maximum(levels[-1][1], 1e-4)[..., None]
    for colour, weight in levels[-2::-1]:
        up = cv2.resize(out, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        share = np.minimum(weight, 1)[..., None]
        out = share * (colour / np.maximum(weight, 1e-4)[..., None]) + (1 - share) * up
    out, mask = np.ascontiguousarray(out, np.float32), hole.astype(np.uint8)
    for _ in range(sweeps):
        cv2.copyTo(cv2.blur(out, (3, 3), borderType=cv2.BORDER_REPLICATE), mask, out)
    result = image.copy()
    result[hole] = np.clip(np.rint(out[hole]), 0, 255).astype(np.uint8)
    return result


def background(square: np.ndarray, there: np.ndarray, figure: np.ndarray) -> np.ndarray:
    """(size, size, 3) uint8: ``square`` with everybody in ``figure`` (size, size) bool gone, and mirrored outwards where the still
    has ended (not ``there``)."""
    plate = filled(square, figure | ~there, 8)
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    if len(rows) < 2 or len(columns) < 2 or there.all():
        return plate
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    size = len(there)
    return cv2.copyMakeBorder(plate[y0:y1, x0:x1], int(y0), int(size - y1), int(x0), int(size - x1), cv2.BORDER_REFLECT_101)


def plain_skin(square: np.ndarray, area: np.ndarray, line: float, skin: np.ndarray, ink: np.ndarray, free: np.ndarray,
               differs: float) -> np.ndarray:
    """(size, size, 3) uint8: what is drawn in ``area`` (size, size) bool gives way to the skin (or beard) around it. Around it, what
    is further from the skin there than the share ``differs`` of the way to ``ink`` (3,), like rims, brows and hair, does not bleed in;
    ``skin`` (3,) stands in where none is around. Where skin is screened with dots they are taken from a place of the same form in
    ``free`` (size, size) bool: the face without its parts."""
    ys, xs = np.nonzero(area)
    if not len(xs):
        return square.copy()
    sigma = max(1.0, 1.2 * line)
    reach = round(14 * sigma) + 10
    box = slice(max(0, ys.min() - reach), ys.max() + reach), slice(max(0, xs.min() - reach), xs.max() + reach)
    part, hole = square[box], area[box]
    known = (~hole).astype(np.float32)
    soft = cv2.GaussianBlur(part * known[..., None], (0, 0), sigma) / np.maximum(cv2.GaussianBlur(known, (0, 0), sigma), 1e-3)[..., None]
    ring = (cv2.dilate(hole.astype(np.uint8), disc(3 * sigma)) > 0) & ~hole
    near = (cv2.dilate(hole.astype(np.uint8), disc(12 * sigma)) > 0) & ~hole & free[box]
    around = np.median(soft[near], axis=0) if near.sum() > 40 else f32(skin)
    apart = np.linalg.norm(soft - around, axis=-1) / max(float(np.linalg.norm(f32(ink) - around)), 40.0)
    odd = cv2.dilate(((apart > differs) & ~hole).astype(np.uint8), disc(0.5 * sigma)) > 0
    if odd[ring].mean() > 0.9:                                  # nothing else is left around
        soft[odd] = around
        odd = np.zeros_like(hole)
    patch = filled(soft.clip(0, 255).astype(np.uint8), hole | odd, 200).astype(np.float32)
    dots = _dots(square, area, sigma, free)
    if dots is not None:
        patch += dots[box]
    result = square.copy()
    result[box] = np.where(hole[..., None], np.rint(patch).clip(0, 255).astype(np.uint8), part)
    return result


def _dots(square: np.ndarray, area: np.ndarray, sigma: float, free: np.ndarray) -> np.ndarray | None:
    """(size, size, 3) float32: how the drawing departs from its own blur at the nearest place where ``area`` fits into ``free``, moved
    here; None for flat skin and where it fits nowhere."""
    ys, xs = np.nonzero(area)
    by = max(1, (ys.max() - ys.min()) // 24)
    form = area[ys.min():ys.max() + 1:by, xs.min():xs.max() + 1:by].astype(np.uint8)
    fits = cv2.erode(free[::by, ::by].astype(np.uint8), form, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    rows, columns = np.nonzero(fits)
    if not len(rows):
        return None
    best = np.hypot(rows * by - ys.min(), columns * by - xs.min()).argmin()
    move = np.array([[1, 0, xs.min() - columns[best] * by], [0, 1, ys.min() - rows[best] * by]], np.float64)
    rest = np.asarray(square - cv2.GaussianBlur(square.astype(np.float32), (0, 0), sigma), np.float32)
    moved = cv2.warpAffine(rest, move, square.shape[1::-1], flags=cv2.INTER_NEAREST)
    return moved if np.median(np.abs(moved[area])) > 6 else None
