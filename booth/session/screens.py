"""What a window needs to draw, one dataclass for each screen. Words are keys of ``assets/i18n/session.toml``; the names in
braces in a text are fields of its screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from booth.session.settings import Filmed
from booth.session.table import DEFAULTS, NO_PRESS, TABLE, Stage
from booth.session.visit import House, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """``languages`` to choose from · ``actions``: buttons to draw, in this order; their texts are ``button_<action>`` ·
    ``default``: what a single key does · ``deadline``: monotonic seconds when the screen goes by itself unless something happens ·
    ``hint``: a text key · ``filmed``: what is recorded besides."""

    name: Stage
    language: str
    languages: tuple[str, ...]
    actions: tuple[str, ...]
    default: str | None
    deadline: float | None
    hint: str | None
    filmed: Filmed = "no"

    @property
    def title(self) -> str:
        return f"{self.name}_title"

    @property
    def body(self) -> str:
        """The text below the title."""
        return f"{self.name}_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Character(Screen):
    styles: tuple[str, ...]
    style: str | None
    mix_with: str | None
    mix: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Screen):
    """Two switches, both off at first. ``voice`` has a button only where talking clips are offered."""

    photo: bool
    voice: bool
    keep_hours: int

    @property
    def body(self) -> str:
        """Who says no is promised that nothing is saved only where nothing is."""
        return "consent_body" if self.filmed == "no" else "consent_filmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shooting(Screen):
    """countdown, shot and shown. ``number``: 3, 2, 1, and 0 after · ``cut`` of ``cuts``, from 1 · ``shots``: ``seq`` of those taken,
    so the one to show is ``shots[cut - 1]`` · ``again``: ``cut`` is taken a second time."""

    number: int
    cut: int
    cuts: int
    shots: tuple[int, ...]
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Screen):
    """``shots``: ``seq`` of each · ``best``: an index, None while nothing is picked. Retake is an action until one was retaken."""

    shots: tuple[int, ...]
    best: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout(Screen):
    layouts: tuple[str, ...]
    layout: str
    bubbles: str
    words: str
    most_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Making(Screen):
    """``share`` done, 0 … 1."""

    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Screen):
    """``url``: for the QR code, None without one · ``copies``: may still be printed · ``talking``: there is a clip on the QR's page."""

    session_id: str
    url: str | None
    copies: int
    talking: Literal["kept"] | None

    @property
    def body(self) -> str:
        if self.url is None:
            return "result_no_link"
        return "result_talking" if self.talking == "kept" else "result_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorry(Screen):
    """refused and failed. ``reason`` is for the operator, not for visitors."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice(Screen):
    """voice and ready: before the recording. ``shot``: ``seq`` of the one that will talk · ``most_s``: so long may be spoken, whole
    seconds · ``number``: 3, 2, 1 on ready, 0 on voice."""

    shot: int | None
    most_s: int
    keep_hours: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening(Screen):
    """recording. ``number``: seconds left · ``level``: of the voice, 0 … 1. Its hint comes and goes with the level."""

    number: int
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Animating(Making):
    """``share`` done, 0 … 1."""

    shot: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(Screen):
    """The clip is played. ``retakes``: may still be recorded again; ``again`` is an action until there are none."""

    retakes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkFailed(Sorry):
    """``heard``: a voice was recorded, so it was not the microphone."""

    heard: bool

    @property
    def body(self) -> str:
        return "talk_failed_body" if self.heard else "talk_failed_unheard"


_Build = Callable[[dict[str, Any], Visit, House, int], Screen]

_SHOOTING: _Build = lambda base, v, house, number: Shooting(
    **base, number=number, cut=v.index + 1, cuts=house.settings.shots, shots=v.shots, again=v.retaking)
_VOICE: _Build = lambda base, v, house, number: Voice(
    **base, shot=v.best_shot(), most_s=round(house.settings.most_voice_s), keep_hours=house.settings.keep_hours, number=number)
_SORRY: _Build = lambda base, v, house, number: Sorry(**base, reason=v.reason)

_SCREENS: dict[Stage, _Build] = {
    "character": lambda base, v, house, number: Character(**base, styles=house.styles, style=v.style, mix_with=v.mix_with, mix=v.mix),
    "consent": lambda base, v, house, number: Consent(**base, photo=v.photo, voice=v.voice, keep_hours=house.settings.keep_hours),
    "countdown": _SHOOTING, "shot": _SHOOTING, "shown": _SHOOTING,
    "review": lambda base, v, house, number: Review(**base, shots=v.shots, best=v.best),
    "layout": lambda base, v, house, number: Layout(**base, layouts=house.layouts, layout=v.layout, bubbles=v.bubbles or v.language,
                                                    words=v.words, most_letters=house.settings.most_letters),
    "making": lambda base, v, house, number: Making(**base, share=v.share),
    "result": lambda base, v, house, number: Result(**base, session_id=v.session_id, url=v.url, copies=v.copies(house), talking=v.talking),
    "voice": _VOICE, "ready": _VOICE,
    "recording": lambda base, v, house, number: Listening(**base, number=number, level=v.level),
    "animating": lambda base, v, house, number: Animating(**base, shot=v.best_shot(), share=v.share),
    "preview": lambda base, v, house, number: Preview(**base, retakes=house.settings.voice_retakes - v.retakes),
    "talk_failed": lambda base, v, house, number: TalkFailed(**base, reason=v.reason, heard=v.recorded),
    "refused": _SORRY, "failed": _SORRY,
}
"""Screens with fields of their own; the others are plain."""


def actions(stage: Stage, visit: Visit, house: House) -> tuple[str, ...]:
    """The presses that count on this screen now."""
    closed = {
        "agree": not visit.photo,
        "voice": not house.talk,
        "language": len(house.settings.languages) < 2,
        "bubbles": len(house.settings.languages) < 2,
        "surprise": len(house.styles) < 2,
        "mix_with": len(house.styles) < 2,
        "retake": visit.retaken,
        "print": visit.copies(house) == 0,
        "talk": not house.talk or visit.talking is not None,
        "again": visit.retakes >= house.settings.voice_retakes,
        "retry": stage == "talk_failed" and not (house.talk or visit.clip),
    }
    return tuple(action for action in TABLE[stage] if action not in NO_PRESS and not closed.get(action, False))


def draw(stage: Stage, visit: Visit, house: House, number: int, deadline: float | None, hint: str | None) -> Screen:
    """The screen of ``stage`` as it is now. ``number``: what is counted down."""
    default = "agree" if stage == "consent" and visit.photo else DEFAULTS.get(stage)
    base: dict[str, Any] = {"name": stage, "language": visit.language, "languages": house.settings.languages,
                            "actions": actions(stage, visit, house), "default": default, "deadline": deadline, "hint": hint,
                            "filmed": house.settings.filmed}
    build = _SCREENS.get(stage)
    return build(base, visit, house, number) if build else Screen(**base)
