"""What counts as a failed drawing, and for whom it fails. The definitions stand in the report before any number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import invert
from models.evaluate.drawing import Artist, Drawn
from models.evaluate.measures import seam, to_lab, wilson
from models.evaluate.skin import Skin, compare

MOST_DE00 = 10.0
MOST_MOVED = 0.08
MOST_SEAM = 0.15
MOST_HIDDEN = 0.25
CLEARLY, FAINTLY = 0.5, 0.15
"""Strength 0 … 1 that glasses and beard must be drawn with to be kept; with which they already are invented."""
MOST_DRAWN_OVER = 0.5
BAND = 12
"""Crop pixels around a crop in which its border is looked at."""
DEFINITIONS = {
    "no drawing": "the photo shows a face (all photos do, unless tagged art or bad), and no head was drawn",
    "skin tone": f"ΔE00 between the median skin of photo and drawing, over the same pixels, is above {MOST_DE00:g}",
    "glasses missing": "worn (tags), not drawn at half strength", "glasses invented": "not worn (tags), drawn, be it faintly",
    "beard missing": "beard or moustache (tags), not drawn at half strength; stubble counts neither way",
    "beard invented": "none (tags), drawn, be it faintly but stronger than stubble",
    "not found again": "the face mesh finds no face in the drawing where the face is",
    "misplaced": f"the centre of an eye, of nose or mouth lies more than {MOST_MOVED:.0%} of the eyes' distance from where it is in the photo, "
                 "for characters with another shape of face: from where that shape puts it",
    "seam": f"a straight step of more than 10 L* along {MOST_SEAM:.0%} of one side of the crop, which the room alone does not have",
    "drawn over": f"where something is before the face, the head was drawn over more than {MOST_DRAWN_OVER:.0%} of it"}
FEATURES = {"right eye": (*fm.RIGHT_EYE.upper, *fm.RIGHT_EYE.lower), "left eye": (*fm.LEFT_EYE.upper, *fm.LEFT_EYE.lower),
            "nose": (fm.NOSE_TIP, fm.NOSE_BASE, *fm.NOSE_WINGS), "mouth": (*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER)}


@dataclass(frozen=True, eq=False, slots=True)
class Truth:
    """What is known of a photo: None where nobody looked. ``hidden`` (H, W) bool: where something is before the face."""

    glasses: bool | None = None
    beard: bool | None = None
    hidden: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reasons``: keys of ``DEFINITIONS``, empty when all is well · ``moved``: the worst feature, in eye distances."""

    reasons: tuple[str, ...]
    skin: Skin | None = None
    moved: float | None = None


def judge(artist: Artist, drawn: Drawn | None, truth: Truth) -> Verdict:
    """All that is wrong with one drawing."""
    if drawn is None:
        return Verdict(("no drawing",))
    reasons = []
    skin = compare(drawn, truth.hidden)
    if skin is not None and skin.de00 > MOST_DE00:
        reasons.append("skin tone")
    for name, real, strength in (("glasses", truth.glasses, drawn.glasses), ("beard", truth.beard, drawn.beard)):
        if real is True and strength <= CLEARLY:
            reasons.append(f"{name} missing")
        if real is False and strength > FAINTLY:
            reasons.append(f"{name} invented")
    again = artist.find(drawn.picture, drawn.meant)
    moved = None if again is None else misplacement(drawn.meant, again, seen_features(drawn.points, truth.hidden))
    if moved is None:
        reasons.append("not found again")
    elif moved > MOST_MOVED:
        reasons.append("misplaced")
    if seam_share(drawn) > MOST_SEAM:
        reasons.append("seam")
    if truth.hidden is not None and drawn_over(drawn, truth.hidden) > MOST_DRAWN_OVER:
        reasons.append("drawn over")
    return Verdict(tuple(reasons), skin, moved)


def misplacement(meant: np.ndarray, again: np.ndarray, features: Sequence[str] = tuple(FEATURES)) -> float:
    """How far the worst of ``features`` moved, in distances between the eyes; 0 for none.

    ``meant``, ``again``: (478, ≥2) pixels of the drawing; where the points belong and where they were found.
    """
    centre = lambda points, name: points[list(FEATURES[name]), :2].mean(0)
    distance = float(np.linalg.norm(centre(meant, "left eye") - centre(meant, "right eye"))) + 1e-6
    return max((float(np.linalg.norm(centre(again, f) - centre(meant, f))) / distance for f in features), default=0.0)


def seen_features(points: np.ndarray, hidden: np.ndarray | None) -> list[str]:
    """Features that are not hidden for more than a quarter. ``points`` (478, ≥2) in pixels of ``hidden`` (H, W) bool."""
    return [f for f, part in FEATURES.items() if hidden is None or _share(hidden, points[list(part), :2]) <= MOST_HIDDEN]


def _share(mask: np.ndarray, points: np.ndarray) -> float:
    """Share of (N, 2) points that lie in ``mask`` (H, W) bool."""
    x, y = np.round(points).astype(int).T
    return float(mask[y.clip(0, mask.shape[0] - 1), x.clip(0, mask.shape[1] - 1)].mean())


def seam_share(drawn: Drawn) -> float:
    """``measures.seam`` of a drawing, along the border of the network's crop."""
    size = drawn.crop.image.shape[0]
    to_crop = invert(drawn.to_canvas)
    to_crop[:, 2] += BAND
    change = to_lab(drawn.picture)[..., 0] - to_lab(drawn.room)[..., 0]
    flat = lambda image: cv2.warpAffine(image, to_crop, (size + 2 * BAND,) * 2, flags=cv2.INTER_LINEAR)
    return seam(flat(change), flat(np.full(change.shape, 255, np.uint8)) > 250, BAND)


def drawn_over(drawn: Drawn, hidden: np.ndarray) -> float:
    """Share of ``hidden`` (H, W) bool on which the head was drawn, not the room."""
    changed = np.abs(drawn.at_photo_size().astype(int) - drawn.at_photo_size(drawn.room)).max(-1) > 12
    return float(changed[hidden].mean()) if hidden.any() else 0.0


def tally(verdicts: Iterable[Verdict]) -> dict:
    """Rate of failed drawings with its Wilson 95 % interval, and how often each reason was given."""
    verdicts = list(verdicts)
    reasons = Counter(reason for v in verdicts for reason in v.reasons)
    return {**wilson(sum(bool(v.reasons) for v in verdicts), len(verdicts)), "reasons": {r: reasons[r] for r in DEFINITIONS if reasons[r]}}
