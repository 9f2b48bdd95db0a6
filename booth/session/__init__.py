"""The visitor's minute: a state machine that knows no window, no thread and no clock.

The window passes on what was pressed, the rooms answer what they were asked, and the tracker says who is there. The
machine returns effects, which are carried out in their order, and has a screen to draw::

    effects = machine.handle(Press("begin", Source.TOUCH), now)
    effects = machine.tick(now, presence)              # many times a second
    window.draw(machine.screen)

The way: attract → noticed → character → consent → opening → (countdown → shot → shown) × 4 → review → layout → making →
result → thanks → attract. From the result and back to it: voice → ready → recording → animating → preview. Beside it: refused,
failed, talk_failed, paused. The whole table is in ``booth.session.table``.
"""

from booth.session.effects import (
    Animate,
    Announce,
    Begin,
    ConsentVoice,
    Discard,
    DiscardClip,
    Dress,
    DropShot,
    Effect,
    Keep,
    KeepClip,
    Make,
    Play,
    PlayClip,
    Print,
    Record,
    SetLanguage,
    Shoot,
    StopClip,
    StopRecording,
)
from booth.session.events import (
    Animated,
    AnimatingFailed,
    Begun,
    Event,
    KeepingFailed,
    Made,
    MakingFailed,
    Menu,
    Missed,
    Offers,
    Pause,
    Press,
    Progress,
    Recorded,
    Recording,
    RecordingFailed,
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
    "Animate", "Animated", "AnimatingFailed", "Announce", "Begin", "Begun", "ConsentVoice", "Discard", "DiscardClip", "Dress", "DropShot",
    "Effect", "Event", "Keep", "KeepClip", "KeepingFailed", "Machine", "Made", "Make", "MakingFailed", "Menu", "Missed", "Offers", "Pause",
    "Play", "PlayClip", "Presence", "Press", "Print", "Progress", "Record", "Recorded", "Recording", "RecordingFailed", "Refused", "Resume",
    "Screen", "SessionSettings", "SetLanguage", "Shoot", "Slide", "Source", "StopClip", "StopRecording", "Taken", "Typed",
]
