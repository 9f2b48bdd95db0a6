"""The demo camera: three visitors in a hall, 1920×1080 at 30 fps, made from one public-domain photograph.

They differ in skin, hair, clothes, size and light; they sway, turn, blink and talk, two cross each other, one leaves and
comes back within five seconds. Everything is a function of media time, so tests know the truth of every picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth import geometry, resources
from booth.cameras.pace import Pace
from booth.geometry import f32
from booth.settings import DemoCamera

WIDTH, HEIGHT, RATE = 1920, 1080, 30
LOOP_S = 24.0
FACE_BOX = (0.365, 0.165, 0.54, 0.345)
"""Where the face lies in the photograph, in fractions of its side."""
HEAD_SIDE = 288
"""The upper left part of the sprite that is warped: head and collar."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One actor. ``skin``, ``hair``: Lab lightness and chroma factor; ``cloth``: hue shift in OpenCV degrees (0 … 180)."""

    name: str
    skin: tuple[float, float] | None
    hair: tuple[float, float] | None
    cloth: int
    exposure: float
    side_light: float


VISITORS = (
    Visitor("fair", None, None, 0, 1.0, 0.0),
    Visitor("dark", (36.0, 0.95), (12.0, 0.3), 100, 1.05, 0.25),
    Visitor("tan", (58.0, 1.1), (20.0, 0.7), 55, 0.92, -0.3),
)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a visitor is: head centre in pixels, scale (sprite to picture), yaw −1 … 1, lids 0 open … 1 closed, jaw 0 … 1."""

    x: float
    y: float
    scale: float
    yaw: float
    lids: float
    jaw: float


def poses(t: float) -> dict[str, Pose]:
    """Who is in the picture at media time ``t`` seconds, and how. Back to front."""
    t = t % LOOP_S
    sway = lambda period, phase: np.sin(2 * np.pi * (t / period + phase))
    blink = lambda phase: max(0.0, 1 - abs(((t + phase) % 3.1) - 0.12) / 0.12)
    people = {}
    # tan: farther away, leaves to the right at 13 s and is back at 17 s
    away = geometry.smoothstep(12.2, 13.2, t) - geometry.smoothstep(16.0, 17.0, t)
    people["tan"] = Pose(1500 + 30 * sway(6, 0.1) + 900 * away, 510 + 10 * sway(3, 0.3), 1.55, 0.8 * sway(8, 0.2), blink(1.3), 0.0)
    # dark: walks across behind fair at 4 … 8 s and comes back at 18 … 22 s
    across = geometry.smoothstep(4, 8, t) - geometry.smoothstep(18, 22, t)
    people["dark"] = Pose(1010 - 640 * across, 470 + 8 * sway(2.4, 0.0), 1.75, 0.7 * sway(6, 0.6) - 0.3 * (0 < across < 1), blink(0.4), 0.0)
    talk = max(0.0, sway(0.8, 0.0)) * (sway(8, 0.0) > 0)
    # fair: nearest, talks; steps aside to the middle while the other passes
    people["fair"] = Pose(430 + 620 * across + 20 * sway(4, 0.0), 480 + 12 * sway(2, 0.5), 2.15, 0.75 * sway(4, 0.25), blink(2.2), talk)
    return {name: p for name, p in people.items() if p.x < WIDTH + 250 * p.scale}


def truth(t: float) -> dict[str, np.ndarray]:
    """Face boxes (4,) x0 y0 x1 y1 of everyone in the picture, back to front, covered or not."""
    boxes = {}
    for name, p in poses(t).items():
        x0, y0, x1, y1 = (np.array(FACE_BOX) - np.tile(_anchor(), 2)) * 512 * p.scale + np.tile([p.x, p.y], 2)
        if x1 < WIDTH - 20:
            boxes[name] = np.array([x0, y0, x1, y1], np.float32)
    return boxes


def _anchor() -> np.ndarray:
    return np.array([(FACE_BOX[0] + FACE_BOX[2]) / 2, (FACE_BOX[1] + FACE_BOX[3]) / 2])


class Sprite:
    """A visitor's cut-out photograph that can turn its head, blink and talk."""

    def __init__(self, visitor: Visitor, measured: dict[str, np.ndarray]) -> None:
        from skimage.data import astronaut

        self._picture = _dress(astronaut(), visitor, measured)
        self._alpha = measured["matte"]
        points = measured["points"]
        shape = (HEAD_SIDE, HEAD_SIDE)
        xs, ys = np.meshgrid(np.arange(HEAD_SIDE, dtype=np.float32), np.arange(HEAD_SIDE, dtype=np.float32))
        self._grid = np.stack([xs, ys], -1)
        self._yaw = np.stack(geometry.displacement_map(points[:, :2], _turned(points, 0.42), shape, 14), -1) - self._grid
        self._shut = _shut_eyes(self._picture, points)
        jaw = [*fm.LIP_LOWER_INNER[2:-2], *fm.LIP_LOWER_OUTER[2:-2], 152, 148, 377, 176, 400]
        upper = points[list(fm.LIP_UPPER_OUTER), :2]
        closed, dropped = np.vstack([points[jaw, :2], upper]), np.vstack([points[jaw, :2] + [0, 5.0], upper])
        self._jaw = np.stack(geometry.displacement_map(closed, dropped, shape, 8), -1) - self._grid

    def posed(self, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """RGB (512, 512, 3) and alpha (512, 512) uint8 of this pose."""
        field = self._grid + self._yaw * np.float32(pose.yaw)
        if pose.jaw > 0:
            field = field + self._jaw * np.float32(pose.jaw)
        eyes = self._picture
        if pose.lids > 0:
            eyes = cv2.addWeighted(self._shut, pose.lids, self._picture[:HEAD_SIDE, :HEAD_SIDE], 1 - pose.lids, 0)
        head = cv2.remap(eyes, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        matte = cv2.remap(self._alpha, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        picture, alpha = self._picture.copy(), self._alpha.copy()
        picture[:HEAD_SIDE, :HEAD_SIDE], alpha[:HEAD_SIDE, :HEAD_SIDE] = head, matte
        return picture, alpha


class Demo:
    """The camera. ``picture_at`` gives any moment; ``read`` gives the next one when its time has come."""

    def __init__(self, settings: DemoCamera | None = None) -> None:
        self._pace = Pace()
        self._count = 0

    def describe(self) -> str:
        return "demo camera (no webcam)"

    def open(self) -> None:
        with np.load(resources.assets() / "demo" / "astronaut.npz") as file:
            measured = dict(file)
        self._sprites = {v.name: Sprite(v, measured) for v in VISITORS}
        self._hall = _hall()
        self._pace.reset()

    def read(self) -> np.ndarray:
        t = self._count / RATE
        picture = self.picture_at(t)
        self._count += 1
        self._pace.wait(t)
        return picture

    def picture_at(self, t: float) -> np.ndarray:
        """(1080, 1920, 3) uint8 RGB."""
        picture = self._hall.copy()
        for name, pose in poses(t).items():
            rgb, alpha = self._sprites[name].posed(pose)
            corner = np.array([pose.x, pose.y]) - _anchor() * 512 * pose.scale
            _paste(picture, rgb, alpha, pose.scale, corner)
        return picture

    def close(self) -> None:
        self._pace.reset()


def _turned(points: np.ndarray, radians: float) -> np.ndarray:
    """(478, 2) mesh turned about the vertical axis through the head."""
    x0, depth = points[[234, 454], 0].mean(), points[[234, 454], 2].mean()
    x = (points[:, 0] - x0) * np.cos(radians) - (points[:, 2] - depth) * np.sin(radians) + x0
    return np.stack([x, points[:, 1]], 1)


def _shut_eyes(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The upper left part of the picture with both lids closed: their skin drawn over the eyes, lashes along the lower lid."""
    shut = picture[:HEAD_SIDE, :HEAD_SIDE].copy()
    for eye in fm.EYES:
        upper, lower = points[list(eye.upper), :2], points[list(eye.lower), :2]
        above = (points[list(eye.brow_lower), :2].mean(0) + upper.mean(0)) / 2
        skin = picture[int(above[1]), int(above[0]) - 3:int(above[0]) + 4].mean(0)
        outline = np.vstack([upper - [0, 2.0], (lower + [0, 0.8])[::-1]])
        mask = cv2.GaussianBlur(geometry.polygon_mask(outline, HEAD_SIDE), (0, 0), 0.6)[..., None]
        shut = (shut + (skin - shut) * mask).astype(np.uint8)
        lash = geometry.ribbon(geometry.spline(lower - [0, 0.4], 20), 1.3)
        line = geometry.polygon_mask(lash, HEAD_SIDE)[..., None] * 0.85
        shut = (shut + (skin * 0.3 - shut) * line).astype(np.uint8)
    return shut


def _dress(photo: np.ndarray, visitor: Visitor, measured: dict[str, np.ndarray]) -> np.ndarray:
    """The photograph in another skin, hair, suit and light."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    skin, cloth = (measured[k].astype(np.float32)[..., None] / 255 for k in ("skin", "cloth"))
    hair = np.clip(measured["matte"][..., None] / 255 - skin - cloth, 0, 1)
    hair[200:] = 0
    for mask, target in ((skin, visitor.skin), (hair, visitor.hair)):
        if target is None:
            continue
        sure = mask[..., 0] > 0.8
        mean = np.median(lab[sure], 0)
        gain = 0.4 + 0.6 * target[0] / mean[0]
        other = np.stack([(lab[..., 0] - mean[0]) * gain + target[0], lab[..., 1] * target[1], lab[..., 2] * target[1]], -1)
        lab = lab * (1 - mask) + f32(other) * mask
    rgb = cv2.cvtColor(f32(lab), cv2.COLOR_LAB2RGB).clip(0, 1)
    hsv = cv2.cvtColor((rgb * 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + visitor.cloth) % 180
    rgb = rgb * (1 - cloth) + cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32) / 255 * cloth
    ramp = 1 + visitor.side_light * np.linspace(-1, 1, 300, dtype=np.float32)
    ramp = np.concatenate([ramp, np.full(212, ramp[-1], np.float32)])[None, :, None]
    return ((rgb * visitor.exposure * ramp).clip(0, 1) * 255).astype(np.uint8)


def _hall() -> np.ndarray:
    """A plain exhibition hall: wall, floor, a doorway, framed shapes, lamps."""
    hall = np.empty((HEIGHT, WIDTH, 3), np.float32)
    ramp = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
    hall[:] = (1 - ramp[..., None]) * f32([196, 200, 206]) + ramp[..., None] * f32([150, 146, 140])
    cv2.rectangle(hall, (0, 860), (WIDTH, HEIGHT), (112, 98, 86), -1)
    for x, w, colour in ((90, 260, (88, 120, 142)), (760, 200, (170, 130, 80)), (1180, 230, (96, 130, 104)), (1640, 220, (150, 92, 92))):
        cv2.rectangle(hall, (x, 120), (x + w, 420), (70, 66, 62), -1)
        cv2.rectangle(hall, (x + 12, 132), (x + w - 12, 408), colour, -1)
        cv2.circle(hall, (x + w // 2, 270), w // 4, tuple(c * 1.25 for c in colour), -1, cv2.LINE_AA)
    noise = np.random.default_rng(5).normal(0, 2.0, hall.shape).astype(np.float32)
    return (cv2.GaussianBlur(hall, (0, 0), 2) + noise).clip(0, 255).astype(np.uint8)


def _paste(picture: np.ndarray, rgb: np.ndarray, alpha: np.ndarray, scale: float, corner: np.ndarray) -> None:
    """Draw a scaled sprite with its upper left corner at ``corner``, in place."""
    x0, y0 = np.maximum(np.floor(corner).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(corner + 512 * scale).astype(int), [WIDTH, HEIGHT])
    if x1 <= x0 or y1 <= y0:
        return
    affine = f32([[scale, 0, corner[0] - x0], [0, scale, corner[1] - y0]])
    size = (int(x1 - x0), int(y1 - y0))
    front = cv2.warpAffine(rgb, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(alpha, affine, size, flags=cv2.INTER_LINEAR).astype(np.float32) * (1 / 255)
    part = picture[y0:y1, x0:x1]
    cv2.blendLinear(front, np.ascontiguousarray(part), weight, 1 - weight, part)
    picture[y0:y1, x0:x1] = part
