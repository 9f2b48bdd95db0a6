"""From a person's measured colours and a character's taste to every colour of the drawing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth.frame import Colours
from booth.geometry import f32
from booth.render.style import Style


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """All colours as (3,) float32 RGB 0 … 255."""

    skin: np.ndarray
    shade: np.ndarray
    blush: np.ndarray
    hair: tuple[np.ndarray, np.ndarray, np.ndarray]
    beard: np.ndarray
    brow: np.ndarray
    frame: np.ndarray
    lip: np.ndarray
    lip_dark: np.ndarray
    skin_line: np.ndarray
    hair_line: np.ndarray
    dark: np.ndarray
    mouth: np.ndarray
    tongue: np.ndarray
    teeth: np.ndarray
    eye_white: np.ndarray
    eye_shade: np.ndarray
    iris: np.ndarray
    iris_rim: np.ndarray
    iris_light: np.ndarray
    pupil: np.ndarray
    shine: np.ndarray


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """(3,) RGB 0 … 255 → (3,) Lab."""
    return cv2.cvtColor(f32(rgb).reshape(1, 1, 3) / 255, cv2.COLOR_RGB2LAB)[0, 0]


def from_lab(lab: np.ndarray) -> np.ndarray:
    """(3,) Lab → (3,) RGB 0 … 255."""
    return cv2.cvtColor(f32(lab).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0].clip(0, 1) * 255


def mix(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    return a + (b - a) * np.float32(t)


def shade_factor(style: Style) -> np.ndarray:
    """(3,) what lit skin is multiplied by in the cel shadow: darker, and a little warmer."""
    hue = f32(style.skin.shade_hue)
    return np.float32(style.skin.shade) * (hue + (1 - hue) * np.float32(0.35))


def make_palette(colours: Colours, style: Style) -> Palette:
    """Skin keeps the visitor's own tone. Whites of eyes and teeth stay below the light of the scene."""
    skin = colours.skin
    lab = to_lab(skin)
    hue = f32(style.skin.shade_hue)
    shade = skin * shade_factor(style)
    deep = shade * hue * np.float32(0.62)
    ink = f32(style.line.colour)
    skin_line = mix(ink, deep, style.line.local)
    hair_lab = to_lab(colours.hair)
    spread = style.hair.contrast * (5 + 0.16 * hair_lab[0])
    hair_dark = from_lab(hair_lab * [1, 1.05, 1.05] - [spread, 0, 0])
    hair_light = from_lab(hair_lab + [(6 + 0.22 * hair_lab[0]) * style.hair.shine * 1.4, 0, 0])
    lips_own = mix(skin * f32([0.96, 0.72, 0.70]), colours.lips, 0.5)
    lip = mix(skin, lips_own, 0.35 + 0.65 * style.skin.lips)
    # the light of the scene: white things are not brighter than skin allows
    white = f32([252, 250, 248]) * np.float32(np.clip(0.80 + 0.20 * lab[0] / 70, 0.7, 1.0))
    iris_lab = to_lab(colours.iris)
    iris_lab[0] = np.clip(iris_lab[0], 22, 48)
    iris = from_lab(iris_lab)
    brow_lab = to_lab(mix(colours.brow, hair_dark, 0.5))
    brow_lab[0] = min(brow_lab[0], lab[0] - 14)
    return Palette(
        skin=skin, shade=shade, blush=mix(skin, skin * f32([1.02, 0.74, 0.72]), 0.9).clip(0, 255),
        hair=(hair_dark, colours.hair, hair_light), beard=colours.beard, brow=from_lab(brow_lab), frame=colours.frame,
        lip=lip, lip_dark=lip * f32([0.86, 0.80, 0.80]), skin_line=skin_line,
        hair_line=mix(ink * np.float32(0.6), hair_dark * np.float32(0.45), style.line.local), dark=ink * np.float32(0.45),
        mouth=f32([98, 36, 40]) * np.float32(0.55 + 0.45 * lab[0] / 75),
        tongue=f32([196, 98, 96]) * np.float32(0.55 + 0.45 * lab[0] / 75),
        teeth=white, eye_white=white, eye_shade=white * f32([0.76, 0.75, 0.80]),
        iris=iris, iris_rim=iris * np.float32(0.38), iris_light=from_lab(iris_lab + [22, 2, 6]), pupil=iris * np.float32(0.22),
        shine=f32([255, 255, 255]))
