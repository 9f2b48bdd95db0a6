"""How the booth is, part by part, in words and with what mends it; and, from that alone, what visitors are offered.

Nothing here looks at anything: each part has a function that judges what was seen of it. All words are for the operator.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

State = Literal["green", "amber", "red"]
Name = Literal["camera", "display", "engine", "models", "characters", "printer", "microphone", "sound", "disk", "share", "clock", "recording",
               "live", "virtual", "settings"]
NAMES: tuple[Name, ...] = get_args(Name)
TITLES: dict[Name, str] = {name: name.capitalize() for name in NAMES} | {
    "share": "Phones' page", "display": "Displays", "live": "Live out", "virtual": "Virtual camera"}

FROZEN_S = 3.0
"""A camera that has sent nothing for so long has stopped."""
SLOW_FPS = 12.0
"""Pictures per second under which the operator is told, once the booth has settled."""
FEW_SHEETS = 20
OLDEST = 1735689600.0
"""2025-01-01, seconds since 1970: no clock of a booth is before it."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button. ``id`` is what is asked for · ``label`` stands on it · ``drawing``: it stops and starts drawing, or windows."""

    id: str
    label: str
    drawing: bool = False


START = Remedy("start", "Start drawing", True)
RECONNECT = Remedy("reconnect_camera", "Reconnect", True)
PLACE = Remedy("place_signage", "Place it again", True)
RESTART_DRAWING = Remedy("restart_drawing", "Start drawing anew", True)
CPU = Remedy("cpu_engine", "Draw with the processor", True)
VERIFY = Remedy("verify_models", "Look again")
RELOAD = Remedy("reload_characters", "Read them again", True)
RESUME = Remedy("resume_printer", "Try again")
CHOOSE = Remedy("choose_microphone", "Choose another …")
OPEN_SOUND = Remedy("open_sound", "Try again")
PURGE = Remedy("purge", "Delete what expired")
SHARE = Remedy("restart_share", "Start it again")
TRUST = Remedy("trust_clock", "The date is right")
UNDERSTOOD = Remedy("settings_read", "Understood")


@dataclass(frozen=True, slots=True)
class Row:
    """One part. ``words``: how it is, and what to do, in one plain line · ``used``: False for what is not set up; then all is well."""

    name: Name
    state: State
    words: str
    remedy: Remedy | None = None
    used: bool = True

    @property
    def title(self) -> str:
        return TITLES[self.name]


@dataclass(frozen=True, slots=True)
class Health:
    """All parts, in the order in which a person would look at them. Raises ``KeyError`` for a part that is not there."""

    rows: tuple[Row, ...]

    def __getitem__(self, name: Name) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def state(self) -> State:
        """Of the worst part."""
        return max((row.state for row in self.rows), key=get_args(State).index, default="green")

    @property
    def faults(self) -> tuple[Row, ...]:
        """What is not green, the worst first."""
        return tuple(sorted((row for row in self.rows if row.state != "green"), key=lambda row: row.state != "red"))


def healthy(rows: Iterable[Row]) -> Health:
    """``rows`` in their order."""
    return Health(tuple(sorted(rows, key=lambda row: NAMES.index(row.name))))


@dataclass(frozen=True, slots=True)
class Gate:
    """What visitors may be offered now. ``why``: what keeps sessions from being offered, for the operator; empty when they are."""

    sessions: bool
    print: bool
    talk: bool
    share: bool
    recording: bool
    why: str = ""


DRAWING: tuple[Name, ...] = ("camera", "display", "engine", "models")
"""Without these there is no picture, and so nothing to take."""


def gate(health: Health) -> Gate:
    """The one place that decides what is offered. A part that is not listed, or not used, is not offered. An amber printer still prints;
    an amber microphone is not relied on; an amber disk keeps its room for sessions: recording ends first."""
    rows = {row.name: row for row in health.rows}
    fit = lambda name, *states: name in rows and rows[name].used and rows[name].state in states
    lacking = [name for name in (*DRAWING, "disk") if not fit(name, "green", "amber")]
    missing = [f"{TITLES[name]}: {rows[name].words if name in rows else 'not looked at yet'}" for name in lacking]
    sessions = not missing
    return Gate(sessions=sessions, print=fit("printer", "green", "amber"), talk=sessions and fit("microphone", "green"),
                share=fit("share", "green", "amber"), recording=fit("recording", "green", "amber") and fit("disk", "green"),
                why="; ".join(missing))


def camera(what: str, running: bool, fault: str | None, age_s: float | None, dark: bool) -> Row:
    """``what`` it is · ``age_s`` of its newest picture, None before the first · ``dark``: its pictures are black."""
    if not running:
        return Row("camera", "amber", "drawing is stopped; visitors see the calm picture", START)
    if fault is not None:
        return Row("camera", "red", fault, RECONNECT)
    if age_s is None:
        return Row("camera", "amber", "waiting for its first picture", RECONNECT)
    if age_s > FROZEN_S:
        return Row("camera", "red", f"no new picture for {age_s:.0f} s; check its cable and its light, or connect it again", RECONNECT)
    if dark:
        return Row("camera", "red", "its pictures are black; take the cap off, switch the lights on, or connect it again", RECONNECT)
    return Row("camera", "green", what)


def display(count: int, wanted: int) -> Row:
    """``count`` displays are plugged in · ``wanted``: the signage's, from 0."""
    if count == 0:
        return Row("display", "red", "no display is plugged in; check its cable and its power", PLACE)
    if wanted >= count:
        return Row("display", "amber", f"display {wanted + 1} is not plugged in; the signage is on display {count}", PLACE)
    return Row("display", "green", f"{count} plugged in, the signage is on display {wanted + 1}")


def engine(name: str, wanted: str, fault: str | None, failing: bool, fps: float | None) -> Row:
    """``name`` of what draws, ``wanted``: auto, cuda or cpu · ``failing``: pictures could not be drawn just now · ``fps``: None while it
    has not settled."""
    rescue = CPU if wanted != "cpu" else RESTART_DRAWING
    if fault is not None:
        return Row("engine", "red", fault, rescue)
    if failing:
        return Row("engine", "red", "visitors cannot be drawn; the last good picture stays, or their faces are covered", rescue)
    if wanted == "cuda" and name == "cpu":
        return Row("engine", "amber", "the graphics card does not draw, the processor does; start drawing anew to try it again", RESTART_DRAWING)
    if fps is not None and fps < SLOW_FPS:
        return Row("engine", "amber", f"only {fps:.0f} pictures a second; close other programs, check the cooling", RESTART_DRAWING)
    return Row("engine", "green", f"{name} draws")


def models(fault: str | None) -> Row:
    return Row("models", "green", "files are as they were made") if fault is None else Row("models", "red", fault, VERIFY)


def characters(fault: str | None, count: int) -> Row:
    """``fault``: the first mistake in a file of a character or a layout; the ones from before it are used."""
    return Row("characters", "green", f"{count} to choose from") if fault is None else Row("characters", "amber", fault, RELOAD)


def printer(used: bool, fault: str | None, reason: str | None, left: int | None) -> Row:
    """``fault``: its kind, None while ready · ``reason`` in words · ``left``: sheets, as far as known."""
    if not used:
        return Row("printer", "green", "none is set up", used=False)
    if fault == "quota":
        return Row("printer", "amber", reason or "")
    if fault is not None:                                               # most of them pass by themselves as soon as a person was there
        return Row("printer", "red", reason or "it has not been looked at yet", None if fault == "unknown" else RESUME)
    if left is not None and left < FEW_SHEETS:
        return Row("printer", "amber", f"{left} sheets left; have paper ready")
    return Row("printer", "green", "ready" if left is None else f"ready, {left} sheets left")


def microphone(used: bool, name: str, why: str | None) -> Row:
    """``why`` nothing can be heard; None when it can."""
    if not used:
        return Row("microphone", "green", "not used: talking clips are off", used=False)
    return Row("microphone", "green", name or "the system's usual one") if why is None else Row("microphone", "red", why, CHOOSE)


def sound(used: bool, why: str | None) -> Row:
    if not used:
        return Row("sound", "green", "not used", used=False)
    return Row("sound", "green", "countdown and shutter are heard") if why is None else Row("sound", "amber", why, OPEN_SOUND)


def disk(used: bool, fault: str | None, sessions_left: int, level: str) -> Row:
    """``level``: ok, low, full, of the room for sessions."""
    if not used:
        return Row("disk", "green", "nothing is kept: visitors only play live", used=False)
    if fault is not None:
        return Row("disk", "red", fault)
    if level == "full":
        return Row("disk", "red", "no room for another session; delete old ones or add a disk", PURGE)
    if level == "low":
        return Row("disk", "amber", f"room for {sessions_left:,} more sessions; recording has stopped; delete old ones or add a disk", PURGE)
    return Row("disk", "green", f"room for {sessions_left:,} more sessions")


def share(used: bool, alive: bool, address: str, fault: str | None) -> Row:
    """``address`` that phones open · ``fault``: no network, the port is taken."""
    if not used:
        return Row("share", "green", "not used", used=False)
    if fault is not None or not alive:
        return Row("share", "red", fault or "the page for phones has stopped", SHARE)
    return Row("share", "green", f"phones reach it at {address}")


def clock(now: float, doubt: str | None) -> Row:
    """``now``: seconds since 1970 · ``doubt``: why nothing is deleted by this clock."""
    shown = time.strftime("%A, %Y-%m-%d %H:%M", time.localtime(now))
    if doubt is not None:
        return Row("clock", "red", f"{doubt} (here: {shown})", TRUST)
    if now < OLDEST:
        return Row("clock", "red", f"the clock says {shown}; set it right")
    return Row("clock", "green", shown)


def recording(used: bool, fault: str | None, seconds: float, dropped: int) -> Row:
    """``seconds`` recorded since the start · ``dropped``: pictures that came too fast."""
    if not used:
        return Row("recording", "green", "off", used=False)
    if fault is not None:
        return Row("recording", "amber", fault, PURGE)
    minutes = f"{seconds / 60:.0f} min recorded"
    return Row("recording", "green", minutes if not dropped else f"{minutes}, {dropped:,} pictures were too fast for it")


def outlet(name: Literal["live", "virtual"], used: bool, going: bool, fault: str | None, dropped: int) -> Row:
    """Live out or the virtual camera. ``going``: somebody gets the picture · ``fault``: why nobody does; they go on by themselves ·
    ``dropped``: pictures that came too fast."""
    if not used:
        return Row(name, "green", "off", used=False)
    if fault is not None:
        return Row(name, "red", fault)
    if not going:
        return Row(name, "amber", "waits for the server" if name == "live" else "waits for the first picture")
    return Row(name, "green", "the picture goes out" + (f"; {dropped:,} pictures were too fast for it" if dropped else ""))


def settings(note: str | None) -> Row:
    """``note``: what was wrong with the settings' file at the start."""
    return Row("settings", "green", "as they were saved") if note is None else Row("settings", "amber", note, UNDERSTOOD)
