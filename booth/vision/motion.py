"""How a face's points move with the picture: optical flow on a small patch (DIS, Kroeger et al. 2016), a tenth of a
millisecond for each face."""

from __future__ import annotations

import cv2
import numpy as np

from booth.geometry import f32, face_height, invert, similarity, transform

SIDE = 160
SPAN = 1.7
"""Face heights across the patch."""


class Motion:
    """The last patch of one face. Owned by one thread at a time."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._patch: np.ndarray | None = None
        self._affine: np.ndarray | None = None

    def carry(self, image: np.ndarray, points: np.ndarray) -> np.ndarray | None:
        """Where ``points`` (N, ≥2) of the last picture are in ``image`` (H, W, 3); None before ``keep`` was called."""
        if self._patch is None or self._affine is None:
            return None
        at = transform(self._affine, points[:, :2])
        flow = self._flow.calc(self._patch, _cut(image, self._affine), None)
        x, y = np.ascontiguousarray(at[:, 0]), np.ascontiguousarray(at[:, 1])
        moved = at + cv2.remap(flow, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 2)
        return transform(invert(self._affine), moved)

    def keep(self, image: np.ndarray, points: np.ndarray) -> None:
        """Remember the patch around ``points`` (478, ≥2) of ``image``."""
        p = points[:, :2]
        self._affine = similarity((p[10] + p[152]) / 2, 0.0, SIDE / (SPAN * face_height(points)), SIDE)
        self._patch = _cut(image, self._affine)


def _cut(image: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) uint8 grey; large faces are thinned first, so that noise does not alias into motion."""
    step = max(1, int(1 / affine[0, 0]))
    if step > 1:
        corners = transform(invert(affine), f32([[0, 0], [SIDE, SIDE]]))
        x0, y0 = np.maximum(corners[0].astype(int), 0)
        x1, y1 = np.minimum(corners[1].astype(int) + 1, image.shape[1::-1])
        if x1 - x0 >= 2 * step and y1 - y0 >= 2 * step:
            part = image[y0:y1, x0:x1]
            small = cv2.resize(part, (part.shape[1] // step, part.shape[0] // step), interpolation=cv2.INTER_AREA)
            fx, fy = part.shape[1] / small.shape[1], part.shape[0] / small.shape[0]
            up = np.array([[fx, 0, x0 + (fx - 1) / 2], [0, fy, y0 + (fy - 1) / 2], [0, 0, 1]])
            image, affine = small, (affine.astype(np.float64) @ up).astype(np.float32)
    return cv2.cvtColor(cv2.warpAffine(image, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), cv2.COLOR_RGB2GRAY)
