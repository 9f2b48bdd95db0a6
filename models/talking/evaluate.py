"""Measure talking clips as they are drawn and as they are decoded.

    python -m models.talking.evaluate [--videos DIR] [--photos DIR] [--json OUT] [--sheets DIR]

Needs espeak-ng (``pip install .[lab]``) for speech whose sounds are known. ``--videos``: films of people who speak to the camera: mouth
opening, re-enactment · ``--photos``: portraits; 24 people in every character are rigged · ``--sheets``: pictures to look at.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut
from tqdm import tqdm

from booth import facemap as fm
from booth.audio.features import RATE as HEARD_RATE
from booth.audio.soundfile import RATE, Sound, resampled
from booth.audio.voice import Voice
from booth.characters import load_character
from booth.errors import UsageError
from booth.geometry import polygon_mask
from booth.pose import REST, Mouth, Pose
from booth.products.clip import write_clip
from booth.products.driving import follow
from booth.products.still import Studio, load_photo
from booth.products.talking import Actor, Dubber, Performance, pictures
from booth.puppet.mimic import mimic_clip
from booth.puppet.moods import load_mood
from booth.puppet.puppet import Puppet
from booth.render.style import style_files
from models.talking.data import held_out_sets
from models.talking.mimicry import blink_score, blink_times, shut_times, transfer_of
from models.talking.report import FILMS
from models.talking.scores import film_scores, set_scores

PEOPLE = 24
REST_S = 0.15
TURNS = (Pose(yaw=8), Pose(yaw=-8), Pose(pitch=5), Pose(pitch=-5), Pose(roll=6), Pose(yaw=6, pitch=4, roll=-4))
OPEN_PX, SHUT_PX = 6.0, 0.5
"""Of a 512² picture: a mouth that says "ah" is open by more, one at rest by less."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.talking.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--count", type=int, default=20, help="utterances a held-out set")
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    studio = Studio()
    dubber, voice = Dubber(studio=studio), Voice()
    actor = dubber.actor(studio.portrait(astronaut(), load_character("romance")))
    spoken = held_out_sets(args.count)
    report: dict[str, Any] = {"machine": f"{platform.processor() or platform.machine()}"}
    report |= heard(voice, spoken)
    report |= drawn(dubber, actor, spoken)
    report["av_offset_ms"] = av_offset_ms()
    report |= filmed(args.videos, voice, actor)
    if args.photos is not None:
        report["rigs"] = rigged(args.photos, studio, dubber, args.sheets)
    print(json.dumps(report, indent=1))
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    dubber.close()
    studio.close()
    return 0


def heard(voice: Voice, spoken: dict) -> dict[str, Any]:
    """Closures and visemes of synthetic speech that was kept out of training; F1 in silence and with noise at 10 and 0 dB."""
    clean = {name: set_scores(voice, one) for name, one in spoken.items()}
    mean = lambda key, weight: round(float(np.average([s[key] for s in clean.values()], weights=[s[weight] for s in clean.values()])), 4)
    return {"closure": {"recall": mean("closure_recall", "labials"), "false": mean("closure_false", "vowels")},
            "viseme_f1": {name: s["macro_f1"] for name, s in clean.items()},
            "viseme_f1_10db": {name: set_scores(voice, one, 10.0)["macro_f1"] for name, one in spoken.items()},
            "viseme_f1_0db": {name: set_scores(voice, one, 0.0)["macro_f1"] for name, one in spoken.items()},
            "closure_by_set": {name: [s["closure_recall"], s["closure_false"]] for name, s in clean.items()}}


def drawn(dubber: Dubber, actor: Actor, spoken: dict) -> dict[str, Any]:
    """Speed, stillness, sharpness, background and size of a 10 s clip."""
    words = np.concatenate([resampled(one.sound, HEARD_RATE) for several in spoken.values() for one in several])
    pause = np.zeros(RATE, np.float32)
    said = Sound(np.concatenate([words[:4 * RATE], pause, words[4 * RATE:9 * RATE], pause])[:10 * RATE])
    began = time.perf_counter()
    done = dubber.say(said, load_mood("calm"), 1)
    puppet = Puppet(actor.still, actor.rig, 512)
    ready = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(pictures(actor, done, 512), done.rate, done.sound, clip)
        whole = time.perf_counter() - began
        five = Performance(done.poses[:round(5 * done.rate)], done.rate, Sound(said.samples[:5 * RATE]))
        sizes = {}
        for kind in (".mp4", ".webp"):
            path = Path(folder) / f"five{kind}"
            write_clip(pictures(actor, five, 512), five.rate, five.sound, path)
            sizes[kind] = path.stat().st_size / 1000
    began, poses = time.perf_counter(), done.poses[:150]
    frames = [puppet.draw(pose) for pose in poses]
    fps = len(frames) / (time.perf_counter() - began)
    outside = [frame[puppet.background] for frame in frames]
    return {"render_fps": round(fps, 1), "clip_10s_ready_s": round(whole, 2), "prepared_s": round(ready, 2),
            "silence_motion_px": silence(puppet, done), "background_identical": all(np.array_equal(outside[0], one) for one in outside),
            "sharpness": sharpness(puppet),
            "mp4_kb_5s": round(sizes[".mp4"], 1), "webp_kb_5s": round(sizes[".webp"], 1)}


def silence(puppet: Puppet, done: Performance) -> float:
    """The most that the lips move, from ``REST_S`` into a second of silence on; the head's own movement is taken away."""
    start = round((4 + REST_S) * done.rate) + 1
    straight = [puppet.geometry(replace(REST, mouth=pose.mouth)) for pose in done.poses[start:round(5 * done.rate) - 1]]
    lines = np.array([np.concatenate([one.upper_outer, one.upper_inner, one.lower_inner, one.lower_outer]) for one in straight])
    return round(float(np.abs(np.diff(lines, axis=0)).max()), 3)


def sharpness(puppet: Puppet) -> list[float]:
    """Least, median and most variance of the Laplacian of the turned face against the still's, without eyes and mouth."""
    def of(frame: np.ndarray, points: np.ndarray) -> float:
        face = polygon_mask(points[list(fm.OVAL)], frame.shape[0])
        for part in (*[(*eye.upper, *eye.lower, *eye.brow_upper) for eye in fm.EYES], (*fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_OUTER)):
            hull = cv2.convexHull(points[list(part)].astype(np.float32))[:, 0]
            middle = hull.mean(0)
            face = np.minimum(face, 1 - polygon_mask(middle + 1.5 * (hull - middle), frame.shape[0]))
        grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
        return float(cv2.Laplacian(grey, cv2.CV_32F)[face > 0.5].var())

    base = of(puppet.still, puppet.mesh[:, :2])
    ratios = [of(puppet.draw(pose), puppet.geometry(pose).landmarks) / base for pose in TURNS]
    return [round(float(f(ratios)), 3) for f in (np.min, np.median, np.max)]


def av_offset_ms() -> float:
    """The largest distance between a flash and its click in the decoded file."""
    rate, at = 30.0, (15, 45, 80, 111)
    flashes = [np.full((128, 128, 3), 255 * (k in at), np.uint8) for k in range(150)]
    sound = np.zeros(5 * RATE, np.float32)
    for k in at:
        start = round(k / rate * RATE)
        sound[start:start + 480] = 0.8 * np.sin(2 * np.pi * 2000 * np.arange(480) / RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flash.mp4"
        write_clip(iter(flashes), rate, Sound(sound), path)
        with av.open(str(path)) as film:
            seen = [float(frame.time) for frame in film.decode(video=0) if frame.to_ndarray(format="gray").mean() > 128]
        with av.open(str(path)) as film:
            blocks = [(float(frame.time), frame.to_ndarray()[0]) for frame in film.decode(audio=0)]
    first, samples = blocks[0][0], np.concatenate([block for _, block in blocks])
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    clicks = [first + loud[0] / RATE] + [first + b / RATE for a, b in pairwise(loud) if b - a > RATE / 10]
    if len(clicks) != len(seen):
        raise UsageError(f"{len(seen)} flashes and {len(clicks)} clicks were found in the decoded clip; it is broken")
    return round(1000 * max(abs(a - b) for a, b in zip(clicks, seen, strict=True)), 2)


def filmed(videos: Path | None, voice: Voice, actor: Actor) -> dict[str, Any]:
    """Mouth opening heard from films against the one seen in them, and re-enactment of their faces; None without films."""
    films = sorted(p for p in videos.iterdir() if p.suffix.lower() in FILMS) if videos is not None else []
    if not films:
        return {"mouth_r": None, "blink_recall": None, "transfer_error": None}
    puppet, rows = Puppet(actor.still, actor.rig, 512), {}
    for film in films:
        scores = film_scores(film, voice)
        driven = follow(film, 60.0)
        poses = mimic_clip(driven.points, driven.rate, driven.size)
        blinks = blink_score(blink_times(driven.points, driven.rate), shut_times(poses, driven.rate))
        moved = transfer_of(driven.points, poses, puppet)
        rows[film.name] = {**scores, "blinks": blinks.reference, "blink_recall": blinks.recall, "blinks_invented": blinks.invented,
                           "transfer_error": round(moved.error, 4), "transfer_error_still": round(moved.still, 4)}
    mean = lambda key: round(float(np.mean([row[key] for row in rows.values()])), 4)
    return {"mouth_r": mean("opening_r"), "blink_recall": mean("blink_recall"), "transfer_error": mean("transfer_error"), "films": rows}


def rigged(photos: Path, studio: Studio, dubber: Dubber, sheets: Path | None) -> dict[str, Any]:
    """24 people in every character: how many were rigged, whose mouth opens and shuts. Photos without a face do not count."""
    files = [p for p in sorted(photos.iterdir()) if p.suffix.lower() in (".jpg", ".jpeg", ".png")]
    failed: list[str] = []
    people = done = opens = shuts = 0
    for path in tqdm(files[::max(1, len(files) // (2 * PEOPLE))]):
        cells = []
        for name in style_files():
            try:
                portrait = studio.portrait(load_photo(path), load_character(name))
            except UsageError:
                break
            try:
                actor = dubber.actor(portrait)
            except UsageError as error:
                failed.append(f"{path.name} {name}: {error}")
                continue
            puppet = Puppet(actor.still, actor.rig, 512)
            done += 1
            opens += puppet.geometry(Pose(mouth=Mouth(jaw=0.8))).mouth_gap > OPEN_PX
            shuts += puppet.geometry(REST).mouth_gap < SHUT_PX
            cells.append([puppet.still, *(puppet.draw(pose) for pose in (REST, Pose(mouth=Mouth(jaw=0.8)), Pose(lids=(1, 1), yaw=8)))])
        people += bool(cells) or bool(failed and failed[-1].startswith(path.name))
        if sheets is not None and cells:
            _sheet(cells, sheets / f"{path.stem}.jpg")
        if people == PEOPLE:
            break
    return {"people": people, "rigs": done, "failed": failed, "mouth_opens": opens, "mouth_shuts": shuts}


def _sheet(rows: Sequence[Sequence[np.ndarray]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = [np.hstack([cv2.resize(one, (256, 256), interpolation=cv2.INTER_AREA) for one in row]) for row in rows]
    Image.fromarray(np.vstack(small)).save(path, quality=88)


if __name__ == "__main__":
    sys.exit(main())
