"""What a face mesh shows of a face's play, apart from how the head is held: a row of plain measures for each picture.

The rigid pose is fitted on points that neither speech nor brows move (Kabsch's rotation with Umeyama's scale, 1991: the
least-squares similarity in three dimensions), against the mean of frontal meshes, and then taken away: everything else is
measured on the upright, frontal face, in distances between the outer eye corners. The mesh's z is the network's own guess; the
template holds the same network's z, so its bias cancels.
"""

from __future__ import annotations

from enum import IntEnum, auto

import numpy as np

from booth import facemap as fm
from booth.errors import UsageError

_TEMPLATE = {
    33: (-0.5, 0.0, 0.0), 133: (-0.195, 0.018, -0.059), 54: (-0.675, -0.394, 0.139), 162: (-0.778, -0.125, 0.437),
    127: (-0.792, 0.05, 0.563), 234: (-0.786, 0.216, 0.625), 109: (-0.216, -0.604, -0.217),
    263: (0.5, 0.0, 0.0), 362: (0.195, 0.018, -0.059), 284: (0.675, -0.394, 0.139), 389: (0.778, -0.125, 0.437),
    356: (0.792, 0.05, 0.563), 454: (0.786, 0.216, 0.625), 338: (0.216, -0.604, -0.217),
    168: (0.0, -0.042, -0.261), 6: (0.0, 0.042, -0.308), 197: (0.0, 0.125, -0.361), 195: (0.0, 0.202, -0.42),
    5: (0.0, 0.285, -0.482), 4: (0.0, 0.386, -0.504), 10: (0.0, -0.611, -0.238), 151: (0.0, -0.425, -0.267)}
"""Mean of 51 frontal meshes and their mirror images, in distances between the outer eye corners, the middle between these at 0;
single faces differ from it by 0.02."""
STABLE = list(_TEMPLATE)
_MIDDLE: np.ndarray = np.mean(list(_TEMPLATE.values()), axis=0)
_SHAPE: np.ndarray = np.array(list(_TEMPLATE.values())) - _MIDDLE
_POWER = float(np.square(_SHAPE).sum())
_PIVOT = np.array([0.0, 0.3, 0.6]) - _MIDDLE
"""Between the ears: what a turn leaves where it is."""


class Measure(IntEnum):
    """Columns of a row. Lengths are in distances between the outer eye corners, y and pitch down, angles in degrees as in ``Pose``."""

    GAP = 0          # between the inner lips
    WIDE = auto()    # mouth, corner to corner
    THICK = auto()   # both lips together, as far as they are seen
    SMILE = auto()   # height of the corners over the inner rim of the upper lip
    LID_R = auto()   # eye opening over eye width; the person's right eye
    LID_L = auto()
    BROW_R = auto()  # height of the brow over the eye's corners
    BROW_L = auto()
    FROWN = auto()   # between the inner ends of the brows
    GAZE_X = auto()  # iris from the middle of the eye's corners, over eye width
    GAZE_Y = auto()
    YAW = auto()
    PITCH = auto()
    ROLL = auto()
    X = auto()       # where the head's pivot is in the picture, over the eyes' distance in it
    Y = auto()


COUNT = len(Measure)
_GAP_UPPER, _GAP_LOWER = [82, 13, 312], [87, 14, 317]
_INNER, _OUTER, _IRISES = ([getattr(eye, name) for eye in fm.EYES] for name in ("inner", "outer", "iris"))
_UPPER, _LOWER = ([list(getattr(eye, name)[3:6]) for eye in fm.EYES] for name in ("upper", "lower"))     # as in facemap.eye_openness
_BROWS = [list(eye.brow_lower[:4] + eye.brow_upper[:4]) for eye in fm.EYES]


def frontal(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(478, 3) points upright and frontal in distances between the outer eye corners, the (3, 3) rotation that was taken away
    (frontal to picture, columns), and how many pixels the unit was."""
    seen = points[STABLE].astype(np.float64)
    middle = seen.mean(0)
    u, s, vt = np.linalg.svd((seen - middle).T @ _SHAPE)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * sign) @ vt
    unit = max(float(s @ sign) / _POWER, 1e-6)
    return (points - middle) @ turn / unit + _MIDDLE, turn, unit


def angles(turn: np.ndarray) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees, signs as in ``Pose``: the head is pitched, then turned, then tilted in the picture."""
    yaw = np.arcsin(np.clip(turn[2, 0], -1, 1))
    return tuple(float(np.degrees(a)) for a in (yaw, np.arctan2(turn[2, 1], turn[2, 2]), np.arctan2(turn[1, 0], turn[0, 0])))  # type: ignore[return-value]


def measure(points: np.ndarray) -> np.ndarray:
    """(``COUNT``,) float64, one number for each ``Measure``, of (478, 3) mesh points in pixels. Raises ``UsageError`` for points of
    another shape."""
    if getattr(points, "shape", None) != (478, 3):
        raise UsageError(f"a face needs (478, 3) mesh points, not {getattr(points, 'shape', points)}; give what FaceMesh.find found")
    face, turn, unit = frontal(points)
    p = face[:, :2]
    row = np.empty(COUNT)
    row[Measure.GAP] = max(float((p[_GAP_LOWER, 1] - p[_GAP_UPPER, 1]).mean()), 0.0)
    row[Measure.WIDE] = np.linalg.norm(p[61] - p[291])
    row[Measure.THICK] = np.linalg.norm(p[0] - p[13]) + np.linalg.norm(p[14] - p[17])
    row[Measure.SMILE] = p[13, 1] - (p[61, 1] + p[291, 1]) / 2
    inner, outer = p[_INNER], p[_OUTER]
    middle, width = (inner + outer) / 2, np.linalg.norm(outer - inner, axis=1) + 1e-6
    row[[Measure.LID_R, Measure.LID_L]] = np.linalg.norm(p[_UPPER] - p[_LOWER], axis=2).mean(1) / width
    row[[Measure.BROW_R, Measure.BROW_L]] = middle[:, 1] - p[_BROWS, 1].mean(1)
    row[Measure.FROWN] = p[285, 0] - p[55, 0]
    row[[Measure.GAZE_X, Measure.GAZE_Y]] = ((p[_IRISES] - middle) / width[:, None]).mean(0)
    row[[Measure.YAW, Measure.PITCH, Measure.ROLL]] = angles(turn)
    row[[Measure.X, Measure.Y]] = points[STABLE, :2].mean(0) / unit + (turn @ _PIVOT)[:2]
    return row

