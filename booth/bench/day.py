"""Eight hours of an exhibition in minutes: visits without a pause between them, while everything that can fail fails in turn.

    python -m booth.bench.day [--minutes 30] [--seed 1] [--json FILE]

A booth's hour holds fifteen visits, one every four minutes, and a fault every few of them; here they follow each other at once, so that 120
visits are eight hours. Visitors print, some let their portrait talk, the day's film is recorded. What the booth does between visits is left
out: pictures of an empty hall. So growth is told both by visits and by pictures (108,000 in an hour at 30 a second), each with the bounds
between which it lies, and with the hours that were seen. Memory is looked at when all is well and nobody is there: now and then the crowd
waits for a moment. Exit code 1 when something crashed, was lost, grew, or may have grown.

One seed gives the same faults and the same wishes in the same order; when they meet, threads decide.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
import threading
import time
import wave
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import numpy as np
import psutil

from booth.app import Booth
from booth.audio.faulty import FaultySource
from booth.audio.microphone import Microphone
from booth.audio.soundfile import RATE as SOUND_RATE
from booth.audio.sources import FileSource
from booth.bench import machine
from booth.bench.live import Prepared
from booth.bench.trial.scene import film
from booth.bench.visit import QUICK, TICK_S
from booth.errors import BoothError
from booth.faults import KINDS, Faults
from booth.files import write_atomic
from booth.frame import Composite
from booth.host.host import Host
from booth.session import Press, Source
from booth.settings import EventSettings, RecordSettings, Settings
from booth.sinks.index import sound
from booth.sinks.recording import recordings, repair
from booth.sinks.store import Store

RATE = 30.0
VISITS_AN_HOUR, PICTURES_AN_HOUR = 15, 108_000
MOST_MIB_AN_HOUR = 1.0
WARM_SHARE = 0.25
"""What is loaded and remembered in the first part is not growth."""
REST_S, REST_VISITS = 12.0, 5
"""The crowd waits for so long after so many visits: what was being made of the last one, or started anew, is done."""
LEAST = 12
"""Fewer samples say nothing."""
RESAMPLED, SURE = 2000, (2.5, 97.5)
KEPT = 12
"""Older sessions are deleted, so that the day fits any disk."""
PAPER, DAY = "paper", "day"
VOICE_S = 2.0
SPOKEN = QUICK.model_copy(update={"most_voice_s": VOICE_S})
PRESS_S, BY_CHANCE = 0.25, 0.005
PRINTS, TALKS = 0.5, 0.15
"""Shares of visits."""
FAULT_S, WELL_S = (3.0, 6.0), (8.0, 20.0)
WAY = {"attract": "begin", "noticed": "begin", "character": "ready", "consent": "photo", "review": "go_on", "layout": "make", "result": "done",
       "voice": "agree_voice", "talk_failed": "back", "thanks": "done", "refused": "done", "failed": "retry"}
"""What most visitors press."""
CLIP = ("keep_clip", "discard_clip")


class Crowd:
    """Visitor after visitor before ``host``; some presses are by chance. ``visits``: came to an end, with a photo taken at least ·
    ``kept``: sessions promised · ``pressed``: what, how often · ``away``: nobody begins another visit."""

    def __init__(self, booth: Booth, host: Host, chance: random.Random) -> None:
        self._booth, self._host, self._chance = booth, host, chance
        self._shown: Composite | None = None
        self._pressed_at = 0.0
        self._taken = False
        self._wishes = {"print", "talk"}                                # the first visitor's load what is loaded once
        self.away = False
        self.visits = 0
        self.kept: list[str] = []
        self.pressed: Counter[str] = Counter()

    def live(self, now: float) -> None:
        newest = self._booth.composites.peek()
        if newest is not None and newest is not self._shown:
            self._shown = newest
            self._host.show(newest)
        self._host.tick(now, newest)
        screen = self._host.screen
        if screen.name == "result" and screen.session_id not in self.kept[-1:]:     # type: ignore[attr-defined]
            self.kept.append(screen.session_id)                         # type: ignore[attr-defined]
        self._taken = self._taken or screen.name == "shown"
        if screen.name in ("attract", "noticed") and self._taken:
            self.visits, self._taken = self.visits + 1, False
            self._wishes = {wish for wish, share in (("print", PRINTS), ("talk", TALKS)) if self._chance.random() < share}
        if self.resting:
            return
        if now - self._pressed_at > PRESS_S and screen.actions:
            self._pressed_at = now
            action = self._wanted(screen.name, screen.actions)
            if action in screen.actions:                                # what counts down or is being made is waited for
                self.pressed[action] += 1
                self._host.hear(Press(action, Source.TOUCH), now)

    @property
    def resting(self) -> bool:
        return self.away and self._host.screen.name in ("attract", "noticed")

    def _wanted(self, name: str, actions: Sequence[str]) -> str:
        if self._chance.random() < BY_CHANCE:
            return self._chance.choice(actions)
        if name == "preview":
            return self._chance.choice(CLIP)
        wish = next((wish for wish in ("print", "talk") if wish in self._wishes and name == "result" and wish in actions), None)
        if wish is not None:
            self._wishes.discard(wish)
            return wish
        return "agree" if "agree" in actions else WAY.get(name, "")


class Luck:
    """Fault after fault, every kind once in a round; between them all is well for a while. ``given``: what, how often · ``ended``: whether
    drawing stopped whenever it was asked to · ``failures``: of threads that ended by themselves."""

    def __init__(self, booth: Booth, chance: random.Random, now: float) -> None:
        self._booth, self._chance, self._due = booth, chance, now + 10.0
        self._round: list[tuple[str, str]] = []
        self._part: str | None = None
        self.given: Counter[str] = Counter()
        self.ended = True
        self.failures: set[str] = set()

    @property
    def well(self) -> bool:
        return self._part is None

    def live(self, now: float) -> None:
        if (failure := self._booth.failure()) is not None:
            self.failures.add(repr(failure))
        if now < self._due:
            return
        if self._part is None:
            self._break()
        else:
            self._mend()
        self._due = time.monotonic() + self._chance.uniform(*(WELL_S if self._part is None else FAULT_S))

    def _break(self) -> None:
        if not self._round:
            self._round = [(part, kind) for part, kinds in KINDS.items() for kind in kinds]
            self._chance.shuffle(self._round)
            if not self.given:
                self._round.sort(key=lambda one: one[0] == "engine")    # given from the end: it loads the most, so it comes first
        self._part, kind = self._round.pop()
        self.given[f"{self._part}={kind}"] += 1
        self._booth.faults.give(self._part, kind)

    def _mend(self) -> None:
        assert self._part is not None
        self._booth.faults.give(self._part, None)
        if self._part == "engine":                                      # as the operator does in the morning
            self.ended &= self._booth.stop()
            self._booth.start()
        self._part = None

    def end(self) -> None:
        if self._part is not None:
            self._booth.faults.give(self._part, None)


class Ear(logging.Handler):
    """``heard``: what nobody expected, with a trace, and how often."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None and record.exc_info[1] is not None:
            self.heard[f"{record.getMessage()}: {record.exc_info[1]!r}"[:200]] += 1


def day(minutes: float, seed: int) -> dict[str, Any]:
    """Samples over time and what follows from them."""
    ear, pictures, faults = Ear(), film(), Faults()
    logging.getLogger().addHandler(ear)
    for part in KINDS:
        faults.give(part, None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        booth = Booth(_settings(folder), camera=lambda _: Prepared(pictures, RATE), faults=faults)
        source = FaultySource(FileSource(_voice(folder / "voice.wav"), again=True), faults)
        reception = booth.open(SPOKEN, Microphone(None, VOICE_S, source))
        assert reception is not None
        booth.start()
        began, samples, deleted = time.monotonic(), list[dict[str, float]](), set[str]()
        crowd, luck = Crowd(booth, reception.host, random.Random(seed)), Luck(booth, random.Random(seed), began)
        while (now := time.monotonic()) - began < minutes * 60:
            crowd.live(now)
            crowd.away = crowd.visits >= REST_VISITS * (len(samples) + 1)
            if not (crowd.resting and luck.well):
                luck.live(now)
                rested = now + REST_S
            elif now > rested:
                samples.append(_sample(booth, now - began, crowd.visits, sum(p.nbytes for p in pictures) / 2**20))
                deleted |= _tidy(reception.store, crowd.kept, deleted)
            time.sleep(TICK_S / 4)
        luck.end()
        there = {kept.manifest.id for kept in reception.store.sessions() if sound(kept.folder, kept.manifest)}
        ended = booth.stop()
        booth.close()
        on_disk = _on_disk(folder)
    logging.getLogger().removeHandler(ear)
    return {"machine": machine(), "minutes": minutes, "seed": seed, "faults_given": dict(sorted(luck.given.items())),
            "crashes": len(luck.failures) + int(not luck.ended or not ended), "failures": sorted(luck.failures), "unexpected": dict(ear.heard),
            "pictures_failed": booth.stats.errors, "sessions_kept": len(crowd.kept), "sessions_lost": len(set(crowd.kept) - there - deleted),
            "pressed": dict(crowd.pressed.most_common()), **on_disk, **growth(samples), "samples": samples}


def _settings(folder: Path) -> Settings:
    """As a booth stands in a hall; its film small, so that the machine has time for visits."""
    event = EventSettings(folder=folder, host="127.0.0.1", port=0, printer=str(folder / PAPER), session_mib=16, most_voice_s=VOICE_S)
    record = RecordSettings(folder=folder / DAY, width=640, height=360, minutes=0.5, cap_gib=1 / 16, reserve_gib=0, hardware=False)
    return Settings(engine="cpu", event=event, record=record)


def _sample(booth: Booth, at_s: float, visits: int, own_mib: float) -> dict[str, float]:
    """What is there now; ``own_mib`` of it are the bench's pictures."""
    process = psutil.Process()
    return {"at_s": round(at_s, 1), "rss_mib": round(booth.stats.rss_mib() - own_mib, 1),
            "booth_mib": round(process.memory_info().rss / 2**20 - own_mib, 1), "visits": visits, "pictures": booth.composites.put_count,
            "threads": threading.active_count(), "handles": process.num_fds()}


def _on_disk(folder: Path) -> dict[str, int]:
    mended = repair(folder / DAY)
    sheets = list((folder / PAPER).iterdir()) if (folder / PAPER).exists() else []
    return {"sheets_printed": len(sheets), "films_unreadable": len(mended.unreadable),
            "film_left_s": round(sum(one.seconds for one in recordings(folder / DAY)))}


def _voice(path: Path) -> Path:
    """Buzzing syllables: loud enough to be a voice."""
    t = np.arange(round(10 * SOUND_RATE)) / SOUND_RATE
    buzz = np.sum([np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 20)], axis=0)
    loud = 8000 * buzz / np.abs(buzz).max() * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SOUND_RATE, 0, "NONE", ""))
        file.writeframes(loud.astype("<i2").tobytes())
    return path


def _tidy(store: Store, kept: list[str], deleted: set[str]) -> set[str]:
    """Delete all but the newest sessions; which."""
    gone = set(kept[:-KEPT]) - deleted
    for id in gone:
        try:
            store.delete(id, "operator")
        except BoothError as error:                                     # its visitor did
            logging.getLogger(__name__).info("%s", error)
    return gone


def growth(samples: list[dict[str, float]]) -> dict[str, Any]:
    """From the warm part of ``samples``: MiB that the memory grows in an hour of a booth, by visits and by pictures; hours seen by each.
    ``ok``: by visits it surely grows by less than may be, by pictures not surely by more; threads and handles stay as they are."""
    if not samples:
        return {"visits": 0, "ok": False}
    warm = [s for s in samples if s["at_s"] > WARM_SHARE * samples[-1]["at_s"]]
    of = lambda key: np.array([s[key] for s in warm])
    slopes = {"by_visits": slope(of("visits") / VISITS_AN_HOUR, of("rss_mib")),
              "by_pictures": slope(of("pictures") / PICTURES_AN_HOUR, of("rss_mib"))}
    last, quarter = samples[-1], max(1, len(warm) // 4)
    ends = {key: (float(np.median(of(key)[:quarter])), float(np.median(of(key)[-quarter:]))) for key in ("rss_mib", "threads", "handles")}
    grown = {key: ends[key][1] - ends[key][0] for key in ("threads", "handles")}
    return {"visits": last["visits"], "pictures": last["pictures"], "looks": len(warm),
            "booth_hours": {"by_visits": round(last["visits"] / VISITS_AN_HOUR, 2), "by_pictures": round(last["pictures"] / PICTURES_AN_HOUR, 2)},
            "rss_slope_mib_h": slopes, "most_mib_h": MOST_MIB_AN_HOUR,
            "rss_mib": {"warm": ends["rss_mib"][0], "end": ends["rss_mib"][1], "most": max(s["rss_mib"] for s in samples)}, "grown": grown,
            "ok": slopes["by_visits"]["verdict"] == "flat" and slopes["by_pictures"]["verdict"] != "grows" and grown["threads"] <= 0
            and grown["handles"] <= 2}


def slope(hours: np.ndarray, mib: np.ndarray) -> dict[str, Any]:
    """MiB an hour through (n,) points · ``low``, ``high``: so it is in 95 of 100 drawings of the same points with replacement ·
    ``verdict``: flat: ``high`` is allowed; grows: ``low`` is not; unclear: too little was seen to tell."""
    picks = np.random.default_rng(0).integers(0, len(hours), (RESAMPLED, len(hours)))
    picks[0] = np.arange(len(hours))
    x, y = hours[picks], mib[picks]
    x = x - x.mean(axis=1, keepdims=True)
    spread = (x ** 2).sum(axis=1)
    if not spread[0]:
        return {"slope": None, "low": None, "high": None, "verdict": "unclear"}
    found = (x * y).sum(axis=1)[spread > 0] / spread[spread > 0]
    low, high = np.percentile(found, SURE)
    sure = len(hours) >= LEAST
    verdict = "flat" if sure and high <= MOST_MIB_AN_HOUR else "grows" if sure and low > MOST_MIB_AN_HOUR else "unclear"
    return {"slope": round(float(found[0]), 2), "low": round(float(low), 2), "high": round(float(high), 2), "verdict": verdict}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.day", description="A day of visits and faults in minutes; say what grew.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    logging.basicConfig(handlers=[logging.NullHandler()])
    cv2.setNumThreads(1)
    found = day(args.minutes, args.seed)
    if args.json is not None:
        write_atomic(args.json, json.dumps(found, indent=1).encode())
    print(json.dumps({k: v for k, v in found.items() if k != "samples"}, indent=1))
    wrong = ("crashes", "unexpected", "pictures_failed", "sessions_lost", "films_unreadable")
    return 0 if found["ok"] and not any(found[key] for key in wrong) else 1


if __name__ == "__main__":
    sys.exit(main())
