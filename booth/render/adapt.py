"""What the booth remembers of each visitor, gathered over many pictures.

Colours are measured in the scene's own light and averaged over a track, so the drawing follows the hall: a visitor in
warm light is drawn warm. What one picture cannot tell, many can: glasses are fitted to the mean of what the network saw.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, fields, replace

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Adapted, Appearance, Crop, Face, Glasses, Rims, Stylized
from booth.geometry import f32, smoothstep, transform
from booth.render import glasses as rims
from booth.render.painter import MAP_BEARD, MAP_GLASSES, MAP_SHADOW, SHADE_STEP, cel_shadow

SETTLED = 0.06
"""Weight of a new measurement once a visitor is known; the first ones count as one over their number."""
EVERY = 8
"""Known visitors are measured in every eighth picture."""
FIT_EVERY = 24
"""Glasses are fitted anew in every so many pictures, and at a visitor's second, fourth and eighth."""
FORGET_S = 8.0
MEASURED_PX = 128
"""Side at which a crop is measured."""
EVIDENCE = 256
"""Side of the mean of what was seen of glasses."""
DEFAULT = Appearance(skin=f32([200, 155, 130]), shaded=0.2, hair=f32([48, 38, 34]), brow=f32([60, 46, 40]), lips=f32([180, 100, 95]),
                     iris=f32([80, 52, 34]), beard=f32([50, 40, 36]), frame=f32([30, 28, 30]))


@dataclass
class _Known:
    person: Appearance
    seen_at: float
    count: int = 1
    evidence: np.ndarray | None = None
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))


class Adapter:
    """Owned by one thread. ``adapt`` measures, remembers and smooths; it never looks at more than the crop."""

    def __init__(self) -> None:
        self._people: dict[int, _Known] = {}

    def adapt(self, stylized: list[Stylized], crops: list[Crop], faces: list[Face], now: float) -> list[Adapted]:
        """One ``Adapted`` per face, in order; ``now`` in monotonic seconds."""
        out = []
        for drawn, crop, face in zip(stylized, crops, faces, strict=True):
            known = self._people.get(drawn.track_id)
            if known is None:
                known = self._people[drawn.track_id] = _Known(measure(drawn, crop, face, DEFAULT), now)
                self._fit_glasses(known, drawn, face)
            elif known.count < 12 or (known.count + drawn.track_id) % EVERY == 0:
                fresh = measure(drawn, crop, face, known.person)
                known.person = _mean(known.person, fresh, max(SETTLED, 1 / (known.count + 1)))
                self._fit_glasses(known, drawn, face)
            known.count += 1
            known.seen_at = now
            out.append(Adapted(drawn, face, known.person))
        for track_id in [k for k, p in self._people.items() if now - p.seen_at > FORGET_S]:
            del self._people[track_id]
        return out

    def _fit_glasses(self, known: _Known, drawn: Stylized, face: Face) -> None:
        """Averages what the network sees of glasses; from time to time the pair is fitted to the mean."""
        if known.person.wears < 0.3 or (known.evidence is not None and not rims.facing(face.points)):
            return
        seen = cv2.resize(cv2.extractChannel(drawn.maps, MAP_GLASSES), (EVIDENCE, EVIDENCE)).astype(np.float32) / 255
        first = known.evidence is None
        weight = 1.0 if first else max(0.1, 1 / (known.count + 1))
        known.evidence = seen if known.evidence is None else known.evidence + (seen - known.evidence) * np.float32(weight)
        if first or known.count in (2, 4, 8) or (known.count + drawn.track_id) % FIT_EVERY == 0:
            points = transform(drawn.affine, face.points[:, :2]) * (EVIDENCE / drawn.maps.shape[0])
            start = None if first else known.person.glasses.rims
            pair = rims.fit(known.evidence, points, known.rng, start)
            known.person = replace(known.person, glasses=pair if first else _between(known.person.glasses, pair, 0.35))


def _between(old: Glasses, new: Glasses, weight: float) -> Glasses:
    """Glasses change shape slowly: a better fit fades in, it does not jump."""
    blend = lambda a, b: tuple(x + (y - x) * weight for x, y in zip(a, b, strict=True))
    loose = blend((old.thick, old.lower, old.dark, old.score), (new.thick, new.lower, new.dark, new.score))
    return Glasses(Rims(*blend(astuple(old.rims), astuple(new.rims))), *loose)


def _mean(old: Appearance, new: Appearance, weight: float) -> Appearance:
    blended = {f.name: getattr(old, f.name) + (getattr(new, f.name) - getattr(old, f.name)) * weight
               for f in fields(Appearance) if f.name != "glasses"}
    return replace(old, **blended)


def measure(drawn: Stylized, crop: Crop, face: Face, fallback: Appearance) -> Appearance:
    """What one crop shows of a person; what cannot be seen is taken from ``fallback``, as are its glasses."""
    step = max(1, round(crop.image.shape[0] / MEASURED_PX))
    image = crop.image[::step, ::step]
    areas, maps = drawn.areas[::step, ::step].astype(np.int16), drawn.maps[::step, ::step]
    head, hair, _, cover = (areas[..., i] for i in range(4))
    clear = cover < 90
    points = transform(drawn.affine, face.points[:, :2]) / step
    skin_mask = _plain_skin(points, image.shape[0]) & (head - hair > 205) & clear & (maps[..., MAP_BEARD] < 60) & (maps[..., MAP_GLASSES] < 60)
    hair_mask = (hair > 205) & clear
    light = _light(image, points, fallback.skin)
    shadow = cel_shadow(np.ascontiguousarray(maps[..., MAP_SHADOW]), points, light)
    skin, shaded = _skin(image, skin_mask, shadow, fallback)
    beard_mask = (maps[..., MAP_BEARD] > 140) & (head - hair > 128) & clear
    glasses_mask = (maps[..., MAP_GLASSES] > 128) & clear
    hair_colour = _typical(image[hair_mask], fallback.hair)
    lips = _at(image, (points[[0, 37, 267, 17, 84, 314]] + points[[13, 82, 312, 14, 87, 317]]) / 2, 50, fallback.lips)
    eye_distance = float(np.linalg.norm(points[33] - points[263]))
    wears, bearded, moustache, stubble = (float(t) for t in drawn.traits)
    return Appearance(
        skin=skin, shaded=shaded, hair=hair_colour, lips=lips, iris=_iris(image, points, fallback.iris),
        brow=_at(image, points[[i for e in fm.EYES for i in (*e.brow_upper[1:4], *e.brow_lower[1:4])]], 35, fallback.brow),
        beard=_typical(image[beard_mask], hair_colour * np.float32(0.9), 40),
        frame=_frame(image, glasses_mask, fallback.frame),
        wears=wears, moustache=moustache, stubble=stubble,
        bearded=max(bearded, float(smoothstep(0.05, 0.15, beard_mask.sum() / max(eye_distance ** 2, 1.0)))),
        makeup=_makeup(lips, skin), light=light, folds=_folds(image, points, skin), glasses=fallback.glasses)


def _makeup(lips: np.ndarray, skin: np.ndarray) -> float:
    """How far lips stand out from skin in redness, 0 … 1."""
    lab = cv2.cvtColor(np.stack([lips, skin]).reshape(1, 2, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    return float(smoothstep(4, 22, lab[0, 1] - lab[1, 1] + 0.25 * max(lab[1, 0] - lab[0, 0] - 6, 0)))


def _light(image: np.ndarray, points: np.ndarray, skin: np.ndarray) -> float:
    """−1 … 1: which cheek is lit more, the one at the picture's left or right."""
    left, right = (_at(image, points[list(cheek)], 50, skin).mean() for cheek in fm.CHEEKS)
    return float(np.clip((right - left) / max(left + right, 20) * 6, -1, 1))


def _folds(image: np.ndarray, points: np.ndarray, skin: np.ndarray) -> float:
    """How much darker the folds beside the mouth are than the cheek next to them, 0 … 1."""
    depths = []
    for fold, side in zip(fm.FOLDS, (-1, 1), strict=True):
        line = points[list(fold[1:])]
        step = np.array([0.06 * np.linalg.norm(points[454] - points[234]) * side, 0])
        at = lambda p: _at(image, np.vstack([p, p + [0, 1], p - [0, 1]]), 50, skin).mean()
        depths.append((0.5 * (at(line + step) + at(line - step)) - at(line)) / max(float(skin.mean()), 20))
    return float(smoothstep(0.01, 0.12, min(depths)))


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


def _skin(image: np.ndarray, mask: np.ndarray, shadow: np.ndarray, fallback: Appearance) -> tuple[np.ndarray, float]:
    """Mean colour of plain skin, and the share of it in the cel shadow. Eyes, lips, nostrils are trimmed as outliers."""
    pixels = image[mask].astype(np.float32)
    if len(pixels) < 60:
        return fallback.skin, fallback.shaded
    light = pixels.sum(1)
    keep = (light >= np.percentile(light, 10)) & (light <= np.percentile(light, 97))
    shaded = float(smoothstep(*SHADE_STEP, shadow[mask][keep].astype(np.float32) / 255).mean())
    return pixels[keep].mean(0), shaded


def _typical(pixels: np.ndarray, fallback: np.ndarray, percentile: float = 50) -> np.ndarray:
    return np.percentile(pixels, percentile, axis=0).astype(np.float32) if len(pixels) >= 30 else f32(fallback)


def _frame(image: np.ndarray, mask: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """A frame's colour: the dark end of what the mask shows, which is wider than the frame."""
    pixels = image[mask]
    if len(pixels) < 20:
        return fallback
    light = pixels.astype(np.int32).sum(1)
    return pixels[light <= np.percentile(light, 25)].mean(0).astype(np.float32)


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
