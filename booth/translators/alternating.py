"""Fewer runs of the network: faces are translated in turn, not all in every picture.

Layers lie in the face's own upright frame, in which hair and skin hardly move from one picture to the next; lids, lips
and the place in the picture come from the landmarks of every picture. So a layer of a tenth of a second ago under today's affine is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from booth.frame import Crop, Stylized
from booth.translators import Translator


def live_turns(faces: int) -> int:
    """One face is translated in each picture; of more than four some."""
    return min(faces, 4)


def film_turns(faces: int) -> int:
    """The print network costs seven times as much: one face in every fourth picture, of more each in every eighth."""
    return min(4 * faces, 8)


class Alternating:
    """Wraps an engine. New faces are translated at once; of the known ones those whose turn it is."""

    def __init__(self, engine: Translator, turns: Callable[[int], int] = live_turns) -> None:
        """``turns``: of how many pictures a face is translated in one, when there are so many faces."""
        self._engine, self._turns = engine, turns
        self._last: dict[int, Stylized] = {}
        self._turn = 0

    @property
    def name(self) -> str:
        return self._engine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        self._turn += 1
        turns = max(self._turns(len(crops)), 1)
        due = [c for i, c in enumerate(crops) if self._is_new(c) or (i * turns // len(crops) + self._turn) % turns == 0]
        fresh = {s.track_id: s for s in self._engine.translate(due)}
        self._last = {c.track_id: fresh.get(c.track_id) or replace(self._last[c.track_id], affine=c.affine) for c in crops}
        return [self._last[c.track_id] for c in crops]

    def _is_new(self, crop: Crop) -> bool:
        """Whether there are no layers of this visitor, or of another size."""
        last = self._last.get(crop.track_id)
        return last is None or last.areas.shape[:2] != crop.image.shape[:2]

    def close(self) -> None:
        self._engine.close()
