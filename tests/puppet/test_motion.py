"""What a puppet does by itself and with a voice."""

from __future__ import annotations

import numpy as np
import pytest

from booth.errors import UsageError
from booth.pose import VISEMES, Mouth, Speech
from booth.puppet.filters import Hair, OneEuro, Spring
from booth.puppet.lips import mouth_of
from booth.puppet.moods import Mood, load_mood, mood_files
from booth.puppet.motion import Live, idle, speak
from booth.puppet.poses import COLUMNS, LIPS, Column, pose_row, pose_rows, row_pose

SHAPES = {"sil": (0, 0, 0, 0, 0, 0),
          "PP": (0, 0, 0, 1, 0, 0), "aa": (0.9, 0.1, 0, 0, 0.3, 0), "U": (0.3, -0.7, 0.9, 0, 0, 0), "DD": (0.2, 0, 0, 0, 0.5, 0.8)}
WORD = (("aa", 0.12), ("PP", 0.04), ("U", 0.12), ("DD", 0.06), ("aa", 0.14))
MOODS = ("angry", "calm", "lively", "shy")


def said(*phrases: tuple[int, float], before: float = 0.3) -> Speech:
    """Words and then silence: (how many words, seconds of silence after them)."""
    sounds = [("sil", before)]
    for words, pause in phrases:
        sounds += [*(WORD * words), ("sil", pause)]
    names = [name for name, s in sounds for _ in range(round(100 * s))]
    visemes = np.float32([[v == name for v in VISEMES] for name in names])
    voice = np.float32([name != "sil" for name in names])
    mouth = np.float32([SHAPES[name] for name in names])
    level = np.float32([{"sil": -75, "PP": -40, "DD": -32}.get(name, -20) for name in names])
    # loud and soft syllables
    level[voice > 0] += 4 * np.sin(np.arange(int(voice.sum())) / 13)
    return Speech(visemes, voice, mouth, level)


@pytest.fixture(scope="module")
def calm() -> Mood:
    return load_mood("calm")


@pytest.mark.parametrize("rate", [24.0, 25.0, 30.0, 60.0])
def test_every_closure_is_seen(calm, rate):
    speech = said((6, 0.5))
    rows = pose_rows(speak(speech, calm, 3, rate))
    pressed = np.flatnonzero(np.diff(np.r_[0, speech.visemes[:, VISEMES.index("PP")], 0]))
    for start, end in pressed.reshape(-1, 2) / 100:
        n = np.arange(len(rows)) / rate
        here = rows[(n >= start - 0.5 / rate - 1e-9) & (n <= end + 0.5 / rate)]
        assert ((here[:, Column.JAW] == 0) & (here[:, Column.PRESS] >= 0.5)).any(), (start, end)


def test_vowels_are_open_and_follow_the_voice_at_once(calm):
    speech = said((6, 0.5))
    rows = pose_rows(speak(speech, calm, 3, 100.0))[:len(speech.voice)]
    open_ = speech.visemes[:, VISEMES.index("aa")] > 0
    middle = open_ & np.roll(open_, 4) & np.roll(open_, -4) & (np.arange(len(open_)) > 40)
    assert (rows[middle, Column.JAW] > 0.3).all()
    wanted = speech.mouth[:, 0] - speech.mouth[:, 0].mean()
    lag = [float(np.roll(rows[:, Column.JAW], -k) @ wanted) for k in range(-6, 7)]
    assert abs(int(np.argmax(lag)) - 6) <= 2


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("rate", [25.0, 30.0, 60.0])
def test_a_silent_mouth_is_at_rest(mood, rate):
    speech = said((3, 0.8), (2, 0.7))
    mood = load_mood(mood)
    rows = pose_rows(speak(speech, mood, 1, rate))
    times, silent_s = np.arange(len(rows)) / rate, np.inf
    quiet = np.zeros(len(rows), bool)
    for n, t in enumerate(times):
        step = round(t * 100)
        spoke = np.flatnonzero(speech.voice[:step + 1])
        silent_s = t - (spoke[-1] + 1) / 100 if len(spoke) else np.inf
        quiet[n] = silent_s >= 0.15
    assert quiet.sum() > rate
    assert (rows[quiet, LIPS] == 0).all()
    assert (rows[:, Column.SMILE] == mood.rest.smile).all()
    assert np.ptp(rows[quiet, Column.BREATH]) > 0


@pytest.mark.parametrize("mood", MOODS)
def test_a_clip_begins_and_ends_at_rest(mood):
    mood = load_mood(mood)
    speech = said((5, 0.0))                     # speaks to its very end
    for tail in (0.0, 0.1, 0.6):
        rows = pose_rows(speak(speech, mood, 2, tail_s=tail))
        np.testing.assert_array_equal(rows[[0, -1]], np.tile(mood.rest.row, (2, 1)))


def test_the_same_seed_moves_the_same():
    speech, mood = said((4, 0.4)), load_mood("lively")
    assert speak(speech, mood, 5) == speak(speech, mood, 5) != speak(speech, mood, 6)
    assert idle(mood, 5) == idle(mood, 5) != idle(mood, 6)


def blinks(lids: np.ndarray) -> list[tuple[int, int, int]]:
    """(pictures closing, shut, opening) of every blink of one eye."""
    edges = np.flatnonzero(np.diff(np.r_[0, lids > 1e-3, 0])).reshape(-1, 2)
    parts = [lids[a:b] for a, b in edges]
    return [(int(np.argmax(p > 0.999)), int((p > 0.999).sum()), int(len(p) - np.argmax(p > 0.999) - (p > 0.999).sum())) for p in parts]


@pytest.mark.parametrize("seed", range(3))
def test_blinks_are_like_peoples(calm, seed):
    rows = pose_rows(speak(said(*[(4, 0.6)] * 12), calm, seed))
    for eye in (Column.LID_R, Column.LID_L):
        seen = blinks(rows[:, eye])
        assert all(shut for _, shut, _ in seen)
        assert len(seen) >= 5
        for closing, shut, opening in seen:
            assert 2 <= closing <= 4
            assert 1 <= shut <= 3
            assert 3 <= opening <= 5
    starts = [np.flatnonzero((rows[1:, eye] > 1e-3) & (rows[:-1, eye] <= 1e-3)) for eye in (Column.LID_R, Column.LID_L)]
    assert np.abs(starts[0] - starts[1]).max() <= 1
    gaps = np.diff(starts[0]) / 30
    assert gaps.min() >= 1.9
    assert gaps.max() <= 6.1


def test_people_blink_more_where_phrases_end(calm):
    speech, near, far = said(*[(8, 0.7)] * 8), 0, 0
    ends = np.flatnonzero((speech.voice[:-1] > 0) & (speech.voice[1:] == 0)) / 100
    for seed in range(4):
        lids = pose_rows(speak(speech, calm, seed, 15.0))[:, Column.LID_R]
        for at in np.flatnonzero((lids[1:] > 1e-3) & (lids[:-1] <= 1e-3)) / 15:
            close = np.abs(ends - at).min() < 0.3
            near, far = near + close, far + (not close)
    share_of_time = len(ends) * 0.6 / speech.seconds
    assert near / (near + far) > 2 * share_of_time


def test_it_nods_on_what_is_loud():
    speech = said((1, 0.1), before=1.5)
    speech.voice[100:400] = 1
    level = np.full(len(speech.voice), -40, np.float32)
    level[150:170] = -12
    mood = load_mood("lively").model_copy(update={"sway": 0.0})
    pitch = pose_rows(speak(Speech(speech.visemes, speech.voice, speech.mouth, level), mood, 1))[:, Column.PITCH]
    assert 2.0 <= pitch.max() <= 4.5
    assert abs(int(np.argmax(pitch)) / 30 - 1.6) < 0.1


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("seconds", [1.0, 4.0, 6.4, 12.0])
def test_waiting_goes_round(mood, seconds):
    mood = load_mood(mood)
    for seed in range(2):
        rows = pose_rows(idle(mood, seed, seconds))
        assert len(rows) == round(seconds * 30)
        assert (rows[:, LIPS] == 0).all()
        assert (rows[:, Column.SMILE] == mood.rest.smile).all()
        steps = np.abs(np.diff(np.vstack([rows, rows[:1]]), axis=0))
        slow = [Column.YAW, Column.PITCH, Column.ROLL, Column.BREATH, Column.HAIR_X, Column.HAIR_Y, Column.SHIFT_X, Column.SHIFT_Y]
        assert (steps[-1, slow] <= 1.2 * steps[:-1, slow].max(0) + 1e-3).all()
        assert rows[0, Column.LID_R] == rows[-1, Column.LID_R] == mood.rest.lids
        starts = np.flatnonzero((rows[1:, Column.LID_R] > 1e-3) & (rows[:-1, Column.LID_R] <= 1e-3)) / 30
        if seconds >= 4:
            around = np.diff(np.r_[starts, starts[0] + seconds])
            assert around.min() >= 1.9
            assert around.max() <= 6.5


@pytest.mark.parametrize("mood", MOODS)
def test_poses_stay_within_their_ranges(mood):
    mood = load_mood(mood)
    rows = np.vstack([pose_rows(speak(said((9, 0.5), (3, 0.4)), mood, seed)) for seed in range(2)])
    assert rows[:, [Column.JAW, Column.ROUND, Column.PRESS, Column.TEETH, Column.TONGUE, Column.LID_R, Column.LID_L, Column.FROWN]].min() >= 0
    assert np.abs(np.delete(rows, [Column.YAW, Column.PITCH, Column.ROLL], axis=1)).max() <= 1
    assert np.abs(rows[:, Column.YAW]).max() <= 12
    assert np.abs(rows[:, [Column.PITCH, Column.ROLL]]).max() <= 8


def test_moods_differ():
    jaws = {mood: pose_rows(speak(said((5, 0.3)), load_mood(mood), 1))[:, Column.JAW].mean() for mood in MOODS}
    assert jaws["shy"] < jaws["calm"] < jaws["lively"]
    assert load_mood("angry").rest.frown > 0.3
    assert load_mood("lively").rest.smile > load_mood("calm").rest.smile > load_mood("angry").rest.smile


def live(speech: Speech, mood: Mood, rate: float) -> np.ndarray:
    puppet, rows = Live(mood, 4), []
    for n in range(int(speech.seconds * rate)):
        a, b = round(n / rate * 100), round((n + 1) / rate * 100)
        part = Speech(speech.visemes[a:b], speech.voice[a:b], speech.mouth[a:b], speech.level[a:b])
        rows.append(pose_row(puppet.step(100 + n / rate, mouth_of(part), float(part.level.mean()))))
    return np.array(rows)


@pytest.mark.parametrize("rate", [30.0, 50.0])
def test_live_keeps_the_same_rules(calm, rate):
    speech = said((4, 0.8), (4, 0.8))
    rows = live(speech, calm, rate)
    for n in range(len(rows)):
        a, b = round(n / rate * 100), round((n + 1) / rate * 100)
        if speech.mouth[a:b, 3].max() >= 0.5:
            assert rows[n, Column.JAW] == 0
            assert rows[n, Column.PRESS] >= 0.5
        if not speech.voice[max(0, a - 16):b].any():
            assert (rows[n, LIPS] == 0).all()
    assert rows[:, Column.JAW].max() > 0.5
    assert rows[:, Column.LID_R].max() == 1
    assert rows[:, Column.PITCH].max() > 1


def test_live_survives_clocks_and_silence(calm):
    puppet = Live(calm)
    for now in (0.0, 0.03, 0.03, 0.01, 60.0, 60.03):
        row = pose_row(puppet.step(now, Mouth(jaw=float("nan")), float("-inf")))
        assert np.isfinite(row).all()
    with pytest.raises(UsageError, match="number"):
        puppet.step(float("nan"), None, -70)


def test_bad_speech_is_refused_in_one_line(calm):
    good = said((1, 0.2))
    with pytest.raises(UsageError, match="mouth of shape"):
        speak(Speech(good.visemes, good.voice, good.mouth[:-1], good.level), calm, 1)
    for rate, tail in ((0, 0.6), (float("nan"), 0.6), (30, -1), (30, float("inf"))):
        with pytest.raises(UsageError):
            speak(good, calm, 1, rate, tail)
    with pytest.raises(UsageError, match="no loop"):
        idle(calm, 1, 0.0)


def test_nothing_and_nonsense_give_quiet_poses(calm):
    empty = Speech(np.zeros((0, 15), np.float32), np.zeros(0, np.float32), np.zeros((0, 6), np.float32), np.zeros(0, np.float32))
    assert (pose_rows(speak(empty, calm, 1))[:, LIPS] == 0).all()
    bad = Speech(np.full((90, 15), np.nan), np.ones(90), np.full((90, 6), np.inf), np.full(90, -20.0))
    assert np.isfinite(pose_rows(speak(bad, calm, 1))).all()


def test_moods_are_data(tmp_path):
    assert set(MOODS) <= set(mood_files())
    for name in mood_files():
        mood = load_mood(name)
        assert mood.title.ko
        assert mood.title.ja
    (tmp_path / "odd.toml").write_text('title = { ko = "가", en = "A", ja = "あ" }\njaw = 9\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd\.toml: jaw"):
        load_mood("odd", tmp_path)
    (tmp_path / "hurried.toml").write_text('title = { ko = "가", en = "A", ja = "あ" }\nblink_s = [0.5, 9]\n', encoding="utf-8")
    with pytest.raises(UsageError, match="blink_s"):
        load_mood("hurried", tmp_path)
    with pytest.raises(UsageError, match="no mood called"):
        load_mood("sleepy")


def test_a_spring_swings_as_it_should():
    """ζ = 0.35 overshoots by exp(−πζ/√(1−ζ²)) = 31 %, and long steps go where short ones go."""
    fine = Spring(1.5, 0.35, 1)
    path = [float(fine.step(np.ones(1), 1 / 240)[0]) for _ in range(480)]
    assert max(path) == pytest.approx(1.309, abs=0.003)
    coarse = Spring(1.5, 0.35, 1)
    for _ in range(4):
        coarse.step(np.ones(1), 0.25)
    assert coarse.x[0] == pytest.approx(path[239], abs=1e-9)


def test_hair_lags_and_comes_to_rest():
    hair, still = Hair(), np.zeros(2)
    hair.step(np.zeros(3), still, 0.03)
    assert hair.step(np.array([10.0, 0, 0]), still, 0.01)[0] < -0.1
    for _ in range(90):
        end = hair.step(np.array([10.0, 0, 0]), still, 1 / 30)
    assert np.abs(end).max() < 1e-3


def test_one_euro_is_calm_at_rest_and_prompt_in_motion():
    noise = np.random.default_rng(1).normal(0, 0.01, 300)
    calmed, quick = OneEuro(1.0, 5.0), OneEuro(1.0, 5.0)
    still = [float(calmed.step(np.asarray(v), 1 / 30)) for v in noise]
    assert np.std(still[30:]) < 0.5 * noise.std()
    moved = [float(quick.step(np.asarray(v), 1 / 30)) for v in [0.0] * 10 + [1.0] * 10]
    assert moved[13] > 0.9


def test_rows_are_poses():
    row = np.linspace(-1, 1, COLUMNS)
    np.testing.assert_array_equal(pose_row(row_pose(row)), row)
    assert pose_rows([]).shape == (0, COLUMNS)
