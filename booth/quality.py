"""How much care a live picture gets: less of it when the machine is slow or visitors are many, more again when there is time."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """``room_px``: width at which the room is flattened · ``face_px``: side of the crops that the network sees ·
    ``meshes``: faces measured anew in one picture, the others move with it · ``room_every``: the room is drawn in every so
    manieth picture."""

    name: str
    room_px: int
    face_px: int
    meshes: int
    room_every: int


LEVELS = (Level("full", 480, 256, 2, 1), Level("plainer room", 320, 256, 2, 1), Level("plainer faces", 320, 192, 1, 1),
          Level("room in every second picture", 320, 192, 1, 2))
LEAST_RATE = 28.0
"""Pictures per second below which care is taken away: under 25 a movement is seen to stutter, and cameras give 30."""
SLOW_S, CALM_S, LONGEST_S = 1.5, 4.0, 64.0
"""So long must it be too slow before care is taken away; so long fast enough before it is given back, and that doubles with
every time that it was given back in vain."""
ROOM = 0.7
"""More care is tried only while the busier thread works less than this share of a thirtieth second for a picture."""
WINDOW = 30


class Quality:
    """Decides the level. Owned by one thread."""

    def __init__(self, levels: tuple[Level, ...] = LEVELS) -> None:
        self._levels = levels
        self._at = 0
        self._taken: deque[float] = deque(maxlen=WINDOW)
        self._busy: deque[float] = deque(maxlen=WINDOW)
        self._changed = self._slow_since = self._calm_since = 0.0
        self._given = -LONGEST_S
        self._patience = CALM_S

    @property
    def level(self) -> Level:
        return self._levels[self._at]

    def drawn(self, now: float, busy_ms: float, waited: bool) -> Level:
        """After each picture: monotonic seconds, how long the busier thread worked on it, and whether the booth had to wait
        for the camera (then it is the camera that is slow). Returns the level for the next pictures."""
        self._taken.append(now)
        self._busy.append(busy_ms)
        if len(self._taken) < WINDOW // 2:
            self._slow_since = self._calm_since = now
            return self.level
        rate = (len(self._taken) - 1) / max(self._taken[-1] - self._taken[0], 1e-6)
        if waited or rate >= LEAST_RATE:
            self._slow_since = now
        if statistics.median(self._busy) > ROOM * 1e3 / 30:
            self._calm_since = now
        if now - self._slow_since > SLOW_S and self._at + 1 < len(self._levels):
            if now - self._given < 2 * CALM_S:                     # given back a moment ago, and in vain
                self._patience = min(2 * self._patience, LONGEST_S)
            self._change(+1, now)
        elif now - self._calm_since > self._patience and self._at > 0:
            self._given = now
            self._change(-1, now)
        elif now - self._changed > 4 * LONGEST_S:
            self._patience = CALM_S
        return self.level

    def _change(self, step: int, now: float) -> None:
        self._at += step
        self._changed = self._slow_since = self._calm_since = now
        self._taken.clear()
        self._busy.clear()
