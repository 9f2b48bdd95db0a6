"""Skin in photo and drawing: the same plain pixels of both, and what they tell over many people."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import face_height
from models.evaluate.drawing import Drawn
from models.evaluate.measures import delta_e, ita, line_fit, monk_tone, to_lab

LEAST_PIXELS = 40
LEAST_PEOPLE = 5
"""A tone with fewer people than this says nothing about the gap between tones."""
GREY = 5.0
"""b* of skin below which a photo has no colour, and ITA° no meaning."""


@dataclass(frozen=True, slots=True)
class Skin:
    """One person's skin, photo against drawing. ``ita_in``, ``ita_out`` in degrees and ``de00`` of medians ·
    ``de00_mean`` of means over the same pixels · ``de00_all`` of means with the drawn shadows · ``grey``: photo without colour."""

    ita_in: float
    ita_out: float
    de00: float
    de00_mean: float
    de00_all: float
    grey: bool


def plain_skin(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Cheeks and forehead, (H, W) bool: inside the face's outline and above the nose's base; no eyes, brows, nose, mouth.

    Eyes and brows leave out more than their own size: drawn ones are larger. ``points``: (478, ≥2) in pixels.
    """
    p = points[:, :2].astype(np.float32)
    height = face_height(points)
    fill = lambda mask, part: cv2.fillConvexPoly(mask, np.round(cv2.convexHull(p[list(part)]) * 16).astype(np.int32), 1, cv2.LINE_8, 4)
    inside, features = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    fill(inside, fm.OVAL)
    for eye in fm.EYES:
        fill(features, (*eye.upper, *eye.lower, *eye.brow_upper, *eye.brow_lower))
    fill(features, (*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER))
    fill(features, (*fm.NOSE_WINGS, *fm.NOSTRILS, fm.NOSE_BASE, 6))
    disc = lambda share: cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(share * height) + 1,) * 2)
    plain = (cv2.erode(inside, disc(0.03), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0) & (cv2.dilate(features, disc(0.035)) == 0)
    up = p[fm.FOREHEAD] - p[fm.CHIN]
    ys, xs = np.mgrid[:shape[0], :shape[1]]
    return plain & ((xs - p[fm.NOSE_BASE, 0]) * up[0] + (ys - p[fm.NOSE_BASE, 1]) * up[1] > 0)


def compare(drawn: Drawn, hidden: np.ndarray | None = None) -> Skin | None:
    """Skin of photo and drawing over the same pixels; None when too little is to be seen.

    Left out of both alike: hair, beard, glasses, what is before the face (``hidden`` (H, W) bool besides), and, but for
    ``de00_all``, the drawn cel shadow.
    """
    layer = {name: drawn.layer(name) for name in ("head", "hair", "cover", "beard", "glasses")}
    bare = plain_skin(drawn.points, drawn.photo.shape[:2]) & (layer["head"] - layer["hair"] > 0.8)
    bare &= (layer["cover"] < 0.35) & (layer["beard"] < 0.25) & (layer["glasses"] < 0.25)
    if hidden is not None:
        bare &= ~hidden
    if bare.sum() < LEAST_PIXELS:
        return None
    lit = bare & ~drawn.shaded()
    lit = lit if lit.sum() >= max(LEAST_PIXELS, 0.2 * bare.sum()) else bare
    before, after = to_lab(drawn.photo), to_lab(drawn.on_photo())
    median, mean = lambda x: np.median(x, 0), lambda x: x.mean(0)
    a, b = median(before[lit]), median(after[lit])
    return Skin(ita(a), ita(b), delta_e(a, b), delta_e(mean(before[lit]), mean(after[lit])),
                delta_e(mean(before[bare]), mean(after[bare])), bool(a[2] < GREY))


def table(skins: list[Skin]) -> dict:
    """The report's ``skin``: slope and offset (degrees) of ITA out on in, ΔE00, and the same by Monk tone of the photo."""
    coloured = [s for s in skins if not s.grey]
    fit = line_fit(np.array([s.ita_in for s in coloured]), np.array([s.ita_out for s in coloured]))
    tones: dict[int, list[float]] = {}
    for s in coloured:
        tones.setdefault(monk_tone(s.ita_in), []).append(s.de00)
    medians = [float(np.median(v)) for v in tones.values() if len(v) >= LEAST_PEOPLE]
    middle = lambda name: float(np.median([getattr(s, name) for s in skins])) if skins else None
    return {
        "ita_slope": fit and fit[0], "ita_offset": fit and fit[1], "de00_median": middle("de00"),
        "de00_p95": float(np.percentile([s.de00 for s in skins], 95)) if skins else None,
        "de00_median_of_means": middle("de00_mean"), "de00_median_with_shadow": middle("de00_all"),
        "bin_gap": max(medians) - min(medians) if len(medians) > 1 else None,
        "bins": {f"monk_{tone}": {"people": len(tones[tone]), "de00_median": float(np.median(tones[tone]))} for tone in sorted(tones)},
        "measured": len(skins), "without_colour": len(skins) - len(coloured)}
