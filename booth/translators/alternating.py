"""Fewer runs of the network when there are many faces: of more than two, one is translated in each picture, in turn.

Layers lie in the face's own upright frame, in which hair and skin hardly move from one picture to the next; lids, lips
and the place in the picture come from the landmarks of every picture. So a layer of a tenth of a second ago under today's affine is right.
"""

from __future__ import annotations

from dataclasses import replace

from booth.frame import Crop, Stylized
from booth.translators import Translator

FEW, TURNS = 2, 4
"""So many faces are all translated in every picture; of more each waits its turn, at most so many pictures."""


class Alternating:
    """Wraps an engine. New faces are translated at once; of the known ones those whose turn it is."""

    def __init__(self, engine: Translator) -> None:
        self._engine = engine
        self._last: dict[int, Stylized] = {}
        self._turn = 0

    @property
    def name(self) -> str:
        return self._engine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        self._turn += 1
        turns = 1 if len(crops) <= FEW else min(len(crops), TURNS)
        due = [c for i, c in enumerate(crops) if c.track_id not in self._last or (i + self._turn) % turns == 0]
        fresh = {s.track_id: s for s in self._engine.translate(due)}
        self._last = {c.track_id: fresh.get(c.track_id) or replace(self._last[c.track_id], affine=c.affine) for c in crops}
        return [self._last[c.track_id] for c in crops]

    def close(self) -> None:
        self._engine.close()
