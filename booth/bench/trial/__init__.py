"""What breaks in a booth, tried on the real one: one module for each part of it, each trial gives a ``Row``."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """``recovered_s``: the worst of ``times``; None: not within the time · ``lost`` in words · ``target_s`` · ``sound``: nothing that must
    never happen did · ``skipped``: why it could not be tried here."""

    fault: str
    recovered_s: float | None
    lost: str
    target_s: float
    sound: bool = True
    times: int = 1
    skipped: str = ""

    @property
    def ok(self) -> bool:
        return self.sound and self.recovered_s is not None and self.recovered_s <= self.target_s

    def as_dict(self) -> dict[str, Any]:
        seconds = None if self.recovered_s is None else round(self.recovered_s, 2)
        found: dict[str, Any] = {"fault": self.fault, "recovered_s": seconds, "lost": self.lost, "target": f"≤ {self.target_s:g} s",
                                 "ok": self.ok, "times": self.times}
        return found | ({"skipped": self.skipped, "ok": None} if self.skipped else {})


def waited(done: Callable[[], bool], limit_s: float, live: Callable[[], None] = lambda: time.sleep(0.02)) -> float | None:
    """Seconds until ``done``, None when it takes longer than ``limit_s``; ``live`` is called between looks."""
    began = time.monotonic()
    while not done():
        if time.monotonic() - began > limit_s:
            return None
        live()
    return time.monotonic() - began


def worst(times: list[float | None]) -> float | None:
    """The longest; None when one never ended."""
    known = [t for t in times if t is not None]
    return max(known) if known and len(known) == len(times) else None
