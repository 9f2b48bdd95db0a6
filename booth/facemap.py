"""Names for the 478 points of the face mesh.

Indices follow mediapipe's canonical face mesh (468 points) plus the ten iris points of the refined model.
"Right" and "left" are the person's own; on an unmirrored picture the right eye is at the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
"""Closed outline of the face, clockwise from the middle of the forehead."""
JAW = (454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234)
"""From ear to ear below the chin; starts at the person's left."""

LIP_UPPER_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIP_LOWER_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIP_UPPER_INNER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIP_LOWER_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)

NOSE_TIP, NOSE_BASE, CHIN, FOREHEAD = 1, 2, 152, 10
NOSE_WINGS = (98, 327)
NOSTRILS = (97, 326)
CHEEKS = ((50, 101, 118, 205, 187, 117, 123), (280, 330, 347, 425, 411, 346, 352))
"""Points on the plain skin of the right and the left cheek."""

CHEEK_SIDES = (((54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176),
                (54, 71, 139, 143, 111, 117, 123, 147, 213, 192, 214, 210, 211, 140)),
               ((284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400),
                (284, 301, 368, 372, 340, 346, 352, 376, 433, 416, 434, 430, 431, 369)))
"""Right and left: the face's contour from temple to chin, and where its side turns into the front."""
MOUSTACHE = (186, 92, 165, 164, 391, 322, 410)
"""Its upper edge, right to left; the lower one is the upper lip."""
MIDDLE = (71, 301, 123, 352, 213, 433, 211, 431, 175)
"""Corners of the middle of the face: cheeks, nose, mouth, without forehead, sides and chin."""
FOLDS = ((129, 203, 206, 216), (358, 423, 426, 436))
"""Along the fold from the wing of the nose to beside the mouth, right and left."""


@dataclass(frozen=True, slots=True)
class Eye:
    """Index lists of one eye; lids run from the inner to the outer corner."""

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    iris: int
    iris_ring: tuple[int, int, int, int]
    brow_upper: tuple[int, ...]
    brow_lower: tuple[int, ...]

    @property
    def inner(self) -> int:
        return self.upper[0]

    @property
    def outer(self) -> int:
        return self.upper[-1]


RIGHT_EYE = Eye(
    upper=(133, 173, 157, 158, 159, 160, 161, 246, 33), lower=(133, 155, 154, 153, 145, 144, 163, 7, 33),
    iris=468, iris_ring=(469, 470, 471, 472), brow_upper=(107, 66, 105, 63, 70), brow_lower=(55, 65, 52, 53, 46))
LEFT_EYE = Eye(
    upper=(362, 398, 384, 385, 386, 387, 388, 466, 263), lower=(362, 382, 381, 380, 374, 373, 390, 249, 263),
    iris=473, iris_ring=(474, 475, 476, 477), brow_upper=(336, 296, 334, 293, 300), brow_lower=(285, 295, 282, 283, 276))
EYES = (RIGHT_EYE, LEFT_EYE)


def eye_openness(points: np.ndarray, eye: Eye) -> float:
    """Lid gap over eye width, without unit: about 0.05 closed, 0.25–0.35 open. ``points``: (478, ≥2) in pixels."""
    p = points[:, :2]
    gap = np.mean([np.linalg.norm(p[eye.upper[i]] - p[eye.lower[i]]) for i in (3, 4, 5)])
    return float(gap / (np.linalg.norm(p[eye.inner] - p[eye.outer]) + 1e-6))


def mouth_openness(points: np.ndarray) -> float:
    """Inner lip gap over mouth width, without unit: 0 closed. ``points``: (478, ≥2) in pixels."""
    p = points[:, :2]
    return float(np.linalg.norm(p[13] - p[14]) / (np.linalg.norm(p[61] - p[291]) + 1e-6))


def head_yaw(points: np.ndarray) -> float:
    """Where the nose lies between the ears, −1 … 1; 0 is frontal, positive looks to the picture's right."""
    p = points[:, :2]
    axis = p[454] - p[234]
    return float(2 * ((p[NOSE_TIP] - p[234]) @ axis) / (axis @ axis + 1e-6) - 1)
