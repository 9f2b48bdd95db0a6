"""What visitors are told of being filmed follows from the settings."""

from pathlib import Path

import pytest

from booth.host.offers import filmed
from booth.settings import BroadcastSettings, RecordSettings, Settings, VirtualSettings
from booth.texts import session_texts
from tests.session.guest import Guest

QUIET = {"folder": Path("day"), "sound": False}
LIVE = BroadcastSettings(url="rtmp://127.0.0.1/live/key", sound=True)


@pytest.mark.parametrize(("settings", "said"), [
    (Settings(), "no"),
    (Settings(virtual=VirtualSettings()), "drawn"),
    (Settings(record=RecordSettings(**QUIET)), "drawn"),
    (Settings(record=RecordSettings(folder=Path("day"))), "drawn_sound"),
    (Settings(live=LIVE), "drawn_sound"),
    (Settings(record=RecordSettings(**QUIET, camera=True)), "camera"),
    (Settings(record=RecordSettings(**QUIET, camera=True), live=LIVE), "camera_sound")])
def test_visitors_are_told_what_of_them_goes_out(settings, said):
    assert filmed(settings) == said


def test_it_stands_on_the_screen_before_anybody_agrees():
    filmed, not_filmed = (Guest(**what).go("consent").screen for what in ({"filmed": "camera"}, {}))
    assert (filmed.filmed, not_filmed.filmed) == ("camera", "no")
    assert "저장하지 않아요" in session_texts()[not_filmed.body]["ko"]
    assert "저장하지 않아요" not in session_texts()[filmed.body]["ko"]     # that would not be true
