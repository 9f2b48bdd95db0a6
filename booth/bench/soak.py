"""Days in short: the booth for a while, half of it with a camera that fails in turn in every way; what grows is a fault.

    python -m booth.bench.soak --minutes 30 [--json FILE]

Pictures come at 60 a second: twice the pictures that an exhibition would have made in the same time. Exit code 1 when memory,
threads or files have grown, or a picture could not be drawn.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "3")

import numpy as np
import psutil

from booth.app import Booth
from booth.bench import machine
from booth.cameras.demo import Demo
from booth.cameras.faulty import Fault, Faulty
from booth.files import write_atomic
from booth.settings import Settings

RATE = 60.0
EVERY_S = 5.0
WARM_S = 120.0
"""What is loaded and remembered in the first minutes is not growth."""
FAULT_S, WELL_S = 3.0, 6.0
FAULTS: tuple[Fault, ...] = ("lost", "frozen", "black", "four_three")
MOST_MIB_A_MINUTE = 1.0


class Film:
    """The demo camera's film, drawn once: drawing it live would cost the booth a fifth of its time."""

    def __init__(self) -> None:
        demo = Demo()
        demo.open()
        self.pictures = [demo.picture_at(k * 0.3) for k in range(80)]

    def open(self) -> None:
        pass

    def picture_at(self, t: float) -> np.ndarray:
        return self.pictures[int(t * 30) % len(self.pictures)]

    def close(self) -> None:
        pass


def soak(minutes: float) -> dict[str, Any]:
    """Samples over time and what follows from them; ``ok`` says whether nothing grew."""
    process = psutil.Process()
    film = Film()
    camera = Faulty(film, RATE)
    booth = Booth(Settings(), camera=lambda _: camera)
    film_mib = sum(p.nbytes for p in film.pictures) / 2**20      # the soak's own, not the booth's
    booth.start()
    began = time.monotonic()
    samples: list[dict[str, float]] = []
    faults, due = cycle(FAULTS), began + minutes * 30
    given = 0
    while (now := time.monotonic()) - began < minutes * 60:
        time.sleep(0.05)
        if now > due:
            camera.fault = next(faults) if camera.fault == "none" else "none"
            given += camera.fault != "none"
            due = now + (FAULT_S if camera.fault != "none" else WELL_S)
        if now - began > len(samples) * EVERY_S:
            samples.append(_sample(booth, process, film_mib, now - began))
            booth.stats.begin_again()
    camera.fault = "none"
    errors, failure = booth.stats.errors, booth.failure()
    ended = booth.stop()
    return {"machine": machine(), "minutes": minutes, "faults_given": given, "errors": errors, "ended": ended and failure is None,
            **_growth(samples), "samples": samples}


def _sample(booth: Booth, process: psutil.Process, film_mib: float, at: float) -> dict[str, float]:
    report = booth.report()
    return {"at_s": round(at, 1), "rss_mib": round(booth.stats.rss_mib() - film_mib, 1), "threads": threading.active_count(),
            "handles": process.num_fds(), "p95_ms": report["composite_latency_ms"]["p95"] or 0.0, "composited": booth.composites.put_count,
            "dropped": booth.frames.dropped}


def _growth(samples: list[dict[str, float]]) -> dict[str, Any]:
    """Each half by itself, the first minutes of each apart: a first fault loads things, as the first picture does."""
    end = samples[-1]["at_s"]
    warm_s = min(WARM_S, end / 6)
    halves = [[s for s in samples if begin + warm_s < s["at_s"] <= begin + end / 2] for begin in (0.0, end / 2)]
    slopes = [float(np.polyfit([s["at_s"] / 60 for s in half], [s["rss_mib"] for s in half], 1)[0]) for half in halves]
    grown = {key: max(_median(half[-len(half) // 4:], key) - _median(half[:len(half) // 4 + 1], key) for half in halves)
             for key in ("threads", "handles")}
    return {"rss_slope_mib_min": {"well": round(slopes[0], 3), "with_faults": round(slopes[1], 3)},
            "rss_peak_mib": max(s["rss_mib"] for s in samples),
            "threads_grown": grown["threads"], "handles_grown": grown["handles"],
            "p95_ms": {name: [_median(half[:len(half) // 2], "p95_ms"), _median(half[len(half) // 2:], "p95_ms")]
                       for name, half in zip(("well", "with_faults"), halves, strict=True)},
            "pictures": int(samples[-1]["composited"]), "dropped": int(samples[-1]["dropped"]),
            "ok": max(slopes) <= MOST_MIB_A_MINUTE and grown["threads"] <= 0 and grown["handles"] <= 0}


def _median(part: list[dict[str, float]], key: str) -> float:
    return float(np.median([s[key] for s in part]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.soak", description="Run the booth for a while; say what grew.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    found = soak(args.minutes)
    if args.json is not None:
        write_atomic(args.json, json.dumps(found, indent=1).encode())
    print(json.dumps({k: v for k, v in found.items() if k != "samples"}, indent=1))
    return 0 if found["ok"] and found["ended"] and found["errors"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
