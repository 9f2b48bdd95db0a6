"""All parts of the report together, and its two files."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from booth.bench import machine
from booth.errors import BoothError, UsageError
from booth.files import write_atomic
from booth.products.still import load_photo
from booth.settings import Settings
from models.evaluate import people, report, sheets, teacher, video
from models.evaluate.drawing import FACE_PX, Artist, characters, parameters
from models.evaluate.failure import DEFINITIONS
from models.teacher.tags import TAGS, read_tags

WORST = 12
"""People on the sheet of the worst skin tones."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description="Measure the drawings: photos, videos, failures.")
    parser.add_argument("--photos", nargs="+", type=Path, required=True, help="folders of portraits, one face each")
    parser.add_argument("--video", nargs="+", type=Path, default=[], help="videos of a person talking")
    parser.add_argument("--json", type=Path, required=True, help="file for the numbers")
    parser.add_argument("--html", type=Path, help="file for the report with pictures of people; not for the repository")
    parser.add_argument("--sheets", type=Path, help="folder for the contact sheets alone")
    parser.add_argument("--style", default=Settings().style, help="the character that is measured")
    parser.add_argument("--held-out", action="store_true", help="only people never trained on")
    parser.add_argument("--limit", type=int, help="at most so many people, a fixed random part")
    parser.add_argument("--tags", type=Path, default=TAGS, help="what a person saw on the photos, as CSV (file,tags)")
    args = parser.parse_args(argv)
    try:
        evaluate(args)
    except BoothError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def evaluate(args: argparse.Namespace) -> None:
    """Measure what ``args`` name and write the files. Raises ``BoothError``."""
    if args.limit is not None and args.limit < 1:
        raise UsageError("--limit must be at least one")
    photos, unusable = people.find_photos(args.photos, _tags(args.tags), args.held_out, args.limit)
    for path in args.video:
        if not path.is_file():
            raise UsageError(f"there is no video {path}")
    artist = Artist(args.style)
    try:
        numbers, pictures = _measure(artist, photos, args.video)
    finally:
        artist.close()
    numbers["photos"] = {"folders": [d.name for d in args.photos], "held_out_only": args.held_out, "left_out_as_no_photograph": unusable}
    write_atomic(args.json, json.dumps(_rounded(numbers), indent=1, allow_nan=False, ensure_ascii=False).encode())
    jpegs = {name: sheets.encoded(picture) for name, picture in pictures.items()} if args.html or args.sheets else {}
    for name, data in jpegs.items() if args.sheets else ():
        write_atomic(args.sheets / f"{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}.jpg", data)
    if args.html:
        write_atomic(args.html, report.page(numbers, jpegs).encode())


def _rounded(value: Any) -> Any:
    """Numbers with four decimals, all the way down."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value


def _tags(path: Path) -> dict[str, frozenset[str]]:
    try:
        return read_tags(path)
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no table of tags (columns file, tags)") from error


def _measure(artist: Artist, photos: list[people.Photo], videos: list[Path]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The report's numbers, and its sheets by name."""
    numbers: dict[str, Any] = {
        "definitions": DEFINITIONS, "meaning": report.MEANING, "machine": machine(), "engine": artist.engine,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "style": artist.style_name, "characters": len(characters()), "character_names": characters(), "parameters": parameters()}
    # what the machine is asked for comes first: it has not been heated or crowded yet by the rest
    first = load_photo(photos[0].path)
    numbers["face_ms"] = next((ms for p in photos[:9] if (ms := artist.face_ms(load_photo(p.path))) is not None), None)
    numbers["face_px"], numbers["load_average"] = FACE_PX, os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    numbers["videos"] = [video.measure_video(artist, path) for path in videos]
    results = people.draw_all(artist, photos)
    altered = people.draw_families(artist, results)
    worn = people.draw_characters(artist, results)
    numbers |= people.summarise(results, altered, worn)
    numbers["teacher"] = teacher.compare_all(artist, photos)
    numbers["sharpness_ratio"] = numbers["teacher"]["sharpness"]
    for key in ("warp_ratio", "warp_ratio_raw", "warp_ratio_face", "warp_ratio_raw_face"):
        numbers[key] = _mean(v[key] for v in numbers["videos"])
    numbers["expression_r"] = {part: _mean(v["expression_r"][part] for v in numbers["videos"]) for part in ("eyes", "mouth")}
    numbers["flicker"] = video.still_flicker(artist, video.read_video(videos[0])[0][0] if videos else first)
    numbers["flicker_ratio"] = numbers["flicker"]["ratio"]
    crops = [drawn.crop.image for r in people.varied(results) if (drawn := artist.photo(load_photo(r.photo.path))) is not None]
    numbers["shift_psnr_db"] = video.equivariance(artist, crops)
    return numbers, _sheets(results, worn, altered)


def _mean(values) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


def _sheets(results: list[people.Result], worn: people.Items, altered: people.Items) -> dict[str, np.ndarray]:
    """Every character on varied people, every family, the worst skin tones, the failures."""
    out: dict[str, np.ndarray] = {}
    groups = {**{f"character {k}": v for k, v in worn.items()}, **{f"family {n:02d} {k}": v for n, (k, v) in enumerate(altered.items())}}
    for name, items in groups.items():
        if items:
            out[name] = sheets.sheet([sheets.labelled(tile, ", ".join(verdict.reasons)) for verdict, tile in items])
    worst = sorted((r for r in results if r.verdict.skin), key=lambda r: -r.verdict.skin.de00)[:WORST]
    if worst:
        out["worst skin"] = sheets.sheet([sheets.labelled(r.pair, f"dE {r.verdict.skin.de00:.1f}") for r in worst], 3)
    failed = [r for r in results if r.verdict.reasons][:36]
    if failed:
        out["failed"] = sheets.sheet([sheets.labelled(r.pair, ", ".join(r.verdict.reasons)) for r in failed])
    return out
