"""Plane geometry shared by every room: similarity transforms, splines, strokes, piecewise-affine mesh warps."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from booth import facemap

CROP_SPAN = 2.2
"""Side of a face crop in face heights."""
CROP_LIFT = 0.08
"""How far the crop's centre lies above the face's centre, in face heights (room for hair)."""


LEVELS = np.arange(256, dtype=np.float32) / 255
"""Every byte as 0 … 1, for ``cv2.LUT``."""


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


def shrink(image: np.ndarray, width: int) -> np.ndarray:
    """``image`` at ``width`` pixels across, averaged; as it is when it is not wider. Halves first: by exactly two, OpenCV
    averages sixteen times faster than by other factors."""
    while image.shape[1] >= 2 * width:
        image = cv2.resize(image, (image.shape[1] // 2, image.shape[0] // 2), interpolation=cv2.INTER_AREA)
    if image.shape[1] > width:
        size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return image


def smoothstep(low: float, high: float, x):
    """Hermite step 0 … 1 between ``low`` and ``high`` (either order), element by element."""
    t = (x - low) / (high - low)
    t = np.minimum(np.maximum(t, 0), 1) if isinstance(t, np.ndarray) else min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


@cache
def _catmull_rom(knots: int) -> np.ndarray:
    """(8·(knots − 1) + 1, knots) weights of the knots in eight points of each span, ends mirrored."""
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    basis = 0.5 * np.hstack([2 * t**2 - t - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2])
    padded = np.zeros((8 * (knots - 1) + 1, knots + 2))
    for span in range(knots - 1):
        padded[8 * span:8 * span + 8, span:span + 4] = basis
    padded[-1, knots] = 1
    weights = padded[:, 1:-1].copy()
    weights[:, 0] += 2 * padded[:, 0]
    weights[:, 1] -= padded[:, 0]
    weights[:, -1] += 2 * padded[:, -1]
    weights[:, -2] -= padded[:, -1]
    return weights


@cache
def _curve_weights(knots: int, count: int) -> np.ndarray:
    fine = _catmull_rom(knots)
    at = np.linspace(0, len(fine) - 1, count)
    low = np.minimum(at.astype(int), len(fine) - 2)
    part = (at - low)[:, None]
    return fine[low] * (1 - part) + fine[low + 1] * part


def curve(points: np.ndarray | list[np.ndarray], count: int) -> np.ndarray:
    """Catmull–Rom curve like ``spline``, as (count, 2) points at even steps between knots: one product, for every frame."""
    return _curve_weights(len(points), count) @ np.asarray(points)


@cache
def even(count: int) -> np.ndarray:
    """``count`` numbers from 0 to 1, read-only."""
    t = np.linspace(0, 1, count)
    t.flags.writeable = False
    return t


def spline(points: np.ndarray, count: int = 32) -> np.ndarray:
    """Catmull–Rom curve through (N ≥ 2, 2) points as (count, 2) points at equal arc length."""
    fine = _catmull_rom(len(points)) @ points
    step = np.sqrt(np.square(fine[1:] - fine[:-1]).sum(1))
    s = np.concatenate([[0], np.cumsum(step)])
    u = even(count) * s[-1]
    out = np.empty((count, 2))
    out[:, 0], out[:, 1] = np.interp(u, s, fine[:, 0]), np.interp(u, s, fine[:, 1])
    return out


def ribbon(centre: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    """Outline of a stroke: (2N, 2) polygon around an (N, 2) centre line with full ``width`` at each point."""
    d = np.empty_like(centre)
    d[1:-1], d[0], d[-1] = centre[2:] - centre[:-2], centre[1] - centre[0], centre[-1] - centre[-2]
    half = d[:, ::-1] * [-0.5, 0.5] * (width / (np.sqrt(np.square(d).sum(1)) + 1e-6))[:, None]
    return np.concatenate([centre + half, (centre - half)[::-1]])


@cache
def taper(count: int, start: float = 0.35, end: float = 0.35, least: float = 0.12) -> np.ndarray:
    """Stroke width profile 0 … 1 that swells over ``start`` and thins over ``end`` of its length; read-only."""
    t = even(count)
    grow = smoothstep(0, start, t) if start else np.ones(count)
    profile = least + (1 - least) * np.minimum(grow, smoothstep(0, end, 1 - t) if end else 1.0)
    profile.flags.writeable = False
    return profile


@cache
def _circle(count: int) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], 1)


def ellipse(centre: np.ndarray, rx: float, ry: float, angle: float = 0.0, count: int = 28) -> np.ndarray:
    """(count, 2) points of an ellipse turned by ``angle`` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return _circle(count) @ np.array([[rx * c, rx * s], [-ry * s, ry * c]]) + centre


def polygon_mask(points: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """Filled polygon as float32 0 … 1, antialiased; ``size`` is a side or (height, width)."""
    shape = (size, size) if isinstance(size, int) else size
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(np.asarray(points) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


@cache
def _lattice(height: int, width: int, step: int) -> np.ndarray:
    gx, gy = np.arange(0, width + step, step, dtype=np.float32), np.arange(0, height + step, step, dtype=np.float32)
    return np.stack(np.meshgrid(gx, gy), -1)


def displacement_map(source: np.ndarray, target: np.ndarray, shape: tuple[int, int], sigma: float,
                     step: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Remap fields that move picture content from ``source`` points to ``target`` points, smoothly.

    Both (N, 2) in pixels. Returns (map_x, map_y) float32 of ``shape``, for ``cv2.remap``. Displacements are spread by
    normalised Gaussian weights (Shepard with a Gaussian kernel, ``sigma`` in pixels) that fade to none far away.
    """
    height, width = shape
    grid = _lattice(height, width, step)
    flat, target = grid.reshape(-1, 2), np.asarray(target, np.float32)
    move = (np.asarray(source) - target).astype(np.float32)
    d2 = (flat * flat).sum(1)[:, None] + (target * target).sum(1) - 2 * flat @ target.T
    w = np.exp(d2 / np.float32(-2 * sigma * sigma))
    # the +0.3 is a still point everywhere: far from the face nothing moves
    field = (w @ move) / (w.sum(1, keepdims=True) + 0.3)
    at = grid + field.reshape(grid.shape).astype(np.float32)
    full = cv2.resize(at, (at.shape[1] * step, at.shape[0] * step), interpolation=cv2.INTER_LINEAR)
    half = step // 2                                               # cv2.resize puts a node into the middle of its cell
    full = full[half:half + height, half:half + width] - np.float32(0.5)
    return np.ascontiguousarray(full[..., 0]), np.ascontiguousarray(full[..., 1])


def shrunk(image: np.ndarray, affine: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of ``image`` under the crop, averaged down so that the last step shrinks by less than two, and the
    affine from there. Plain bilinear sampling of a large face would flicker with every pixel of noise."""
    factor = int(1 / np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    if factor < 2:
        return image, affine
    corners = transform(invert(affine), f32([[0, 0], [size, 0], [0, size], [size, size]]))
    height, width = image.shape[:2]
    x0, y0 = (np.maximum(corners.min(0).astype(int) - factor, 0) // factor * factor).tolist()
    x1, y1 = np.minimum(corners.max(0).astype(int) + 2 * factor, [width, height]).tolist()
    columns, rows = (x1 - x0) // factor, (y1 - y0) // factor
    if columns < 1 or rows < 1:
        return image, affine
    part = image[y0:y0 + rows * factor, x0:x0 + columns * factor]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    # pixel centres: full = factor · small + x0 + (factor − 1) / 2
    up = np.array([[factor, 0, x0 + (factor - 1) / 2], [0, factor, y0 + (factor - 1) / 2], [0, 0, 1]])
    return small, (affine.astype(np.float64) @ up).astype(np.float32)
