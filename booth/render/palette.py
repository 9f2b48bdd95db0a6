"""From a remembered person and a character's taste to every colour of the drawing."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import cv2
import numpy as np

from booth.frame import Appearance
from booth.geometry import f32, smoothstep
from booth.render.style import Grade, Style


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """All colours as (3,) float32 RGB 0 … 255; ``hair`` from dark to light."""

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
    rim: np.ndarray


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


def lit_skin(person: Appearance, style: Style) -> np.ndarray:
    """(3,) the lit tone whose drawing has the photo's mean skin: with shade = k · lit over the share s of the skin,
    mean = lit · (1 − s + k s) (the mean shift X + mean_src − mean_out, solved for the palette). At most a third lighter."""
    share = np.float32(min(person.shaded, 0.6))
    own = np.clip(person.skin / np.maximum(1 - share + shade_factor(style) * share, 0.75), 0, 250)
    return mix(f32(style.skin.colour), own, style.skin.own).astype(np.float32)


def make_palette(person: Appearance, style: Style) -> Palette:
    """Skin keeps the visitor's own tone. Whites of eyes and teeth stay below the light of the scene."""
    skin = lit_skin(person, style)
    lab = to_lab(skin)
    colourful = min(1.0, float(np.hypot(*to_lab(person.skin)[1:])) / 8)         # a greyscale photo stays greyscale
    hue = f32(style.skin.shade_hue)
    shade = skin * shade_factor(style)
    deep = skin * max(style.skin.shade, 0.7) * hue * np.float32(0.62)
    ink = f32(style.line.colour)
    skin_line = mix(ink, deep, style.line.local)
    hair = mix(f32(style.hair.colour), person.hair, style.hair.own)
    hair_lab = to_lab(hair)
    spread = style.hair.contrast * (6 + 0.2 * hair_lab[0])
    hair_dark = from_lab(hair_lab * [1, 1.05, 1.05] - [spread, 0, 0])
    hair_light = from_lab(hair_lab + [(14 + 0.2 * hair_lab[0]) * style.hair.shine * 1.4, 0, 0])
    red = 0.4 + 0.8 * person.makeup                              # lips without makeup hardly differ from skin
    lips_own = mix(skin * _tinted((246, 189, 184), colourful) / 255, person.lips, 0.35 + 0.5 * person.makeup)
    lip = mix(skin, lips_own, (0.35 + 0.65 * style.skin.lips) * red)
    # the light of the scene: white things are not brighter than skin allows
    white = f32([252, 250, 248]) * np.float32(np.clip(0.80 + 0.20 * lab[0] / 70, 0.7, 1.0))
    iris_lab = to_lab(mix(person.iris, f32(style.eyes.colour), style.eyes.coloured))
    iris_lab *= [1, colourful, colourful]
    iris_lab[0] = np.clip(iris_lab[0], 20, 50)
    iris = from_lab(iris_lab)
    brow_lab = to_lab(mix(person.brow, hair_dark, 0.5))
    brow_lab[0] = min(brow_lab[0], lab[0] - 14)
    light = np.float32(0.55 + 0.45 * lab[0] / 75)
    palette = Palette(
        skin=skin, shade=shade, blush=mix(skin, skin * f32([1.02, 0.74, 0.72]), 0.9 * colourful).clip(0, 255),
        hair=(hair_dark, hair, hair_light), beard=mix(person.beard, hair_dark, 0.35), brow=from_lab(brow_lab), frame=person.frame,
        lip=lip, lip_dark=lip * f32([0.88, 0.82, 0.82]), skin_line=skin_line,
        dark=ink * np.float32(0.45),
        mouth=_tinted((98, 36, 40), colourful) * light, tongue=_tinted((196, 98, 96), colourful) * light,
        teeth=white, eye_white=white, eye_shade=white * f32([0.76, 0.75, 0.80]),
        iris=iris, iris_rim=iris * np.float32(0.38), iris_light=from_lab(iris_lab + f32([22, 2, 6]) * np.float32(style.eyes.glow)),
        pupil=iris * np.float32(0.22), shine=f32([255, 255, 255]), rim=f32(style.rim.colour))
    return _graded(palette, style.grade)


def grade(colours: np.ndarray, light: Grade) -> np.ndarray:
    """(N, 3) RGB 0 … 255 under the picture's light."""
    if light.saturation != 1:
        colours = colours.mean(-1, keepdims=True) + (colours - colours.mean(-1, keepdims=True)) * np.float32(light.saturation)
    return (colours * mix(np.ones(3, np.float32), f32(light.tint) / 255, light.amount)).clip(0, 255)


def _graded(palette: Palette, light: Grade) -> Palette:
    if light.amount == 0 and light.saturation == 1:
        return palette
    kept = {"rim", "shine"}
    turn = lambda value: tuple(grade(v[None], light)[0] for v in value) if isinstance(value, tuple) else grade(value[None], light)[0]
    changed: dict[str, Any] = {f.name: turn(getattr(palette, f.name)) for f in fields(Palette) if f.name not in kept}
    return replace(palette, **changed)


def _tinted(colour: tuple[int, int, int], share: float) -> np.ndarray:
    grey = f32([np.mean(colour)] * 3)
    return mix(grey, f32(colour), share)


def eye_makeup(person: Appearance) -> float:
    """0.6 … 1: weight of drawn lashes; bare faces get lighter ones, so that men do not turn into princesses."""
    return 0.6 + 0.4 * float(smoothstep(0.25, 0.75, person.makeup))
