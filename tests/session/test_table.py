"""Every pair of screen and event."""

from __future__ import annotations

import copy
from random import Random

import pytest
from pydantic import ValidationError

from booth.errors import UsageError
from booth.session import (
    Animated,
    AnimatingFailed,
    Begun,
    KeepingFailed,
    Machine,
    Made,
    MakingFailed,
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
    SessionSettings,
    Slide,
    Source,
    Taken,
    Typed,
)
from booth.session.table import AWAY, DEFAULTS, LASTS, NO_PRESS, TABLE
from tests.session.guest import CHOICES, LAYOUTS, STYLES, Guest


def events_of(kind: str, ask: int) -> list:
    shot = {"taken": Taken(0, 5, ask), "missed": Missed(0, "r", ask)}
    others = {"slide": Slide(0.5), "typed": Typed("a"), "begun": Begun(ask), "refused": Refused("r", ask), "progress": Progress(0.5, ask),
              "made": Made("s", None, ask), "making_failed": MakingFailed("r", ask), "pause": Pause(), "resume": Resume(),
              "recording": Recording(0.5, "quiet", ask), "recorded": Recorded(2.0, ask), "recording_failed": RecordingFailed("r", ask),
              "animated": Animated(ask), "animating_failed": AnimatingFailed("r", ask), "keeping_failed": KeepingFailed("r", ask)}
    return [{**shot, **others}[kind]] if kind in NO_PRESS else [Press(kind, s, CHOICES.get(kind)) for s in (Source.TOUCH, Source.KEYBOARD)]


PASSING = {"someone", "nobody", "strangers", "idle", "time", "unheard"}
KINDS = sorted({kind for row in TABLE.values() for kind in row} - PASSING)


def state_of(machine: Machine) -> dict:
    return {name: copy.copy(value) for name, value in vars(machine).items() if name not in ("_guard", "_watch", "_now", "_house", "_chance")}


@pytest.mark.parametrize("stage", TABLE)
def test_every_event_on_every_screen_is_in_the_table_or_changes_nothing(stage):
    arrived = Guest().go(stage)
    arrived.handle(Offers(copies=5, talk=True))
    arrived.wait(0.5)
    for kind in KINDS:
        for event in events_of(kind, arrived.ask):
            guest = copy.deepcopy(arrived)
            before = state_of(guest.machine)
            effects = guest.handle(event)
            if kind in TABLE[stage]:
                assert guest.at in (stage, *TABLE[stage][kind])
            elif not (kind == "cancel" and TABLE[stage].keys() & {"done", "back", "discard_clip"}):
                assert (effects, state_of(guest.machine)) == ([], before), kind


def test_every_word_of_the_table_has_a_handler_and_every_handler_a_row():
    words = {kind for row in TABLE.values() for kind in row}
    assert words == {name.removeprefix("_on_") for name in dir(Machine) if name.startswith("_on_")}


def test_every_screen_but_paused_ends_by_itself_when_nobody_is_there():
    for stage, row in TABLE.items():
        assert any(targets for targets in row.values())
        assert stage in ("attract", "paused") or row.keys() & {"nobody", "time"}
        assert ("time" in row) == (stage in LASTS)
        assert ("nobody" in row) == (stage in AWAY)
        assert stage not in DEFAULTS or DEFAULTS[stage] in row


def test_settings_are_bounded_and_known():
    with pytest.raises(ValidationError):
        SessionSettings(countdown_s=0)
    with pytest.raises(ValidationError):
        SessionSettings(countdown=3)
    assert SessionSettings().model_dump_json()


@pytest.mark.parametrize(("styles", "layouts"), [((), LAYOUTS), (STYLES, ())])
def test_a_booth_with_nothing_to_choose_says_so(styles, layouts):
    with pytest.raises(UsageError, match="at least one"):
        Machine(SessionSettings(), styles, layouts, Random(1))
