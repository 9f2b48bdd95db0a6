"""What a body does by itself, whether it talks or waits: it blinks, looks aside, holds its head anew, nods at what is meant, breathes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from booth.geometry import smoothstep
from booth.puppet.filters import Hair
from booth.puppet.moods import Mood
from booth.puppet.poses import BROWS, GAZE, HAIR, HEAD, LIDS, SHIFT, Column

CLOSE_S, SHUT_S, OPEN_S = 0.11, 0.04, 0.15
"""A blink: three to four pictures of 30 a second down, at least one shut, four to five up."""
LAG_S = 0.02
"""One eye is at most so much later than the other, less than a picture."""
BLINK_S = CLOSE_S + SHUT_S + OPEN_S + LAG_S
LEAST_BLINK_S = 2.0
NOD_DOWN_S, NOD_UP_S = 0.16, 0.38
NOD_AGAIN_S = 0.95
"""Between nods at a tempo of 1; never so soon that one would cut off another."""
HEAD_SPREAD = np.array([1.0, 0.4, 0.55])
"""Yaw, pitch, roll of usual turns, against each other."""


class Drift:
    """Goes from place to place and waits there. Ways are of least jerk (Flash and Hogan, 1985): they begin and end at rest."""

    def __init__(self, pick: Callable[[], tuple[np.ndarray, float, float]], size: int) -> None:
        """``pick`` says where to go next, how many seconds the way takes, and how long to wait there."""
        self._pick = pick
        self._from = self._to = np.zeros(size)
        self._time, self._way_s, self._stay_s = 0.0, 1.0, 0.0

    def step(self, dt: float) -> np.ndarray:
        self._time += dt
        while self._time > self._way_s + self._stay_s:
            self._time -= self._way_s + self._stay_s
            self._from = self._to
            self._to, self._way_s, self._stay_s = self._pick()
        u = min(self._time / self._way_s, 1.0)
        return self._from + (self._to - self._from) * (u**3 * (10 - 15 * u + 6 * u * u))


class Body:
    """One puppet's life outside its mouth; the same seed and the same steps give the same life."""

    def __init__(self, mood: Mood, seed: int, breath_s: float | None = None, blinks: Sequence[float] | None = None) -> None:
        """``breath_s`` instead of the mood's · ``blinks``: seconds at which it blinks, instead of by itself."""
        self.mood = mood
        self._rest = mood.rest.row
        self._random = np.random.default_rng(seed)
        self._head, self._gaze, self._hair = Drift(self._hold, 3), Drift(self._glance, 2), Hair()
        self._away = False
        self._time = 0.0
        self._energy = self._talk = 0.0
        self._breath_s = breath_s or mood.breath_s
        self._given = list(blinks) if blinks is not None else None
        self._blinked, self._lag = -LEAST_BLINK_S, (0.0, 0.0)
        self._due = self._random.uniform(0.8, mood.blink_s[0] + 0.8) if self._given is None else (*self._given, math.inf)[0]
        self._nodded, self._nod = -math.inf, 0.0

    def nod(self, strength: float) -> None:
        """Begin to nod; the deepest point is ``NOD_DOWN_S`` later. ``strength`` 0 … 1. Not soon after another."""
        if self._time - self._nodded >= max(NOD_AGAIN_S / self.mood.tempo, NOD_DOWN_S + NOD_UP_S):
            self._nodded = self._time
            self._nod = self.mood.nod * (0.55 + 0.45 * min(max(strength, 0.0), 1.0))

    def phrase_ends(self) -> None:
        """People blink there."""
        if self._given is None and self._time - self._blinked >= LEAST_BLINK_S and self._random.random() < 0.75:
            self._due = self._time + self._random.uniform(0.0, 0.15)

    def step(self, dt: float, energy: float = 0.0, may_blink: bool = True) -> np.ndarray:
        """The row ``dt`` seconds later. ``energy`` 0 … 1: how loud it talks, against how loud it does at most."""
        self._time += dt
        mood, t = self.mood, self._time
        self._energy += (1 - math.exp(-dt / 0.12)) * (energy - self._energy)
        self._talk += (1 - math.exp(-dt / 0.6)) * (float(energy > 0) - self._talk)
        nod = self._nod_now(t - self._nodded)
        row = self._rest.copy()
        slow = np.array([math.sin(0.71 * t), math.sin(0.53 * t + 1), math.sin(0.62 * t + 2)]) * 0.2
        row[HEAD] += mood.sway * HEAD_SPREAD * (slow + self._head.step(dt)) * (0.7 + 0.3 * self._talk)
        row[Column.PITCH] += nod
        row[BROWS] = np.clip(row[BROWS] + mood.brow * (0.45 * self._energy + 0.12 * nod), -1, 1)
        row[GAZE] = np.clip(row[GAZE] + mood.glance * self._gaze.step(dt), -1, 1)
        row[LIDS] = np.maximum(row[LIDS], self._lids(dt, may_blink))
        row[SHIFT] = 0.004 * row[Column.ROLL] + 0.002 * row[Column.YAW], 0.005 * nod
        row[HAIR] = self._hair.step(row[HEAD], row[SHIFT], dt)
        row[Column.HAIR_X] += mood.breeze * (math.sin(1.9 * t) + 0.5 * math.sin(3.1 * t + 1)) / 1.5
        row[Column.BREATH] = mood.breath * math.sin(2 * math.pi * t / self._breath_s)
        return row

    def _nod_now(self, since: float) -> float:
        return self._nod * float(smoothstep(0, NOD_DOWN_S, since) * smoothstep(NOD_DOWN_S + NOD_UP_S, NOD_DOWN_S, since))

    def _hold(self) -> tuple[np.ndarray, float, float]:
        """The next way to hold the head; talking, sooner."""
        pause = self._random.uniform(1.2, 3.2) / self.mood.tempo * (1.3 - 0.6 * self._talk)
        return np.clip(self._random.normal(0, 0.6, 3), -1.2, 1.2), self._random.uniform(0.5, 0.95), pause

    def _glance(self) -> tuple[np.ndarray, float, float]:
        """Aside and back, at once."""
        self._away = not self._away
        if self._away:
            return self._random.uniform(0.4, 1.0, 2) * self._random.choice([-1, 1], 2) * (0.8, 0.3), 0.05, self._random.uniform(0.4, 1.2)
        return np.zeros(2), 0.05, self._random.uniform(1.2, 4.0)

    def _lids(self, dt: float, may_blink: bool) -> np.ndarray:
        if self._time >= self._due and may_blink:
            self._blinked, self._lag = self._due if self._time - self._due < dt else self._time, self._lags()
            self._due = self._next()
        shut_s = max(SHUT_S, 1.01 * dt)                 # at least one picture is shut, however few there are
        since = self._time - self._blinked - np.array(self._lag)
        return smoothstep(0, CLOSE_S, since) * smoothstep(CLOSE_S + shut_s + OPEN_S, CLOSE_S + shut_s, since)

    def _lags(self) -> tuple[float, float]:
        lag = float(self._random.uniform(0, LAG_S))
        return (lag, 0.0) if self._random.random() < 0.5 else (0.0, lag)

    def _next(self) -> float:
        if self._given is None:
            return self._blinked + float(self._random.uniform(*self.mood.blink_s))
        return next((at for at in self._given if at > self._time), math.inf)
