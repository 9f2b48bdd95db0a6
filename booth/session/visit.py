"""What one visit has so far, and what the booth has to offer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from booth.session.settings import SessionSettings


@dataclass(frozen=True, slots=True)
class House:
    """``styles``, ``layouts``: names, at least one each · ``copies``: sheets the printer could print now · ``talk``: clips are offered."""

    settings: SessionSettings
    styles: tuple[str, ...]
    layouts: tuple[str, ...]
    copies: int = 0
    talk: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """``people``: track ids that were there when consent was given · ``draft``: one is open, neither kept nor thrown away ·
    ``index``: of the shot being taken or shown, from 0 · ``shots``: their ``seq`` · ``called_off``, ``misses``: of this shot ·
    ``bubbles``: a language, None for the visit's own · ``share``: of the making, 0 … 1 · ``printed``: copies, in ``prints`` jobs ·
    ``clip``: there is a recording, or a clip of it, neither kept nor thrown away · ``recorded``: it is whole · ``level``: of the voice, 0 … 1 ·
    ``retakes``: recordings thrown away for another · ``talking``: what became of the clip."""

    language: str
    style: str | None = None
    mix_with: str | None = None
    mix: float = 0.0
    photo: bool = False
    voice: bool = False
    people: frozenset[int] = frozenset()
    draft: bool = False
    index: int = 0
    shots: tuple[int, ...] = ()
    called_off: bool = False
    misses: int = 0
    retaking: bool = False
    retaken: bool = False
    best: int | None = None
    layout: str = ""
    bubbles: str | None = None
    words: str = ""
    share: float = 0.0
    reason: str = ""
    session_id: str = ""
    url: str | None = None
    printed: int = 0
    prints: int = 0
    clip: bool = False
    recorded: bool = False
    level: float = 0.0
    retakes: int = 0
    talking: Literal["kept"] | None = None

    def order(self) -> tuple[int, ...]:
        """All shots, the best first."""
        return tuple(sorted(range(len(self.shots)), key=lambda index: index != self.best))

    def best_shot(self) -> int | None:
        """``seq`` of the shot that talks; None before there is one."""
        return self.shots[self.order()[0]] if self.shots else None

    def copies(self, house: House) -> int:
        """How many more may be printed now."""
        return max(0, min(house.settings.most_copies - self.printed, house.copies))
