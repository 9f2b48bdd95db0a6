"""Training samples: a portrait and its layers, turned, moved, lit, dressed and pasted elsewhere.

What the portraits lack is made here, in photo and layers alike: turned heads, other rooms, people beside, bad light, other
skin, glasses, caps, loose hair, things before the face, webcam noise.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from booth import facemap as fm
from booth import geometry
from booth.frame import Glasses, Rims
from booth.geometry import ellipse, polygon_mask, smoothstep
from booth.render import glasses as rims
from booth.translators.network import TRAITS
from models.teacher.tags import read_rejects

HELD_OUT_PERCENT = 10
TURN_POINTS = (*fm.OVAL[::2], 1, 4, 168, 6, 61, 291, 13, 14, 50, 280, 205, 425, 33, 133, 362, 263, 105, 334, 151, 2)


def held_out(name: str) -> bool:
    """A fixed tenth of all people, by the hash of the file's name, never trained on."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


class Portraits:
    """The teacher's array (see ``models.teacher.build``) and its augmentations. Random by ``numpy.random.Generator``."""

    def __init__(self, folder: Path, train: bool, tags: dict[str, frozenset[str]], size: int = 256) -> None:
        self.size = size
        self._rgb, self._areas, self._maps = (np.load(folder / f"{part}.npy", mmap_mode="r") for part in ("rgb", "areas", "maps"))
        self._points = np.load(folder / "points.npy")
        index = json.loads((folder / "index.json").read_text())
        names, self._known = index["names"], index["glasses_known"]
        rejects = read_rejects()
        self.rows = [i for i, n in enumerate(names) if held_out(n) != train and not (train and n in rejects)]
        self.names = names
        self._tags = [tags.get(n, frozenset()) for n in names]
        self._scenes = _scenes()

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, row: int, rng: np.random.Generator, plain: bool = False) -> dict[str, np.ndarray]:
        """One training example, S = ``size``.

        ``image`` (3, S, S) uint8 · ``areas`` (4, S, S) uint8 · ``maps`` (5, S, S) uint8: beard, shadow, tone, glasses, cover ·
        ``valid`` and ``border`` (S, S) uint8 · ``glasses_known`` 0 or 1: whether the glasses layer is true ·
        ``traits`` and ``traits_known`` (4,) uint8: glasses, beard, moustache, stubble.
        """
        i = self.rows[row]
        tags, size = self._tags[i], self.size
        mx, my, points = _placement(self._points[i], rng, plain, size, self._rgb.shape[1])
        warp = lambda x: cv2.remap(np.asarray(x), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32) / 255
        rgb, areas, maps = warp(self._rgb[i]), warp(self._areas[i]), warp(self._maps[i])
        beard, shadow, tone, counts, glasses = (maps[..., k] for k in range(5))
        wears = bool(tags & {"glasses", "sunglasses"})
        traits = np.uint8([wears, *(t in tags for t in TRAITS[1:])])
        told = np.ones(4, np.uint8)
        cover = np.zeros((size, size), np.float32)
        valid = smoothstep(0.8, 1.0, counts)
        if not plain:
            if rng.random() < 0.5:
                rgb = recolour_skin(rgb, areas[..., 1] * (1 - 0.7 * beard), rng)
            if rng.random() < 0.55:
                person = smoothstep(0.25, 0.75, 1 - areas[..., 0])[..., None]
                rgb = rgb * person + self._room(rng) * (1 - person)
            if rng.random() < 0.06:
                rgb, areas = _put_on_cap(rgb, areas, points, rng)
            if rng.random() < 0.08:
                rgb, areas, beard = _loose_hair(rgb, areas, beard, points, rng)
            if not wears and rng.random() < 0.35:
                rgb, glasses = put_on_glasses(rgb, points, rng)
                traits[0] = 1
            if rng.random() < 0.15:
                rgb, cover = self._cover(rgb, points, rng)
                told[:] = 0
                told[0] = cover[_eye_box(points, size)].mean() < 0.15      # a mask over the mouth hides no glasses
            rgb = _webcam(_light(rgb, rng), rng)
            if rng.random() < 0.5:
                flip = lambda x: np.ascontiguousarray(x[:, ::-1])
                rgb, areas, beard, shadow, tone, glasses, cover, valid = map(
                    flip, (rgb, areas, beard, shadow, tone, glasses, cover, valid))
        border = cv2.morphologyEx(areas, cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)).max(-1)
        byte = lambda x: cv2.convertScaleAbs(np.maximum(x, 0), alpha=255)
        return {"image": byte(rgb).transpose(2, 0, 1), "areas": byte(areas).transpose(2, 0, 1),
                "maps": byte(np.stack([beard, shadow, tone, glasses, cover])), "valid": byte(valid), "border": byte(border),
                "glasses_known": np.uint8(self._known[i]), "traits": traits, "traits_known": told}

    def _room(self, rng: np.random.Generator) -> np.ndarray:
        """(S, S, 3) another background: a scene, another portrait's colours, a person beside, noise, stripes or one colour."""
        kind, side_px = rng.integers(6), self.size
        if kind == 0:
            scene = self._scenes[rng.integers(len(self._scenes))]
            side = int(rng.integers(120, min(scene.shape[:2]) + 1))
            y, x = (int(rng.integers(0, n - side + 1)) for n in scene.shape[:2])
            room = cv2.resize(scene[y:y + side, x:x + side], (side_px, side_px)).astype(np.float32) / 255
        elif kind == 1:
            other = self._rgb[rng.integers(len(self.names))]
            side = int(rng.integers(60, 200))
            y, x = (int(rng.integers(0, other.shape[0] - side)) for _ in range(2))
            room = cv2.resize(other[y:y + side, x:x + side], (side_px, side_px)).astype(np.float32) / 255
        elif kind == 2:
            room = sum(cv2.resize(rng.random((2 ** k, 2 ** k, 3)).astype(np.float32), (side_px, side_px), interpolation=cv2.INTER_CUBIC)
                       / 2 ** (0.5 * k) for k in range(1, 8))
            room = (room - room.min()) / (np.ptp(room) + 1e-6)
        elif kind == 3:
            room = np.ones((side_px, side_px, 3), np.float32) * rng.random(3, np.float32)
            for _ in range(int(rng.integers(3, 16))):
                p = rng.integers(-40, side_px + 40, 2)
                q = p + rng.integers(8, 160, 2) * rng.choice([-1, 1], 2)
                cv2.rectangle(room, p.tolist(), q.tolist(), rng.random(3).tolist(), -1 if rng.random() < 0.7 else 2)
        elif kind == 4:                                           # somebody stands close by
            scale = float(rng.uniform(0.45, 0.9)) * side_px / self._rgb.shape[1]
            half = scale * self._rgb.shape[1] / 2
            at = np.float32([[scale, 0, side_px * (0.5 + rng.choice([-1, 1]) * rng.uniform(0.28, 0.6)) - half],
                             [0, scale, side_px * rng.uniform(0.3, 0.7) - half]])
            room = cv2.warpAffine(np.asarray(self._rgb[rng.integers(len(self.names))]), at, (side_px, side_px),
                                  borderMode=cv2.BORDER_REPLICATE).astype(np.float32) / 255
        else:
            room = np.ones((side_px, side_px, 3), np.float32) * rng.random(3, np.float32)
            room = room + np.linspace(0, 1, side_px, dtype=np.float32)[:, None, None] * (rng.random(3, np.float32) - 0.5)
        if rng.random() < 0.5:
            room = cv2.GaussianBlur(room, (0, 0), float(rng.uniform(0.5, 6)))
        return room.astype(np.float32).clip(0, 1)

    def _cover(self, rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Something before the face: a blob of cloth, a hand-like bundle of sausages, or a face mask."""
        size = self.size
        mask = np.zeros((size, size), np.float32)
        width = float(np.linalg.norm(points[454] - points[234]))
        if rng.random() < 0.4:
            outline = np.vstack([points[[234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454]],
                                 points[[280, 6, 50]]])
            mask = polygon_mask(outline, size)
            texture = np.ones((size, size, 3), np.float32) * rng.choice([rng.random(3), [0.9, 0.93, 0.95], [0.6, 0.75, 0.85], [0.1, 0.1, 0.1]])
        else:
            at = points[rng.integers(468)] + rng.normal(0, 0.15 * width, 2)
            angle = rng.uniform(0, np.pi)
            for k in range(int(rng.integers(1, 6))):
                centre = at + (k - 2) * 0.16 * width * np.array([-np.sin(angle), np.cos(angle)])
                mask = np.maximum(mask, polygon_mask(ellipse(centre, width * rng.uniform(0.3, 0.6), width * rng.uniform(0.08, 0.2), angle), size))
            skin = np.median(rgb[points[[50, 280, 151], 1].clip(0, size - 1).astype(int), points[[50, 280, 151], 0].clip(0, size - 1).astype(int)], 0)
            texture = skin * rng.uniform(0.7, 1.15) + np.zeros_like(rgb) if rng.random() < 0.6 else self._room(rng)
            if rng.random() < 0.7:
                texture = texture * (1 - 0.35 * cv2.GaussianBlur(1 - mask, (0, 0), 6 * size / 256)[..., None])
        mask = cv2.GaussianBlur(mask, (0, 0), 0.8 * size / 256)[..., None]
        return (rgb * (1 - mask) + texture * mask).astype(np.float32), mask[..., 0]


def _eye_box(points: np.ndarray, size: int) -> tuple[slice, slice]:
    p = points[[33, 263, 159, 145, 386, 374], :2]
    (x0, y0), (x1, y1) = np.clip(p.min(0) - 0.06 * size, 0, size - 2).astype(int), np.clip(p.max(0) + 0.06 * size, 1, size).astype(int)
    return slice(y0, max(y1, y0 + 1)), slice(x0, max(x1, x0 + 1))


def _scenes() -> list[np.ndarray]:
    """Photographs without a face that come with scikit-image."""
    from skimage import color, data

    pictures = [data.coffee(), data.rocket(), data.chelsea(), data.hubble_deep_field(), data.brick(), data.grass(),
                data.gravel(), data.immunohistochemistry(), data.coins(), data.moon()]
    return [color.gray2rgb(p) if p.ndim == 2 else np.ascontiguousarray(p[..., :3]) for p in pictures]


def _placement(points: np.ndarray, rng: np.random.Generator, plain: bool, size: int, aligned: int):
    """Maps from the ``size``² sample to the aligned portrait, and the landmarks in the sample (478, 2)."""
    moved = points.copy()
    turned = not plain and rng.random() < 0.45
    if turned:
        moved = turn_head(points, yaw=float(rng.uniform(-45, 45)), pitch=float(rng.uniform(-20, 20)))
    affine = geometry.crop_affine(points if plain else moved, size)
    if not plain:
        angle, scale = np.radians(rng.normal(0, 9)), np.exp(rng.normal(0, 0.10))
        jitter = np.eye(3)
        jitter[:2] = cv2.getRotationMatrix2D((size / 2, size / 2), np.degrees(angle), scale)
        jitter[:2, 2] += rng.normal(0, 7 * size / 256, 2)
        affine = (jitter @ np.vstack([affine, [0, 0, 1]]))[:2].astype(np.float32)
    inverse = geometry.invert(affine)
    xs, ys = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    mx = inverse[0, 0] * xs + inverse[0, 1] * ys + inverse[0, 2]
    my = inverse[1, 0] * xs + inverse[1, 1] * ys + inverse[1, 2]
    if turned:
        pick = list(TURN_POINTS)
        fx, fy = geometry.displacement_map(points[pick, :2], moved[pick, :2], (aligned, aligned), sigma=26, step=12)
        mx, my = (cv2.remap(f, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for f in (fx, fy))
    return mx.astype(np.float32), my.astype(np.float32), geometry.transform(affine, moved[:, :2])


def turn_head(points: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """(478, 3) mesh rotated by degrees about a point behind the nose; orthographic."""
    y, p = np.radians([yaw, pitch])
    centre = np.array([*points[[10, 152, 234, 454], :2].mean(0), points[[234, 454], 2].mean()])
    q = points - centre
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rx = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    return (q @ (rx @ ry).T + centre).astype(np.float32)


def recolour_skin(rgb: np.ndarray, skin: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another skin tone anywhere between very fair and very dark, its shading kept."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    sure = skin > 0.8
    if sure.sum() < 200:
        return rgb
    mean = np.median(lab[sure], 0)
    light = float(rng.uniform(22, 88))
    chroma, hue = float(rng.uniform(10, 28)), np.radians(rng.uniform(42, 68))
    gain = light / max(mean[0], 15)
    target = np.stack([lab[..., 0] * (0.35 + 0.65 * gain) + (light - mean[0] * (0.35 + 0.65 * gain)),
                       lab[..., 1] - mean[1] + chroma * np.cos(hue), lab[..., 2] - mean[2] + chroma * np.sin(hue)], -1)
    target = cv2.cvtColor(np.ascontiguousarray(target, np.float32), cv2.COLOR_LAB2RGB)
    m = smoothstep(0.3, 0.8, skin)[..., None]
    return (rgb * (1 - m) + target * m).clip(0, 1).astype(np.float32)


def put_on_glasses(rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Drawn glasses of many shapes and their exact coverage (S, S)."""
    size = rgb.shape[0]
    axes = rims.Axes(points)
    shape = Rims(*(float(v) for v in rng.uniform(rims.LOW, rims.HIGH)))
    pair = Glasses(shape, float(np.exp(rng.uniform(np.log(0.014), np.log(0.085)))), float(rng.random() > 0.2), 0.0, 1.0)
    frame = rims.coverage(pair, points, 2 * size, scale=2.0)
    if rng.random() < 0.35:                                       # a heavier upper rim
        heavy = Glasses(shape, pair.thick * 1.6, 0.0, 0.0, 1.0)
        frame = np.maximum(frame, rims.coverage(heavy, points, 2 * size, scale=2.0))
    frame = cv2.resize(frame, (size, size), interpolation=cv2.INTER_AREA)
    lens = np.maximum(*(polygon_mask(rims.rim(shape, axes, side), size) for side in (0, 1)))
    coverage, out = frame, rgb
    if rng.random() < 0.12:                                       # sunglasses
        dark = lens[..., None] * rng.uniform(0.75, 1.0)
        out = out * (1 - dark) + rng.uniform(0, 0.15, 3).astype(np.float32) * dark
        coverage = np.maximum(frame, lens)
    elif rng.random() < 0.5:                                      # reflections
        right, wide = axes.centres[0], axes.distance
        stripe = polygon_mask(np.stack([right + (axes.ex * x + axes.ey * y) * wide for x, y in ((-.2, 0), (.1, 0), (.9, .4), (.1, .5))]), size)
        out = out + (lens * stripe * np.float32(rng.uniform(0.05, 0.3)))[..., None]
    colour = rng.uniform(0.02, 0.16, 3) if rng.random() < 0.6 else rng.uniform(0.1, 0.95) * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.3, 1)])
    gloss = 1 + 2.5 * cv2.GaussianBlur(rng.standard_normal((size, size), np.float32), (0, 0), 5)[..., None] * rng.random()
    shade = cv2.GaussianBlur(np.roll(frame, 2, 0), (0, 0), 2)[..., None] * rng.uniform(0, 0.35)
    solid = frame[..., None] * np.float32(rng.uniform(0.55, 1.0))  # thin real rims are never quite opaque
    out = out * (1 - shade) * (1 - solid) + (colour * gloss).clip(0, 1) * solid
    return out.clip(0, 1).astype(np.float32), coverage


def _put_on_cap(rgb: np.ndarray, areas: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A cap, beanie or scarf over the crown; its area is cloth."""
    size = rgb.shape[0]
    p = points[:, :2]
    width, up = float(np.linalg.norm(p[454] - p[234])), p[10] - p[152]
    up = up / (np.linalg.norm(up) + 1e-6)
    across = np.array([-up[1], up[0]])
    low = p[[127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356]] + up * width * rng.uniform(-0.06, 0.08)
    high = p[10] + up * width * rng.uniform(0.28, 0.6)
    dome = ellipse(high - up * width * 0.35, width * rng.uniform(0.6, 0.72), width * rng.uniform(0.45, 0.6), float(np.arctan2(across[1], across[0])))
    mask = np.maximum(polygon_mask(np.vstack([low, dome[np.argsort((dome - p[10]) @ across)][[-1, 0]]]), size), polygon_mask(dome, size))
    mask *= 1 - polygon_mask(np.vstack([low, p[[454, 152, 234]]]), size)
    if rng.random() < 0.5:
        mask = np.maximum(mask, polygon_mask(ellipse(p[10] + up * width * 0.02, width * 0.6, width * rng.uniform(0.06, 0.14),
                                                     float(np.arctan2(across[1], across[0]))), size))
    m = cv2.GaussianBlur(mask, (0, 0), 0.8 * size / 256)[..., None]
    light = 0.75 + 0.25 * cv2.GaussianBlur(rng.standard_normal((size, size), np.float32), (0, 0), 12 * size / 256)[..., None] * 12
    return rgb * (1 - m) + (rng.random(3) * light).clip(0, 1).astype(np.float32) * m, areas * (1 - m) + np.float32([0, 0, 0, 1]) * m


def _loose_hair(rgb, areas, beard, points, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strands of the person's own hair colour from the crown over forehead, eyes or cheeks."""
    sure = areas[..., 2] > 0.8
    if sure.sum() < 100:
        return rgb, areas, beard
    size = rgb.shape[0]
    p = points[:, :2]
    width, down = float(np.linalg.norm(p[454] - p[234])), (p[152] - p[10]) / (np.linalg.norm(p[152] - p[10]) + 1e-6)
    across = np.array([down[1], -down[0]])
    mask = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(2, 9))):
        start = p[10] + across * width * rng.uniform(-0.45, 0.45) - down * width * 0.12
        end = start + down * width * rng.uniform(0.25, 0.8) + across * width * rng.uniform(-0.2, 0.2)
        bend = (start + end) / 2 + across * width * rng.uniform(-0.12, 0.12)
        profile = width * rng.uniform(0.015, 0.07) * geometry.taper(24, 0.0, 0.6, 0.1)
        mask = np.maximum(mask, polygon_mask(geometry.ribbon(geometry.spline(np.stack([start, bend, end]), 24), profile), size))
    colour = np.median(rgb[sure], 0) * rng.uniform(0.8, 1.15)
    m = cv2.GaussianBlur(mask, (0, 0), 0.6 * size / 256)[..., None]
    return ((rgb * (1 - m) + colour * m).clip(0, 1).astype(np.float32), areas * (1 - m) + np.float32([0, 0, 1, 0]) * m, beard * (1 - m[..., 0]))


def _light(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Side light, exposure, colour cast, contrast: what a hall does to a face."""
    size = rgb.shape[0]
    if rng.random() < 0.4:
        ang = rng.uniform(0, 2 * np.pi)
        ys, xs = np.mgrid[-1:1:size * 1j, -1:1:size * 1j].astype(np.float32)
        ramp = smoothstep(-0.6, 0.6, xs * np.cos(ang) + ys * np.sin(ang) + rng.uniform(-0.3, 0.3))
        low = rng.uniform(0.25, 0.9)
        rgb = rgb * (low + (1.15 - low) * ramp)[..., None]
    if rng.random() < 0.7:
        gamma = np.exp(rng.normal(0, 0.3))
        rgb = np.power(rgb.clip(0, 1), gamma) * np.exp(rng.normal(0, 0.15))
    if rng.random() < 0.5:
        rgb = rgb * np.exp(rng.normal(0, 0.12, 3)).astype(np.float32)
    if rng.random() < 0.06:
        rgb = np.repeat(rgb.mean(-1, keepdims=True), 3, -1)
    return np.minimum(np.maximum(rgb, 0), 1).astype(np.float32)


def _webcam(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low resolution, blur, noise, JPEG."""
    size = rgb.shape[0]
    if rng.random() < 0.5:
        side = int(rng.uniform(40, 256))
        rgb = cv2.resize(cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA), (size, size), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 2.0) * size / 256))
    if rng.random() < 0.6:
        rgb = rgb + rng.standard_normal(rgb.shape, np.float32) * np.float32(rng.uniform(0.003, 0.05))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        _, data = cv2.imencode(".jpg", (rgb.clip(0, 1) * 255).astype(np.uint8), quality)
        rgb = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255
    return rgb
