"""The visitor's minute: a state machine that knows no window, no thread and no clock.

The window passes on what was pressed, the rooms answer what they were asked, and the tracker says who is there. The
machine returns effects, which are carried out in their order, and has a screen to draw::

    effects = machine.handle(Press("begin", Source.TOUCH), now)
    effects = machine.tick(now, presence)              # many times a second
    window.draw(machine.screen)

The way: attract → noticed → character → consent → opening → (countdown → shot → shown) × 4 → review → layout → making →
result → thanks → attract. Beside it: refused, failed, paused. The whole table is in ``booth.session.table``.
"""

from booth.session.effects import (
    Announce,
    Begin,
    Discard,
    Dress,
    DropShot,
    Effect,
    Keep,
    Make,
    Play,
    Print,
    SetLanguage,
    Shoot,
    Talk,
)
from booth.session.events import (
    Begun,
    Event,
    Made,
    MakingFailed,
    Missed,
    Offers,
    Pause,
    Press,
    Progress,
    Refused,
    Resume,
    Slide,
    Source,
    Taken,
    Typed,
)
from booth.session.machine import Machine
from booth.session.presence import Presence
from booth.session.screens import Screen
from booth.session.settings import SessionSettings

__all__ = [
    "Announce", "Begin", "Begun", "Discard", "Dress", "DropShot", "Effect", "Event", "Keep", "Machine", "Made", "Make", "MakingFailed",
    "Missed", "Offers", "Pause", "Play", "Presence", "Press", "Print", "Progress", "Refused", "Resume", "Screen", "SessionSettings",
    "SetLanguage", "Shoot", "Slide", "Source", "Taken", "Talk", "Typed",
]
