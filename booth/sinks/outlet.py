"""Where what the booth draws, and hears, goes out: a recording, live out, a virtual camera. All take it the same way, from any thread."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from booth.audio.clock import RATE as SOUND_RATE
from booth.errors import UsageError

State = Literal["off", "connecting", "live", "waiting"]
"""What goes out to somebody: nothing is to · somebody is called · it goes out · it should and cannot."""


@dataclass(frozen=True, eq=False, slots=True)
class Heard:
    """``samples`` (N,) float32 mono 48 kHz, the first of them heard at ``at``, monotonic seconds."""

    samples: np.ndarray
    at: float


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """``image`` (H, W, 3) uint8 RGB · ``at``: when it was captured, monotonic seconds."""

    image: np.ndarray
    at: float


class Feed:
    """From any thread to the one that writes; who puts something in never waits. What does not fit is counted in ``dropped``
    (pictures) and ``lost_sound_s``."""

    def __init__(self, pictures: int = 8, sound_s: float = 4.0) -> None:
        self._most, self._most_sound = pictures, int(sound_s * SOUND_RATE)
        self._filled = threading.Condition()
        self._pictures: deque[Shown] = deque()
        self._sound: deque[Heard] = deque()
        self._waiting = 0
        self.dropped, self.lost_sound_s = 0, 0.0

    def show(self, image: np.ndarray, at: float) -> None:
        """Raises ``UsageError`` for what is no picture."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or min(image.shape) < 2 or not math.isfinite(at):
            raise UsageError(f"a picture to record is (H, W, 3) uint8 with a time in seconds, not {image.shape} {image.dtype} at {at}")
        with self._filled:
            if len(self._pictures) >= self._most:
                self.dropped += 1
                return
            self._pictures.append(Shown(image, at))
            self._filled.notify()

    def hear(self, samples: np.ndarray, at: float) -> None:
        """Raises ``UsageError`` for what is no sound."""
        if samples.ndim != 1 or not math.isfinite(at):
            raise UsageError(f"sound to record is (N,) with a time in seconds, not {samples.shape} at {at}")
        with self._filled:
            if self._waiting + len(samples) > self._most_sound:
                self.lost_sound_s += len(samples) / SOUND_RATE
                return
            self._sound.append(Heard(samples.astype(np.float32), at))     # a copy: sound cards use their buffer again
            self._waiting += len(samples)

    def take(self, timeout: float) -> tuple[Shown | None, list[Heard]]:
        """The oldest picture, waiting up to ``timeout`` seconds for one, and all sound."""
        with self._filled:
            self._filled.wait_for(lambda: self._pictures, timeout)
            sound, self._waiting = list(self._sound), 0
            self._sound.clear()
            return (self._pictures.popleft() if self._pictures else None), sound

    def clear(self) -> None:
        with self._filled:
            self._pictures.clear()
            self._sound.clear()
            self._waiting = 0

    @property
    def waiting(self) -> int:
        """Pictures not yet taken."""
        return len(self._pictures)


class Outlet:
    """``show`` and ``hear`` are for any thread and never wait; what comes of it is for the one thread of its ``booth.worker.Worker``.

    ``fault``: one plain line while nothing goes out though it should, else None · ``dropped``: pictures that came too fast ·
    ``lost_sound_s``.
    """

    name = "outlet"

    def __init__(self, sound: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """``sound``: it takes sound too · ``clock``: that of the pictures' times."""
        self._sound, self._clock = sound, clock
        self._feed = Feed()
        self.fault: str | None = None

    @property
    def dropped(self) -> int:
        return self._feed.dropped

    @property
    def lost_sound_s(self) -> float:
        return self._feed.lost_sound_s

    @property
    def waiting(self) -> int:
        """Pictures that have not gone out yet."""
        return self._feed.waiting

    def show(self, image: np.ndarray, at: float) -> None:
        """``image`` (H, W, 3) uint8 RGB, which nobody changes any more · ``at``: captured, monotonic seconds."""
        self._feed.show(image, at)

    def hear(self, samples: np.ndarray, at: float) -> None:
        """``samples`` (N,) float32 −1 … 1, mono, 48 kHz · ``at``: when the first was heard, monotonic seconds."""
        if self._sound:
            self._feed.hear(samples, at)
