"""What the booth remembers of each visitor's colours, and how it keeps their skin tone under any light.

Colours are measured in the scene's own light and averaged over a track, so the drawing follows the hall: a visitor in
warm light is drawn warm. The lit skin is chosen so that the mean over all drawn skin equals the mean of the photo's skin:
with shade = k × lit over a fraction s of the skin, mean_out = lit · (1 − s + k s), hence lit = mean_src / (1 − s + k s)
(the mean shift X_cr = X + mean_src − mean_out, solved for the palette).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Adapted, Colours, Crop, Face, Stylized
from booth.geometry import f32, smoothstep, transform
from booth.render.painter import MAP_BEARD, MAP_GLASSES, MAP_SHADOW, SHADE_STEP
from booth.render.palette import shade_factor
from booth.render.style import Style

SETTLED = 0.04
"""Weight of a new measurement once a visitor is known; the first ones count as one over their number."""
EVERY = 4
"""Known visitors are measured in every fourth picture."""
FORGET_S = 8.0
DEFAULT = Colours(skin=f32([205, 160, 135]), hair=f32([48, 38, 34]), brow=f32([60, 46, 40]),
                  lips=f32([180, 100, 95]), iris=f32([80, 52, 34]), beard=f32([50, 40, 36]),
                  frame=f32([30, 28, 30]), glasses=0.0, bearded=0.0)


@dataclass
class _Person:
    colours: Colours
    count: int
    seen_at: float


class Adapter:
    """Owned by one thread. ``adapt`` measures, remembers and smooths; it never looks at more than the crop."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._people: dict[int, _Person] = {}

    def adapt(self, stylized: list[Stylized], crops: list[Crop], faces: list[Face], now: float) -> list[Adapted]:
        """One ``Adapted`` per face, in order; ``now`` in monotonic seconds."""
        out = []
        for drawn, crop, face in zip(stylized, crops, faces, strict=True):
            person = self._people.get(drawn.track_id)
            if person is None:
                person = self._people[drawn.track_id] = _Person(measure(drawn, crop, face, self._style, DEFAULT), 1, now)
            elif person.count < 12 or (person.count + drawn.track_id) % EVERY == 0:
                fresh = measure(drawn, crop, face, self._style, person.colours)
                person.colours = _mean(person.colours, fresh, max(SETTLED, 1 / (person.count + 1)))
            person.count += 1
            person.seen_at = now
            out.append(Adapted(drawn, face, person.colours))
        for track_id in [k for k, p in self._people.items() if now - p.seen_at > FORGET_S]:
            del self._people[track_id]
        return out


def _mean(old: Colours, new: Colours, weight: float) -> Colours:
    blended = {f.name: getattr(old, f.name) + (getattr(new, f.name) - getattr(old, f.name)) * weight for f in fields(Colours)}
    return replace(old, **blended)


def measure(drawn: Stylized, crop: Crop, face: Face, style: Style, fallback: Colours) -> Colours:
    """Colours of one crop; what cannot be seen is taken from ``fallback``."""
    image = crop.image[::2, ::2]
    areas, maps = drawn.areas[::2, ::2].astype(np.int16), drawn.maps[::2, ::2]
    head, hair, _, cover = (areas[..., i] for i in range(4))
    clear = cover < 90
    points = transform(drawn.affine, face.points[:, :2]) / 2
    skin_mask = _plain_skin(points, image.shape[0]) & (head - hair > 205) & clear & (maps[..., MAP_BEARD] < 60) & (maps[..., MAP_GLASSES] < 60)
    hair_mask = (hair > 205) & clear
    skin = _skin(image, skin_mask, maps[..., MAP_SHADOW], style, fallback.skin)
    beard_mask = (maps[..., MAP_BEARD] > 140) & (head - hair > 128) & clear
    glasses_mask = (maps[..., MAP_GLASSES] > 128) & clear
    eye_distance = float(np.linalg.norm(points[33] - points[263]))
    hair_colour = _typical(image[hair_mask], fallback.hair)
    return Colours(
        skin=skin, hair=hair_colour,
        brow=_at(image, points[[i for e in fm.EYES for i in (*e.brow_upper[1:4], *e.brow_lower[1:4])]], 35, fallback.brow),
        lips=_at(image, points[[0, 37, 267, 17, 84, 314, 40, 270, 91, 321]], 50, fallback.lips),
        iris=_iris(image, points, fallback.iris),
        beard=_typical(image[beard_mask], hair_colour * np.float32(0.9), 40),
        frame=_typical(image[glasses_mask], fallback.frame, 35),
        glasses=float(smoothstep(0.08, 0.22, glasses_mask.sum() / max(eye_distance ** 2, 1.0) * 2.0)),
        bearded=float(smoothstep(0.06, 0.14, beard_mask.sum() / max(eye_distance ** 2, 1.0))))


def _plain_skin(points: np.ndarray, size: int) -> np.ndarray:
    """Where a face is skin and nothing else: inside its outline, without eyes, brows and mouth. (size, size) bool."""
    plain = np.zeros((size, size), np.uint8)
    fill = lambda indices, value: cv2.fillConvexPoly(plain, cv2.convexHull(np.round(points[list(indices)]).astype(np.int32)), value)
    fill(fm.OVAL, 1)
    for eye in fm.EYES:
        fill((*eye.upper, *eye.lower, *eye.brow_upper), 0)
    fill((*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER), 0)
    fill((*fm.NOSTRILS, *fm.NOSE_WINGS, fm.NOSE_BASE), 0)
    return plain > 0


def _skin(image: np.ndarray, mask: np.ndarray, shadow: np.ndarray, style: Style, fallback: np.ndarray) -> np.ndarray:
    """Lit skin colour whose drawing has the photo's mean skin colour. Eyes, lips, nostrils are trimmed as outliers."""
    pixels = image[mask].astype(np.float32)
    if len(pixels) < 60:
        return fallback
    light = pixels.sum(1)
    keep = (light >= np.percentile(light, 10)) & (light <= np.percentile(light, 97))
    mean = pixels[keep].mean(0)
    shaded = float(smoothstep(*SHADE_STEP, shadow[mask][keep].astype(np.float32) / 255).mean())
    return np.clip(mean / (1 - shaded + shade_factor(style) * shaded), 0, 250).astype(np.float32)


def _typical(pixels: np.ndarray, fallback: np.ndarray, percentile: float = 50) -> np.ndarray:
    return np.percentile(pixels, percentile, axis=0).astype(np.float32) if len(pixels) >= 30 else f32(fallback)


def _at(image: np.ndarray, points: np.ndarray, percentile: float, fallback: np.ndarray) -> np.ndarray:
    inside = ((points >= 0) & (points < np.array(image.shape[1::-1]) - 1)).all(1)
    if inside.sum() < 3:
        return fallback
    x, y = np.round(points[inside]).astype(int).T
    return np.percentile(image[y, x], percentile, axis=0).astype(np.float32)


def _iris(image: np.ndarray, points: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """Brown unless it is plainly cool: webcams and catch-lights make brown eyes look grey."""
    colour = _at(image, points[[469, 470, 471, 472, 474, 475, 476, 477, 468, 473]], 40, fallback)
    lab = cv2.cvtColor(colour.reshape(1, 1, 3) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    cool = float(smoothstep(3, -6, lab[2]) * smoothstep(20, 36, lab[0]))
    brown, blue = f32([30, 12, 18]), f32([40, -3, -14])
    mixed = brown + (blue - brown) * cool
    mixed[0] = np.clip(lab[0] * 0.8, 24, 42)
    return cv2.cvtColor(f32(mixed).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)[0, 0].clip(0, 1) * 255
