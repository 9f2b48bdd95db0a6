"""From what is heard to what a puppet does: a whole clip at once, a loop of waiting, or live. The mouth is ``booth.puppet.lips``, all
else ``booth.puppet.life``."""

from __future__ import annotations

import math

import numpy as np

from booth.errors import UsageError
from booth.geometry import smoothstep
from booth.pose import MOUTH, SPEECH_RATE, Mouth, Pose, Speech
from booth.puppet.life import BLINK_S, NOD_DOWN_S, Body
from booth.puppet.lips import JAW, PRESS, PRESSED, QUIET_DB, REST_S, check, lips_at, shut, spoken
from booth.puppet.moods import Mood
from booth.puppet.poses import COLUMNS, LIDS, LIPS, row_pose

SPAN_DB = 22.0
"""Speech is so much softer between syllables than on loud ones."""
EASE_S = 0.5
"""From rest to life and back, at both ends of a clip."""
PHRASE_S = 0.2
"""So long a silence ends a phrase."""
SEAM_S = 0.7
"""In which the end of a loop becomes its beginning."""


def speak(speech: Speech, mood: Mood, seed: int, rate: float = 30.0, tail_s: float = 0.6) -> list[Pose]:
    """Poses for ``speech`` and ``tail_s`` after it; pose ``n`` is for the time ``n / rate``. The first and the last one are the mood at
    rest, so that clips of one mood follow each other and themselves. Raises ``UsageError`` for arrays that do not fit each other and
    for a rate or a tail that is out of range."""
    _check_range(rate, tail_s)
    check(speech)
    count = max(2, math.ceil((speech.seconds + tail_s) * rate) + 1)
    times, seconds = np.arange(count) / rate, (count - 1) / rate
    lips = lips_at(speech, times, rate)
    lips[:, JAW] = np.minimum(lips[:, JAW] * mood.jaw, 1)
    speaks = spoken(speech)
    energy = _energy(speech.level, speaks)
    loud = np.interp(times, np.arange(len(energy) + 1) / SPEECH_RATE, [*energy, 0.0])
    nods, ends = _nods(energy), _phrase_ends(speaks)
    body, rest, rows = Body(mood, seed), mood.rest.row, np.empty((count, COLUMNS))
    for n, t in enumerate(times):
        for at, strength in nods:
            if t - 1 / rate < at - NOD_DOWN_S <= t:
                body.nod(strength)
        if any(t - 1 / rate < at <= t for at in ends):
            body.phrase_ends()
        row = body.step(1 / rate if n else 0.0, loud[n], may_blink=seconds - t > BLINK_S + 3 / rate)
        to_end = seconds - t
        rows[n] = rest + (row - rest) * smoothstep(0, EASE_S, t) * smoothstep(0, EASE_S, to_end)
        rows[n, LIPS], rows[n, LIDS] = lips[n] * smoothstep(0, REST_S, to_end), row[LIDS]
    return [row_pose(row) for row in rows]


def idle(mood: Mood, seed: int, seconds: float = 6.0, rate: float = 30.0) -> list[Pose]:
    """A loop of waiting: after the last pose comes the first. The mouth is shut. Loops shorter than 2 s have no blink. Raises
    ``UsageError`` for a rate or a length that is out of range."""
    _check_range(rate, seconds)
    count = round(seconds * rate)
    if count < 2:
        raise UsageError(f"{seconds:g} s at {rate:g} pictures a second is no loop; ask for more seconds")
    loop_s, seam = count / rate, max(1, min(count // 2, round(SEAM_S * rate)))
    body = Body(mood, seed, loop_s / max(1, round(loop_s / mood.breath_s)), _loop_blinks(mood, seed, loop_s))
    rows = np.array([body.step(1 / rate if n else 0.0) for n in range(count + seam)])
    share = smoothstep(0, 1, np.arange(seam) / seam)[:, None]
    rows[:seam] = rows[count:] + share * (rows[:seam] - rows[count:])
    return [row_pose(row) for row in rows[:count]]


class Live:
    """A puppet driven by a live voice; owned by one thread. Memory does not grow."""

    SMOOTH_S = 0.02

    def __init__(self, mood: Mood, seed: int = 0) -> None:
        self._body = Body(mood, seed)
        self._lips, self._left = np.zeros(len(MOUTH)), np.zeros(len(MOUTH))
        self._silent_s, self._talk_s = math.inf, 0.0
        self._loud, self._fast, self._slow = -30.0, 0.0, 0.0
        self._now: float | None = None

    def step(self, now: float, mouth: Mouth | None, level_db: float) -> Pose:
        """The pose at ``now``, seconds of a clock that does not go back. ``mouth``: what the voice says the mouth does (``lips.mouth_of``),
        None in silence · ``level_db`` of the sound, below full scale. Raises ``UsageError`` for a time that is no number."""
        if not math.isfinite(now):
            raise UsageError(f"the time of a picture must be a number of seconds, not {now}")
        dt = min(max(now - self._now, 0.0), 0.25) if self._now is not None else 0.0
        self._now = now if self._now is None else max(now, self._now)
        energy = self._listen(level_db, mouth is not None, dt)
        if mouth is None:
            self._fall_silent(dt)
        else:
            self._follow(mouth, dt)
        row = self._body.step(dt, energy)
        row[LIPS] = self._lips
        return row_pose(row)

    def _follow(self, mouth: Mouth, dt: float) -> None:
        wanted = np.nan_to_num([getattr(mouth, name) for name in MOUTH])
        wanted[JAW] = min(wanted[JAW] * self._body.mood.jaw, 1.0)
        self._lips = self._lips + (1 - math.exp(-dt / self.SMOOTH_S)) * (wanted - self._lips)
        self._lips = np.where((wanted == 0) & (np.abs(self._lips) < 0.01), 0.0, self._lips)      # rest is rest
        if wanted[PRESS] >= PRESSED:
            self._lips = shut(self._lips, wanted[PRESS])
        self._left, self._silent_s, self._talk_s = self._lips, 0.0, self._talk_s + dt

    def _fall_silent(self, dt: float) -> None:
        before, self._silent_s = self._silent_s, self._silent_s + dt
        if before < PHRASE_S <= self._silent_s:
            if self._talk_s > 2 * PHRASE_S:
                self._body.phrase_ends()
            self._talk_s = 0.0
        self._lips = self._left * (1 - smoothstep(0, REST_S, self._silent_s))

    def _listen(self, level_db: float, talks: bool, dt: float) -> float:
        """How loud, 0 … 1, against the loudest of late; nods when it rises."""
        level = level_db if math.isfinite(level_db) else QUIET_DB
        if talks:
            self._loud = max(level, self._loud - 2 * dt, -45.0)
        energy = min(max(1 + (level - self._loud) / SPAN_DB, 0.0), 1.0) if talks else 0.0
        self._fast += (1 - math.exp(-dt / 0.08)) * (energy - self._fast)
        self._slow += (1 - math.exp(-dt / 0.7)) * (energy - self._slow)
        if talks and self._fast - self._slow > 0.15:
            self._body.nod(2 * (self._fast - self._slow))
        return energy


def _check_range(rate: float, seconds: float) -> None:
    if not 1 <= rate <= 240:
        raise UsageError(f"1 to 240 pictures a second are possible, not {rate}")
    if not 0 <= seconds <= 3600:
        raise UsageError(f"0 to 3600 seconds are possible, not {seconds}")


def _energy(level: np.ndarray, speaks: np.ndarray) -> np.ndarray:
    """(T,) 0 … 1 against the loudest of this speech, evened over a syllable's 0.12 s."""
    if not speaks.any():
        return np.zeros(len(level))
    loud = np.percentile(level[speaks], 95)
    raw = np.where(speaks, np.clip(1 + (np.nan_to_num(level, nan=QUIET_DB) - loud) / SPAN_DB, 0, 1), 0.0)
    return np.convolve(np.pad(raw, 6, mode="edge"), np.ones(13) / 13, mode="valid")


def _nods(energy: np.ndarray) -> list[tuple[float, float]]:
    """(seconds, strength 0 … 1) of syllables that stand out over 0.8 s around them."""
    half = int(0.4 * SPEECH_RATE)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(energy, half), 2 * half + 1) if len(energy) else np.empty((0, 1))
    out = energy - around.mean(1) if len(energy) else energy
    peaks = [n for n in range(len(energy)) if energy[n] > 0.3 and out[n] > 0.12 and energy[n] == around[n].max() > 0]
    return [(n / SPEECH_RATE, min(1.0, 2 * float(out[n]))) for n in peaks]


def _phrase_ends(speaks: np.ndarray) -> list[float]:
    """Seconds at which somebody stopped to speak, for a while or for good."""
    least = int(PHRASE_S * SPEECH_RATE)
    ends = np.flatnonzero(speaks & ~np.append(speaks[1:], False)) + 1
    return [end / SPEECH_RATE for end in ends if not speaks[end:end + least].any()]


def _loop_blinks(mood: Mood, seed: int, loop_s: float) -> list[float]:
    """Times between which the mood's own times pass, around the loop's end too, none of them in its seam."""
    random = np.random.default_rng([seed, 1])
    low, high = mood.blink_s
    count = min(math.floor(loop_s / low), max(math.ceil(loop_s / high), round(2 * loop_s / (low + high))))
    if count < 1:
        return []
    gaps = low + (loop_s - count * low) * random.dirichlet(np.full(count, 8.0))
    first = SEAM_S + random.uniform(0.05, 0.5)
    return [first + float(at) for at in np.cumsum(gaps) - gaps[0]]
