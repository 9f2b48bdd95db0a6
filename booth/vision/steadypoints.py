"""A face mesh steadied over time: its points are carried by the picture's own motion, and the mesh corrects them.

Noise of single points is large, that of the motion around them is small; so a point goes where the picture goes
(``booth.vision.motion``) and is drawn to the mesh slowly while both nearly agree, at once when they do not. Filters over the
mesh alone (One-Euro, of points or of pose and shape) lagged behind a nod, or trembled.
"""

from __future__ import annotations

import numpy as np

from booth import facemap as fm
from booth.geometry import face_height, smoothstep

IRISES = sorted({i for eye in fm.EYES for i in (eye.iris, *eye.iris_ring)})
LIDS = sorted({i for eye in fm.EYES for i in (*eye.upper, *eye.lower)})
LIPS = sorted({*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER, *fm.LIP_UPPER_INNER, *fm.LIP_LOWER_INNER})
GAIN = 0.12
"""Share of the mesh in a carried point …"""
CORRECT = np.tile([0.012, 0.05], (478, 1))
CORRECT[LIDS + LIPS] = (0.0035, 0.016)
CORRECT[IRISES] = (0.008, 0.022)
"""… and between how many face heights apart it rises to all: lids and lips are believed soon."""


def steadied(points: np.ndarray, carried: np.ndarray) -> np.ndarray:
    """(478, 3) float32 in pixels: the mesh's new ``points`` and where the last answer's have gone since, ``carried``, joined."""
    apart = np.hypot(*(points[:, :2] - carried[:, :2]).T) / face_height(points)
    gain = GAIN + (1 - GAIN) * smoothstep(0, 1, (apart - CORRECT[:, 0]) / (CORRECT[:, 1] - CORRECT[:, 0]))
    return (carried + gain[:, None] * (points - carried)).astype(np.float32)
