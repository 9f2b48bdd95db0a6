"""What was measured while the booth ran."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np
import psutil

from booth.frame import Composite

WINDOW_S = 2.0
RECENT = 150
"""Pictures; five seconds of them."""
SETTLE_S = 1.0
"""``drawn_share`` counts the pictures with a drawn face from so long after the first picture on."""


class Stats:
    """Thread-safe. Times are monotonic seconds, latencies milliseconds from capture."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = psutil.Process()
        self.started_at = time.monotonic()
        self.rss_start = self.rss_peak = self.rss_mib()
        self.errors = 0
        self.started_after_s = max(0.0, time.time() - self._process.create_time())
        self.first_frame_s: float | None = None
        self._composited = self._settled = self._settled_with_faces = 0
        self._first_at: float | None = None
        self._faces = self._covered = 0
        self._latency, self._shown = _Newest(200_000), _Newest(200_000)
        self._recent: deque[float] = deque(maxlen=600)
        self._stages: dict[str, _Newest] = {}

    def begin_again(self) -> None:
        """Forget the times measured so far: what follows is measured warm."""
        with self._lock:
            self._latency.clear()
            self._shown.clear()
            self._stages.clear()
            self._composited = self._faces = 0

    def rss_mib(self) -> float:
        """Of this process and those that it started."""
        total = self._process.memory_info().rss
        for child in self._process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):                   # ended just now
                total += child.memory_info().rss
        return total / 2**20

    def composited(self, composite: Composite) -> None:
        now = time.monotonic()
        with self._lock:
            self._composited += 1
            self._faces += len(composite.faces)
            self._first_at = self._first_at or now
            if now - self._first_at > SETTLE_S:
                self._settled += 1
                self._settled_with_faces += bool(composite.faces)
            self._covered += composite.covered
            self._latency.append((now - composite.captured_at) * 1e3)
            self._recent.append(now)
            for stage, ms in composite.stages_ms.items():
                self._stages.setdefault(stage, _Newest(20_000)).append(ms)
            if self.first_frame_s is None and composite.faces:
                self.first_frame_s = now - self.started_at
            if self._composited % 30 == 0:
                self.rss_peak = max(self.rss_peak, self.rss_mib())

    def shown(self, composite: Composite) -> None:
        """The signage has just put this picture on the screen."""
        with self._lock:
            self._shown.append((time.monotonic() - composite.captured_at) * 1e3)

    def failed(self) -> None:
        with self._lock:
            self.errors += 1

    def fps(self) -> float:
        """Composites per second over the last two seconds."""
        now = time.monotonic()
        with self._lock:
            return sum(1 for t in self._recent if now - t < WINDOW_S) / WINDOW_S

    def latency_now(self) -> float:
        """Median of the last half second or so, ms; 0 before the first picture."""
        with self._lock:
            recent = self._latency.newest(15)
        return float(np.median(recent)) if len(recent) else 0.0

    def latency_p95(self) -> float | None:
        """Milliseconds from capture to screen (to the finished picture while no window shows it) of the last pictures; None before the first."""
        with self._lock:
            recent = (self._shown if len(self._shown) else self._latency).newest(RECENT)
        return float(np.percentile(recent, 95)) if len(recent) else None

    def report(self, engine: str, camera: str, frames_in: int, dropped: int) -> dict[str, Any]:
        """The contract's keys, and some more."""
        seconds = time.monotonic() - self.started_at
        rss_end = self.rss_mib()
        with self._lock:
            active = max(self._recent[-1] - self.started_at - (self.first_frame_s or 0), 1e-3) if self._recent else 1e-3
            return {
                "engine": engine, "camera": camera, "seconds": round(seconds, 2), "frames_in": frames_in,
                "composited": self._composited, "dropped": dropped,
                "fps": round(self._composited / active, 2) if self._composited else 0.0,
                "latency_ms": _percentiles(self._shown), "composite_latency_ms": _percentiles(self._latency),
                "started_after_s": round(self.started_after_s, 2),
                "first_frame_s": round(self.first_frame_s, 2) if self.first_frame_s is not None else None,
                "faces_mean": round(self._faces / max(self._composited, 1), 3),
                "drawn_share": round(self._settled_with_faces / self._settled, 4) if self._settled else None,
                "covered": self._covered,
                "stages_ms": {k: round(float(np.median(v.newest())), 2) for k, v in self._stages.items()},
                "rss_mib": {"start": round(self.rss_start, 1), "peak": round(max(self.rss_peak, rss_end), 1), "end": round(rss_end, 1)},
                "errors": self.errors}


class _Newest:
    """The newest ``size`` numbers. All their memory is there from the beginning: what fills up for hours looks like a leak, and hides one."""

    def __init__(self, size: int) -> None:
        self._values = np.full(size, np.nan, np.float32)
        self._count = 0

    def __len__(self) -> int:
        return min(self._count, len(self._values))

    def append(self, value: float) -> None:
        self._values[self._count % len(self._values)] = value
        self._count += 1

    def newest(self, most: int | None = None) -> np.ndarray:
        """(N,) float32, the oldest first; all, or the last ``most``."""
        n = len(self) if most is None else min(most, len(self))
        return self._values[np.arange(self._count - n, self._count) % len(self._values)]

    def clear(self) -> None:
        self._count = 0


def _percentiles(values: _Newest) -> dict[str, float | None]:
    if not len(values):
        return {"p50": None, "p95": None, "p99": None}
    p50, p95, p99 = np.percentile(values.newest(), [50, 95, 99])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "p99": round(float(p99), 1)}
