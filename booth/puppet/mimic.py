"""A face moves a puppet: what the mesh of a live face, or of every picture of a clip, says becomes a pose.

Measures (``booth.puppet.measures``) know nothing of how a face is when nothing is expressed; ``Norms`` do, from what was seen of
this face so far. Live they come from the last half minute, looked at ten times a second: good after two seconds, then slowly
following. Of a clip they come from all of it, and its filters run both ways, so that nothing is late.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from booth.errors import UsageError
from booth.geometry import smoothstep
from booth.pose import Pose
from booth.puppet.filters import Hair, OneEuro
from booth.puppet.measures import COUNT, Measure, measure
from booth.puppet.poses import BROWS, COLUMNS, GAZE, HAIR, HEAD, LIDS, SHIFT, Column, row_pose

LIMITS = np.array([12.0, 8.0, 8.0])
"""Degrees of yaw, pitch and roll that are neared but never passed."""
HOLD_S, LEAVE_S, RETURN_S = 0.3, 1.0, 0.4
"""A face that is lost is held, leaves towards rest, and comes back when it is found."""
FORGET_S = 5.0
"""Found again after so long it may be somebody else's."""
NEUTRAL_S, MEMORY_S, LOOK_S = 2.0, 30.0, 0.1
JAW_PULL = 0.33
"""Corners of the mouth go down by so much of the gap as the jaw opens; measured, and no sad mouth."""
LIPS_SHUT, LIPS_OPEN = 0.010, 0.018
"""Gap under which lips snap shut and over which they part, in distances between the outer eye corners."""
EYE_SHUT, EYE_OPEN = 0.30, 0.50
"""The same for lids, 0 shut … 1 open."""
WINK = 0.45, 0.7
"""Between how much apart both eyes' openings begin to be, and are, their own."""
LEAST_PX = 8.0
PRESSED_S = 0.5
"""Shut lips count as pressed for so long, then as resting."""
BREATH_S = 4.0
_SQUARE = (Measure.YAW, Measure.PITCH, Measure.ROLL)


def _filter() -> OneEuro:
    """Lips and lids prompt, the head calm; tuned by eye on a talking face at 25 pictures a second."""
    hz, beta = np.full(COUNT, 1.5), np.full(COUNT, 4.0)
    for measures, least, more in (((Measure.GAP, Measure.WIDE, Measure.THICK), 3.0, 25.0), ((Measure.LID_R, Measure.LID_L), 5.0, 40.0),
                                  ((Measure.GAZE_X, Measure.GAZE_Y), 2.0, 20.0), (_SQUARE, 1.2, 0.08), ((Measure.X, Measure.Y), 1.0, 2.0)):
        hz[list(measures)], beta[list(measures)] = least, more
    return OneEuro(hz, beta)


@dataclass(frozen=True, eq=False, slots=True)
class Norms:
    """``middle`` (COUNT,) each measure at rest · ``shut``, ``wide`` gaps of lips that are shut and as open as this mouth gets ·
    ``lids`` (2, 2) openings shut and open, right eye first · ``gain`` (3,) of the head's angles."""

    middle: np.ndarray
    shut: float
    wide: float
    lids: np.ndarray
    gain: np.ndarray

    @staticmethod
    def of(rows: np.ndarray) -> Norms:
        """From (N ≥ 1, COUNT) measures, by percentiles: single wrong pictures do not count. Whoever hardly moved gets the
        ranges of other people, not noise made large."""
        middle = np.median(rows, axis=0)
        middle[Measure.SMILE] = np.median(rows[:, Measure.SMILE] + JAW_PULL * rows[:, Measure.GAP])
        shut, wide = np.percentile(rows[:, Measure.GAP], [5, 98])
        low, high = np.percentile(rows[:, [Measure.LID_R, Measure.LID_L]], [3, 75], axis=0)
        high = np.maximum(high, 0.15)
        lids = np.stack([np.clip(low, 0.12 * high, 0.42 * high), high], axis=1)
        turned = np.percentile(np.abs(rows[:, _SQUARE] - middle[list(_SQUARE)]), 97, axis=0)
        return Norms(middle, float(np.clip(shut, 0, 0.02)), float(np.clip(wide, 0.20, 0.40)), lids,
                     np.clip(0.85 * LIMITS / np.maximum(turned, 1e-6), 0.55, 0.9))

    def towards(self, other: Norms, share: float) -> Norms:
        """Between these and ``other``."""
        mix = lambda a, b: a + share * (b - a)
        return Norms(mix(self.middle, other.middle), mix(self.shut, other.shut), mix(self.wide, other.wide),
                     mix(self.lids, other.lids), mix(self.gain, other.gain))


class _Play:
    """Measures to a pose's row. Remembers what has two thresholds: which eyes and whether the lips are shut."""

    def __init__(self) -> None:
        self._eyes_shut = [False, False]
        self._lips_shut = True
        self._shut_s = PRESSED_S
        self._gaze = np.zeros(2)

    def row(self, seen: np.ndarray, norms: Norms, dt: float) -> np.ndarray:
        """(COLUMNS,) without hair and breath."""
        row, off = np.zeros(COLUMNS), seen - norms.middle
        self._mouth(row, seen, off, norms, dt)
        row[LIDS] = self._lids(seen[[Measure.LID_R, Measure.LID_L]], norms.lids)
        row[BROWS] = np.tanh(off[[Measure.BROW_R, Measure.BROW_L]] / 0.05)
        row[Column.FROWN] = np.clip(-off[Measure.FROWN] / 0.03 - 0.15, 0, 1)
        if row[LIDS].max() < 0.5:
            self._gaze = np.clip(off[[Measure.GAZE_X, Measure.GAZE_Y]] / (0.15, 0.10), -1, 1)
        row[GAZE] = self._gaze
        row[HEAD] = LIMITS * np.tanh(norms.gain * off[list(_SQUARE)] / LIMITS)
        row[SHIFT] = 0.08 * np.tanh(0.3 * off[[Measure.X, Measure.Y]] / 0.08)
        return row

    def _mouth(self, row: np.ndarray, seen: np.ndarray, off: np.ndarray, norms: Norms, dt: float) -> None:
        gap = seen[Measure.GAP] - norms.shut
        self._lips_shut = bool(gap < (LIPS_OPEN if self._lips_shut else LIPS_SHUT))
        self._shut_s = self._shut_s + dt if self._lips_shut else 0.0
        wide = _beyond(off[Measure.WIDE] / (0.18 * norms.middle[Measure.WIDE] + 1e-6))
        thin = np.clip(-off[Measure.THICK] / (0.4 * norms.middle[Measure.THICK] + 1e-6), 0, 1)
        pursed = np.clip((-wide - 0.2) / 1.1, 0, 1) * (1 - thin)
        row[Column.ROUND], row[Column.WIDTH] = pursed, np.clip(wide + 1.6 * pursed, -1, 1)      # pursed lips are narrow by themselves
        row[Column.SMILE] = np.clip(_beyond((off[Measure.SMILE] + JAW_PULL * seen[Measure.GAP]) / 0.06), -1, 1)
        if self._lips_shut:
            row[Column.PRESS] = max(0.5 * smoothstep(2 * PRESSED_S, PRESSED_S, self._shut_s) + 0.5 * thin, thin)
            return
        jaw = np.clip(gap / (norms.wide - norms.shut), 0, 1)
        row[Column.JAW] = jaw
        row[Column.TEETH] = smoothstep(0, 0.15, jaw) * (1 - 0.6 * jaw) * (1 - pursed) * np.clip(0.6 + 0.4 * wide, 0, 1)

    def _lids(self, open_: np.ndarray, norms: np.ndarray) -> np.ndarray:
        """0 as open as usual … 1 exactly when shut. Both eyes go together unless they differ as in a wink: half a blink in one
        picture looks like one."""
        share = np.clip((open_ - norms[:, 0]) / (0.9 * norms[:, 1] - norms[:, 0]), 0, 1)
        own = smoothstep(*WINK, abs(share[0] - share[1]))
        share = share.mean() + own * (share - share.mean())
        self._eyes_shut = [bool(share[i] < (EYE_OPEN if self._eyes_shut[i] else EYE_SHUT)) for i in (0, 1)]
        return np.where(self._eyes_shut, 1.0, 1 - share)


class _Actor:
    """From measures, or none, to poses: play, coming and going, and what hangs and breathes."""

    def __init__(self) -> None:
        self._play, self._hair = _Play(), Hair()
        self._shown = self._from = np.zeros(COLUMNS)
        self._back_s = RETURN_S
        self._time = self.gone_s = 0.0

    def pose(self, seen: np.ndarray | None, norms: Norms | None, dt: float) -> Pose:
        self._time += dt
        if seen is None or norms is None:
            self._from = self._shown if self.gone_s == 0 else self._from
            self.gone_s += dt
            self._shown = self._from * (1 - smoothstep(HOLD_S, HOLD_S + LEAVE_S, self.gone_s))
        else:
            if self.gone_s > 0 and self._time > dt:
                self._from, self._back_s = self._shown, 0.0
            self.gone_s, self._back_s = 0.0, self._back_s + dt
            there = float(smoothstep(0, RETURN_S, self._back_s))
            self._shown = there * self._play.row(seen, norms, dt) + (1 - there) * self._from
        row = self._shown.copy()
        row[HAIR] = self._hair.step(row[HEAD], row[SHIFT], dt)
        row[Column.BREATH] = math.sin(2 * math.pi * self._time / BREATH_S)
        return row_pose(row)


class Mimic:
    """A live face drives a puppet; owned by one thread. Memory does not grow."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._filter, self._actor = _filter(), _Actor()
        self._rows = np.zeros((round(MEMORY_S / LOOK_S), COUNT))
        self._count = 0
        self._looked = -math.inf
        self._norms: Norms | None = None
        self._now: float | None = None

    def see(self, points: np.ndarray | None, now: float, size: tuple[int, int]) -> Pose:
        """The pose at ``now`` (seconds of any clock that does not go back) for the mesh ``points`` (478, 3) in pixels of a picture
        of ``size`` (width, height); None where no face was found. The first picture counts as a face at rest until more is known.
        Raises ``UsageError`` for points of another shape and for a time that is no number."""
        if not math.isfinite(now):
            raise UsageError(f"the time of a picture must be a number of seconds, not {now}")
        seen = _measured(points, size)
        if seen is not None and self._actor.gone_s > FORGET_S:
            self._start()
        dt = min(max(now - self._now, 1e-3), 0.25) if self._now is not None else 1 / 30
        self._now = now if self._now is None else max(now, self._now)
        if seen is None:
            self._filter.reset()
            return self._actor.pose(None, self._norms, dt)
        self._learn(seen, dt)
        return self._actor.pose(self._filter.step(seen, dt), self._norms, dt)

    def _learn(self, seen: np.ndarray, dt: float) -> None:
        assert self._now is not None
        if self._norms is None or self._now - self._looked >= LOOK_S:
            self._looked = self._now
            self._rows[self._count % len(self._rows)] = seen
            self._count += 1
            # percentiles of half a minute cost more than a look: once a second is enough when there is that much
            if self._norms is None or self._count * LOOK_S < NEUTRAL_S or self._count % 10 == 0:
                self._goal = Norms.of(self._rows[:self._count])
                self._norms = self._norms or self._goal
        assert self._norms is not None
        settle = 0.2 if self._count * LOOK_S < NEUTRAL_S else 2.0
        self._norms = self._norms.towards(self._goal, 1 - math.exp(-dt / settle))


def mimic_clip(points: Sequence[np.ndarray | None], rate: float, size: tuple[int, int]) -> list[Pose]:
    """One pose for each of a clip's pictures, ``rate`` a second: the mesh (478, 3) in each, None where no face was found. Raises
    ``UsageError`` when there is none at all."""
    if not (math.isfinite(rate) and rate > 0):
        raise UsageError(f"a clip has more than 0 pictures a second, not {rate}")
    rows = [_measured(p, size) for p in points]
    known = [row for row in rows if row is not None]
    if not known:
        raise UsageError("no face was found in any picture of the clip; film one face, from the front, well lit")
    norms, dt, actor = Norms.of(np.array(known)), 1 / rate, _Actor()
    there, back = _smoothed(rows, dt), _smoothed(rows[::-1], dt)[::-1]
    return [actor.pose((a + b) / 2 if a is not None and b is not None else None, norms, dt) for a, b in zip(there, back, strict=True)]


def _smoothed(rows: Sequence[np.ndarray | None], dt: float) -> list[np.ndarray | None]:
    filter_, out = _filter(), []
    for row in rows:
        if row is None:
            filter_.reset()
        out.append(None if row is None else filter_.step(row, dt))
    return out


def _beyond(value: float) -> float:
    """``value`` without its first 0.08 either way: a mouth at rest stays at rest."""
    return math.copysign(max(abs(value) - 0.08, 0.0), value)


def _measured(points: np.ndarray | None, size: tuple[int, int]) -> np.ndarray | None:
    """None for no face, for one that is not numbers or only a few pixels wide, and for one whose middle has left the picture."""
    if points is None:
        return None
    if getattr(points, "shape", None) == (478, 3) and not (np.isfinite(points).all() and np.ptp(points[:, 0]) >= LEAST_PX):
        return None
    row = measure(points)
    middle = points[[33, 263, 152], :2].mean(0)
    return row if (middle >= 0).all() and (middle <= size).all() else None
