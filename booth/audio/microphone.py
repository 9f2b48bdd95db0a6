"""What a visitor says, from a sound card or a file; where there is no microphone, ``why`` says so and nothing fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from booth.audio.loudness import CLIPPED, decibels
from booth.audio.soundfile import MOST_S, RATE, Sound, resampled
from booth.audio.sources import Device, FileSource, NoMicrophone, PortAudio, Source, Stream

log = logging.getLogger(__name__)

LEVEL_S = 0.1
"""The meter shows the last tenth of a second …"""
HEARD_S = 1.5
"""… its warnings what came in the last so many seconds."""
SILENT_DB = -60.0
LEAST_DB = -90.0
RECENT_S = 3.0
"""So much sound is kept for the meter and for who listens along."""
GONE_S = 2.0
"""A microphone that has sent nothing for so long is gone."""
LATE_S = 2.0
"""A longer delay between the air and the callback is a driver's nonsense."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is heard now: ``rms_db`` and ``peak_db`` below full scale, −90 … 0, of the last tenth of a second; ``clipped`` too loud and
    ``silent`` nothing at all in the last 1.5 s."""

    rms_db: float = LEAST_DB
    peak_db: float = LEAST_DB
    clipped: bool = False
    silent: bool = False

    @property
    def shown(self) -> float:
        """0 … 1 of the meter's length: −60 … 0 dB."""
        return min(1.0, max(0.0, 1 + self.rms_db / 60))


@dataclass(frozen=True, eq=False, slots=True)
class Heard:
    """``samples`` (N,) float32 at the microphone's ``rate`` · ``number`` of the first since it was opened · ``at`` monotonic seconds at which
    that one was in the air, as exactly as the last callback came · ``until``: to ask with next time."""

    samples: np.ndarray
    number: int
    at: float

    @property
    def until(self) -> int:
        return self.number + len(self.samples)


class Ring:
    """The newest samples. One thread writes, others read, nobody waits."""

    def __init__(self, size: int) -> None:
        self._samples = np.zeros(size, np.float32)
        self.newest = (0, 0.0)
        """(samples written ever, monotonic seconds at the end of the last)."""
        self._claimed = 0

    def write(self, block: np.ndarray, end: float) -> None:
        """``block`` (N,) float32, N at most the ring's size, which was over at ``end``."""
        written, _ = self.newest
        self._claimed = written + len(block)                            # from here on the oldest are not to be trusted
        at = written % len(self._samples)
        first = min(len(block), len(self._samples) - at)
        self._samples[at:at + first] = block[:first]
        self._samples[:len(block) - first] = block[first:]
        self.newest = (self._claimed, end)

    def read(self, since: int, rate: float) -> Heard:
        """Everything from sample ``since`` on that is still here; counted from the end when negative."""
        written, end = self.newest
        begin = max(since if since >= 0 else written + since, written - len(self._samples), 0)
        out = np.nan_to_num(self._samples[np.arange(begin, written) % len(self._samples)])
        lost = max(0, self._claimed - len(self._samples) - begin)         # written over while it was read
        return Heard(out[lost:], begin + lost, end - (written - begin - lost) / rate)


class Take:
    """One recording: room for all of it, how much there is, and when its first sample was in the air (inf: not known yet)."""

    def __init__(self, size: int, rate: int) -> None:
        self.samples = np.zeros(size, np.float32)
        self.rate = rate
        self.length = 0
        self.began = np.inf

    def add(self, block: np.ndarray, began: float, lost: bool) -> None:
        """``block`` was in the air from ``began`` on. Where some was ``lost`` before it there is silence, so that the rest keeps its place."""
        if lost and np.isfinite(self.began):
            self.length = min(len(self.samples), max(self.length, round((began - self.began) * self.rate)))
        if self.length == len(self.samples):
            return
        self.began = min(self.began, began - self.length / self.rate)      # a callback may be late, never early
        part = block[:len(self.samples) - self.length]
        self.samples[self.length:self.length + len(part)] = part
        self.length += len(part)


class Microphone:
    """``device``: (part of) its name, the system's usual one by default · ``most_s``: longest recording in seconds.

    ``open`` → any number of ``start`` … ``stop`` → ``close``. ``why``: one plain line while nothing can be heard; None when it can.
    The sound card's thread copies, nothing else: levels are worked out by who asks. ``level`` and ``read`` need no recording.
    ``xruns``: how often sound was lost since ``open``, because the machine was too busy · ``rate``: samples a second that the card gives.
    """

    def __init__(self, device: str | None = None, most_s: float = MOST_S, source: Source | None = None,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._device, self._most_s, self._clock = device, most_s, clock
        self._source: Source = source or PortAudio()
        self._stream: Stream | None = None
        self._closing = True
        self._why: str | None = "the microphone has not been switched on"
        self._prepare(RATE)

    def _prepare(self, rate: int) -> None:
        self.rate = rate
        self.xruns = 0
        self.recording = False
        self._ring = Ring(round(RECENT_S * rate))
        self._take = Take(0, rate)
        self._last_heard = self._clock()

    @property
    def why(self) -> str | None:
        if self._why is None and self._clock() - self._last_heard > GONE_S:
            return "the microphone sends nothing; plug it in again"
        return self._why

    @property
    def available(self) -> bool:
        return self.why is None

    @property
    def seconds(self) -> float:
        """Recorded so far."""
        return self._take.length / self._take.rate

    @property
    def full(self) -> bool:
        """``most_s`` are recorded, nothing more is taken."""
        return 0 < len(self._take.samples) == self._take.length

    @property
    def began_at(self) -> float | None:
        """Monotonic seconds at which the recording's first sample was in the air; None before it is known."""
        return float(self._take.began) if self._take.length else None

    @property
    def level(self) -> Level:
        if not self.available:
            return Level()
        recent = np.clip(self._ring.read(-round(HEARD_S * self.rate), self.rate).samples, -1, 1)
        now = recent[-round(LEVEL_S * self.rate):]
        if not len(now):
            return Level()
        silent = len(recent) >= round(HEARD_S * self.rate) and _rms_db(recent) < SILENT_DB
        return Level(_rms_db(now), _db(np.abs(now).max()), np.count_nonzero(np.abs(recent) >= CLIPPED) > 2, silent)

    def read(self, since: int = 0) -> Heard:
        """For who listens along: what came since sample ``since``, 3 s at most."""
        return self._ring.read(since, self.rate)

    def open(self) -> None:
        """Begin to listen; when that cannot be, ``why`` says so. May take a while: not in a window's thread."""
        self.close()
        self._prepare(RATE)
        self._why, self._closing = None, False
        try:
            self._stream = self._source.open(self._device, self._heard, self._gone)
        except NoMicrophone as error:
            self._why = str(error)
            log.info(self._why)
            return
        if self._stream.rate != self.rate:
            self._prepare(self._stream.rate)

    def use(self, device: str) -> None:
        """Listen to that one from now on; as ``open``."""
        self._device = device
        self.open()

    def start(self) -> None:
        """Begin a recording; an earlier one is forgotten."""
        self._take = Take(round(self._most_s * self.rate), self.rate)
        self.recording = True

    def stop(self) -> Sound:
        """What was said since ``start``, at 48 kHz; also after the microphone has gone. Empty where there never was one."""
        self.recording = False
        take = self._take
        return Sound(resampled(np.nan_to_num(take.samples[:take.length]), take.rate), RATE, cut=self.full)

    def forget(self) -> None:
        """Nothing of a recording stays in memory; one under way ends."""
        self.recording = False
        self._take = Take(0, self.rate)

    def close(self) -> None:
        """Listen no more. A recording can still be taken with ``stop``."""
        self._closing = True
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._why = "the microphone is switched off"

    def _heard(self, block: np.ndarray, frames: int, at: Any, status: Any) -> None:
        """The sound card's thread calls."""
        mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
        now = self._last_heard = self._clock()
        began = now - _delay(at, frames / self.rate)
        lost = bool(status and status.input_overflow)
        self.xruns += lost
        self._ring.write(mono, began + frames / self.rate)
        if self.recording:
            self._take.add(mono, began, lost)

    def _gone(self) -> None:
        if not self._closing:
            self._why = "the microphone went away; plug it in again"
            log.info(self._why)


def _db(amplitude: float) -> float:
    return min(0.0, max(LEAST_DB, decibels(float(amplitude))))


def _rms_db(samples: np.ndarray) -> float:
    return _db(np.sqrt(np.mean(samples ** 2)))


def _delay(at: Any, block_s: float) -> float:
    """Seconds between a block's first sample and now, by the stream's clock; where the driver does not tell, the block's length."""
    delay = at.currentTime - at.inputBufferAdcTime if at is not None and at.inputBufferAdcTime > 0 else 0.0
    return delay if 0 < delay < LATE_S else block_s


def devices() -> list[Device]:
    """This machine's microphones."""
    return PortAudio().devices()


def file_microphone(path: Path, speed: float = 1.0, most_s: float = MOST_S, lost_after_s: float | None = None) -> Microphone:
    """A microphone into which ``path`` is said; raises ``UsageError`` for a file that is no sound."""
    return Microphone(None, most_s, FileSource(path, speed, lost_after_s))
