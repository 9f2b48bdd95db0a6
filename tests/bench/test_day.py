"""What a day grew by is told with what is sure of it; visitors and faults come as they are said to."""

import logging
import random
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from booth.bench.day import PICTURES_AN_HOUR, VISITS_AN_HOUR, Crowd, Ear, Luck, growth
from booth.faults import KINDS, Faults


def samples(a_visit=0.0, a_picture=0.0, noise=1.0, minutes=20):
    """One after every fourth visit, a visit every eight seconds, sixteen pictures a second; the first quarter loads."""
    chance = np.random.default_rng(3)
    return [{"at_s": 32.0 * k, "rss_mib": 900 + 10 * min(k, 8) + a_visit * 4 * k + a_picture * 512 * k + chance.normal(0, noise), "visits": 4 * k,
             "pictures": 512 * k, "threads": 40, "handles": 30} for k in range(minutes * 60 // 32 + 1)]


def test_what_grows_by_visits_is_told_from_what_does_not_and_from_what_nobody_can_tell():
    leak = growth(samples(a_visit=0.2))
    by_visits = leak["rss_slope_mib_h"]["by_visits"]
    assert by_visits["slope"] == pytest.approx(0.2 * VISITS_AN_HOUR, abs=0.2)
    assert by_visits["low"] < by_visits["slope"] < by_visits["high"]
    assert (by_visits["verdict"], leak["ok"]) == ("grows", False)
    flat = growth(samples())
    assert (flat["rss_slope_mib_h"]["by_visits"]["verdict"], flat["ok"]) == ("flat", True)
    assert flat["booth_hours"] == {"by_visits": 9.87, "by_pictures": 0.18}
    assert flat["rss_mib"]["end"] == pytest.approx(980, abs=1.5)
    assert not growth([])["ok"]
    for vague in (samples(noise=60.0, minutes=12), samples(minutes=4)):   # too loud, too short
        found = growth(vague)
        assert (found["rss_slope_mib_h"]["by_visits"]["verdict"], found["ok"]) == ("unclear", False)


def test_what_grows_by_pictures_is_seen_though_a_day_has_few_of_them():
    leak = growth(samples(a_picture=1 / 1024))["rss_slope_mib_h"]["by_pictures"]
    assert leak["slope"] == pytest.approx(PICTURES_AN_HOUR / 1024, rel=0.1)
    assert leak["verdict"] == "grows"


def test_threads_and_open_files_that_stay_are_growth_too():
    calm = samples()
    assert growth(calm)["ok"]
    assert not growth([s | {"threads": 40 + int(s["visits"]) // 30} for s in calm])["ok"]
    assert not growth([s | {"handles": 30 + int(s["visits"]) // 30} for s in calm])["ok"]


class Booth:
    """What luck breaks: starts and stops are written down."""

    def __init__(self):
        self.faults, self.did, self.broken = Faults(), [], None

    def failure(self):
        return self.broken

    def start(self):
        self.did.append("start")

    def stop(self):
        self.did.append("stop")
        return len(self.did) < 4


def test_every_fault_comes_once_in_a_round_the_heaviest_first_and_is_mended(monkeypatch):
    booth, now = Booth(), [100.0]
    monkeypatch.setattr("booth.bench.day.time.monotonic", lambda: now[0])
    luck = Luck(booth, random.Random(1), now[0])
    given, kinds = [], sum(map(len, KINDS.values()))
    while sum(luck.given.values()) <= kinds:
        now[0] += 0.5
        luck.live(now[0])
        present = [f"{part}={kind}" for part in KINDS if (kind := booth.faults.now(part)) is not None]
        assert len(present) <= 1
        given += [one for one in present if one not in given[-1:]]
    luck.end()
    assert all(booth.faults.now(part) is None for part in KINDS)
    assert {one.split("=")[0] for one in given[:3]} == {"engine"}
    assert set(given[:kinds]) == {f"{part}={kind}" for part, of in KINDS.items() for kind in of}
    assert booth.did[:6] == ["stop", "start"] * 3
    assert not luck.ended                                            # the third stop took too long
    booth.broken = ValueError("lost")
    luck.live(now[0])
    luck.live(now[0])
    assert luck.failures == {"ValueError('lost')"}


class Host:
    """A visit's screens in a row; what is not pressed as expected stays."""

    ROW = ("attract", "character", "consent", "agree", "shown", "result", "thanks")

    def __init__(self):
        self.pressed, self.at, self.printed, self.spoken = Counter(), 0, False, False

    @property
    def screen(self):
        name = self.ROW[self.at]
        actions = {"attract": ("begin",), "character": ("ready",), "consent": ("photo",), "agree": ("agree",), "shown": ("cancel",),
                   "result": ("print",) * (not self.printed) + ("talk",) * (not self.spoken) + ("done",), "thanks": ("done",)}[name]
        return SimpleNamespace(name="consent" if name == "agree" else name, actions=actions, session_id=f"s{self.pressed['begin']}")

    def show(self, composite):
        pass

    def tick(self, now, newest):
        if self.ROW[self.at] == "shown" and self.pressed["waited"] < 3:
            self.pressed["waited"] += 1
        elif self.ROW[self.at] == "shown":
            self.pressed["waited"], self.at = 0, self.at + 1

    def hear(self, press, now):
        self.pressed[press.action] += 1
        if press.action == "print":
            self.printed = True
        elif press.action == "talk":
            self.spoken = True
        elif press.action != "cancel":
            self.at = (self.at + 1) % len(self.ROW)
            if self.at == 0:
                self.printed = self.spoken = False


def test_visitors_come_one_after_the_other_some_print_and_some_talk():
    host = Host()
    crowd = Crowd(SimpleNamespace(composites=SimpleNamespace(peek=lambda: None)), host, random.Random(2))
    now = 0.0
    while crowd.visits < 40:
        now += 0.3
        crowd.live(now)
        if host.pressed["begin"] == 1 and host.screen.name == "thanks":
            assert host.pressed["print"] == host.pressed["talk"] == 1   # the first one does everything
    assert crowd.kept == [f"s{n}" for n in range(1, len(crowd.kept) + 1)]
    assert len(crowd.kept) >= 40
    assert 10 < host.pressed["print"] < 30
    assert 1 < host.pressed["talk"] < 15
    assert crowd.pressed["agree"] >= 40
    crowd.away, begun = True, host.pressed["begin"]
    while not crowd.resting:                                          # who is there is served
        now += 0.3
        crowd.live(now)
    for _ in range(20):
        now += 0.3
        crowd.live(now)
    assert host.pressed["begin"] - begun <= 1
    assert host.screen.name == "attract"


def test_what_nobody_expected_is_heard_and_what_was_is_not():
    ear, log = Ear(), logging.getLogger("tests.day")
    log.addHandler(ear)
    log.propagate = False
    try:
        log.error("faces are covered")
        log.warning("no paper")
        for _ in range(2):
            log.error("a visit's work failed", exc_info=ValueError("odd"))
    finally:
        log.removeHandler(ear)
    assert dict(ear.heard) == {"a visit's work failed: ValueError('odd')": 2}
