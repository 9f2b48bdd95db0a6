"""Eight hours of an exhibition in minutes: visits without a pause between them, while camera, engine and printer fail by chance.

    python -m booth.bench.day --minutes 15 [--seed 1] [--json FILE]

A booth's hour holds fifteen visits, one every four minutes, and a fault every few of them; here they follow each other at once, so that 120
visits are eight hours. What the booth does between visits is left out: pictures of an empty hall. So the report tells growth both
by visits and by pictures (108,000 in an hour at 30 a second), and how much of a day it has seen by each. Exit code 1 when something crashed,
was lost, or grew.
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
from pathlib import Path
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import numpy as np
import psutil

from booth.app import Booth
from booth.bench import machine
from booth.bench.live import Prepared
from booth.bench.trial.scene import film
from booth.bench.visit import QUICK, TICK_S
from booth.cameras.faulty import FaultyCamera
from booth.cameras.watched import Watched
from booth.errors import BoothError
from booth.faults import Faults
from booth.files import write_atomic
from booth.frame import Composite
from booth.host.host import Host
from booth.session import Press, Source
from booth.settings import EventSettings, Settings
from booth.sinks.index import sound
from booth.translators import make_translator
from booth.translators.fallback import Fallback
from booth.translators.faulty import faulty_translator

RATE = 30.0
VISITS_AN_HOUR, PICTURES_AN_HOUR = 15, 108_000
DAY_H = 8
MOST_MIB_AN_HOUR = 1.0
WARM_SHARE = 0.25
"""What is loaded and remembered in the first part is not growth."""
SAMPLE_S = 4.0
KEPT = 12
"""Older sessions are deleted, so that the day fits any disk."""
FAULTS = {"camera": ("unplug", "move", "freeze", "repeat", "black", "slow", "garbage", "small"), "engine": ("fail", "crash")}
TALKING = ("voice", "ready", "recording", "animating", "preview", "talk_failed")
PRESS_S, BY_CHANCE = 0.25, 0.005
FAULT_S, WELL_S = (3.0, 6.0), (10.0, 25.0)
WAY = {"attract": "begin", "noticed": "begin", "character": "ready", "consent": "photo", "review": "go_on", "layout": "make", "result": "done",
       "thanks": "done", "refused": "done", "failed": "retry"}
"""What most visitors press; the others press anything there is."""


class Crowd:
    """Visitor after visitor before ``host``; some presses are by chance. ``visits``: came to an end, with a photo taken at least ·
    ``kept``: sessions promised."""

    def __init__(self, booth: Booth, host: Host, chance: random.Random) -> None:
        self._booth, self._host, self._chance = booth, host, chance
        self._shown: Composite | None = None
        self._pressed_at = 0.0
        self._taken = False
        self.visits = 0
        self.kept: list[str] = []

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
        if now - self._pressed_at > PRESS_S and screen.actions:
            self._pressed_at = now
            self._press(screen.name, screen.actions, now)

    def _press(self, name: str, actions: tuple[str, ...], now: float) -> None:
        chance = self._chance.random() < BY_CHANCE
        action = self._chance.choice(actions) if chance or name in TALKING else "agree" if "agree" in actions else WAY.get(name)
        if action not in actions:                                       # what counts down or is being made is waited for
            return
        self._host.hear(Press(action, Source.TOUCH), now)


def day(minutes: float, seed: int) -> dict[str, Any]:
    """Samples over time and what follows from them."""
    chance, faults, process = random.Random(seed), Faults(), psutil.Process()
    pictures = film()
    film_mib = sum(p.nbytes for p in pictures) / 2**20
    make = lambda: make_translator("cpu")
    engine = lambda: Fallback([faulty_translator(make, faults), make])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        event = EventSettings(folder=folder, host="127.0.0.1", port=0, printer=str(folder / "paper"), session_mib=16)
        camera = Watched(lambda: FaultyCamera(Prepared(pictures, RATE), faults))
        booth = Booth(Settings(engine="cpu", event=event), engine, lambda _: camera)
        reception = booth.open(QUICK)
        assert reception is not None
        booth.start()
        crowd = Crowd(booth, reception.host, chance)
        began, samples, given = time.monotonic(), list[dict[str, float]](), dict[str, int]()
        due, fault = began + 10.0, ("", "")
        deleted: list[str] = []
        while (now := time.monotonic()) - began < minutes * 60:
            crowd.live(now)
            if now > due:
                due = now + chance.uniform(*(WELL_S if fault[0] else FAULT_S))
                if fault[0]:
                    faults.give(fault[0], None)
                    if fault[0] == "engine":                            # as the operator does in the morning
                        booth.stop()
                        booth.start()
                    fault = ("", "")
                else:
                    part = chance.choice(["camera", "camera", "camera", "engine"])
                    fault = part, chance.choice(FAULTS[part])
                    faults.give(*fault)
                    given["=".join(fault)] = given.get("=".join(fault), 0) + 1
            if now - began > len(samples) * SAMPLE_S:
                samples.append({"at_s": round(now - began, 1), "rss_mib": round(booth.stats.rss_mib() - film_mib, 1), "visits": crowd.visits,
                                "pictures": booth.composites.put_count, "threads": threading.active_count(), "handles": process.num_fds()})
                deleted += _tidy(reception.store, crowd.kept, deleted)
            time.sleep(TICK_S / 4)
        faults.give("camera", None)
        faults.give("engine", None)
        errors, failure = booth.stats.errors, booth.failure()
        there = {kept.manifest.id for kept in reception.store.sessions() if sound(kept.folder, kept.manifest)}
        lost = set(crowd.kept) - there - set(deleted)
        ended = booth.stop()
        booth.close()
    return {"machine": machine(), "minutes": minutes, "seed": seed, "faults_given": given, "crashes": int(failure is not None) + int(not ended),
            "pictures_failed": errors, "sessions_kept": len(crowd.kept), "sessions_lost": len(lost), **growth(samples), "samples": samples}


def _tidy(store: Any, kept: list[str], deleted: list[str]) -> list[str]:
    """Delete all but the newest sessions; which."""
    gone = []
    for id in kept[:-KEPT]:
        if id not in deleted:
            try:
                store.delete(id, "operator")
            except BoothError as error:                                 # its visitor did
                logging.getLogger(__name__).info("%s", error)
            gone.append(id)
    return gone


def growth(samples: list[dict[str, float]]) -> dict[str, Any]:
    """From the warm part of ``samples``: MiB that the memory grows in an hour of a booth, by visits and by pictures; hours seen by each."""
    warm = [s for s in samples if s["at_s"] > WARM_SHARE * samples[-1]["at_s"]]
    rss = [s["rss_mib"] for s in warm]
    slope = lambda key, hour: float(np.polyfit([s[key] / hour for s in warm], rss, 1)[0]) if warm[-1][key] > warm[0][key] else float("nan")
    by_visits, by_pictures = slope("visits", VISITS_AN_HOUR), slope("pictures", PICTURES_AN_HOUR)
    last, quarter = samples[-1], max(1, len(warm) // 4)
    grown = {key: float(np.median([s[key] for s in warm[-quarter:]]) - np.median([s[key] for s in warm[:quarter]])) for key in ("threads", "handles")}
    return {"visits": last["visits"], "pictures": last["pictures"],
            "booth_hours": {"by_visits": round(last["visits"] / VISITS_AN_HOUR, 2), "by_pictures": round(last["pictures"] / PICTURES_AN_HOUR, 2)},
            "rss_slope_mib_h": {"by_visits": round(by_visits, 2), "by_pictures": round(by_pictures, 2)},
            "rss_mib": {"warm": rss[0], "peak": max(rss), "end": rss[-1]},
            "grown": grown, "ok": by_visits <= MOST_MIB_AN_HOUR and grown["threads"] <= 0 and grown["handles"] <= 2}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.day", description="A day of visits and faults in minutes; say what grew.")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)
    cv2.setNumThreads(1)
    found = day(args.minutes, args.seed)
    if args.json is not None:
        write_atomic(args.json, json.dumps(found, indent=1).encode())
    print(json.dumps({k: v for k, v in found.items() if k != "samples"}, indent=1))
    return 0 if found["ok"] and not found["crashes"] and not found["sessions_lost"] and not found["pictures_failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
