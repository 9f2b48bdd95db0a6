"""Care is taken away when pictures come too slowly, given back when there is time, and not to and fro."""

from itertools import pairwise

from booth.quality import CALM_S, LEVELS, SLOW_S, Quality


def play(quality, seconds, rate, busy_ms, start=0.0, waited=False):
    """Pictures at ``rate`` for ``seconds``; returns the time and the levels that were left."""
    now, seen = start, [quality.level]
    while now < start + seconds:
        now += 1 / rate
        level = quality.drawn(now, busy_ms, waited)
        if level is not seen[-1]:
            seen.append(level)
    return now, seen


def test_a_slow_machine_ends_with_the_least_care_step_by_step():
    _, seen = play(Quality(), 20, rate=15, busy_ms=66)
    assert seen == list(LEVELS)


def test_nothing_happens_at_once():
    _, seen = play(Quality(), SLOW_S, rate=15, busy_ms=66)
    assert seen == [LEVELS[0]]


def test_a_slow_camera_is_not_the_booths_fault():
    _, seen = play(Quality(), 20, rate=10, busy_ms=12, waited=True)
    assert seen == [LEVELS[0]]


def test_care_comes_back_when_there_is_time():
    quality = Quality()
    now, _ = play(quality, 20, rate=15, busy_ms=66)
    assert quality.level is LEVELS[-1]
    _, seen = play(quality, 10 * CALM_S, rate=30, busy_ms=10, start=now, waited=True)
    assert seen == list(reversed(LEVELS))


def test_fast_enough_but_busy_stays_as_it_is():
    quality = Quality()
    now, _ = play(quality, 20, rate=15, busy_ms=66)
    _, seen = play(quality, 120, rate=30, busy_ms=30, start=now, waited=True)
    assert seen == [LEVELS[-1]]


def test_what_was_given_back_in_vain_is_tried_less_and_less_often():
    """A machine that manages the second level but not the first."""
    quality, now, changes = Quality(LEVELS[:2]), 0.0, []
    while now < 300:
        slow = quality.level is LEVELS[0]
        before = quality.level
        now += 1 / (15 if slow else 30)
        if quality.drawn(now, 66 if slow else 15, not slow) is not before:
            changes.append(now)
    tries = changes[1::2]                                           # every second change gives care back
    assert 4 <= len(tries) <= 9
    waits = [b - a for a, b in pairwise(tries)]
    assert waits[-1] > 3 * waits[0]
