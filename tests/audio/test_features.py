import numpy as np
import pytest

from booth.audio.features import BANDS, FLOOR_DB, HOP, RATE, LogMel
from booth.errors import UsageError


def tone(hz: float, seconds: float = 1.0, loud: float = 0.1) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def syllables(seconds: float = 3.0) -> np.ndarray:
    """A hum of changing colour that swells and falls three times a second."""
    t = np.arange(round(seconds * RATE)) / RATE
    made = sum(np.sin(2 * np.pi * 120 * k * t + k) * (1 + np.sin(2 * np.pi * 1.3 * t + k)) / k for k in range(1, 63))
    return (0.05 * made * np.clip(np.sin(2 * np.pi * 3 * t), 0, 1)).astype(np.float32)


def test_a_hundred_steps_a_second_as_soon_as_half_a_window_is_there():
    features, level = LogMel().push(tone(440, 2.0))
    assert features.shape == (len(level), BANDS)
    assert len(level) == (2 * RATE - 200) // HOP + 1
    assert features.dtype == level.dtype == np.float32


def test_the_same_numbers_in_any_pieces():
    sound = syllables()
    whole, levels = LogMel().push(sound)
    pieces, at, log_mel = [], 0, LogMel()
    for size in np.random.default_rng(0).integers(0, 1500, 200):
        pieces.append(log_mel.push(sound[at:at + size]))
        at += size
    assert np.abs(np.concatenate([p[0] for p in pieces])[:len(whole)] - whole).max() < 1e-4
    assert np.array_equal(np.concatenate([p[1] for p in pieces])[:len(levels)], levels)


def test_a_click_is_heard_around_its_own_step():
    sound = np.zeros(RATE, np.float32)
    sound[RATE // 2] = 1
    assert np.flatnonzero(LogMel().push(sound)[1] > -60).mean() == pytest.approx(50, abs=0.6)


def test_higher_tones_are_in_higher_bands():
    bands = [LogMel().push(tone(hz))[0][50].argmax() for hz in (150, 400, 1000, 2500, 6000)]
    assert bands == sorted(set(bands))


def test_loudness_hardly_matters():
    (loud, level), (quiet, _) = (LogMel().push(syllables() * np.float32(gain)) for gain in (1.0, 0.3))
    heard = level > -40
    heard[:50] = False
    assert heard.sum() > 80
    assert np.abs(loud[heard] - quiet[heard]).mean() < 0.05


def test_what_goes_on_for_long_becomes_the_mean():
    steady = (0.05 * np.random.default_rng(0).normal(size=20 * RATE)).astype(np.float32)
    features, _ = LogMel().push(steady)
    assert np.abs(features[-200:].mean()) < 0.25


def test_level_and_silence():
    assert LogMel().push(tone(1000, loud=0.1))[1][50] == pytest.approx(-23.0, abs=0.2)
    features, level = LogMel().push(np.zeros(RATE, np.float32))
    assert (level == FLOOR_DB).all()
    assert np.isfinite(features).all()


def test_what_is_no_sound():
    broken = tone(300)
    broken[100:200] = np.nan
    assert np.isfinite(LogMel().push(broken)[0]).all()
    assert LogMel().push(np.zeros(0, np.float32))[0].shape == (0, BANDS)
    with pytest.raises(UsageError, match="one row"):
        LogMel().push(np.zeros((2, 100), np.float32))
