"""The demo camera: three visitors in a hall, 1920×1080 at 30 fps, made from one public-domain photograph.

They differ in skin, hair, clothes, size and light; they sway, turn, blink and talk, two cross each other, one leaves and
comes back within five seconds. Everything is a function of media time, so tests know the truth of every picture.
"""

from __future__ import annotations

from collections.abc import Collection
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
HEAD = (96, 0, 320, 204)
"""The part of the photograph that is warped, x0 y0 x1 y1: head and hair."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """One actor. ``scale``: of the 512² photograph in the picture · ``skin``, ``hair``: Lab lightness and chroma factor ·
    ``cloth``: hue shift in OpenCV degrees (0 … 180)."""

    name: str
    scale: float
    skin: tuple[float, float] | None
    hair: tuple[float, float] | None
    cloth: int
    exposure: float
    side_light: float


VISITORS = (
    Visitor("fair", 2.15, None, None, 0, 1.0, 0.0),
    Visitor("dark", 1.75, (36.0, 0.95), (12.0, 0.3), 100, 1.05, 0.25),
    Visitor("tan", 1.55, (55.0, 1.15), (20.0, 0.7), 55, 1.04, -0.15),
)
SCALES = {v.name: v.scale for v in VISITORS}


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a visitor is: head centre in pixels, yaw −1 … 1, lids 0 open … 1 closed, jaw 0 … 1."""

    x: float
    y: float
    yaw: float
    lids: float
    jaw: float


def poses(t: float) -> dict[str, Pose]:
    """Who is in the picture at media time ``t`` seconds, and how. Back to front."""
    t = t % LOOP_S
    sway = lambda period, phase: np.sin(2 * np.pi * (t / period + phase))
    blink = lambda phase: min(1.0, max(0.0, 1.8 * (1 - abs(((t + phase) % 3.1) - 0.15) / 0.15)))
    people = {}
    # tan: farther away, leaves to the right at 13 s and is back at 17 s
    away = geometry.smoothstep(12.2, 13.2, t) - geometry.smoothstep(16.0, 17.0, t)
    people["tan"] = Pose(1500 + 30 * sway(6, 0.1) + 900 * away, 510 + 10 * sway(3, 0.3), 0.8 * sway(8, 0.2), blink(1.3), 0.0)
    # dark: walks across behind fair at 4 … 8 s and comes back at 18 … 22 s
    across = geometry.smoothstep(4, 8, t) - geometry.smoothstep(18, 22, t)
    people["dark"] = Pose(1010 - 640 * across, 470 + 8 * sway(2.4, 0.0), 0.7 * sway(6, 0.6) - 0.3 * (0 < across < 1), blink(0.4), 0.0)
    talk = max(0.0, sway(0.8, 0.0)) * (sway(8, 0.0) > 0)
    # fair: nearest, talks; steps aside to the middle while the other passes
    people["fair"] = Pose(430 + 620 * across + 20 * sway(4, 0.0), 480 + 12 * sway(2, 0.5), 0.75 * sway(4, 0.25), blink(2.2), talk)
    return {name: p for name, p in people.items() if p.x < WIDTH + 250 * SCALES[name]}


def truth(t: float) -> dict[str, np.ndarray]:
    """Face boxes (4,) x0 y0 x1 y1 of everyone in the picture, back to front, covered or not."""
    boxes = {}
    for name, p in poses(t).items():
        x0, y0, x1, y1 = (np.array(FACE_BOX) - np.tile(_anchor(), 2)) * 512 * SCALES[name] + np.tile([p.x, p.y], 2)
        if x1 < WIDTH - 20:
            boxes[name] = np.array([x0, y0, x1, y1], np.float32)
    return boxes


def _anchor() -> np.ndarray:
    return np.array([(FACE_BOX[0] + FACE_BOX[2]) / 2, (FACE_BOX[1] + FACE_BOX[3]) / 2])


class Sprite:
    """A visitor's cut-out photograph at its size in the picture, that can turn its head, blink and talk."""

    def __init__(self, visitor: Visitor, measured: dict[str, np.ndarray]) -> None:
        from skimage.data import astronaut

        k = visitor.scale
        enlarge = lambda x: cv2.resize(x, None, fx=k, fy=k, interpolation=cv2.INTER_CUBIC)
        self._picture = enlarge(_dress(astronaut(), visitor, measured))
        self._mask = (enlarge(measured["matte"]) > 127).astype(np.uint8)
        points = measured["points"] * np.float32(k)
        x0, y0, x1, y1 = (round(v * k) for v in HEAD)
        self._head, self._corner = (slice(y0, y1), slice(x0, x1)), np.array([x0, y0])
        points = points - f32([x0, y0, 0])
        xs, ys = np.meshgrid(np.arange(x1 - x0, dtype=np.float32), np.arange(y1 - y0, dtype=np.float32))
        self._grid = np.stack([xs, ys], -1)
        self._body = self._mask.copy()
        self._body[self._head] = 0
        move = lambda source, target, sigma: np.stack(geometry.displacement_map(source, target, (y1 - y0, x1 - x0), sigma * k), -1) - self._grid
        self._yaw = move(points[:, :2], _turned(points, 0.42), 14)
        jaw = [*fm.LIP_LOWER_INNER[2:-2], *fm.LIP_LOWER_OUTER[2:-2], 152, 148, 377, 176, 400]
        upper = points[list(fm.LIP_UPPER_OUTER), :2]
        self._jaw = move(np.vstack([points[jaw, :2], upper]), np.vstack([points[jaw, :2] + [0, 5.0 * k], upper]), 8)
        self._shut = _shut_eyes(self._picture[self._head], points, k)

    def body(self) -> tuple[np.ndarray, np.ndarray]:
        """RGB (S, S, 3) and mask (S, S) 0 or 1, uint8, without the head; S is 512 × the scale."""
        return self._picture, self._body

    def posed(self, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """RGB (h, w, 3) and mask (h, w) of the head in this pose; it goes to ``head_corner`` of the body."""
        field = self._grid + self._yaw * np.float32(pose.yaw)
        if pose.jaw > 0:
            field += self._jaw * np.float32(pose.jaw)
        head = self._picture[self._head]
        if pose.lids > 0:
            head = cv2.addWeighted(self._shut, pose.lids, head, 1 - pose.lids, 0)
        return (cv2.remap(head, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
                cv2.remap(self._mask[self._head], field, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))

    @property
    def head_corner(self) -> np.ndarray:
        return self._corner


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

    def picture_at(self, t: float, guest: Pose | None = None, without: Collection[str] = ()) -> np.ndarray:
        """(1080, 1920, 3) uint8 RGB. ``guest``: a fourth visitor behind the others · ``without``: names of
        visitors who stayed at home; both for measuring."""
        picture = self._hall.copy()
        behind = [] if guest is None else [("tan", guest)]
        for name, pose in [*behind, *((n, p) for n, p in poses(t).items() if n not in without)]:
            corner = np.array([pose.x, pose.y]) - _anchor() * 512 * SCALES[name]
            sprite = self._sprites[name]
            _paste(picture, *sprite.body(), corner)
            _paste(picture, *sprite.posed(pose), np.round(corner) + sprite.head_corner)
        return picture

    def close(self) -> None:
        self._pace.reset()


def _turned(points: np.ndarray, radians: float) -> np.ndarray:
    """(478, 2) mesh turned about the vertical axis through the head."""
    x0, depth = points[[234, 454], 0].mean(), points[[234, 454], 2].mean()
    x = (points[:, 0] - x0) * np.cos(radians) - (points[:, 2] - depth) * np.sin(radians) + x0
    return np.stack([x, points[:, 1]], 1)


def _shut_eyes(head: np.ndarray, points: np.ndarray, scale: float) -> np.ndarray:
    """``head`` (h, w, 3) with both lids closed: their skin drawn over the eyes, lashes along the lower lid."""
    shut, shape = head.copy(), (head.shape[0], head.shape[1])
    for eye in fm.EYES:
        upper, lower = points[list(eye.upper), :2], points[list(eye.lower), :2]
        above = (points[list(eye.brow_lower), :2].mean(0) + upper.mean(0)) / 2
        skin = head[int(above[1]), int(above[0] - 3 * scale):int(above[0] + 3 * scale) + 1].mean(0)
        outline = np.vstack([upper - [0, 2.0 * scale], (lower + [0, 0.8 * scale])[::-1]])
        mask = cv2.GaussianBlur(geometry.polygon_mask(outline, shape), (0, 0), 0.6 * scale)[..., None]
        shut = (shut + (skin - shut) * mask).astype(np.uint8)
        lash = geometry.ribbon(geometry.spline(lower - [0, 0.4 * scale], 20), 1.3 * scale)
        line = geometry.polygon_mask(lash, shape)[..., None] * 0.85
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


def _paste(picture: np.ndarray, rgb: np.ndarray, mask: np.ndarray, corner: np.ndarray) -> None:
    """Put a cut-out with its upper left corner at ``corner`` (whole pixels), in place."""
    x, y = np.round(corner).astype(int).tolist()
    height, width = rgb.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + width, WIDTH), min(y + height, HEIGHT)
    if x1 > x0 and y1 > y0:
        part = picture[y0:y1, x0:x1]
        cv2.copyTo(rgb[y0 - y:y1 - y, x0 - x:x1 - x], mask[y0 - y:y1 - y, x0 - x:x1 - x], part)
