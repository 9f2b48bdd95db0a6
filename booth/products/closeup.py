"""A face brought to one size, upright, with what is ink and what is plain skin: what the parts of a rig are read from.

Every measure in here is in the close-up's pixels, so it holds for a thumbnail and for a poster: a face is ``FACE`` pixels high.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import crop_affine, f32, invert, shrunk, transform

SIDE = 640
SPAN = 1.6
FACE = SIDE / SPAN
"""Height of a face, forehead to chin."""
THICKEST = 25
"""Drawn strokes are thinner than this, brows included."""
PLAIN = 4.0
"""A cheek whose lightness varies less than this from one pixel to the next is plain; screen tone is not."""
SOFTEN = (0.0, 0.8, 1.3, 2.0, 3.0)
INK = 11.0
"""Further from every colour of the skin around than this, in CIELAB, is drawn."""
BIN = 8
"""Colours nearer than this, in CIELAB, are counted as one."""


@dataclass(frozen=True, eq=False, slots=True)
class Closeup:
    """``lab`` (S, S, 3) float32 CIELAB, screen tone smoothed away · ``rgb`` the same as uint8 RGB · ``points`` (478, 3) ·
    ``thin`` (S, S) float32: how much darker than what is around it, for strokes of up to ``THICKEST`` · ``plain`` (S, S) bool:
    surely skin, in whatever light · ``over`` (S, S) bool: glasses and hair, which may lie over features · ``back`` (2, 3) float32: to the still."""

    lab: np.ndarray
    rgb: np.ndarray
    points: np.ndarray
    thin: np.ndarray
    plain: np.ndarray
    over: np.ndarray
    back: np.ndarray

    @property
    def scale(self) -> float:
        """Pixels of the still for one of the close-up."""
        return float(np.sqrt(abs(np.linalg.det(self.back[:, :2]))))

    def still(self, points: np.ndarray) -> tuple[tuple[float, float], ...]:
        """(N, 2) points as a rig holds them: in the still, to a hundredth of a pixel."""
        return tuple((round(float(x), 2), round(float(y), 2)) for x, y in transform(self.back, np.asarray(points, np.float32)))

    def unlike_skin(self, where: np.ndarray) -> np.ndarray:
        """(S, S) float32: distance in CIELAB from the nearest colour that plain skin has in ``where`` (S, S) bool; where there is little
        of that, anywhere."""
        sure = where & self.plain
        colours = common(self.lab[sure if sure.sum() > 1500 else self.plain])
        chroma = np.hypot(colours[:, 1], colours[:, 2])
        white = (colours[:, 0] > colours[0, 0] + 4) & (chroma < 0.5 * chroma[0] - 2)               # of eyes larger than one thinks
        return unlike(self.lab, colours[~white])


def close_up(still: np.ndarray, points: np.ndarray, head: np.ndarray, hair: np.ndarray, glasses: np.ndarray) -> Closeup:
    """``still`` (H, W, 3) uint8 RGB, ``points`` (478, 3) in it; ``head``, ``hair``, ``glasses`` (H, W) uint8 masks."""
    affine = crop_affine(points, SIDE, SPAN)
    source, there = shrunk(still, affine, SIDE)
    rgb = cv2.warpAffine(source, there, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    p = transform(affine, points)
    masks = [cv2.warpAffine(m, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR) > 127 for m in (head, hair, glasses)]
    masks[2] = _rims(masks[2])
    rgb = _smoothed(rgb, p)
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (THICKEST, THICKEST))
    thin = cv2.morphologyEx(lab[..., 0], cv2.MORPH_BLACKHAT, around)
    strands = touching(masks[1], masks[1] & ~filled(p[list(fm.OVAL), :2]))
    return Closeup(lab, rgb, p, thin, _plain(p, thin, *masks), grown(masks[2], 2) | strands, invert(affine))


def _rims(glasses: np.ndarray) -> np.ndarray:
    """``glasses`` where they are rims; none where they are mostly blobs, which is how very large drawn eyes look to the network."""
    blobs = grown(grown(glasses, -11), 11)
    return glasses & ~blobs if blobs.sum() < 0.3 * glasses.sum() else np.zeros_like(glasses)


def _smoothed(rgb: np.ndarray, p: np.ndarray) -> np.ndarray:
    """``rgb`` with screen tone, grain and JPEG's noise smoothed as little as makes the cheeks plain."""
    cheeks = np.zeros(rgb.shape[:2], np.uint8)
    for cheek in fm.CHEEKS:
        cv2.fillConvexPoly(cheeks, cv2.convexHull(p[list(cheek), :2].astype(np.int32)), 1)
    inside = cheeks > 0
    soft = rgb
    for sigma in SOFTEN:
        soft = cv2.GaussianBlur(rgb, (0, 0), sigma) if sigma else rgb
        light = soft.mean(-1, dtype=np.float32)
        if not inside.any() or float(np.mean(np.abs(light - cv2.GaussianBlur(light, (0, 0), 5))[inside])) < PLAIN:
            break
    return soft


def _plain(p: np.ndarray, thin: np.ndarray, head: np.ndarray, hair: np.ndarray, glasses: np.ndarray) -> np.ndarray:
    """Where in the face's oval no feature can be."""
    face = filled(p[list(fm.OVAL), :2])
    for eye in fm.EYES:
        corners = p[[eye.inner, eye.outer], :2]
        face &= ~oval(corners.mean(0), 0.95 * _length(corners), 0.75 * _length(corners))
    corners = p[[61, 291], :2]
    face &= ~oval((p[0, :2] + p[17, :2]) / 2, 0.62 * _length(corners), 0.7 * _length(p[[0, 17], :2]))
    sure = face & ~hair & ~grown(glasses, 3) & (thin < 6)
    return sure & head if (sure & head).sum() > 2000 else sure


def _length(pair: np.ndarray) -> float:
    return float(np.linalg.norm(pair[1] - pair[0]))


def filled(outline: np.ndarray) -> np.ndarray:
    """(S, S) bool inside the polygon (N, 2)."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(np.asarray(outline) * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
    return mask > 0


def oval(centre: np.ndarray, rx: float, ry: float) -> np.ndarray:
    """(S, S) bool inside an upright ellipse."""
    y, x = np.ogrid[:SIDE, :SIDE]
    return np.asarray(((x - centre[0]) / max(rx, 1)) ** 2 + ((y - centre[1]) / max(ry, 1)) ** 2 < 1)


def grown(mask: np.ndarray, px: float) -> np.ndarray:
    """Dilated by ``px``, eroded where it is negative."""
    side = 2 * round(abs(px)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    change = cv2.dilate if px >= 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), disc) > 0)


def touching(mask: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """The connected parts of ``mask`` that ``seed`` touches."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[seed])] = True
    keep[0] = False
    return np.asarray(keep[labels])


def common(lab: np.ndarray, share: float = 0.015) -> np.ndarray:
    """(K, 3) float32: the colours that (N, 3) CIELAB samples have in common, each of at least ``share`` of them; the median first."""
    if not len(lab):
        return f32([[70, 12, 18]])
    bins = np.floor(lab / BIN).astype(np.int64)
    _, which, counts = np.unique(bins @ [1, 1 << 20, 1 << 40], return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(which, lab[:, c]) for c in range(3)], 1)
    return np.vstack([np.median(lab, axis=0), (sums / counts[:, None])[counts >= share * len(lab)]]).astype(np.float32)


def unlike(lab: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Distance of each pixel (…, 3) from the nearest of ``colours`` (K, 3)."""
    planes = [np.ascontiguousarray(lab[..., c]) for c in range(3)]             # summing a last axis of three is slow
    least = np.full(lab.shape[:-1], 1e9, np.float32)
    for colour in colours.tolist():
        np.minimum(least, sum(np.square(plane - np.float32(c)) for plane, c in zip(planes, colour, strict=True)), out=least)
    return np.sqrt(least)


def rgb_of(lab: np.ndarray) -> tuple[int, int, int]:
    """One CIELAB colour as bytes."""
    r, g, b = (cv2.cvtColor(np.float32(lab).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0].clip(0, 1) * 255).round().astype(int).tolist()
    return r, g, b
