"""Portrait → soft areas (background, skin, hair, cloth): colour models seeded and weighted by place in the face.

Each class gets a small Gaussian mixture in Lab, fitted on seeds; posterior = place prior × likelihood^0.6; one refit;
a colour guided filter (He et al. 2010) brings the result back to the picture's edges.
"""

from __future__ import annotations

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import polygon_mask, smoothstep, spline
from models.teacher.portrait import SIZE, Portrait

BACKGROUND, SKIN, HAIR, CLOTH = range(4)
WORK = 192
"""Side at which colours are modelled."""


def lab(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) RGB uint8 or float 0 … 1 → float32 Lab (L 0 … 100)."""
    x = rgb.astype(np.float32) / 255 if rgb.dtype == np.uint8 else np.ascontiguousarray(rgb, np.float32)
    return cv2.cvtColor(x, cv2.COLOR_RGB2LAB)


def blur(x: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(x, (0, 0), sigma)


def guided_filter(guide: np.ndarray, maps: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """Edge-aware smoothing of (C, H, W) ``maps`` along the colours of (H, W, 3) ``guide`` 0 … 1 (He et al. 2010)."""
    box = lambda x: cv2.boxFilter(x, -1, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)
    mean = box(guide)
    cov = np.empty((*guide.shape[:2], 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            cov[..., i, j] = cov[..., j, i] = box(guide[..., i] * guide[..., j]) - mean[..., i] * mean[..., j]
    cov += eps * np.eye(3, dtype=np.float32)
    rows = [cov[..., i, :] for i in range(3)]
    adjugate = np.stack([np.cross(rows[1], rows[2]), np.cross(rows[2], rows[0]), np.cross(rows[0], rows[1])], -1)
    inverse = adjugate / ((rows[0] * adjugate[..., 0]).sum(-1)[..., None, None] + 1e-12)
    out = np.empty_like(maps, np.float32)
    for k, p in enumerate(maps):
        p = np.ascontiguousarray(p, np.float32)
        p_mean = box(p)
        cross = np.stack([box(guide[..., i] * p) - mean[..., i] * p_mean for i in range(3)], -1)
        a = np.einsum("hwij,hwj->hwi", inverse, cross)
        b = p_mean - (a * mean).sum(-1)
        out[k] = (box(a.astype(np.float32)) * guide).sum(-1) + box(b.astype(np.float32))
    return out


class Mixture:
    """Gaussian mixture over Lab pixels: k-means cells with full covariance."""

    def __init__(self, pixels: np.ndarray, cells: int, floor: float = 9.0) -> None:
        x = np.float32(pixels)
        x = x[np.linspace(0, len(x) - 1, min(len(x), 3000)).astype(int)]
        cells = int(np.clip(len(x) // 25, 1, cells))
        cv2.setRNGSeed(1)
        _, label, _ = cv2.kmeans(x, cells, None, (3, 12, 0.5), 1, cv2.KMEANS_PP_CENTERS)
        self._cells = []
        for i in range(cells):
            own = x[label[:, 0] == i]
            if len(own) >= 6:
                cov = np.cov(own.T) + np.eye(3) * floor
                weight = np.log(len(own) / len(x)) - 0.5 * np.linalg.slogdet(cov)[1]
                self._cells.append((weight, own.mean(0), np.linalg.inv(cov).astype(np.float32)))

    def log_likelihood(self, pixels: np.ndarray) -> np.ndarray:
        terms = [w - 0.5 * (((pixels - m) @ inv) * (pixels - m)).sum(-1) for w, m, inv in self._cells]
        return np.maximum(np.logaddexp.reduce(terms, 0), -28)


class FaceFrame:
    """Coordinates in the upright face: u across (face widths from the middle), v down (face heights, 0 at the chin)."""

    def __init__(self, points: np.ndarray, size: int) -> None:
        p = points[:, :2] * (size / SIZE)
        self.points = p
        self.width = float(np.linalg.norm(p[454] - p[234]))
        self.height = float(np.linalg.norm(p[152] - p[10]))
        yy, xx = np.mgrid[:size, :size].astype(np.float32)
        self.u = (xx - (p[234, 0] + p[454, 0]) / 2) / self.width
        self.v = (yy - p[152, 1]) / self.height
        self.oval = polygon_mask(spline(p[[*fm.OVAL, fm.OVAL[0]]], 120), size)
        self.features = np.zeros((size, size), np.float32)
        for eye in fm.EYES:
            hull = cv2.convexHull(p[[*eye.upper, *eye.lower, *eye.brow_upper]].astype(np.float32))[:, 0]
            self.features = np.maximum(self.features, polygon_mask(hull, size))
        lips = p[[*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER[::-1]]]
        self.features = cv2.dilate(np.maximum(self.features, polygon_mask(lips, size)), np.ones((5, 5)))


def skin_colour(colours: np.ndarray, face: FaceFrame) -> np.ndarray:
    """Median Lab of well-lit plain face skin, ``colours`` (H, W, 3) Lab."""
    core = cv2.erode(face.oval, np.ones((7, 7))) * (1 - face.features)
    x = colours[(core > 0.5) & (face.v < -0.28) & (face.v > -0.93)]
    spread = np.abs((x - np.median(x, 0)) * np.float32([1, 2, 2])).sum(1)
    x = x[spread <= np.percentile(spread, 75)]
    low, high = np.percentile(x[:, 0], [40, 80])
    return np.median(x[(x[:, 0] >= low) & (x[:, 0] <= high)], 0)


def _priors(face: FaceFrame, tags: frozenset[str]) -> np.ndarray:
    """(4, H, W) how likely each class is at a place in the face, before any colour is seen."""
    u, v, inside = np.abs(face.u), face.v, blur(face.oval, 1.5)
    long = 0.75 if "longhair" in tags else 0.03
    bald = "bald" in tags
    top = smoothstep(-0.72, -0.98, v)
    below = smoothstep(-0.02, 0.12, v)
    neck_column = smoothstep(0.50, 0.30, u)
    beside_jaw = smoothstep(-0.50, -0.28, v)

    hair_in = 0.004 + (0.05 if bald else 0.45) * top + 0.05 * smoothstep(0.30, 0.5, u) * (v < -0.2)
    hair_out = (1 - below) * ((1 - beside_jaw) + beside_jaw * long) \
        + below * (long * (1 - neck_column) * smoothstep(1.6, 0.6, v) + 0.002)
    hair = (inside * hair_in + (1 - inside) * hair_out * (0.35 if bald else 1)) * (1 - 0.9 * blur(face.features, 1.5))

    ear = smoothstep(0.68, 0.58, u) * smoothstep(-0.88, -0.72, v) * smoothstep(-0.12, -0.28, v)
    neck = np.maximum(below * (0.12 + 0.88 * neck_column) * smoothstep(0.75, 0.2, v), 0.4 * beside_jaw * smoothstep(0.56, 0.46, u) * (1 - below))
    crown = smoothstep(-0.7, -0.95, v) * smoothstep(-1.45, -1.12, v) * smoothstep(0.52, 0.36, u) * (2.0 if bald else 0.35)
    skin = inside * 0.9 + (1 - inside) * (0.9 * ear + 0.75 * neck + crown + 0.015)

    cloth = (1 - inside) * smoothstep(-0.08, 0.35, v + 0.3 * (u - 0.45)) * 0.8 + 2e-4
    if "hat" in tags:
        cloth = np.maximum(cloth, 0.5 * smoothstep(-0.75, -1.0, v))
    return np.stack([np.zeros_like(hair), skin, hair, cloth])


def _seeds(x: np.ndarray, person: np.ndarray, face: FaceFrame, skin: np.ndarray, tags: frozenset[str]) -> list[np.ndarray]:
    """Masks of pixels that surely belong to background, skin, hair, cloth."""
    u, v = np.abs(face.u), face.v
    away = np.abs((x - skin) * np.float32([0.6, 1, 1])).sum(-1)
    hue_away = np.abs(x[..., 1] - skin[1]) + np.abs(x[..., 2] - skin[2])
    core = (cv2.erode(face.oval, np.ones((7, 7))) > 0.5) & (face.features < 0.5)
    grown = cv2.dilate(face.oval, np.ones((5, 5))) > 0.5
    forehead = (v > -1.22) & (u < 0.42) & (hue_away < 10) & (x[..., 0] > 0.5 * skin[0])
    eyes = -0.62
    hair = (person > 0.6) & ~grown & (v < eyes + (0.15 if "longhair" in tags else -0.1)) & (u < 0.85) & (away > 16) & ~forehead
    throat = (u < 0.44) & (hue_away < 12) & (x[..., 0] > 0.4 * skin[0]) & (v < 0.7)
    cloth = (person > 0.7) & (v > min(0.3, float(v.max()) - 0.12)) & (away > 12) & ~throat
    return [person < 0.06, core & (away < 30) & (v < -0.25), hair, cloth]


def areas(portrait: Portrait) -> np.ndarray:
    """(4, SIZE, SIZE) float32 soft areas that sum to 1."""
    small = lambda p: cv2.resize(p, (WORK, WORK), interpolation=cv2.INTER_AREA)
    face = FaceFrame(portrait.points, WORK)
    rgb = small(portrait.rgb).astype(np.float32) / 255
    x = lab(cv2.bilateralFilter(rgb, 7, 0.08, 4))
    flat = x.reshape(-1, 3)
    person = small(portrait.person)
    skin = skin_colour(x, face)
    seeds = _seeds(x, person, face, skin, portrait.tags)
    prior = _priors(face, portrait.tags)
    fallback = (face.v < -1.3, face.oval > 0.5, (face.v < -1.0) & (np.abs(face.u) < 0.3), face.v > 0.3)
    models = []
    for own, other, cells in zip(seeds, fallback, (4, 2, 3, 4), strict=True):
        picked = own if own.sum() > 40 else other
        models.append(Mixture(flat[picked.ravel()] if picked.sum() > 10 else flat[-50:], cells))

    gate = smoothstep(0.15, 0.6, person)
    for refit in (True, False):
        ll = np.stack([m.log_likelihood(flat).reshape(WORK, WORK) for m in models])
        shaded = [models[SKIN].log_likelihood(flat + np.float32([d, -1, 0])).reshape(WORK, WORK) - c
                  for d, c in ((14, 0.8), (28, 1.6))]      # a neck in the jaw's shadow is still skin
        under = (face.v > -0.3) & (np.abs(face.u) < 0.55) & (face.oval < 0.5)
        ll[SKIN] = np.where(under, np.maximum(ll[SKIN], np.maximum(*shaded)), ll[SKIN])
        post = np.exp(np.log(prior[1:] + 1e-5) + 0.6 * ll[1:] - (0.6 * ll[1:]).max(0))
        post = np.concatenate([(1 - gate)[None], gate * post / (post.sum(0) + 1e-9)])
        if refit:
            for c, cells in enumerate((4, 2, 3, 4)):
                sure = post[c] > 0.9
                if sure.sum() > 80:
                    models[c] = Mixture(flat[sure.ravel()], cells)
    post[SKIN] += 0.97 * post[HAIR] * face.features * (face.v > -0.85)        # brows are not hair
    post[HAIR] *= 1 - 0.97 * face.features * (face.v > -0.85)
    post = np.stack([cv2.resize(p, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR) for p in _without_islands(post)])
    guide = lab(cv2.bilateralFilter(portrait.rgb, 5, 20, 3)) / 100
    for radius, eps in ((8, 6e-4), (4, 2e-4)):
        post = np.clip(guided_filter(guide, post, radius, eps), 0, 1)
    return (post / (post.sum(0) + 1e-6)).astype(np.float32)


def _without_islands(post: np.ndarray, least: int = 140) -> np.ndarray:
    """Give patches smaller than ``least`` pixels to their next likely class."""
    label = post.argmax(0).astype(np.uint8)
    for c in range(len(post)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats((label == c).astype(np.uint8), connectivity=4)
        for i in range(1, count):
            if stats[i, cv2.CC_STAT_AREA] < least:
                post[c][parts == i] *= 0.02
    return post / (post.sum(0) + 1e-9)
