"""What is measured while the booth runs is kept for hours, and takes no more room in the last of them than in the first."""

import tracemalloc

import numpy as np
import pytest

from booth.frame import Composite, frozen
from booth.stats import Stats

IMAGE = frozen(np.zeros((2, 2, 3), np.uint8))


def picture(seq, ms=5.0):
    return Composite(IMAGE, seq, 0.0, (1,), stages_ms={"paint": ms})


def test_the_newest_numbers_are_told_and_old_ones_forgotten(monkeypatch):
    now = [1.0]
    stats = Stats()
    monkeypatch.setattr("booth.stats.time.monotonic", lambda: now[0])
    assert stats.latency_now() == 0.0
    assert stats.latency_p95() is None
    for k in range(40):
        now[0] = 1.0 + k / 1000                                        # drawn so long after it was captured, at second 0
        stats.composited(picture(k, ms=float(k)))
    assert stats.latency_now() == pytest.approx(1032, abs=0.5)         # the last fifteen
    assert stats.latency_p95() == pytest.approx(1037, abs=0.5)
    report = stats.report("cpu", "demo", 40, 0)
    assert report["composite_latency_ms"]["p50"] == pytest.approx(1019.5, abs=0.5)
    assert report["latency_ms"]["p50"] is None
    assert report["stages_ms"] == {"paint": 19.5}
    stats.begin_again()
    assert stats.report("cpu", "demo", 40, 0)["composite_latency_ms"]["p50"] is None


def test_pictures_take_no_memory_once_the_first_is_counted():
    stats = Stats()
    for k in range(620):                                               # what is kept of the last seconds is full
        stats.composited(picture(k))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for k in range(400):
        stats.composited(picture(k))
        stats.shown(picture(k))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 8_000                                               # numbers in lists would take a hundred bytes a picture
