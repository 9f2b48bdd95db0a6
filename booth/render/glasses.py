"""Glasses as a drawn thing: a symmetric pair of rims in eye distances, fitted to what the network saw, drawn from landmarks.

A mask of the frame comes out ragged and flickers; a pair of superellipses hung on the face mesh does neither, turns with
the head, and has lines as fine as the print asks for.
"""

from __future__ import annotations

from dataclasses import astuple

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Glasses, Rims
from booth.geometry import curve, even, f32

LOW = f32([0.33, 0.15, 1.9, -0.08, -0.02])
HIGH = f32([0.56, 0.46, 4.5, 0.24, 0.13])
"""Bounds of half width, half height, squareness, drop, wide."""
COUNT = 48
"""Points along one rim."""
TRIES, REFINES = 360, 4
MOST_YAW = 0.35
"""A head turned further (``facemap.head_yaw``) hides one rim behind the nose; nothing is fitted then."""


class Axes:
    """Where glasses sit on a face: centres of both eyes, directions, and how far each side is foreshortened.

    ``points``: (478, ≥2) in pixels. ``enlarge``: size of the rims about each eye. Index 0 is the person's right eye.
    """

    def __init__(self, points: np.ndarray, enlarge: float = 1.0) -> None:
        p = np.asarray(points[:, :2], np.float64)
        self.enlarge = enlarge
        self.centres = np.stack([p[[33, 133]].mean(0), p[[263, 362]].mean(0)])
        across = self.centres[1] - self.centres[0]
        self.distance = float(np.linalg.norm(across)) + 1e-6
        self.ex = across / self.distance
        self.ey = np.array([-self.ex[1], self.ex[0]])
        root = p[168]
        # a frontal eye's outer corner is 0.75 eye distances from the root of the nose
        self.sides = np.clip([np.linalg.norm(p[i] - root) / (0.75 * self.distance) for i in (33, 263)], 0.35, 1.25)
        self.ears = p[[127, 356]]

    def place(self, across: np.ndarray, down: np.ndarray, side: int) -> np.ndarray:
        """(…, 2) pixels of points ``across`` (outwards) and ``down`` in eye distances from the centre of eye ``side``."""
        sign = (-1, 1)[side]
        unit = self.distance * self.enlarge
        return self.centres[side] + (across * (self.sides[side] * sign * unit))[..., None] * self.ex + (down * unit)[..., None] * self.ey


_TURN = even(COUNT + 1)[:-1] * 2 * np.pi
COS, SIN = np.cos(_TURN), np.sin(_TURN)


def outlines(shapes: np.ndarray, grow: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """``across`` and ``down`` (K, COUNT) in eye distances of (K, 5) shapes; ``grow`` scales about the rim's own centre."""
    a, b, n, drop, wide = (shapes[:, i:i + 1] for i in range(5))
    x = np.sign(COS) * np.abs(COS) ** (2 / n)
    y = np.sign(SIN) * np.abs(SIN) ** (2 / n)
    return wide + a * x * grow, drop + b * y * grow


def rim(rims: Rims, axes: Axes, side: int, grow: float = 1.0) -> np.ndarray:
    """(COUNT, 2) pixels of one rim; it starts at the outer end and runs through the lower half first."""
    across, down = outlines(np.array([astuple(rims)]), grow)
    return axes.place(across[0], down[0], side)


def fit(evidence: np.ndarray, points: np.ndarray, rng: np.random.Generator, start: Rims | None = None) -> Glasses:
    """The pair that follows ``evidence`` (H, W) float32 0 … 1 best; ``points`` (478, ≥2) in its pixels.

    Random search around ``start`` or everywhere, then refined: along the rim there should be frame, just inside and just
    outside of it none. About 3 ms.
    """
    axes = Axes(points)
    soft = cv2.GaussianBlur(evidence, (0, 0), max(0.025 * axes.distance, 0.6))
    centre = f32(astuple(start or Rims()))
    spread = (HIGH - LOW) * 0.5
    best, score = centre[None], -9.0
    for step in range(REFINES + 1):
        count = TRIES if step == 0 else TRIES // 3
        tries = best[0] + rng.normal(0, 1, (count, 5)) * spread * 0.5 ** step
        tries = np.vstack([best, np.clip(tries, LOW, HIGH)]).astype(np.float32)
        scores = _scores(soft, axes, tries)
        winner = int(scores.argmax())
        best, score = tries[winner:winner + 1], float(scores[winner])
    rims = Rims(*(float(v) for v in best[0]))
    along = _sampled(soft, axes, best, 1.0)[0].reshape(2, COUNT).mean(0)
    upper, lower = along[SIN < -0.3].mean(), along[SIN > 0.5].mean()
    inside = float(np.mean([_sampled(soft, axes, best, g).mean() for g in (0.25, 0.5)]))
    length = 2 * np.hypot(np.diff(outlines(best)[0][0]), np.diff(outlines(best)[1][0])).sum()
    near = _band(evidence.shape, rims, axes)
    thick = float(0.45 * (evidence * near).sum() / axes.distance ** 2 / (length * 0.9 + 0.3))     # evidence is soft: wider than it is
    return Glasses(rims, float(np.clip(thick, 0.014, 0.10)), float(np.clip(lower / (upper + 1e-3) * 1.4 - 0.25, 0, 1)),
                   float(np.clip((inside - 0.45) / 0.3, 0, 1)), score)


def _scores(soft: np.ndarray, axes: Axes, tries: np.ndarray) -> np.ndarray:
    """(K,) how well each of (K, 5) shapes fits."""
    on = _sampled(soft, axes, tries, 1.0)
    weight = np.where(np.tile(SIN, 2) > 0.5, 0.6, 1.2)             # half rims have no lower part
    inner, outer = _sampled(soft, axes, tries, 0.72).mean(1), _sampled(soft, axes, tries, 1.3).mean(1)
    return (on * weight).mean(1) - 0.55 * inner - 0.45 * outer


def _sampled(soft: np.ndarray, axes: Axes, shapes: np.ndarray, grow: float) -> np.ndarray:
    """(K, 2 · COUNT) values of ``soft`` along both rims of (K, 5) shapes."""
    across, down = outlines(shapes, grow)
    height, width = soft.shape
    values = []
    for side in (0, 1):
        p = axes.place(across, down, side)
        x = np.clip(p[..., 0] + 0.5, 0, width - 1).astype(np.int32)
        y = np.clip(p[..., 1] + 0.5, 0, height - 1).astype(np.int32)
        values.append(soft[y, x])
    return np.concatenate(values, 1)


def _band(shape: tuple[int, ...], rims: Rims, axes: Axes) -> np.ndarray:
    """(H, W) float32: 1 within 0.08 eye distances of the rims."""
    band = np.zeros(shape, np.uint8)
    for side in (0, 1):
        cv2.polylines(band, [np.round(rim(rims, axes, side)).astype(np.int32)], True, 1, max(1, round(0.16 * axes.distance)))
    return band.astype(np.float32)


def bridge(rims: Rims, axes: Axes) -> np.ndarray:
    """(3, 2) pixels from rim to rim over the nose."""
    ends = [axes.place(np.array(rims.wide - rims.half_width * 0.98), np.array(rims.drop - 0.3 * rims.half_height), s) for s in (0, 1)]
    return np.stack([ends[0], (ends[0] + ends[1]) / 2 - 0.06 * axes.distance * axes.ey, ends[1]])


def arms(rims: Rims, axes: Axes) -> list[np.ndarray]:
    """(2, 2) pixels each, from a rim's outer upper end towards the ear, where it can be seen."""
    out = []
    for side, sign in ((0, -1), (1, 1)):
        end = axes.place(np.array(rims.wide + rims.half_width * 0.97), np.array(rims.drop - 0.4 * rims.half_height), side)
        ear = axes.ears[side]
        if (ear - end) @ axes.ex * sign > 0.03 * axes.distance:
            out.append(np.stack([end, ear]))
    return out


def coverage(pair: Glasses, points: np.ndarray, size: int, scale: float = 1.0) -> np.ndarray:
    """(size, size) float32 0 … 1: the frame, antialiased; its pixels = ``scale`` × those of ``points``."""
    canvas = np.zeros((size, size), np.uint8)
    for line, width, closed in strokes(pair, Axes(points * scale)):
        cv2.polylines(canvas, [np.round(line * 16).astype(np.int32)], closed, 255, max(1, round(width)), cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / 255


def strokes(pair: Glasses, axes: Axes) -> list[tuple[np.ndarray, float, bool]]:
    """Lines of the frame in pixels of ``points``: (N, 2) centre line, width, whether it closes."""
    wide = pair.thick * axes.distance
    out: list[tuple[np.ndarray, float, bool]] = []
    for side in (0, 1):
        line = rim(pair.rims, axes, side)
        if pair.lower > 0.2:
            out.append((line, wide, True))
        else:
            out.append((line[np.r_[COUNT // 2 - 2:COUNT, 0:3]], wide, False))
    out.append((curve(bridge(pair.rims, axes), 12), 0.9 * wide, False))
    out += [(arm, 0.7 * wide, False) for arm in arms(pair.rims, axes)]
    return out


def facing(points: np.ndarray) -> bool:
    """Whether the head looks this way enough to measure glasses on it."""
    return abs(fm.head_yaw(points)) < MOST_YAW
