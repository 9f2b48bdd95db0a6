"""Sound of a card whose clock drifts, put on the booth's own clock.

A card says 48,000 samples a second and means 47,990 or 48,010: after a night the sound would be seconds beside the picture. The
times at which blocks arrive tell the truth, but they jitter. A delay-locked loop smooths them (F. Adriaensen, "Using a DLL to
filter time", Linux Audio Conference 2005), and each block is stretched by some millionths to lie between its smoothed borders.
"""

from __future__ import annotations

import math

import numpy as np

from booth.errors import UsageError

RATE = 48_000
SLOW_HZ, FAST_HZ = 0.02, 0.5
"""How quickly the loop follows: fast in its first seconds, then too slowly for an ear to notice."""
STRIDE_S = 0.5
"""It turns so often, by the mean of the times since: turning with every block would make a tone rough."""
MOST_DRIFT = 0.001
PULL_S = 0.02
"""A block that comes later than this pulls no harder: the machine was busy, the card was not."""
ASTRAY_S, PATIENCE_S, AWAY_S = 0.12, 1.0, 2.5
"""Sound further off than the first for as long as the second, or further off than the third at once, has had a gap."""
REACH = 3
"""Samples of the block before that the interpolation needs."""


class OnClock:
    """Blocks of samples in, samples on the grid ``origin + n / rate`` out, without holes: what is missing is silence.

    ``done``: samples given out so far. For one thread. Within some milliseconds of the mean of the times, for cards within ±1000 ppm.
    """

    def __init__(self, origin: float, rate: int = RATE) -> None:
        """``origin``: monotonic seconds of the first sample given out."""
        self._origin, self._rate = origin, rate
        self.done = 0
        self._start()

    def _start(self) -> None:
        self._next_at: float | None = None      # when the next block begins, smoothed
        self._drift, self._speed = 0.0, 1.0     # seconds that the card's seconds are too long · how long they are made
        self._offs: list[float] = []
        self._heard_s = self._unheard_s = self._astray_s = 0.0
        self._tail = np.zeros(REACH, np.float32)

    def add(self, block: np.ndarray, at: float) -> np.ndarray:
        """``block`` (N,) float32 −1 … 1, whose first sample was heard at ``at`` (monotonic seconds, may jitter).

        Returns the next samples in line, (M,) float32. Raises ``UsageError`` for another shape or a time that is none.
        """
        if block.ndim != 1 or not math.isfinite(at):
            raise UsageError(f"sound comes in blocks (N,) with a time in seconds, not {block.shape} at {at}")
        if not len(block):
            return np.zeros(0, np.float32)
        block = np.nan_to_num(block.astype(np.float32), posinf=0, neginf=0)
        begins, ends = self._follow(len(block), at)
        # the first sample whose place lies in this block, and the last one
        first = max(self.done, math.ceil((begins - self._origin) * self._rate - 1e-6))
        last = math.ceil((ends - self._origin) * self._rate - 1e-6)
        gap = np.zeros(max(0, min(first, last) - self.done), np.float32)
        heard = np.concatenate([self._tail, block])
        self._tail = heard[-REACH:]
        if last <= first:
            return self._give(gap)
        places = (self._origin + np.arange(first, last) / self._rate - begins) * (len(block) / (ends - begins))
        return self._give(np.concatenate([gap, _between(heard, places)]))

    def until(self, at: float) -> np.ndarray:
        """Silence up to ``at``, for when nothing comes; sound for that time, should it come later, is left out."""
        return self._give(np.zeros(max(0, math.floor((at - self._origin) * self._rate) - self.done), np.float32))

    def _give(self, samples: np.ndarray) -> np.ndarray:
        self.done += len(samples)
        return samples

    def _follow(self, n: int, at: float) -> tuple[float, float]:
        """Smoothed times of the block's borders."""
        seconds = n / self._rate
        if self._next_at is not None:
            off = abs(at - self._next_at)
            self._astray_s = self._astray_s + seconds if off > ASTRAY_S else 0.0
            if off > AWAY_S or self._astray_s > PATIENCE_S:
                self._start()
        if self._next_at is None:
            self._next_at = at
        begins = self._next_at
        self._offs.append(min(max(at - begins, -PULL_S), PULL_S))
        self._unheard_s += seconds
        if self._unheard_s >= STRIDE_S:
            self._turn()
        self._next_at = begins + seconds * self._speed
        return begins, self._next_at

    def _turn(self) -> None:
        """One step of the loop: from the mean of the last times to the speed of the next blocks."""
        stride, off = self._unheard_s, sum(self._offs) / len(self._offs)
        turn = min(2 * math.pi * max(SLOW_HZ, FAST_HZ / (1 + self._heard_s)) * stride, 0.4)
        self._drift = min(max(self._drift + turn * turn * off / stride, -MOST_DRIFT), MOST_DRIFT)
        self._speed = 1 + self._drift + math.sqrt(2) * turn * off / stride
        self._heard_s += stride
        self._offs, self._unheard_s = [], 0.0


def _between(heard: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Cubic Hermite (Catmull-Rom) through four samples. ``places`` (M,) 0 … N count from ``heard[REACH]`` on, two samples late."""
    places = np.clip(places, 0, len(heard) - REACH - 1e-6)      # a border met to the last bit may fall to either side
    whole = np.floor(places).astype(np.int64)
    t = (places - whole).astype(np.float32)
    a, b, c, d = (heard[whole + k] for k in range(4))
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
