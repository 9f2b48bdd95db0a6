"""Plane geometry shared by every room: similarity transforms, splines, strokes, piecewise-affine mesh warps."""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap

CROP_SPAN = 2.2
"""Side of a face crop in face heights."""
CROP_LIFT = 0.08
"""How far the crop's centre lies above the face's centre, in face heights (room for hair)."""


def f32(values) -> np.ndarray:
    """``values`` as a float32 array."""
    return np.asarray(values, np.float32)


def face_height(points: np.ndarray) -> float:
    """Forehead to chin in pixels; the width stands in when the head nods far. ``points``: (478, ≥2)."""
    p = points[:, :2]
    tall = float(np.linalg.norm(p[facemap.FOREHEAD] - p[facemap.CHIN]))
    wide = float(np.linalg.norm(p[234] - p[454]))
    return max(tall, 1.1 * wide, 1.0)


def crop_affine(points: np.ndarray, size: int, span: float = CROP_SPAN) -> np.ndarray:
    """(2, 3) float32 similarity that maps picture pixels to an upright ``size``×``size`` face crop.

    The crop is ``span`` face heights wide, its vertical axis runs from chin to forehead.
    """
    p = points[:, :2].astype(np.float64)
    height = face_height(points)
    eyes = p[[263, 362]].mean(0) - p[[33, 133]].mean(0)
    angle = np.arctan2(eyes[1], eyes[0])
    cos, sin = np.cos(angle), np.sin(angle)
    centre = (p[facemap.FOREHEAD] + p[facemap.CHIN]) / 2 + CROP_LIFT * height * np.array([sin, -cos])
    return similarity(centre, angle, size / (span * height), size)


def similarity(centre: np.ndarray, angle: float, scale: float, size: int) -> np.ndarray:
    """(2, 3) float32: turns by −``angle`` (radians) about ``centre``, scales, puts it in the middle of the square."""
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, sin], [-sin, cos]])
    shift: np.ndarray = np.array([size / 2, size / 2]) - linear @ np.asarray(centre, np.float64)
    return np.hstack([linear, shift[:, None]]).astype(np.float32)


def transform(affine: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Apply a (2, 3) affine to (N, 2) points, or to (N, 3) points whose z is scaled along."""
    out = points[:, :2] @ affine[:, :2].T + affine[:, 2]
    if points.shape[1] > 2:
        scale = np.sqrt(abs(np.linalg.det(affine[:, :2])))
        out = np.hstack([out, points[:, 2:3] * scale])
    return out.astype(np.float32)


def invert(affine: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.invertAffineTransform(affine), np.float32)


def smoothstep(low: float, high: float, x):
    """Hermite step 0 … 1 between ``low`` and ``high`` (either order), element by element."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def spline(points: np.ndarray, count: int = 32) -> np.ndarray:
    """Catmull–Rom curve through (N, 2) points as ``count`` points at equal arc length."""
    p = np.asarray(points, np.float64)
    q = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
    a, b, c, d = (q[i:len(q) - 3 + i, None, :] for i in range(4))
    fine = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    fine = np.vstack([fine.reshape(-1, 2), p[-1:]])
    step = np.hypot(*np.diff(fine, axis=0).T)
    s = np.concatenate([[0], np.cumsum(step)])
    u = np.linspace(0, s[-1], count)
    return np.stack([np.interp(u, s, fine[:, 0]), np.interp(u, s, fine[:, 1])], 1)


def ribbon(centre: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    """Outline of a stroke: (2N, 2) polygon around an (N, 2) centre line with full ``width`` at each point."""
    d = np.gradient(centre, axis=0)
    normal = np.stack([-d[:, 1], d[:, 0]], 1) / (np.hypot(d[:, 0], d[:, 1])[:, None] + 1e-6)
    half = normal * (np.broadcast_to(width, len(centre))[:, None] / 2)
    return np.vstack([centre + half, (centre - half)[::-1]])


def taper(count: int, start: float = 0.35, end: float = 0.35, least: float = 0.12) -> np.ndarray:
    """Stroke width profile 0 … 1 that swells over ``start`` and thins over ``end`` of its length."""
    t = np.linspace(0, 1, count)
    return least + (1 - least) * np.minimum(smoothstep(0, start, t), smoothstep(0, end, 1 - t))


def ellipse(centre: np.ndarray, rx: float, ry: float, angle: float = 0.0, count: int = 28) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    p = np.stack([rx * np.cos(t), ry * np.sin(t)], 1)
    c, s = np.cos(angle), np.sin(angle)
    return p @ np.array([[c, s], [-s, c]]) + centre


def polygon_mask(points: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """Filled polygon as float32 0 … 1, antialiased; ``size`` is a side or (height, width)."""
    shape = (size, size) if isinstance(size, int) else size
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(np.asarray(points) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def displacement_map(source: np.ndarray, target: np.ndarray, shape: tuple[int, int], sigma: float,
                     step: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Remap fields that move picture content from ``source`` points to ``target`` points, smoothly.

    Both (N, 2) in pixels. Returns (map_x, map_y) float32 of ``shape``, for ``cv2.remap``. Displacements are spread by
    normalised Gaussian weights (Shepard with a Gaussian kernel, ``sigma`` in pixels) that fade to none far away.
    """
    height, width = shape
    gx = np.arange(0, width + step, step, dtype=np.float32)
    gy = np.arange(0, height + step, step, dtype=np.float32)
    grid = np.stack(np.meshgrid(gx, gy), -1).reshape(-1, 2)
    move = (np.asarray(source) - np.asarray(target)).astype(np.float32)
    d2 = ((grid[:, None, :] - np.asarray(target, np.float32)[None]) ** 2).sum(-1)
    w = np.exp(-d2 / (2 * sigma * sigma))
    # the +0.3 is a still point everywhere: far from the face nothing moves
    field = (w @ move) / (w.sum(1, keepdims=True) + 0.3)
    field = field.reshape(len(gy), len(gx), 2)
    full = cv2.resize(field, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    half = step // 2
    full = full[half:half + height, half:half + width]
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return xs + full[..., 0], ys + full[..., 1]
