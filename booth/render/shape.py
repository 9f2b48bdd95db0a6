"""The head's deformation: a character's jaw, cheeks, chin, and the size of the head on its body.

The same smooth map moves landmarks (for the ink) and layers (for the areas), in the upright crop, where it costs little.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import displacement_map, face_height, smoothstep
from booth.render.style import Face

NOSE = (98, 327, 97, 326, 2, 1, 4, 5, 195, 197)
MOUTH = sorted({*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER, *fm.LIP_UPPER_INNER, *fm.LIP_LOWER_INNER})
SIGHT = sorted({i for eye in fm.EYES for i in (*eye.upper, *eye.lower, eye.iris, *eye.iris_ring, *eye.brow_upper, *eye.brow_lower)} | {168})
OUTLINE = (*fm.OVAL[::2], 61, 291, 50, 280)
PLAIN = Face()


def moves_outline(face: Face) -> bool:
    return (face.jaw, face.cheek, face.chin) != (1.0, 1.0, 1.0)


def reshape(points: np.ndarray, face: Face) -> np.ndarray:
    """(478, 2) float32 landmarks of the deformed head; ``points`` (478, 2) in pixels of the upright crop."""
    if face == PLAIN:
        return points
    out = points.astype(np.float64)
    height = face_height(points)
    x, y = out[:, 0].copy(), out[:, 1].copy()
    middle, nose = (x[234] + x[454]) / 2, y[fm.NOSE_BASE]
    low = smoothstep(0.0, 0.34, (y - nose) / height)
    beside = np.exp(-((y - y[13]) / (0.22 * height)) ** 2)
    out[:, 0] = middle + (x - middle) * (1 + (face.jaw - 1) * low) * (1 + (face.cheek - 1) * beside)
    out[:, 1] = np.where(y > nose, nose + (y - nose) * face.chin, y)
    _scale(out, NOSE, out[fm.NOSE_BASE], max(face.nose, 0.05))
    _scale(out, MOUTH, out[[13, 14]].mean(0), face.mouth)
    out[SIGHT, 1] += face.drop * height
    return out.astype(np.float32)


def _scale(points: np.ndarray, which, about: np.ndarray, factor: float) -> None:
    centre = about.copy()
    points[list(which)] = centre + (points[list(which)] - centre) * factor


def warp(layers: list[np.ndarray], before: np.ndarray, after: np.ndarray) -> list[np.ndarray]:
    """Square uint8 ``layers`` moved so that the face's outline ``before`` lies at ``after`` (478, 2)."""
    pick = list(OUTLINE)
    mx, my = displacement_map(before[pick], after[pick], (layers[0].shape[0], layers[0].shape[1]), sigma=0.17 * face_height(before))
    return [cv2.remap(layer, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for layer in layers]


def about(point: np.ndarray, factor: float) -> np.ndarray:
    """(3, 3) scaling of the plane by ``factor`` about ``point`` (2,)."""
    return np.array([[factor, 0, point[0] * (1 - factor)], [0, factor, point[1] * (1 - factor)], [0, 0, 1]])
