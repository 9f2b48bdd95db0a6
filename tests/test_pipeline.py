"""The frame's way as a whole, and the promise that no camera pixel gets through it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth.app import build_stages
from booth.frame import Track, frozen
from booth.pipeline import Strangers, overlapped, process
from booth.quality import LEVELS
from booth.render.style import load_style
from booth.render.wardrobe import Wardrobe
from booth.settings import Settings, VisionSettings
from booth.translators import make_translator
from booth.translators.passthrough import PassthroughTranslator
from tests.fakes import FailingTranslator, detection, frame_of

BOX = np.float32([187, 82, 276, 176])


def run(pictures, translator, still_s=0.0):
    settings = Settings(vision=VisionSettings(still_s=still_s))
    stages = build_stages(settings, Wardrobe(load_style("romance")), translator)
    strangers = Strangers()
    out = [process(frame_of(p, k, k / 20), stages, strangers) for k, p in enumerate(pictures)]
    stages.close()
    return out


def marked(photo):
    """The portrait at twice its size with a unique raw pattern over the face: one-pixel stripes that still leave a face."""
    big = cv2.resize(photo, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    x0, y0, x1, y1 = (BOX * 2).astype(int)
    key = np.random.default_rng(99).integers(-26, 27, (y1 - y0, x1 - x0, 3))
    pattern = np.clip(big[y0:y1, x0:x1].astype(int) + key, 0, 255).astype(np.uint8)
    big[y0:y1, x0:x1] = pattern
    return big, pattern, key, (x0, y0, x1, y1)


def traces(composite, pattern, key, box):
    """How much of the pattern is in the picture: share of equal pixels, and correlation with its key."""
    x0, y0, x1, y1 = box
    shown = composite.image[y0:y1, x0:x1].astype(float)
    equal = float((shown == pattern).all(-1).mean())
    fine = shown - cv2.GaussianBlur(shown, (0, 0), 2)
    return equal, abs(float(np.corrcoef(fine.ravel(), key.ravel())[0, 1]))


@pytest.mark.parametrize("engine", [FailingTranslator, PassthroughTranslator])
def test_no_raw_pixel_reaches_the_picture(photo, engine):
    picture, pattern, key, box = marked(photo)
    raw = type("Raw", (), {"image": picture})
    assert traces(raw, pattern, key, box)[1] > 0.8                # the test sees the pattern where it is
    frames = run([picture] * 8, engine())
    for composite in frames:
        equal, correlation = traces(composite, pattern, key, box)
        assert equal < 0.002
        assert correlation < 0.06


def test_a_failing_engine_covers_every_face(photo):
    picture = cv2.resize(photo, None, fx=2, fy=2)
    last = run([picture] * 8, FailingTranslator())[-1]
    assert last.covered == 1
    assert last.faces == ()


def test_before_it_is_a_character_a_face_is_covered(photo):
    picture = cv2.resize(photo, None, fx=2, fy=2)
    frames = run([picture] * 16, PassthroughTranslator())
    assert frames[0].covered == 1
    assert frames[-1].covered == 0
    assert len(frames[-1].faces) == 1


def test_a_poster_is_drawn_with_the_wall(photo):
    picture = cv2.resize(photo, None, fx=2, fy=2)
    frames = run([picture] * 50, PassthroughTranslator(), still_s=4.0)
    assert not any(f.faces for f in frames)
    assert frames[0].covered == 1
    assert frames[-1].covered == 0


def test_darkness_gives_the_calm_picture():
    composite = run([np.zeros((480, 640, 3), np.uint8)], PassthroughTranslator())[0]
    assert composite.calm
    assert composite.image.mean() > 100


def test_three_visitors_are_drawn_with_the_real_network(demo):
    frames = run([demo.picture_at(k / 20) for k in range(24)], make_translator("cpu"))
    last = frames[-1]
    assert len(set(last.faces)) == 3
    assert last.covered == 0
    assert set(last.stages_ms) == {"detect", "track", "landmarks", "crop", "translate", "adapt", "paint", "room", "compose"}
    assert last.image.shape == (1080, 1920, 3)


def test_strangers_without_a_track_are_covered_too():
    track = Track(1, frozen(np.float32([50, 50, 150, 150])), 0.9, seen=True, live=True)
    strangers = Strangers()
    assert len(strangers.to_cover([detection(100, 100), detection(400, 100)], [track], [], 0.0)) == 2
    assert len(strangers.to_cover(None, [track], [], 0.03)) == 2       # nobody looked this time: they are still there
    assert len(strangers.to_cover([detection(100, 100)], [track], [], 0.06)) == 1
    assert strangers.to_cover(None, [], [], 5.0) == []                 # after a gap nobody knows who is there


def test_who_is_looked_at_seldom_is_not_taken_for_a_picture_too_soon():
    """Five pictures a second, a look at every third: after two seconds nobody can have been seen to move."""
    track = Track(1, frozen(np.float32([50, 50, 150, 150])), 0.9, seen=True, live=False)
    strangers = Strangers()
    covered = [len(strangers.to_cover([] if k % 3 == 0 else None, [track], [], k / 5)) for k in range(60)]
    assert covered == [1] * 33 + [0] * 27
    strangers = Strangers()
    covered = [len(strangers.to_cover([] if k % 3 == 0 else None, [track], [], k / 30)) for k in range(90)]
    assert covered == [1] * 60 + [0] * 30


def test_every_level_of_care_draws_the_same_people(demo):
    """All levels in turn, up and down, while visitors stay: nobody is lost, no face is left uncovered."""
    stages = build_stages(Settings(), Wardrobe(load_style("romance")), make_translator("cpu"))
    strangers, faces = Strangers(), []
    for k in range(70):
        level = LEVELS[0] if k < 30 else LEVELS[(k // 5) % len(LEVELS)]
        composite = process(frame_of(demo.picture_at(k / 20), k, k / 20), replace(stages, level=level), strangers)
        faces.append(composite.faces)
        assert composite.image.shape == (1080, 1920, 3)
    stages.close()
    assert all(len(set(f)) == 3 for f in faces[30:])


def test_a_room_drawn_in_every_second_picture_is_still_of_today(demo):
    stages = replace(build_stages(Settings(), Wardrobe(load_style("romance")), PassthroughTranslator()), level=LEVELS[-1])
    strangers = Strangers()
    rooms = [process(frame_of(np.full((720, 1280, 3), 60 + 15 * k, np.uint8), k, k / 20), stages, strangers).image.mean() for k in range(8)]
    steps = np.diff(rooms)
    assert all(abs(steps[0::2]) < 0.5)
    assert all(abs(steps[1::2]) > 2)


def test_seeing_ahead_keeps_order_and_loses_none(photo):
    stages = build_stages(Settings(), Wardrobe(load_style("romance")), PassthroughTranslator())
    out = [c.seq for c in overlapped((frame_of(photo, k, k / 20) for k in range(7)), stages)]
    assert out == list(range(7))
    assert list(overlapped(iter(()), stages)) == []
