"""Identity over time, on synthetic detections and on the demo camera's known truth."""

from itertools import pairwise

import numpy as np
import pytest

from booth.cameras.demo import truth
from booth.settings import VisionSettings
from booth.vision.detector import LOOK_EVERY, Detector
from booth.vision.tracker import Tracker
from tests.fakes import detection, frame_of, look

RATE = 20
BLANK = np.zeros((4, 4, 3), np.uint8)


def play(tracker, script, seconds, start=0.0):
    """Feed ``script(t)`` → detections; returns tracks per frame."""
    out = []
    for k in range(int(seconds * RATE)):
        t = start + k / RATE
        out.append(tracker.update(script(t), frame_of(BLANK, k, t)))
    return out


def walking(t, x0=300.0, speed=60.0, kind=0, y=300.0):
    return detection(x0 + speed * t, y + 3 * np.sin(5 * t), kind=kind)


def test_a_track_needs_several_good_frames():
    tracks = play(Tracker(VisionSettings(birth_frames=4), RATE), lambda t: [walking(t)], 2)
    first_live = next(i for i, ts in enumerate(tracks) if any(x.live for x in ts))
    assert first_live >= 4
    flash = play(Tracker(VisionSettings(), RATE), lambda t: [walking(t)] if t < 0.1 else [], 2)
    assert not any(x.live for ts in flash for x in ts)


def test_a_track_ages_out():
    tracks = play(Tracker(VisionSettings(), RATE), lambda t: [walking(t)] if t < 1 else [], 3)
    assert tracks[-1] == []


def test_a_poster_never_takes_part():
    noise = np.random.default_rng(3)
    tracks = play(Tracker(VisionSettings(), RATE), lambda t: [detection(300 + noise.normal(0, 0.4), 300 + noise.normal(0, 0.4))], 20)
    assert tracks[-1]
    assert not any(x.live for ts in tracks for x in ts)


def test_the_poster_rule_can_be_turned_off():
    tracks = play(Tracker(VisionSettings(still_s=0), RATE), lambda t: [detection(300, 300)], 2)
    assert tracks[-1][0].live


def test_the_largest_faces_win():
    settings = VisionSettings(most_faces=2, still_s=0)
    people = [detection(200 * (i + 1), 300, size=60 + 30 * i, kind=i) for i in range(4)]
    tracks = play(Tracker(settings, RATE), lambda t: people, 1)[-1]
    assert [round(float(x.box[2] - x.box[0])) for x in tracks] == [150, 120]


@pytest.mark.parametrize("gap", [0.5, 1.0, 2.0, 4.5])
def test_covered_or_away_for_a_while_keeps_the_id(gap):
    """Gone for ``gap`` seconds, back somewhere else; another visitor stands by all the time."""
    def script(t):
        other = [walking(t, 900, 10, kind=3)]
        return other if 2 <= t < 2 + gap else [*other, walking(t, 300 if t < 2 else 500, 40, kind=1)]
    tracks = play(Tracker(VisionSettings(), RATE), script, 4 + gap)
    before = {x.id for x in tracks[int(1.9 * RATE)]}
    assert {x.id for x in tracks[-1]} == before
    assert len(before) == 2


def test_back_after_more_than_the_memory_is_somebody_new():
    script = lambda t: [] if 2 <= t < 12 else [walking(t % 12, kind=1)]
    tracks = play(Tracker(VisionSettings(memory_s=5), RATE), script, 14)
    assert {x.id for x in tracks[-1]}.isdisjoint({x.id for x in tracks[int(1.5 * RATE)]})


def test_somebody_else_in_the_same_place_is_not_taken_for_the_one_who_left():
    script = lambda t: [walking(t, kind=1)] if t < 2 else [] if t < 4 else [walking(t - 4, kind=5)]
    tracks = play(Tracker(VisionSettings(), RATE), script, 6)
    assert look(1) @ look(5) < 0.5
    assert {x.id for x in tracks[-1]}.isdisjoint({x.id for x in tracks[int(1.5 * RATE)]})


def test_no_identity_switch_in_the_demo_with_known_truth(demo):
    """Crossing at 4 … 8 s (the one behind is covered for about a second), leaving at 12.6 s, back at 16.6 s."""
    detector, tracker = Detector(), Tracker(VisionSettings(), RATE, period=LOOK_EVERY)
    ids: dict[str, list[int]] = {}
    hits = total = 0
    for k in range(18 * RATE):
        t = k / RATE
        frame = frame_of(demo.picture_at(t), k, t)
        tracks = [x for x in tracker.update(detector.detect(frame), frame) if x.seen and x.live]
        people = list(truth(t).items())
        for i, (name, box) in enumerate(people):
            centre = (box[:2] + box[2:]) / 2
            covered = any(np.linalg.norm((b[:2] + b[2:]) / 2 - centre) < 0.9 * (b[2] - b[0]) for _, b in people[i + 1:])
            if covered or t < 1:
                continue
            total += 1
            near = [x for x in tracks if np.linalg.norm((x.box[:2] + x.box[2:]) / 2 - centre) < 0.4 * (box[2] - box[0])]
            if near:
                hits += 1
                ids.setdefault(name, []).append(near[0].id)
    switches = sum(a != b for seen in ids.values() for a, b in pairwise(seen))
    assert switches == 0
    assert len({seen[0] for seen in ids.values()}) == 3
    assert hits / total > 0.96
