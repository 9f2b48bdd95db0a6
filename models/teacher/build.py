"""Draw the teacher's layers for a folder of portraits and keep them as one array file.

    python -m models.teacher.build --photos DIR [DIR …] --out runs/layers [--network models/weights/translator_live.onnx]

A portrait is skipped when no face is found, when its tag in ``tags.csv`` says that it is no usable photograph, or when
the teacher's own gate finds the drawing implausible (``gate``). What was skipped, and why, is written beside the array.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from models.teacher.consensus import Consensus
from models.teacher.layers import layers
from models.teacher.portrait import SIZE, Aligner, load_rgb
from models.teacher.regions import BACKGROUND, CLOTH, HAIR, SKIN, FaceFrame
from models.teacher.tags import read_tags

UNUSABLE = {"art", "bad"}
COUNTS = 7
"""Row of ``models.teacher.layers.NAMES``."""
PARTS = {"rgb": 3, "areas": 4, "maps": 5}
"""Arrays on disk and their channels; ``maps`` are beard, shadow, tone, where labels count, glasses."""


def gate(points: np.ndarray, drawn: np.ndarray, tags: frozenset[str]) -> str | None:
    """Why the drawing cannot be right, or None. ``drawn`` (9, SIZE, SIZE) uint8."""
    a = drawn[:4].astype(np.float32) / 255
    face = FaceFrame(points, SIZE)
    inner = (face.oval > 0.5) & (face.v > -0.6)
    if a[SKIN][inner].mean() < 0.75:
        return "face is not skin"
    if a[BACKGROUND][face.oval > 0.5].mean() > 0.08:
        return "background in the face"
    crown = (face.v < -0.8) & (face.v > -1.5) & (np.abs(face.u) < 0.7)
    if not tags & {"bald", "hat"} and a[HAIR][crown].mean() < 0.12:
        return "no hair and not bald"
    if a[HAIR][(face.v < -0.9) | (np.abs(face.u) > 0.5)].mean() > 0.62:
        return "hair spills over the picture"
    if a[CLOTH][(face.v < -0.35)].mean() > 0.25 and "hat" not in tags:
        return "cloth above the chin"
    if drawn[COUNTS][face.oval > 0.5].mean() < 0.6 * 255:
        return "network and heuristics disagree about the face"
    return None


def _one(job: tuple[str, frozenset[str], str | None]):
    path, tags, network = job
    name = Path(path).name
    if tags & UNUSABLE:
        return name, "tagged " + "+".join(sorted(tags & UNUSABLE)), None, None, False
    if _one.aligner is None:
        cv2.setNumThreads(1)
        _one.aligner = Aligner()
        _one.consensus = Consensus(Path(network)) if network else None
    portrait = _one.aligner.align(load_rgb(Path(path)), name, tags)
    if portrait is None:
        return name, "no face found", None, None, False
    if np.linalg.norm(portrait.points[10] - portrait.points[152]) < 40:
        return name, "face too small", None, None, False
    drawn, known = layers(portrait, _one.consensus)
    why = gate(portrait.points, drawn, tags)
    return name, why, np.concatenate([portrait.rgb, drawn.transpose(1, 2, 0)], -1), portrait.points, known


_one.aligner = _one.consensus = None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.teacher.build", description=__doc__.splitlines()[0])
    parser.add_argument("--photos", nargs="+", type=Path, required=True, help="folders of portraits")
    parser.add_argument("--out", type=Path, required=True, help="folder for rgb.npy, areas.npy, maps.npy, points.npy, index.json")
    parser.add_argument("--network", type=Path, help="an exported network (.onnx) whose answer corrects the heuristics")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args(argv)
    tags = read_tags()
    paths = sorted(p for d in args.photos for p in d.iterdir() if p.suffix.lower() in (".jpg", ".png"))
    if not paths:
        print(f"no portraits in {', '.join(map(str, args.photos))}", file=sys.stderr)
        return 2
    args.out.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.lib.format.open_memmap(args.out / f"{name}.npy", "w+", np.uint8, (len(paths), SIZE, SIZE, depth))
              for name, depth in PARTS.items()}
    names, points, known_glasses, skipped = [], [], [], {}
    jobs = [(str(p), tags.get(p.name, frozenset()), str(args.network) if args.network else None) for p in paths]
    # spawned, not forked: a fork copies the locks of threads that mediapipe started, held for ever
    with ProcessPoolExecutor(args.jobs, mp_context=get_context("spawn")) if args.jobs > 1 else nullcontext() as pool:
        done = pool.map(_one, jobs, chunksize=4) if pool is not None else map(_one, jobs)
        for name, why, stack, p, known in tqdm(done, total=len(jobs), unit="portrait"):
            if why is not None:
                skipped[name] = why
                continue
            at = 0
            for part, depth in PARTS.items():
                arrays[part][len(names)] = stack[..., at:at + depth]
                at += depth
            names.append(name)
            points.append(p)
            known_glasses.append(known)
    for array in arrays.values():
        array.flush()
    np.save(args.out / "points.npy", np.stack(points))
    (args.out / "index.json").write_text(json.dumps({"names": names, "glasses_known": known_glasses, "skipped": skipped}, indent=1))
    print(f"{len(names)} drawn, {len(skipped)} skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
