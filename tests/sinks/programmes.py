"""Made-up shows for what records and broadcasts: small, quick, and with marks in picture and sound."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np

from booth.sinks.recorder import Recorder, RecordSettings
from booth.worker import Worker

WIDTH, HEIGHT = 160, 96
BEGIN = 1000.0
DAY = 1_795_000_000.0
"""Wall clock when the monotonic one shows 0."""


class Show:
    """A recorder and a clock that goes as fast as the machine can. ``now`` is the monotonic clock."""

    def __init__(self, folder: Path, **how) -> None:
        self.now = BEGIN
        ring, label = how.pop("ring", None), how.pop("label", "")
        settings = RecordSettings(**{"folder": folder, "width": WIDTH, "height": HEIGHT, "reserve_gib": 0, "hardware": False, **how})
        self.recorder = Recorder(settings, label, clock=lambda: self.now, wall=lambda: DAY + self.now, ring=ring)

    def show(self, image: np.ndarray, at: float) -> None:
        until(lambda: self.recorder.waiting < 4)
        self.now = max(self.now, at)
        self.recorder.show(image, at)


@contextlib.contextmanager
def recording(folder: Path, **how) -> Iterator[Show]:
    """Runs in its own thread; by the end all is on disk."""
    show = Show(folder, **how)
    with working(show.recorder) as worker:
        yield show
        until(lambda: show.recorder.waiting == 0)
    assert worker.error is None


@contextlib.contextmanager
def working(task) -> Iterator[Worker]:
    ready, setup = threading.Event(), task.setup

    def set_up() -> None:
        try:
            setup()
        finally:
            ready.set()

    task.setup = set_up
    worker = Worker(task)
    worker.start()
    assert ready.wait(10)                                       # what comes before is thrown away
    try:
        yield worker
    finally:
        worker.stop()
        assert worker.join(20)


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


def plain(level: int) -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def flashes(path: Path) -> np.ndarray:
    """Seconds at which the picture turns bright."""
    with av.open(str(path)) as container:
        bright = [(frame.time, frame.to_ndarray(format="gray").mean() > 110) for frame in container.decode(video=0)]
    return np.float64([at for (at, now), (_, before) in zip(bright[1:], bright) if now and not before])


def clicks(path: Path) -> np.ndarray:
    """Seconds at which the sound is loud after quiet."""
    with av.open(str(path)) as container:
        frames = [(frame.time, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    times = np.concatenate([at + np.arange(len(samples)) / 48_000 for at, samples in frames])
    loud = times[np.abs(np.concatenate([samples for _, samples in frames])) > 0.3]
    return loud[np.flatnonzero(np.diff(loud, prepend=-1.0) > 0.2)]


def pictures(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))
