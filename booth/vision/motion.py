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
        self._now: np.ndarray | None = None
        self._affine: np.ndarray | None = None

    def carry(self, image: np.ndarray, points: np.ndarray) -> np.ndarray | None:
        """Where ``points`` (N, 3) of the last picture are in ``image`` (H, W, 3), z as it was; None before ``keep`` was called."""
        if self._patch is None or self._affine is None:
            return None
        at = transform(self._affine, points[:, :2])
        self._now = _cut(image, self._affine)
        flow = self._flow.calc(self._patch, self._now, None)
        x, y = np.ascontiguousarray(at[:, 0]), np.ascontiguousarray(at[:, 1])
        moved = at + cv2.remap(flow, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1, 2)
        return np.hstack([transform(invert(self._affine), moved), points[:, 2:]])

    def keep(self, image: np.ndarray, points: np.ndarray) -> None:
        """Remember the patch around ``points`` (478, ≥2) of ``image``; that of ``carry`` while the face is still well in it."""
        p = points[:, :2]
        affine = similarity((p[10] + p[152]) / 2, 0.0, SIDE / (SPAN * face_height(points)), SIDE)
        if self._now is not None and self._affine is not None and _near(affine, self._affine):
            self._patch = self._now
        else:
            self._affine, self._patch = affine, _cut(image, affine)
        self._now = None


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two patches show nearly the same: middle within a twelfth of a side, size within a tenth."""
    middle = transform(b, transform(invert(a), f32([[SIDE / 2, SIDE / 2]])))[0]
    return bool(np.abs(middle - SIDE / 2).max() < SIDE / 12 and abs(a[0, 0] / b[0, 0] - 1) < 0.1)


def _cut(image: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE) uint8 grey; large faces are halved first, so that noise does not alias into motion."""
    corners = transform(invert(affine), f32([[0, 0], [SIDE, SIDE]]))
    x0, y0 = (int(v) for v in np.maximum(corners[0], 0))
    x1, y1 = (int(v) for v in np.minimum(corners[1] + 1, image.shape[1::-1]))
    if x1 - x0 > 2 * SIDE and y1 - y0 > SIDE:
        part, k = image[y0:y1, x0:x1], 1
        while part.shape[1] > 2 * SIDE:
            part = cv2.resize(part[:part.shape[0] // 2 * 2, :part.shape[1] // 2 * 2], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            k *= 2
        up = np.array([[k, 0, x0 + (k - 1) / 2], [0, k, y0 + (k - 1) / 2], [0, 0, 1]])
        image, affine = part, (affine.astype(np.float64) @ up).astype(np.float32)
    return cv2.cvtColor(cv2.warpAffine(image, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), cv2.COLOR_RGB2GRAY)
