"""The nouns of printing: a job of some sheets, and how the printer is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

SheetState = Literal["asked", "sent", "printed", "failed", "cancelled"]
Wish = Literal["cancel", "forget"]
Fault = Literal["unknown", "no_service", "no_printer", "offline", "no_paper", "no_ink", "jam", "door", "full", "trouble",
                "stopped", "paused", "refusing", "quota"]

_ORDER: tuple[SheetState, ...] = ("asked", "sent", "failed", "cancelled", "printed")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One piece of paper. ``copy`` counts from 1 · ``number``: what the print service calls it, once it has a number."""

    copy: int
    number: str | None
    state: SheetState


@dataclass(frozen=True, slots=True)
class Job:
    """What a visitor asked for. ``key`` names it for ever · ``asked_at``: seconds since 1970 · ``picture``: None once forgotten ·
    ``wish``: to be cancelled or forgotten as soon as the printer answers · ``reason``: why it failed, one plain line."""

    key: str
    session: str
    picture: Path | None
    media: str
    asked_at: float
    wish: Wish | None
    reason: str | None
    sheets: tuple[Sheet, ...]

    @property
    def copies(self) -> int:
        return len(self.sheets)

    @property
    def state(self) -> SheetState:
        """Of the sheet that is least far."""
        return min((sheet.state for sheet in self.sheets), key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class Quota:
    """Visitors' sheets at most, for one session and for one day; None: no limit. The operator's have none."""

    session: int | None = None
    day: int | None = None


UNLIMITED = Quota()


@dataclass(frozen=True, slots=True)
class PrinterState:
    """May the button be offered? ``fault`` and ``reason`` (one plain line for the operator): why not; None while ``ready`` ·
    ``paper``: what is loaded · ``queued``: jobs waiting in the print service · ``left``: sheets of paper, as far as known ·
    ``allowed``: sheets that visitors may still print today; None: no limit."""

    ready: bool
    reason: str | None = None
    paper: str | None = None
    queued: int = 0
    left: int | None = None
    allowed: int | None = None
    fault: Fault | None = None

    def but(self, fault: Fault, reason: str) -> PrinterState:
        """The same, not ready."""
        return replace(self, ready=False, fault=fault, reason=reason)
