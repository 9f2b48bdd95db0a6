"""A face mesh steadied over time: where the head is follows quickly, what it looks like changes slowly.

Noise of single points is large, that of their common place is small; so the mesh is split into a pose (a similarity) and a
shape in the head's own frame, and each gets the One-Euro filter that fits it. Between two meshes points are carried by the
picture's own motion (``booth.vision.motion``), which the mesh corrects slowly. One filter over all lagged behind a nod.
"""

from __future__ import annotations

import numpy as np

from booth import facemap as fm
from booth.geometry import face_height, smoothstep
from booth.vision.smoothing import OneEuro

IRISES = sorted({i for eye in fm.EYES for i in (eye.iris, *eye.iris_ring)})
LIDS = sorted({i for eye in fm.EYES for i in (*eye.upper, *eye.lower)} | set(IRISES))
LIPS = sorted({*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER, *fm.LIP_UPPER_INNER, *fm.LIP_LOWER_INNER})
QUICK = sorted({*LIDS, *LIPS})
FIRM = sorted(set(fm.OVAL[:9] + fm.OVAL[-9:]) | {33, 133, 263, 362, 168, 6, 197, 195, 5, 4, 1, 98, 327, 50, 280, 117, 346, 151, 9, 8})
"""Points that speaking and blinking hardly move: they tell the pose."""
UNIT = 100.0
"""Shapes and places are measured in hundredths of the face's first height: near and far visitors are equally steady."""


GAIN = 0.12
"""Share of the mesh in points that are carried by the picture's own motion …"""
CORRECT = np.tile([1.2, 5.0], (478, 1))
CORRECT[QUICK] = (0.35, 1.6)
CORRECT[IRISES] = (0.8, 2.2)
"""… and between how many hundredths of the face's height apart it rises to all: lids and lips are believed soon."""


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[complex, complex]:
    """Least squares ``target ≈ place + turn · source`` of complex points (Umeyama 1991); returns turn and place."""
    a, b = source - source.mean(), target - target.mean()
    turn = np.vdot(a, b) / np.vdot(a, a)
    return turn, target.mean() - turn * source.mean()


class SteadyPoints:
    """One visitor's filter."""

    def __init__(self) -> None:
        self._pose = OneEuro(3.0, 0.5, speed_cutoff=4.0)
        self._shape, self._quick = OneEuro(1.2, 0.25), OneEuro(4.0, 0.6)
        self._mean: np.ndarray | None = None
        self._pixels = 1.0

    def __call__(self, points: np.ndarray, t: float, carried: np.ndarray | None = None) -> np.ndarray:
        """(478, 3) float32 in pixels at ``t`` seconds → the same, steadied. ``carried`` (478, 2): where the last answer's
        points have moved with the picture since; without it pose and shape are filtered alone."""
        flat = points[:, 0] + 1j * points[:, 1]
        if self._mean is None:
            self._pixels = face_height(points) / UNIT
            self._mean = (flat - flat[FIRM].mean()) / self._pixels
        turn, place = similarity(self._mean[FIRM], flat[FIRM])
        own = (flat - place) / turn
        shape = np.stack([own.real, own.imag, points[:, 2] / abs(turn)], -1)
        steady = self._shape(shape, t).copy()
        quick = self._quick(shape[QUICK], t)
        # growth and angle as what they move at the face's edge, half a height from its middle
        pose = np.array([[place.real / self._pixels, place.imag / self._pixels], [UNIT / 2 * np.log(abs(turn)), UNIT / 2 * np.angle(turn)]])
        (x, y), (growth, angle) = self._pose(pose, t)
        if carried is None:
            turn, place = np.exp((growth + 1j * angle) / (UNIT / 2)), (x + 1j * y) * self._pixels
            out = place + turn * (steady[:, 0] + 1j * steady[:, 1])
            out[QUICK] = place + turn * (quick[:, 0] + 1j * quick[:, 1])
        else:
            apart = np.hypot(*(points[:, :2] - carried).T) / self._pixels
            gain = GAIN + (1 - GAIN) * smoothstep(0, 1, (apart - CORRECT[:, 0]) / (CORRECT[:, 1] - CORRECT[:, 0]))
            out = carried[:, 0] + 1j * carried[:, 1]
            out = out + gain * (flat - out)
            turn, place = similarity(self._mean[FIRM], out[FIRM])
        self._mean = (out - place) / turn
        return np.stack([out.real, out.imag, steady[:, 2] * abs(turn)], -1).astype(np.float32)
