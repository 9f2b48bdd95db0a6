"""Sound stays on the booth's clock, whatever the card's clock does."""

from __future__ import annotations

import numpy as np
import pytest

from booth.audio.clock import OnClock
from booth.errors import UsageError

RATE = 500
"""An hour of this is quick to work through; the loop does not know."""


def card(seconds: float, ppm: float, rate: int = RATE, block: int = 100, jitter_s: float = 0.0, seed: int = 0):
    """(block, at) of a card that runs ``ppm`` too fast; a click each second of true time; times are late by 0 … ``jitter_s``."""
    rng = np.random.default_rng(seed)
    true_rate = rate * (1 + ppm / 1e6)
    n = int(seconds * true_rate) // block * block
    sound = np.zeros(n, np.float32)
    clicks = np.round(np.arange(1, seconds - 1) * true_rate).astype(int)
    sound[clicks] = 1.0
    for first in range(0, n, block):
        late = rng.uniform(0, jitter_s) + (0.08 if jitter_s and rng.random() < 0.002 else 0)
        yield sound[first:first + block], 100.0 + first / true_rate + late


def played(clock: OnClock, blocks) -> np.ndarray:
    return np.concatenate([clock.add(block, at) for block, at in blocks])


def clicks_off_s(out: np.ndarray, rate: int = RATE) -> np.ndarray:
    """How far each second's click lies from its second."""
    seconds = len(out) // rate - 1
    around = out[rate // 2:rate // 2 + seconds * rate].reshape(seconds, rate)[: seconds - 1]
    assert (around.max(axis=1) > 0.3).all(), "a click was lost"
    return (around.argmax(axis=1) - rate // 2) / rate


@pytest.mark.parametrize("ppm", [200, -200])
def test_after_an_hour_sound_is_where_it_belongs(ppm):
    off = clicks_off_s(played(OnClock(100.0, RATE), card(3600, ppm, jitter_s=0.012)))
    assert np.abs(off).max() <= 0.020
    assert np.ptp(off[30:]) <= 0.006                             # and it does not wander with the jitter


def test_without_the_loop_it_would_be_off():
    sound = np.concatenate([block for block, _ in card(3600, 200)])
    assert np.abs(np.flatnonzero(sound)[-1] / RATE - 3598) > 0.5


def test_a_tone_stays_clean():
    rate, ppm = 48_000, 200
    true_rate = rate * (1 + ppm / 1e6)
    tone = np.sin(2 * np.pi * 1000 * np.arange(4 * rate) / true_rate).astype(np.float32)
    rng = np.random.default_rng(1)
    out = played(OnClock(0.0), ((tone[i:i + 480], i / true_rate + rng.uniform(0, 0.003)) for i in range(0, len(tone), 480)))
    part = out[2 * rate:3 * rate] * np.hanning(rate)
    power = np.abs(np.fft.rfft(part)) ** 2
    around = slice(990, 1011)
    assert power[around].sum() / (power.sum() - power[around].sum()) > 10 ** (45 / 10)


def test_a_hole_becomes_silence_and_the_rest_stays_in_place():
    blocks = [(block, at) for block, at in card(60, 0) if not 120.5 < at < 131.5]
    out = played(OnClock(100.0, RATE), blocks)
    assert np.abs(out[int(21.2 * RATE):int(31.2 * RATE)]).max() == 0
    late = clicks_off_s(out[34 * RATE:])
    assert np.abs(late).max() <= 0.020


def test_silence_until_and_sound_that_comes_too_late_is_left_out():
    clock = OnClock(100.0, RATE)
    assert len(clock.until(101.0)) == RATE
    assert len(clock.until(100.5)) == 0
    assert len(clock.add(np.ones(RATE // 2, np.float32), 100.2)) == 0
    out = clock.add(np.ones(RATE, np.float32), 100.7)
    assert clock.done == RATE + len(out) == pytest.approx(1.7 * RATE, abs=2)


def test_what_comes_before_the_origin_is_cut():
    out = OnClock(100.0, RATE).add(np.ones(RATE, np.float32), 99.5)
    assert len(out) == RATE // 2


def test_sound_that_is_no_number_is_silence():
    out = OnClock(0.0, RATE).add(np.full(200, np.nan, np.float32), 0.0)
    assert len(out) == 200
    assert not out.any()


def test_bad_blocks_are_refused_in_one_line():
    clock = OnClock(0.0)
    assert len(clock.add(np.zeros(0, np.float32), 0.0)) == 0
    with pytest.raises(UsageError, match="blocks"):
        clock.add(np.zeros((4, 2), np.float32), 0.0)
    with pytest.raises(UsageError, match="time"):
        clock.add(np.zeros(4, np.float32), float("nan"))
