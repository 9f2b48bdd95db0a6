"""How well a puppet does what a face does: are its blinks seen, do its mouth, lids and brows move as far.

    python -m models.talking.mimicry VIDEO STILL [--json OUT]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from booth import facemap as fm
from booth.pose import REST, Pose
from booth.puppet.measures import Measure, measure
from booth.puppet.mimic import JAW_PULL, mimic_clip
from booth.puppet.puppet import Geometry, Puppet

FEATURES = ("gap", "width", "smile", "lid_right", "lid_left", "brow_right", "brow_left")
EYE_WIDTH = 0.3
"""Of a human eye, in distances between the outer eye corners."""
GAINS = 0.4, 2.5
"""A drawing's eye may be twice as large as a human one: so much more or less movement counts as its proportions."""
DRAWN_PULL = 0.2
"""Of a drawing's gap, the upper lip rises by so much over the corners (a face: ``JAW_PULL``)."""
WITHIN_S = 0.12


def blink_times(points: Sequence[np.ndarray | None], rate: float) -> list[float]:
    """Seconds of the blinks in a clip by a rule that knows nothing of ``mimic``: both eyes' openness in the picture falls under half of
    its median of two seconds, and is up again within half a second. At the lowest point."""
    open_ = np.array([np.nan if p is None else np.mean([fm.eye_openness(p, eye) for eye in fm.EYES]) for p in points])
    half = max(1, round(rate))
    around = np.array([np.nanmedian(open_[max(0, n - half):n + half + 1]) if np.isfinite(open_[n]) else np.nan for n in range(len(open_))])
    return [(start + int(np.argmin(open_[start:end]))) / rate
            for start, end in _runs(open_ < 0.5 * around) if (end - start) / rate <= 0.5]


def shut_times(poses: Sequence[Pose], rate: float) -> list[tuple[float, float]]:
    """First and last second of every time both of a puppet's eyes are shut for good."""
    return [(start / rate, (end - 1) / rate) for start, end in _runs(np.array([min(pose.lids) == 1.0 for pose in poses]))]


@dataclass(frozen=True, slots=True)
class Blinks:
    """``recall``: share of the face's blinks in which the puppet's eyes are shut · ``invented``: times its eyes are shut without one."""

    reference: int
    recall: float
    invented: int


def blink_score(reference: Sequence[float], shut: Sequence[tuple[float, float]]) -> Blinks:
    near = lambda at, span: span[0] - WITHIN_S <= at <= span[1] + WITHIN_S
    seen = sum(any(near(at, span) for span in shut) for at in reference)
    invented = sum(not any(near(at, span) for at in reference) for span in shut)
    return Blinks(len(reference), seen / len(reference) if reference else 1.0, invented)


def of_face(points: np.ndarray) -> np.ndarray:
    """(7,) ``FEATURES`` of a mesh (478, 3), head pose taken away, in distances between the outer eye corners."""
    row = measure(points)
    return np.array([row[Measure.GAP], row[Measure.WIDE], row[Measure.SMILE] + JAW_PULL * row[Measure.GAP], EYE_WIDTH * row[Measure.LID_R],
                     EYE_WIDTH * row[Measure.LID_L], row[Measure.BROW_R], row[Measure.BROW_L]])


def of_puppet(shown: Geometry) -> np.ndarray:
    """(7,) ``FEATURES`` of a drawing whose head is straight, in the drawing's own distance between the outer eye corners."""
    p = shown.landmarks
    unit = float(np.linalg.norm(p[33] - p[263]))
    corners = 0.5 * (shown.upper_inner[[0, -1], 1].mean() + shown.lower_inner[[0, -1], 1].mean())
    middle = len(shown.upper_inner) // 2
    smile = (shown.upper_inner[middle, 1] - corners + DRAWN_PULL * shown.mouth_gap) / unit
    brows = [(p[[eye.inner, eye.outer], 1].mean() - p[list(eye.brow_lower[:4] + eye.brow_upper[:4]), 1].mean()) / unit for eye in fm.EYES]
    return np.array([shown.mouth_gap / unit, shown.mouth_width / unit, smile, *(EYE_WIDTH * np.array(shown.eye_gaps)), *brows])


@dataclass(frozen=True, eq=False, slots=True)
class Transfer:
    """In distances between the outer eye corners. ``error``: mean of all features and pictures, with one gain for each feature ·
    ``plain``: without gains · ``still``: what a puppet that does not move would get · ``each``: the error of each feature · ``gain``: how
    much more the drawing moves."""

    error: float
    plain: float
    still: float
    each: dict[str, float]
    gain: dict[str, float]


def transfer(face: np.ndarray, puppet: np.ndarray) -> Transfer:
    """Displacements of ``FEATURES`` from each one's own middle, face against puppet: (T, 7) as of ``of_face`` and ``of_puppet``. Rows
    with no face hold NaN and do not count. A gain (least squares, within ``GAINS``) stands for the drawing's proportions."""
    known = np.isfinite(face).all(1)
    face, puppet = face[known] - np.median(face[known], axis=0), puppet[known] - np.median(puppet[known], axis=0)
    gain = np.clip((face * puppet).sum(0) / np.maximum((face * face).sum(0), 1e-12), *GAINS)
    off = np.abs(puppet / gain - face)
    return Transfer(float(off.mean()), float(np.abs(puppet - face).mean()), float(np.abs(face).mean()),
                    dict(zip(FEATURES, off.mean(0).tolist(), strict=True)), dict(zip(FEATURES, gain.tolist(), strict=True)))


def transfer_of(points: Sequence[np.ndarray | None], poses: Sequence[Pose], puppet: Puppet) -> Transfer:
    """Of a clip: the face's meshes and the poses they gave."""
    straight = [replace(REST, mouth=pose.mouth, lids=pose.lids, brows=pose.brows, frown=pose.frown) for pose in poses]
    face = np.array([np.full(len(FEATURES), np.nan) if p is None else of_face(p) for p in points])
    return transfer(face, np.array([of_puppet(puppet.geometry(pose)) for pose in straight]))


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """(first, one after the last) of every run of True."""
    steps = np.diff(np.concatenate([[0], mask.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist(), strict=True))


def main() -> None:
    from booth.products.driving import follow
    from booth.products.rigging import Rigger
    from booth.products.still import load_photo

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("still", type=Path)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    driven = follow(asked.video, 60.0)
    poses = mimic_clip(driven.points, driven.rate, driven.size)
    still = load_photo(asked.still)
    rigger = Rigger()
    try:
        puppet = Puppet(still, rigger.rig(still))
    finally:
        rigger.close()
    blinks = blink_score(blink_times(driven.points, driven.rate), shut_times(poses, driven.rate))
    moved = transfer_of(driven.points, poses, puppet)
    report = {"blinks": blinks.reference, "blink_recall": blinks.recall, "blinks_invented": blinks.invented, "transfer_error": moved.error,
              "transfer_error_plain": moved.plain,
              "transfer_error_still": moved.still, "each": moved.each, "gain": moved.gain}
    print(json.dumps(report, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
