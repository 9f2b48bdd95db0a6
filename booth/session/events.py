"""What happens to a visit. ``kind`` is the event's name in the table; the kind of a press is its action.

``ask`` in an answer is the ``ask`` of the effect that it answers. Answers to anything else come too late and are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

from booth.errors import UsageError
from booth.session.settings import SessionSettings


class Source(StrEnum):
    TOUCH = "touch"
    MOUSE = "mouse"
    KEYBOARD = "keyboard"
    REMOTE = "remote"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Press:
    """One of the screen's actions, or ``default``: what a remote with one key does, or ``cancel``.

    ``value``: which one, for style, mix_with, language, bubbles, layout (names), retake, best (index from 0), print (copies) ·
    ``repeat``: the system says that a key is being held.
    """

    action: str
    source: Source
    value: str | int | None = None
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Slide:
    """The mixing slider is at ``mix``, 0 … 1. Not a press: a slider may send many."""

    kind: ClassVar[str] = "slide"
    mix: float


@dataclass(frozen=True, slots=True)
class Typed:
    """The visitors' own words so far."""

    kind: ClassVar[str] = "typed"
    words: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What the booth can do from now on. ``copies``: sheets the printer could print, 0 when it cannot · ``talk``: talking
    clips; only with a working microphone."""

    kind: ClassVar[str] = "offers"
    copies: int
    talk: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """What visitors choose from (names) and how a visit goes, from the next visit on. Raises UsageError when there is nothing to choose."""

    kind: ClassVar[str] = "menu"
    settings: SessionSettings
    styles: tuple[str, ...]
    layouts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.styles or not self.layouts:
            raise UsageError("a visit needs at least one character and one layout; check the folders of styles and layouts")


@dataclass(frozen=True, slots=True)
class Begun:
    """The draft is open and its space reserved."""

    kind: ClassVar[str] = "begun"
    ask: int


@dataclass(frozen=True, slots=True)
class Refused:
    kind: ClassVar[str] = "refused"
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class Taken:
    """The shot is saved. ``seq``: of the frame that the visitors saw."""

    kind: ClassVar[str] = "taken"
    index: int
    seq: int
    ask: int


@dataclass(frozen=True, slots=True)
class Missed:
    kind: ClassVar[str] = "missed"
    index: int
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class Progress:
    """``share`` of the making that is done, 0 … 1."""

    kind: ClassVar[str] = "progress"
    share: float
    ask: int


@dataclass(frozen=True, slots=True)
class Made:
    """Strip and moving picture are ready. ``url``: for the QR code; None when nothing is shared."""

    kind: ClassVar[str] = "made"
    session_id: str
    url: str | None
    ask: int


@dataclass(frozen=True, slots=True)
class MakingFailed:
    kind: ClassVar[str] = "making_failed"
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class Recording:
    """The voice as it is heard now. ``level``: 0 (silence) … 1 (too loud) · ``warning``: too quiet or too loud for a while."""

    kind: ClassVar[str] = "recording"
    level: float
    warning: Literal["quiet", "loud"] | None
    ask: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """``seconds`` of voice are there to make a clip of."""

    kind: ClassVar[str] = "recorded"
    seconds: float
    ask: int


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """No microphone, nothing heard, or it went away."""

    kind: ClassVar[str] = "recording_failed"
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class Animated:
    """The clip is ready to be shown; nothing of it is kept yet."""

    kind: ClassVar[str] = "animated"
    ask: int


@dataclass(frozen=True, slots=True)
class AnimatingFailed:
    """The recording is still there: it may be tried again."""

    kind: ClassVar[str] = "animating_failed"
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class KeepingFailed:
    """The clip is not in the session."""

    kind: ClassVar[str] = "keeping_failed"
    reason: str
    ask: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The operator takes the booth out of service; a visit under way ends."""

    kind: ClassVar[str] = "pause"


@dataclass(frozen=True, slots=True)
class Resume:
    kind: ClassVar[str] = "resume"


Answer = (Begun | Refused | Taken | Missed | Progress | Made | MakingFailed | Recording | Recorded | RecordingFailed | Animated | AnimatingFailed
          | KeepingFailed)
Event = Press | Slide | Typed | Offers | Menu | Answer | Pause | Resume
