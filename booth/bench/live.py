"""The booth itself, live: its own threads and its own care, fed with pictures as fast as it can take them."""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from booth.app import Booth
from booth.house.supervise import booth_command
from booth.settings import Settings
from booth.translators import Translator

SETTLE_S = 4.0
"""So long after its first picture the booth may take to find everybody and its level of care."""
FIRST_S = 60.0
"""So long the first picture is waited for."""


class Prepared:
    """A camera that shows the same pictures again and again, ``rate`` of them a second."""

    def __init__(self, pictures: list[np.ndarray], rate: float) -> None:
        self._pictures, self._rate = pictures, rate
        self._count, self._next = 0, 0.0

    def open(self) -> None:
        self._next = time.monotonic()

    def read(self) -> np.ndarray:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = max(self._next, time.monotonic() - 1.0) + 1 / self._rate
        self._count += 1
        return self._pictures[self._count % len(self._pictures)]

    def describe(self) -> str:
        return "prepared pictures"

    def close(self) -> None:
        pass


def live(pictures: list[np.ndarray], rate: float, translator: Callable[[], Translator], seconds: float = 8.0,
         settle_s: float = SETTLE_S) -> dict[str, Any]:
    """Pictures a second, latency from capture to the finished drawing, and the level of care that the booth chose."""
    booth = Booth(Settings(), translator, lambda _: Prepared(pictures, rate))
    booth.start()
    limit = time.monotonic() + FIRST_S
    while booth.composites.put_count == 0 and time.monotonic() < limit:
        time.sleep(0.05)
    time.sleep(settle_s)
    booth.stats.begin_again()
    before, began = booth.composites.put_count, time.monotonic()
    time.sleep(seconds)
    count, taken = booth.composites.put_count - before, time.monotonic() - began
    report = booth.report()
    booth.stop()
    return {"fps": round(count / taken, 1), "p95_ms": report["composite_latency_ms"]["p95"], "faces": report["faces_mean"],
            "care": booth.level.name, "stages_ms": report["stages_ms"]}


def start_up(engine: str, seconds: float = 12.0) -> dict[str, Any]:
    """A real booth with its windows in a process of its own, three visitors: seconds from the start of the process to the
    first drawn face, and its memory."""
    environment = dict(os.environ)
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        environment["XDG_RUNTIME_DIR"] = folder                     # beside a booth that runs already
        wanted = ["--camera", "demo", "--engine", engine, "--no-sessions", "--seconds", str(seconds), "--report", str(path)]
        subprocess.run(booth_command(["run", *wanted]), env=environment, check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
        report = json.loads(path.read_text())
    return {"first_frame_s": round(report["started_after_s"] + (report["first_frame_s"] or math.nan), 2), "rss_mib": report["rss_mib"]["peak"]}
