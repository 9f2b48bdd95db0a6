"""Open and shut eyes: lids are closed in the photo, and must then be closed in the drawing."""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import curve, invert, similarity, smoothstep, transform

OPEN, SHUT = 0.20, 0.12
"""Openness (``facemap.eye_openness``) above and below which an eye of a *photo* is open, shut."""
DRAWN_SHUT = 0.18
"""The same for *drawings*, whose eyes are enlarged: measured on 40 people in the character romance, eyes drawn
shut read 0.01 … 0.09 and open ones 0.31 … 0.51."""
SIDE = 192
"""Side of the square around one eye in which its lid is pulled down; the eye is half as wide."""


def openness(points: np.ndarray) -> np.ndarray:
    """(2,) lid gap over eye width of right and left eye. ``points``: (478, ≥2) in pixels."""
    return np.array([fm.eye_openness(points, eye) for eye in fm.EYES])


def closed(rgb: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The photo (H, W, 3) uint8 with both eyes shut: the skin between brow and upper lid is stretched down to the lower lid."""
    out = rgb
    for eye in fm.EYES:
        out = _shut(out, points[:, :2], eye)
    return out


def _shut(rgb: np.ndarray, points: np.ndarray, eye: fm.Eye) -> np.ndarray:
    left, right = sorted((points[eye.inner], points[eye.outer]), key=lambda q: float(q[0]))
    across = right - left
    width = float(np.linalg.norm(across)) + 1e-6
    affine = similarity((left + right) / 2, float(np.arctan2(across[1], across[0])), SIDE / 2 / width, SIDE)
    square = cv2.warpAffine(rgb, affine, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    xs, ys, lash = _pull(transform(affine, points), eye)
    pulled = cv2.remap(square, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    pulled = (pulled * (1 - lash[..., None])).astype(np.uint8)
    ramp = smoothstep(0.0, 0.12, np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1]) / SIDE)
    size = rgb.shape[1::-1]
    weight = cv2.warpAffine(np.outer(ramp, ramp).astype(np.float32), invert(affine), size)[..., None]
    back = cv2.warpAffine(pulled, invert(affine), size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return (rgb + (back.astype(np.float32) - rgb) * weight + 0.5).astype(np.uint8)


def _pull(points: np.ndarray, eye: fm.Eye) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two maps for ``cv2.remap`` and the darkness 0 … 1 of the lashes, (SIDE, SIDE) float32 each. In each column what lies
    between brow and upper lid is spread down to the lower lid; below it nothing moves."""
    xs = np.arange(SIDE, dtype=np.float32)

    def height(part) -> np.ndarray:
        line = curve(points[list(part)], 48)
        order = line[:, 0].argsort()
        return np.interp(xs, line[order, 0], line[order, 1])

    upper, lower = height(eye.upper), height(eye.lower)
    upper = np.where((xs > SIDE * 0.25) & (xs < SIDE * 0.75), np.minimum(upper - 0.02 * SIDE, lower), lower)     # with its lashes
    lower = np.maximum(lower - 0.01 * SIDE, upper)
    top = np.minimum(height(eye.brow_lower), upper - 0.08 * SIDE)
    ys = np.arange(SIDE, dtype=np.float32)[:, None]
    share = (ys - top) / (lower - top)
    pulled = np.where((ys > top) & (ys < lower), top + share * (upper - top), ys)
    lash = 0.5 * np.exp(-np.square((ys - lower) / 2.5)) * smoothstep(0.0, 6.0, lower - upper)
    return np.repeat(xs[None], SIDE, 0), pulled.astype(np.float32), lash.astype(np.float32)
