"""Held-out people under what a hall does to them: turned, small, dark, lit from the side, covered.

All start from the same upright square around the face, so that the families compare with each other. What the training
knows how to make is made with the training's own functions; the rest is written here, each with one fixed strength.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import displacement_map, ellipse, f32, face_height, polygon_mask, smoothstep, transform
from models.evaluate.measures import to_lab
from models.translator import data

SIDE = 256
SPAN = 2.6
"""The square's side in face heights."""
SMALL_PX = 40
"""Height of a small face."""


@dataclass(frozen=True, eq=False, slots=True)
class Person:
    """``rgb`` (SIDE, SIDE, 3) uint8 · ``points`` (478, 3) in its pixels · ``skin`` (SIDE, SIDE) float32 0 … 1 ·
    ``wears``: whether there are glasses, None when nobody looked."""

    rgb: np.ndarray
    points: np.ndarray
    skin: np.ndarray
    wears: bool | None


@dataclass(frozen=True, eq=False, slots=True)
class Altered:
    """``rgb`` (H, W, 3) uint8 · ``glasses``: what must now be drawn, None when not known · ``hidden`` (H, W) bool: where
    something is before the face."""

    rgb: np.ndarray
    glasses: bool | None
    hidden: np.ndarray | None = None


def square(rgb: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The square around the face of a photo and the points in it; beyond the photo its border goes on."""
    scale = SIDE / (SPAN * face_height(points))
    centre = points[[fm.FOREHEAD, fm.CHIN], :2].mean(0)
    affine = f32([[scale, 0, SIDE / 2 - scale * centre[0]], [0, scale, SIDE / 2 - scale * centre[1]]])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(rgb, affine, (SIDE, SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE), transform(affine, points)


def alter(family: str, person: Person, rng: np.random.Generator) -> Altered:
    """``person`` in one of ``FAMILIES``; random only by ``rng``."""
    return FAMILIES[family](person, rng)


def _as_is(p: Person, rng: np.random.Generator) -> Altered:
    return Altered(p.rgb, p.wears)


def _rolled(p: Person, rng: np.random.Generator) -> Altered:
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), float(rng.choice([-30, 30])), 1)
    return Altered(cv2.warpAffine(p.rgb, turn, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), p.wears)


def _turned(degrees: float) -> Callable[[Person, np.random.Generator], Altered]:
    def turn(p: Person, rng: np.random.Generator) -> Altered:
        pick = list(data.TURN_POINTS)
        moved = data.turn_head(p.points, yaw=degrees, pitch=0)
        maps = displacement_map(p.points[pick, :2], moved[pick, :2], (SIDE, SIDE), sigma=0.19 * SIDE / SPAN)
        return Altered(cv2.remap(p.rgb, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), p.wears)
    return turn


def _small(p: Person, rng: np.random.Generator) -> Altered:
    """A far face in a whole camera picture of 640 × 480."""
    side = round(SMALL_PX * SPAN)
    rgb = cv2.resize(p.rgb, (side, side), interpolation=cv2.INTER_AREA)
    x, y = (640 - side) // 2, (480 - side) // 2
    return Altered(cv2.copyMakeBorder(rgb, y, 480 - side - y, x, 640 - side - x, cv2.BORDER_REPLICATE), p.wears)


def _byte(rgb: np.ndarray) -> np.ndarray:
    """Float 0 … 1 → uint8."""
    return (rgb.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _dark(p: Person, rng: np.random.Generator) -> Altered:
    return Altered(_byte(0.6 * np.power(p.rgb / 255, 1.5)), p.wears)


def _side_light(p: Person, rng: np.random.Generator) -> Altered:
    ramp = smoothstep(-0.5, 0.5, np.linspace(-1, 1, SIDE)) * 0.85 + 0.3
    return Altered(_byte(p.rgb / 255 * (ramp if rng.random() < 0.5 else ramp[::-1])[None, :, None]), p.wears)


def _coloured_light(p: Person, rng: np.random.Generator) -> Altered:
    lights = np.array([[1.15, 0.8, 0.75], [0.75, 0.9, 1.2], [1.05, 0.75, 1.1], [1.1, 1.0, 0.65]])
    return Altered(_byte(p.rgb / 255 * rng.permutation(lights)[0]), p.wears)


def webcam(rgb: np.ndarray, rng: np.random.Generator, sigma: float = 4, quality: int = 85) -> np.ndarray:
    """(H, W, 3) uint8 with Gaussian noise of ``sigma`` (of 255) and JPEG of ``quality``."""
    noisy = (rgb + rng.normal(0, sigma, rgb.shape)).clip(0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def _noise(p: Person, rng: np.random.Generator) -> Altered:
    return Altered(webcam(p.rgb, rng, 9, 45), p.wears)


def _greyscale(p: Person, rng: np.random.Generator) -> Altered:
    return Altered(cv2.cvtColor(cv2.cvtColor(p.rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), p.wears)


def _recoloured(dark: bool) -> Callable[[Person, np.random.Generator], Altered]:
    """The training's recolouring draws any tone: the darkest or fairest of sixteen is taken."""
    def recolour(p: Person, rng: np.random.Generator) -> Altered:
        tries = [_byte(data.recolour_skin(f32(p.rgb) / 255, p.skin, rng)) for _ in range(16)]
        sure = p.skin > 0.8
        if not sure.any():
            return Altered(p.rgb, p.wears)
        tries.sort(key=lambda rgb: float(np.median(to_lab(rgb)[sure][:, 0])))
        return Altered(tries[0 if dark else -1], p.wears)
    return recolour


def _drawn_glasses(p: Person, rng: np.random.Generator) -> Altered:
    return Altered(_byte(data.put_on_glasses(f32(p.rgb) / 255, p.points[:, :2], rng)[0]), True)


def _covered(p: Person, mask: np.ndarray, colour: np.ndarray) -> Altered:
    """``colour`` (3,) before the face where ``mask`` (SIDE, SIDE) is; shaded towards its border."""
    mask = cv2.GaussianBlur(mask, (0, 0), 0.8)[..., None]
    shade = 1 - 0.3 * cv2.GaussianBlur(1 - mask, (0, 0), 6)[..., None]
    rgb = p.rgb / 255 * (1 - mask) + colour * shade * mask
    eyes = np.round(p.points[[468, 473], :2]).astype(int).clip(0, SIDE - 1)
    seen = not (mask[eyes[:, 1], eyes[:, 0]] > 0.5).any()
    return Altered(_byte(rgb), p.wears if seen else None, mask[..., 0] > 0.5)


def _face_mask(p: Person, rng: np.random.Generator) -> Altered:
    outline = p.points[[*fm.JAW[::-1][1:-1], 280, 6, 50], :2]
    return _covered(p, polygon_mask(outline, SIDE), rng.permutation([[.9, .93, .95], [.6, .75, .85], [.1, .1, .1]])[0])


def _hand(p: Person, rng: np.random.Generator) -> Altered:
    """Four fingers across a cheek and the mouth, in the person's own colour."""
    width = float(np.linalg.norm(p.points[454, :2] - p.points[234, :2]))
    at, angle = p.points[rng.choice([205, 425]), :2], rng.uniform(-0.6, 0.6)
    mask = np.zeros((SIDE, SIDE), np.float32)
    for k in range(4):
        centre = at + (k - 1.5) * 0.17 * width * np.array([-np.sin(angle), np.cos(angle)])
        mask = np.maximum(mask, polygon_mask(ellipse(centre, 0.42 * width, 0.1 * width, angle), SIDE))
    x, y = np.round(p.points[[50, 280, 151], :2]).astype(int).clip(0, SIDE - 1).T
    return _covered(p, mask, np.median(p.rgb[y, x], 0) / 255)


FAMILIES: dict[str, Callable[[Person, np.random.Generator], Altered]] = {
    "as is": _as_is, "roll 30°": _rolled, "yaw +30°": _turned(30), "yaw −30°": _turned(-30), "small (40 px)": _small, "dark": _dark,
    "side light": _side_light, "coloured light": _coloured_light, "noise and JPEG": _noise, "greyscale": _greyscale,
    "dark skin": _recoloured(True), "fair skin": _recoloured(False), "drawn glasses": _drawn_glasses, "face mask": _face_mask,
    "hand": _hand}
NEED_SKIN = {"dark skin", "fair skin"}
"""Families that ask for ``Person.skin``."""
