"""Training samples: a portrait and its layers, turned, moved, lit, dressed and pasted elsewhere.

What the portraits lack is made here, in photo and layers alike: turned heads, other rooms, bad light, other skin,
glasses, things before the face, webcam noise.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np

from booth import facemap as fm
from booth import geometry
from booth.geometry import ellipse, polygon_mask, smoothstep

SIZE = 256
HELD_OUT_PERCENT = 10
TURN_POINTS = (*fm.OVAL[::2], 1, 4, 168, 6, 61, 291, 13, 14, 50, 280, 205, 425, 33, 133, 362, 263, 105, 334, 151, 2)


def held_out(name: str) -> bool:
    """A fixed tenth of all people, by the hash of the file's name, never trained on."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


class Portraits:
    """The teacher's array (see ``models.teacher.build``) and its augmentations. Random by ``numpy.random.Generator``."""

    def __init__(self, folder: Path, train: bool, tags: dict[str, frozenset[str]]) -> None:
        self._rgb, self._areas, self._maps = (np.load(folder / f"{part}.npy", mmap_mode="r") for part in ("rgb", "areas", "maps"))
        self._points = np.load(folder / "points.npy")
        names = json.loads((folder / "index.json").read_text())["names"]
        self.rows = [i for i, n in enumerate(names) if held_out(n) != train]
        self.names = names
        self._tags = [tags.get(n, frozenset()) for n in names]
        self._scenes = _scenes()

    def __len__(self) -> int:
        return len(self.rows)

    def sample(self, row: int, rng: np.random.Generator, plain: bool = False) -> dict[str, np.ndarray]:
        """One training example.

        ``image`` (3, 256, 256) uint8 · ``areas`` (4, 256, 256) uint8 · ``maps`` (5, 256, 256) uint8: beard, shadow, tone,
        glasses, cover · ``valid`` (256, 256) uint8 · ``glasses_known`` 0 or 1: whether the glasses layer is true.
        """
        i = self.rows[row]
        tags = self._tags[i]
        mx, my, points = _placement(self._points[i], rng, plain)
        warp = lambda x: cv2.remap(np.asarray(x), mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32) / 255
        rgb, areas, maps = warp(self._rgb[i]), warp(self._areas[i]), warp(self._maps[i])
        beard, shadow, tone, inside = (maps[..., k] for k in range(4))
        wears = bool(tags & {"glasses", "sunglasses"})
        glasses = np.zeros((SIZE, SIZE), np.float32)
        cover = np.zeros((SIZE, SIZE), np.float32)
        valid = (inside > 0.95).astype(np.float32)
        if not plain:
            if rng.random() < 0.5:
                rgb = _recolour_skin(rgb, areas[..., 1] * (1 - 0.7 * beard), rng)
            if rng.random() < 0.55:
                person = smoothstep(0.25, 0.75, 1 - areas[..., 0])[..., None]
                rgb = rgb * person + self._room(rng) * (1 - person)
            if not wears and rng.random() < 0.45:
                rgb, glasses = _put_on_glasses(rgb, points, rng)
            if rng.random() < 0.15:
                rgb, cover = self._cover(rgb, points, rng)
            rgb = _light(rgb, rng)
            rgb = _webcam(rgb, rng)
            if rng.random() < 0.5:
                flip = lambda x: np.ascontiguousarray(x[:, ::-1])
                rgb, areas, beard, shadow, tone, glasses, cover, valid = map(
                    flip, (rgb, areas, beard, shadow, tone, glasses, cover, valid))
        border = cv2.morphologyEx(areas, cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)).max(-1)
        byte = lambda x: cv2.convertScaleAbs(np.maximum(x, 0), alpha=255)
        return {"image": byte(rgb).transpose(2, 0, 1), "areas": byte(areas).transpose(2, 0, 1),
                "maps": byte(np.stack([beard, shadow, tone, glasses, cover])), "valid": byte(valid), "border": byte(border),
                "glasses_known": np.uint8(not wears)}

    def _room(self, rng: np.random.Generator) -> np.ndarray:
        """(256, 256, 3) another background: a scene, another portrait's colours, noise, stripes or one colour."""
        kind = rng.integers(5)
        if kind == 0:
            scene = self._scenes[rng.integers(len(self._scenes))]
            side = int(rng.integers(120, min(scene.shape[:2]) + 1))
            y, x = (int(rng.integers(0, n - side + 1)) for n in scene.shape[:2])
            room = cv2.resize(scene[y:y + side, x:x + side], (SIZE, SIZE)).astype(np.float32) / 255
        elif kind == 1:
            other = self._rgb[rng.integers(len(self.names))]
            side = int(rng.integers(60, 200))
            y, x = (int(rng.integers(0, other.shape[0] - side)) for _ in range(2))
            room = cv2.resize(other[y:y + side, x:x + side], (SIZE, SIZE)).astype(np.float32) / 255
        elif kind == 2:
            room = sum(cv2.resize(rng.random((2 ** k, 2 ** k, 3)).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
                       / 2 ** (0.5 * k) for k in range(1, 8))
            room = (room - room.min()) / (np.ptp(room) + 1e-6)
        elif kind == 3:
            room = np.ones((SIZE, SIZE, 3), np.float32) * rng.random(3, np.float32)
            for _ in range(int(rng.integers(3, 16))):
                p = rng.integers(-40, SIZE + 40, 2)
                q = p + rng.integers(8, 160, 2) * rng.choice([-1, 1], 2)
                cv2.rectangle(room, p.tolist(), q.tolist(), rng.random(3).tolist(), -1 if rng.random() < 0.7 else 2)
        else:
            room = np.ones((SIZE, SIZE, 3), np.float32) * rng.random(3, np.float32)
            room = room + np.linspace(0, 1, SIZE, dtype=np.float32)[:, None, None] * (rng.random(3, np.float32) - 0.5)
        if rng.random() < 0.5:
            room = cv2.GaussianBlur(room, (0, 0), float(rng.uniform(0.5, 6)))
        return room.astype(np.float32).clip(0, 1)

    def _cover(self, rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Something before the face: a blob of cloth, a hand-like bundle of sausages, or a face mask."""
        mask = np.zeros((SIZE, SIZE), np.float32)
        width = float(np.linalg.norm(points[454] - points[234]))
        if rng.random() < 0.4:
            outline = np.vstack([points[[234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454]],
                                 points[[280, 6, 50]]])
            mask = polygon_mask(outline, SIZE)
            texture = np.ones((SIZE, SIZE, 3), np.float32) * rng.choice([rng.random(3), [0.9, 0.93, 0.95], [0.6, 0.75, 0.85], [0.1, 0.1, 0.1]])
        else:
            at = points[rng.integers(468)] + rng.normal(0, 0.15 * width, 2)
            angle = rng.uniform(0, np.pi)
            for k in range(int(rng.integers(1, 6))):
                centre = at + (k - 2) * 0.16 * width * np.array([-np.sin(angle), np.cos(angle)])
                mask = np.maximum(mask, polygon_mask(ellipse(centre, width * rng.uniform(0.3, 0.6), width * rng.uniform(0.08, 0.2), angle), SIZE))
            skin = np.median(rgb[points[[50, 280, 151], 1].clip(0, 255).astype(int), points[[50, 280, 151], 0].clip(0, 255).astype(int)], 0)
            texture = skin * rng.uniform(0.7, 1.15) + np.zeros_like(rgb) if rng.random() < 0.6 else self._room(rng)
            if rng.random() < 0.7:
                texture = texture * (1 - 0.35 * cv2.GaussianBlur(1 - mask, (0, 0), 6)[..., None])
        mask = cv2.GaussianBlur(mask, (0, 0), 0.8)[..., None]
        return (rgb * (1 - mask) + texture * mask).astype(np.float32), mask[..., 0]


def _scenes() -> list[np.ndarray]:
    """Photographs without a face that come with scikit-image."""
    from skimage import color, data

    pictures = [data.coffee(), data.rocket(), data.chelsea(), data.hubble_deep_field(), data.brick(), data.grass(),
                data.gravel(), data.immunohistochemistry(), data.coins(), data.moon()]
    return [color.gray2rgb(p) if p.ndim == 2 else np.ascontiguousarray(p[..., :3]) for p in pictures]


def _placement(points: np.ndarray, rng: np.random.Generator, plain: bool):
    """Maps from the 256² sample to the aligned portrait, and the landmarks in the sample (478, 2)."""
    size = 384
    moved = points.copy()
    turned = not plain and rng.random() < 0.45
    if turned:
        moved = turn_head(points, yaw=float(rng.uniform(-35, 35)), pitch=float(rng.uniform(-15, 15)))
    affine = geometry.crop_affine(points if plain else moved, SIZE)
    if not plain:
        angle, scale = np.radians(rng.normal(0, 9)), np.exp(rng.normal(0, 0.10))
        jitter = np.eye(3)
        jitter[:2] = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), np.degrees(angle), scale)
        jitter[:2, 2] += rng.normal(0, 7, 2)
        affine = (jitter @ np.vstack([affine, [0, 0, 1]]))[:2].astype(np.float32)
    inverse = geometry.invert(affine)
    xs, ys = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    mx = inverse[0, 0] * xs + inverse[0, 1] * ys + inverse[0, 2]
    my = inverse[1, 0] * xs + inverse[1, 1] * ys + inverse[1, 2]
    if turned:
        pick = list(TURN_POINTS)
        fx, fy = geometry.displacement_map(points[pick, :2], moved[pick, :2], (size, size), sigma=26, step=12)
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


def _recolour_skin(rgb: np.ndarray, skin: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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


def _put_on_glasses(rgb: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Drawn glasses of many shapes and their exact coverage (256, 256)."""
    right, left = points[[33, 133]].mean(0), points[[263, 362]].mean(0)
    across = left - right
    iod = float(np.linalg.norm(across)) + 1e-6
    ex = across / iod
    ey = np.array([-ex[1], ex[0]])
    n = float(rng.choice([2.0, 2.4, 3.0, 4.5]))
    a, b = rng.uniform(0.34, 0.44), rng.uniform(0.22, 0.38)
    drop = rng.uniform(-0.02, 0.10)
    wide = rng.uniform(0.02, 0.08)
    t = np.linspace(0, 2 * np.pi, 60)
    cx = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / n)
    cy = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / n)
    scale = 8
    thick = max(1.0, rng.uniform(0.018, 0.085) * iod)
    canvas = np.zeros((SIZE * 2, SIZE * 2), np.uint8)
    lens = np.zeros((SIZE, SIZE), np.float32)
    draw = lambda p, w, closed=True: cv2.polylines(canvas, [np.round(p * 2 * scale).astype(np.int32)], closed, 255,
                                                   max(1, round(2 * w)), cv2.LINE_AA, 3)
    rims = []
    for eye, other, sign in ((right, 0, -1), (left, 1, 1)):
        half = np.linalg.norm(points[(33, 263)[other]] - points[168]) / (0.75 * iod)     # narrower on the far side
        rim = eye + ((wide + a * cx * min(half, 1.25)) * sign * iod)[:, None] * ex + ((drop + b * cy) * iod)[:, None] * ey
        rims.append(rim)
        lens = np.maximum(lens, polygon_mask(rim, SIZE))
        style = rng.random()
        draw(rim, thick)
        if style < 0.35:
            top = rim[(cy < -0.2)]
            draw(top, thick * 1.6, closed=False)
    inner = [rims[0][np.argmax(rims[0] @ ex)], rims[1][np.argmin(rims[1] @ ex)]]
    lift = rng.uniform(0.0, 0.18) * iod * ey
    draw(geometry.spline(np.stack([inner[0] - lift, (inner[0] + inner[1]) / 2 - lift * 1.25, inner[1] - lift]), 12), thick * 0.9, closed=False)
    for rim, ear, sign in ((rims[0], 127, -1), (rims[1], 356, 1)):
        outer = rim[np.argmax(rim @ ex * sign)] - 0.3 * b * iod * ey
        if (points[ear] - outer) @ ex * sign > 0.03 * iod:
            draw(np.stack([outer, points[ear]]), thick * 0.7, closed=False)
    frame = cv2.resize(canvas, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    kind = rng.random()
    colour = rng.uniform(0.02, 0.16, 3) if kind < 0.6 else rng.uniform(0.1, 0.95) * np.array([1, rng.uniform(0.6, 1), rng.uniform(0.3, 1)])
    coverage = frame
    out = rgb
    if rng.random() < 0.12:                                   # sunglasses
        dark = lens[..., None] * rng.uniform(0.75, 1.0)
        out = out * (1 - dark) + rng.uniform(0, 0.15, 3).astype(np.float32) * dark
        coverage = np.maximum(frame, lens)
    elif rng.random() < 0.5:                                  # reflections
        stripe = polygon_mask(np.stack([right - ex * iod * 0.2, right + ex * iod * 0.1, left + ey * iod * 0.4, right + ey * iod * 0.5]), SIZE)
        out = out + (lens * stripe * np.float32(rng.uniform(0.05, 0.3)))[..., None]
    gloss = 1 + 0.5 * cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE), np.float32), (0, 0), 5)[..., None] * 5 * rng.random()
    shade = cv2.GaussianBlur(np.roll(frame, 2, 0), (0, 0), 2)[..., None] * rng.uniform(0, 0.35)
    out = out * (1 - shade)
    out = out * (1 - frame[..., None]) + (colour * gloss).clip(0, 1) * frame[..., None]
    return out.clip(0, 1).astype(np.float32), coverage


def _light(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Side light, exposure, colour cast, contrast: what a hall does to a face."""
    if rng.random() < 0.4:
        ang = rng.uniform(0, 2 * np.pi)
        ys, xs = np.mgrid[-1:1:SIZE * 1j, -1:1:SIZE * 1j].astype(np.float32)
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
    if rng.random() < 0.5:
        side = int(rng.uniform(40, 256))
        rgb = cv2.resize(cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), float(rng.uniform(0.4, 2.0)))
    if rng.random() < 0.6:
        rgb = rgb + rng.standard_normal(rgb.shape, np.float32) * np.float32(rng.uniform(0.003, 0.05))
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        _, data = cv2.imencode(".jpg", (rgb.clip(0, 1) * 255).astype(np.uint8), quality)
        rgb = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255
    return rgb
