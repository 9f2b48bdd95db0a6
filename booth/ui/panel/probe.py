"""What the panel must know of the booth's inside and the booth does not say in parts: whose fault it is, how late pictures are, who films."""

from __future__ import annotations

from itertools import islice

import numpy as np

from booth.app import Booth
from booth.audio.microphone import Microphone
from booth.sinks.recorder import Recorder
from booth.stats import Stats

RECENT = 150
"""Pictures; five seconds of them."""


def troubles(booth: Booth) -> dict[str, str]:
    """The present fault of each working thread that has one, by the thread's name: camera, see, draw, styles."""
    wrong = {worker._thread.name: worker.error or worker.fault for worker in list(booth._workers)}
    return {name: str(error) for name, error in wrong.items() if error is not None}


def latency_p95(stats: Stats) -> float | None:
    """Milliseconds from capture to screen (to the finished picture while no window shows it) of the last 150 pictures; None before the first."""
    with stats._lock:
        recent = list(islice(reversed(stats._shown or stats._latency), RECENT))
    return float(np.percentile(recent, 95)) if recent else None


def recorder(booth: Booth) -> Recorder | None:
    """What records the drawing, where something does."""
    return booth.crew._film if booth.crew is not None else None


def listen_to(microphone: Microphone, name: str) -> None:
    """Use the microphone of that name from now on; ``why`` says when that cannot be. May take a while."""
    microphone._device = name
    microphone.open()
