"""What visitors are told of being filmed follows from the settings."""

from pathlib import Path

import pytest

from booth.host.offers import filmed
from booth.session import SessionSettings
from booth.settings import BroadcastSettings, RecordSettings, Settings, VirtualSettings
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
    assert Guest(filmed="camera").go("consent").screen.filmed == "camera"
    assert SessionSettings().filmed == "no"
