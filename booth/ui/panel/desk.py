"""What the panel shows and may ask for; the booth answers in ``booth.ui.panel.booth_desk``, fakes in tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from booth.host.films import Making
from booth.house.health import Gate, Health
from booth.house.kept import Saved
from booth.settings import Settings

When = Literal["live", "visit", "drawing", "start"]
"""When another value counts: from the next picture on · from the next visit on · drawing starts anew for it · after the next start of
the booth."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """``latency_ms``: what 95 of 100 pictures stay under, capture → shown; None while there are none · ``level``: of care · ``prints``:
    sheets. Counts are today's."""

    fps: float = 0.0
    latency_ms: float | None = None
    level: str = ""
    engine: str = ""
    faces: int = 0
    visitors: int = 0
    sessions: int = 0
    strips: int = 0
    prints: int = 0
    clips: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A kept session. ``at``, ``until``: made and to be deleted, seconds since 1970 · ``pictures``: to look at, the strip first ·
    ``others``: further files · ``prints``: sheets printed or asked for."""

    id: str
    at: float
    until: float
    characters: tuple[str, ...]
    layout: str
    folder: Path
    pictures: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    prints: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """Everything as it is now. ``day``: for each of ``booth.house.day.COUNTS`` and ``MEANS`` its (1440,) float32 minutes ·
    ``sessions``: the newest first; the same object as long as nothing has changed."""

    health: Health
    gate: Gate
    numbers: Numbers = Numbers()
    day: Mapping[str, np.ndarray] = field(default_factory=dict)
    sessions: tuple[Session, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """The day's end. ``words``: what was done · ``table``, ``page``: the summary's files."""

    words: str
    table: Path
    page: Path


class Desk(Protocol):
    """Methods marked "slow" may wait for a disk, the network or a printer: not for the windows' thread, one at a time, from any thread.
    The others are quick, or stop and start drawing, and belong to the windows' thread. All raise ``BoothError``, whose text says what is
    wrong and what to do; what they return says what was done, in one plain line."""

    displays: int
    """Plugged in; the windows write it."""

    def look(self) -> Look:
        """Slow. To be called every second: it also counts."""

    def mend(self, remedy: str, choice: str = "") -> str:
        """Do what the button with that id of ``booth.house.health.Remedy`` promises; slow unless its ``drawing`` is true."""

    def choices(self, remedy: str) -> list[str]:
        """What there is to choose from, for a remedy that asks; empty for others. Slow."""

    def reprint(self, id: str) -> str:
        """Slow. One sheet more."""

    def delete(self, id: str) -> str:
        """Slow. Every copy; it is written down that the operator did."""

    def end_of_day(self) -> Ended:
        """Slow. Delete what expired and write the summary."""

    @property
    def can_film(self) -> bool: ...

    def film(self) -> Making:
        """Begin to make the event film of today."""

    @property
    def can_pause(self) -> bool: ...

    @property
    def paused(self) -> bool: ...

    def pause(self) -> str: ...

    def resume(self) -> str: ...

    @property
    def settings(self) -> Settings: ...

    def apply(self, settings: Settings) -> str:
        """Use ``settings`` from now on, as far as each of them can be, and save them."""

    def when(self, path: str) -> When: ...

    def suggestions(self, path: str) -> list[str]:
        """Values that a setting, or an item of a list, could have, for those that are not a closed choice."""

    def versions(self) -> list[Saved]:
        """Earlier sets, the newest first."""

    def version(self, number: int) -> Settings: ...

    def close(self) -> None: ...
