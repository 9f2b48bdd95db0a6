"""The photos' part of the report: who was drawn, how true, and for whom it failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from booth import facemap as fm
from booth.errors import UsageError
from booth.geometry import face_height, polygon_mask
from booth.products.still import load_photo
from models.evaluate import eyes, families
from models.evaluate.drawing import Artist, Drawn, characters
from models.evaluate.failure import CLEARLY, FAINTLY, Truth, Verdict, judge, tally
from models.evaluate.measures import monk_tone, wilson
from models.evaluate.sheets import pair
from models.evaluate.skin import table
from models.teacher.build import UNUSABLE
from models.translator.data import held_out

KINDS = (".jpg", ".jpeg", ".png", ".webp")
OCCLUDED = ("sunglasses", "hand", "hat")
YAWS, SIZES = (0.15, 0.35), (60, 120)
"""Borders of the bins: |``facemap.head_yaw``|; face height in pixels."""
EACH_FAMILY = EACH_CHARACTER = 24


@dataclass(frozen=True, slots=True)
class Photo:
    """``tags``: what a person saw on it; None when nobody looked."""

    path: Path
    tags: frozenset[str] | None

    @property
    def wears(self) -> bool | None:
        return None if self.tags is None else bool(self.tags & {"glasses", "sunglasses"})

    @property
    def beard(self) -> bool | None:
        if self.tags is None or (self.tags & {"stubble"} and not self.tags & {"beard", "moustache"}):
            return None
        return bool(self.tags & {"beard", "moustache"})


@dataclass(eq=False, slots=True)
class Result:
    """One photo and its drawing. ``points`` (478, 3) in photo pixels; ``pair``: both pictures, small, side by side."""

    photo: Photo
    verdict: Verdict
    shape: tuple[int, int]
    points: np.ndarray | None = None
    glasses: float = 0.0
    beard: float = 0.0
    shut: list[bool] = field(default_factory=list)
    open: list[bool] = field(default_factory=list)
    pair: np.ndarray | None = None


Items = dict[str, list[tuple[Verdict, np.ndarray]]]
"""Family or character → verdicts and small pairs of pictures."""


def find_photos(folders: list[Path], tags: dict[str, frozenset[str]], only_held_out: bool, limit: int | None) -> tuple[list[Photo], int]:
    """Photos to be drawn, and how many were left out as no photographs (tags art, bad). Raises ``UsageError``.

    Tags name only what was seen: of a folder in which some photos have tags, those without have nothing to be tagged.
    ``limit`` takes a fixed random part.
    """
    photos, unusable = [], 0
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}")
        paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in KINDS)
        known = any(p.name in tags for p in paths)
        for path in paths:
            if only_held_out and not held_out(path.name):
                continue
            photo = Photo(path, tags.get(path.name, frozenset()) if known else None)
            bad = bool(photo.tags and photo.tags & UNUSABLE)
            unusable += bad
            photos += [] if bad else [photo]
    if not photos:
        raise UsageError(f"no{' held-out' if only_held_out else ''} photos in {', '.join(map(str, folders))}")
    order = np.random.default_rng(0).permutation(len(photos))
    return [photos[i] for i in order[:limit]], unusable


def draw_all(artist: Artist, photos: list[Photo]) -> list[Result]:
    """Every photo drawn and judged, with open and with shut eyes."""
    return [_draw(artist, photo) for photo in tqdm(photos, unit="photo", desc="people")]


def _draw(artist: Artist, photo: Photo) -> Result:
    rgb = load_photo(photo.path)
    drawn = artist.photo(rgb)
    verdict = judge(artist, drawn, Truth(photo.wears, photo.beard))
    result = Result(photo, verdict, rgb.shape[:2])
    if drawn is not None:
        result.points, result.glasses, result.beard = drawn.points, drawn.glasses, drawn.beard
        result.open = _kept(artist, drawn, eyes.openness(drawn.points) > eyes.OPEN, lambda seen: seen >= eyes.DRAWN_SHUT)
        asleep = artist.photo(eyes.closed(rgb, drawn.points))
        if asleep is not None:
            result.shut = _kept(artist, asleep, eyes.openness(asleep.points) < eyes.SHUT, lambda seen: seen < eyes.DRAWN_SHUT)
    result.pair = pair(rgb, None if drawn is None else drawn.picture, None if drawn is None else drawn.points)
    return result


def _kept(artist: Artist, drawn: Drawn, which: np.ndarray, right) -> list[bool]:
    """For each eye in ``which`` (2,) bool: whether it is ``right`` in the drawing; not when no face is found there."""
    if not which.any():
        return []
    again = artist.find(drawn.picture, drawn.meant)
    return [again is not None and bool(right(seen)) for seen in (eyes.openness(again) if again is not None else which)[which]]


def kept_and_invented(truth_and_strength: Iterable[tuple[bool | None, float]]) -> dict:
    """``kept``: clearly drawn among those who have it; ``invented``: drawn, be it faintly, among those who do not. Rates, and
    counts with intervals."""
    known = [(real, strength) for real, strength in truth_and_strength if real is not None]
    kept = wilson(sum(strength > CLEARLY for real, strength in known if real), sum(real for real, _ in known))
    invented = wilson(sum(strength > FAINTLY for real, strength in known if not real), sum(not real for real, _ in known))
    return {"kept": kept["rate"], "invented": invented["rate"], "kept_counts": kept, "invented_counts": invented}


def draw_families(artist: Artist, results: list[Result]) -> Items:
    """Each family on up to ``EACH_FAMILY`` people: verdicts and small pairs of pictures."""
    seen = [r for r in results if r.points is not None]
    out: Items = {}
    for number, family in enumerate(tqdm(families.FAMILIES, unit="family", desc="families")):
        rng = np.random.default_rng([1, number])
        able = [r for r in seen if family != "drawn glasses" or r.photo.wears is False]
        out[family] = [_in_family(artist, family, able[i], rng) for i in rng.permutation(len(able))[:EACH_FAMILY]]
    return out


def varied(results: list[Result]) -> list[Result]:
    """``EACH_CHARACTER`` people from fair to dark, at even steps."""
    seen = sorted((r for r in results if r.points is not None and r.verdict.skin is not None), key=lambda r: r.verdict.skin.ita_in)
    steps = np.unique(np.linspace(0, len(seen) - 1, min(EACH_CHARACTER, len(seen))).round().astype(int)) if seen else []
    return [seen[i] for i in steps]


def draw_characters(artist: Artist, results: list[Result]) -> Items:
    """The same varied people as each character: verdicts and small pairs of pictures."""
    drawn = [(r.photo, d) for r in varied(results) if (d := artist.photo(load_photo(r.photo.path))) is not None]
    out: Items = {}
    for name in tqdm(characters(), unit="character", desc="characters"):
        worn = [(photo, artist.dressed(d, name)) for photo, d in drawn]
        out[name] = [(judge(artist, d, Truth(photo.wears, photo.beard)), pair(d.photo, d.picture, d.points)) for photo, d in worn]
    return out


def _in_family(artist: Artist, family: str, result: Result, rng: np.random.Generator) -> tuple[Verdict, np.ndarray]:
    assert result.points is not None
    rgb, points = families.square(load_photo(result.photo.path), result.points)
    skin = polygon_mask(points[list(fm.OVAL), :2], families.SIDE)
    if family in families.NEED_SKIN and (plain := artist.photo(rgb)) is not None:
        skin = (plain.layer("head") - plain.layer("hair")).clip(0, 1)
    altered = families.alter(family, families.Person(rgb, points, skin, result.photo.wears), rng)
    drawn = artist.photo(altered.rgb)
    beard = result.photo.beard if altered.hidden is None else None
    verdict = judge(artist, drawn, Truth(altered.glasses, beard, altered.hidden))
    return verdict, pair(altered.rgb, None if drawn is None else drawn.picture, None if drawn is None else drawn.points)


def _bin(value: float, borders: tuple[float, ...]) -> str:
    i = int(np.searchsorted(borders, value, side="right"))
    if i == 0:
        return f"<{borders[0]:g}"
    return f"{borders[i - 1]:g}–{borders[i]:g}" if i < len(borders) else f"≥{borders[-1]:g}"


def _order(name: str) -> tuple[bool, bool, int, str]:
    """Bins from low to high, Monk tones by number."""
    return name[0] == "≥", name[0] != "<", len(name), name


def _groups(result: Result) -> dict[str, str]:
    """Which bin of each table a photo belongs to."""
    skin, points, tags = result.verdict.skin, result.points, result.photo.tags
    return {
        "tone": "unknown" if skin is None else "greyscale" if skin.grey else f"monk_{monk_tone(skin.ita_in)}",
        "yaw": "unknown" if points is None else _bin(abs(fm.head_yaw(points)), YAWS),
        "size": "unknown" if points is None else _bin(face_height(points), SIZES),
        "occlusion": "unknown" if tags is None else next((t for t in OCCLUDED if t in tags), "none")}


def summarise(results: list[Result], altered: Items, worn: Items) -> dict:
    """The photos' keys of the report."""
    groups = [_groups(r) for r in results]
    by: dict[str, dict] = {}
    for kind in ("tone", "yaw", "size", "occlusion"):
        names = sorted({g[kind] for g in groups}, key=_order)
        by[kind] = {name: tally(r.verdict for r, g in zip(results, groups, strict=True) if g[kind] == name) for name in names}
    for kind, groups_of in (("family", altered), ("character", worn)):
        by[kind] = {name: tally(verdict for verdict, _ in items) for name, items in groups_of.items()}
    skins = {name: table([v.skin for v, _ in items if v.skin is not None]) for name, items in worn.items()}
    drawn = [r for r in results if r.points is not None]
    shut, opened = ([kept for r in results for kept in getattr(r, name)] for name in ("shut", "open"))
    rates = {"closed": wilson(sum(shut), len(shut)), "open": wilson(sum(opened), len(opened))}
    return {
        "people": len(results), "drawn": len(drawn),
        "failure": {**tally(r.verdict for r in results), "by": by},
        "skin": table([r.verdict.skin for r in results if r.verdict.skin is not None]),
        "skin_by_character": {name: {k: t[k] for k in ("ita_slope", "ita_offset", "de00_median", "measured")} for name, t in skins.items()},
        "glasses": kept_and_invented((r.photo.wears, r.glasses) for r in drawn),
        "beard": kept_and_invented((r.photo.beard, r.beard) for r in drawn),
        "eyes": {"closed_kept": rates["closed"]["rate"], "open_kept": rates["open"]["rate"],
                 "closed_counts": rates["closed"], "open_counts": rates["open"]}}
