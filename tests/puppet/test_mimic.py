"""A face drives a puppet: a real mesh whose lips, lids, brows and head are moved by known amounts."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from booth import facemap as fm
from booth.errors import UsageError
from booth.pose import REST
from booth.puppet.measures import Measure, angles, frontal, measure
from booth.puppet.mimic import FORGET_S, LIMITS, Mimic, mimic_clip
from booth.puppet.poses import BROWS, HEAD, LIDS, LIPS, Column, pose_row, pose_rows
from booth.puppet.puppet import Geometry
from models.talking.mimicry import blink_score, blink_times, of_face, of_puppet, shut_times, transfer

SIZE = (512, 512)
RATE = 25.0
LOWER = sorted({*fm.LIP_LOWER_INNER[1:-1], *fm.LIP_LOWER_OUTER[1:-1]})


def turned(points: np.ndarray, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Pitched, turned, tilted by degrees about a point between the ears; signs as in ``Pose``."""
    y, p, r = np.radians([yaw, pitch, roll])
    about = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    middle = points[[234, 454]].mean(0)
    return ((points - middle) @ (tilt @ about @ nod).T + middle).astype(np.float32)


@pytest.fixture(scope="module")
def rest(face) -> np.ndarray:
    """The astronaut's mesh upright and frontal, the mouth shut, 100 pixels between the outer eye corners."""
    points = frontal(face.points)[0] * 100 + [256, 230, 0]
    inner = np.array([fm.LIP_UPPER_INNER, fm.LIP_LOWER_INNER])
    gap = points[inner[1], :2] - points[inner[0], :2]
    points[inner[1], :2] -= gap
    points[list(fm.LIP_LOWER_OUTER), :2] -= gap
    return points.astype(np.float32)


def played(rest: np.ndarray, gap: float = 0.0, open_: float | tuple[float, float] = 1.0, brow: float = 0.0, wide: float = 1.0,
           corners: float = 0.0) -> np.ndarray:
    """``gap`` in eye distances · ``open_`` of each eye, 1 as it was · ``brow`` up, in eye distances · ``wide`` mouth width, 1 as it was."""
    points = rest.copy()
    points[LOWER, 1] += 100 * gap
    for eye, share in zip(fm.EYES, np.broadcast_to(open_, 2), strict=True):
        upper, lower = list(eye.upper), list(eye.lower)
        points[upper, :2] = points[lower, :2] + share * (points[upper, :2] - points[lower, :2])
        points[[*eye.brow_upper, *eye.brow_lower], 1] -= 100 * brow
    lips = sorted({*fm.LIP_UPPER_INNER, *fm.LIP_UPPER_OUTER, *fm.LIP_LOWER_INNER, *fm.LIP_LOWER_OUTER})
    points[lips, 0] = points[lips, 0].mean() + wide * (points[lips, 0] - points[lips, 0].mean())
    points[[61, 291, 78, 308], 1] -= 100 * corners
    return points


def talking(rest: np.ndarray, seconds: float = 8.0) -> tuple[list[np.ndarray], np.ndarray]:
    """A clip: the mouth opens and shuts, the head wanders, a blink each second and a half; noise of a third of a pixel."""
    t = np.arange(round(seconds * RATE)) / RATE
    gap = np.maximum(0.25 * np.sin(2 * np.pi * 1.3 * t), 0)
    open_ = np.ones(len(t))
    for at in np.arange(0.8, seconds, 1.5):
        open_[int(at * RATE):int(at * RATE) + 5] = (0.5, 0.1, 0.05, 0.2, 0.7)
    noise = np.random.default_rng(3)
    return [turned(played(rest, g, o) + noise.normal(0, 0.3, rest.shape).astype(np.float32), 9 * np.sin(0.9 * s), 4 * np.sin(1.4 * s))
            for g, o, s in zip(gap, open_, t, strict=True)], gap


@pytest.mark.parametrize("angle", [(20.0, 0.0, 0.0), (-20.0, 0.0, 0.0), (0.0, 12.0, 0.0), (0.0, -12.0, 0.0), (0.0, 0.0, 15.0), (8.0, -6.0, -10.0)])
def test_how_the_head_is_held_is_found_and_taken_away(rest, angle):
    straight, seen = measure(rest), measure(turned(rest, *angle))
    found = np.array(angles(frontal(turned(rest, *angle))[1])) - angles(frontal(rest)[1])
    np.testing.assert_allclose(found, angle, atol=1.0)
    np.testing.assert_allclose(seen[:Measure.YAW], straight[:Measure.YAW], atol=0.01)


def test_openness_is_that_of_the_map(rest):
    points = frontal(rest)[0]
    for column, eye in zip((Measure.LID_R, Measure.LID_L), fm.EYES, strict=True):
        assert measure(rest)[column] == pytest.approx(fm.eye_openness(points, eye), rel=1e-3)


def test_size_and_place_in_the_picture_do_not_matter(rest):
    np.testing.assert_allclose(measure(rest * 3.7 + 40)[:Measure.X], measure(rest)[:Measure.X], atol=1e-4)


@pytest.mark.parametrize(("change", "column", "sign"), [
    ({"gap": 0.2}, Column.JAW, 1), ({"wide": 1.15}, Column.WIDTH, 1), ({"wide": 0.75}, Column.ROUND, 1), ({"corners": 0.06}, Column.SMILE, 1),
    ({"corners": -0.06}, Column.SMILE, -1), ({"brow": 0.05}, Column.BROW_L, 1), ({"brow": -0.05}, Column.BROW_R, -1),
    ({"open_": 0.1}, Column.LID_R, 1)])
def test_each_part_of_a_face_moves_its_own(rest, change, column, sign):
    clip = [played(rest)] * 60 + [played(rest, **change)] * 12 + [played(rest)] * 60
    rows = pose_rows(mimic_clip(clip, RATE, SIZE))
    assert sign * rows[66, column] > 0.4
    assert abs(rows[20, column]) < 0.05
    assert abs(rows[-1, column]) < 0.05
    if column not in (Column.JAW, Column.LID_R):
        assert rows[66, Column.JAW] == 0
        assert rows[66, LIDS].max() < 0.1


def test_turns_use_the_puppets_range_and_never_pass_it(rest):
    for yaw, pitch, roll in ((25, 0, 0), (-60, 0, 0), (0, 20, 0), (0, 0, -30)):
        rows = pose_rows(mimic_clip([rest] * 50 + [turned(rest, yaw, pitch, roll)] * 25, RATE, SIZE))
        wanted, found = np.array([yaw, pitch, roll]), rows[-1, HEAD]
        axis = int(np.argmax(np.abs(wanted)))
        assert 0.5 * LIMITS[axis] < found[axis] * np.sign(wanted[axis]) < LIMITS[axis]
        assert np.abs(rows[:, HEAD] / LIMITS).max() < 1


def test_shut_lips_are_shut_and_part_again(rest):
    noise = np.random.default_rng(5)
    clip = [played(rest, 0.2 if n % 20 < 12 else 0.004) + noise.normal(0, 0.15, rest.shape).astype(np.float32) for n in range(120)]
    rows = pose_rows(mimic_clip(clip, RATE, SIZE))
    shut = np.array([n % 20 in (14, 15, 16, 17) for n in range(120)])
    open_ = np.array([n % 20 in (3, 4, 5, 6, 7, 8) for n in range(120)])
    assert (rows[shut, Column.JAW] == 0).all()
    assert (rows[shut, Column.PRESS] >= 0.5).all()
    assert rows[open_, Column.JAW].min() > 0.7


def test_lips_that_stay_shut_rest(rest):
    rows = pose_rows(mimic_clip([played(rest, 0.2)] * 20 + [played(rest)] * 60, RATE, SIZE))
    assert rows[25, Column.PRESS] >= 0.5
    np.testing.assert_allclose(rows[-1, LIPS], 0, atol=0.02)


def test_a_still_face_gives_a_still_puppet(rest):
    noise, mimic = np.random.default_rng(7), Mimic()
    rows = pose_rows([mimic.see(rest + noise.normal(0, 0.15, rest.shape).astype(np.float32), n / 30, SIZE) for n in range(150)])[90:]
    assert (rows[:, Column.JAW] == 0).all()
    assert (rows[:, LIDS] == 0).mean() > 0.9
    assert np.ptp(rows[:, HEAD], axis=0).max() < 0.5


@pytest.mark.parametrize("live", [False, True])
def test_blinks_are_seen_and_shut_for_good(rest, live):
    clip, _ = talking(rest, 10.0)
    mimic = Mimic()
    poses = [mimic.see(p, n / RATE, SIZE) for n, p in enumerate(clip)] if live else mimic_clip(clip, RATE, SIZE)
    reference = blink_times(clip, RATE)
    np.testing.assert_allclose(reference, np.arange(0.8, 10, 1.5) + 2 / RATE, atol=0.05)
    score = blink_score(reference, shut_times(poses, RATE))
    assert score.reference == 7
    assert score.recall >= 0.9
    assert score.invented == 0


def test_a_wink_is_one_eye(rest):
    clip = [rest] * 50 + [played(rest, open_=(0.05, 0.5))] * 4 + [played(rest, open_=(0.05, 1.0))] * 10 + [rest] * 20
    rows = pose_rows(mimic_clip(clip, RATE, SIZE))
    assert (rows[56:62, Column.LID_R] == 1).all()
    assert rows[56:62, Column.LID_L].max() < 0.3


def test_a_clip_is_not_late(rest):
    clip, gap = talking(rest)
    jaw = pose_rows(mimic_clip(clip, RATE, SIZE))[:, Column.JAW]
    lag = [float(np.corrcoef(np.roll(jaw, -k), gap)[0, 1]) for k in range(-3, 4)]
    assert int(np.argmax(lag)) == 3
    assert lag[3] > 0.98


def test_a_live_mouth_is_less_than_two_pictures_late(rest):
    clip, gap = talking(rest)
    mimic = Mimic()
    jaw = pose_rows([mimic.see(p, n / RATE, SIZE) for n, p in enumerate(clip)])[:, Column.JAW][50:]
    assert np.corrcoef(jaw, gap[50:])[0, 1] > 0.93


def test_a_lost_face_is_held_then_eased_to_rest_and_eased_back(rest):
    mimic, here = Mimic(), turned(played(rest, 0.2, brow=0.05), 15)
    for n in range(90):
        before = pose_row(mimic.see(rest if n < 75 else here, n / 30, SIZE))
    lost = pose_rows([mimic.see(None, 3 + n / 30, SIZE) for n in range(45)])
    np.testing.assert_array_equal(lost[8, HEAD], before[HEAD])
    assert (np.diff(np.abs(lost[:, Column.YAW])) <= 1e-9).all()
    assert (lost[40:, :Column.BREATH] == 0).all()
    back = pose_rows([mimic.see(here, 4.5 + n / 30, SIZE) for n in range(20)])
    whole = np.vstack([lost, back])[:, [Column.YAW, Column.JAW]]
    assert np.abs(np.diff(whole, axis=0)).max(0)[0] < 1.5
    assert np.abs(np.diff(whole, axis=0)).max(0)[1] < 0.3
    assert back[-1, Column.JAW] > 0.6


def test_a_face_back_after_long_is_measured_anew(rest):
    mimic = Mimic()
    for n in range(60):
        mimic.see(turned(rest, -10), n / 30, SIZE)
    for n in range(int((FORGET_S + 1) * 5)):
        mimic.see(None, 2 + n / 5, SIZE)
    assert abs(mimic.see(turned(rest, 15), 10, SIZE).yaw) < 0.5


def test_a_clip_with_holes(rest):
    clip, _ = talking(rest, 4.0)
    poses = mimic_clip([None if 30 <= n < 80 else p for n, p in enumerate(clip)], RATE, SIZE)
    assert len(poses) == len(clip)
    assert (pose_rows(poses)[70:79, :Column.BREATH] == 0).all()


def test_bad_input(rest):
    mimic = Mimic()
    with pytest.raises(UsageError, match="478"):
        mimic.see(rest[:100], 0.0, SIZE)
    with pytest.raises(UsageError, match="number"):
        mimic.see(rest, float("inf"), SIZE)
    with pytest.raises(UsageError, match="no face"):
        mimic_clip([None, None], RATE, SIZE)
    with pytest.raises(UsageError, match="no face"):
        mimic_clip([], RATE, SIZE)
    with pytest.raises(UsageError, match="pictures a second"):
        mimic_clip([rest], 0, SIZE)
    flat = np.zeros((478, 3), np.float32)
    for points in (np.full((478, 3), np.nan, np.float32), rest + np.float32([900, 0, 0]), flat, rest):
        assert np.isfinite(pose_row(mimic.see(points, 0.0, SIZE))).all()
    assert mimic_clip([flat, rest], RATE, SIZE)


def test_memory_does_not_grow(rest):
    mimic, kept = Mimic(), []
    for n in range(250):
        mimic.see(rest, n / 6, SIZE)
        kept.append(len(pickle.dumps(mimic)))
    assert kept[-1] <= kept[50] + 100


def shown(mouth_gap: float, lids: tuple[float, float], brow: float, face: np.ndarray) -> Geometry:
    """A drawing that does what it is told, on the mesh ``face``."""
    landmarks = face[:, :2].copy()
    for eye in fm.EYES:
        landmarks[[*eye.brow_upper, *eye.brow_lower], 1] -= brow
    upper, lower = (face[list(line), :2].astype(float) for line in (fm.LIP_UPPER_INNER, fm.LIP_LOWER_INNER))
    lower[1:-1, 1] += mouth_gap
    open_ = [fm.eye_openness(face, eye) * (1 - lid) for eye, lid in zip(fm.EYES, lids, strict=True)]
    lines = tuple(face[list(eye.upper), :2] for eye in fm.EYES)
    return Geometry(upper, upper, lower, lower, (lines[0], lines[1]), (lines[0], lines[1]), mouth_gap,
                    float(np.linalg.norm(upper[0] - upper[-1])), (open_[0], open_[1]), landmarks)


def test_the_score_of_transfer(rest):
    clip, _ = talking(rest)
    poses = mimic_clip(clip, RATE, SIZE)
    face = np.array([of_face(p) for p in clip])
    follows = np.array([of_puppet(shown(25 * p.mouth.jaw, p.lids, 5 * p.brows[0], rest)) for p in poses])
    good = transfer(face, follows)
    assert good.error < 0.015
    frozen = np.tile(of_puppet(shown(0, REST.lids, 0, rest)), (len(clip), 1))
    none = transfer(face, frozen)
    assert good.error < 0.5 * none.error
    assert none.plain == pytest.approx(none.still)
    shifted = transfer(face, np.roll(follows, 8, axis=0))
    assert shifted.error > 1.5 * good.error
    assert good.gain["gap"] == pytest.approx(1.0, abs=0.15)
    twice = transfer(face, 2 * follows)
    assert twice.gain["gap"] == pytest.approx(2 * good.gain["gap"], rel=1e-3)


def test_brows_follow(rest):
    clip = [played(rest, brow=0.04 * np.sin(n / 10)) for n in range(100)]
    rows = pose_rows(mimic_clip(clip, RATE, SIZE))
    assert np.corrcoef(rows[:, BROWS].mean(1), np.sin(np.arange(100) / 10))[0, 1] > 0.97
