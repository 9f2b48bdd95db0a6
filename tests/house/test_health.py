"""Judging parts, and what follows for visitors."""

import pytest

from booth.house import health as h
from booth.house.health import NAMES, Row, gate, healthy

NOW = 1_795_000_000.0


def well(**changed: Row):
    """A booth with everything set up and well, but for the rows given."""
    rows = {
        "camera": h.camera("camera X", True, None, 0.03, False), "display": h.display(2, 0), "engine": h.engine("cpu", "auto", None, False, 30.0),
        "models": h.models(None), "characters": h.characters(None, 6), "printer": h.printer(True, None, None, 300),
        "microphone": h.microphone(True, "USB", None), "sound": h.sound(True, None), "disk": h.disk(True, None, 900, "ok"),
        "share": h.share(True, True, "http://10.0.0.2:8080", None), "clock": h.clock(NOW, None), "recording": h.recording(True, None, 600, 0),
        "live": h.outlet("live", True, True, None, 0), "virtual": h.outlet("virtual", True, True, None, 0), "settings": h.settings(None)}
    return healthy((rows | changed).values())


def test_all_is_well():
    health = well()
    assert [row.name for row in health.rows] == list(NAMES)
    assert (health.state, health.faults) == ("green", ())
    assert all(row.remedy is None and row.words for row in health.rows)
    assert "1,200 pictures" in h.outlet("virtual", True, True, None, 1200).words
    offered = gate(health)
    assert (offered.sessions, offered.print, offered.talk, offered.share, offered.recording, offered.why) == (True,) * 5 + ("",)


@pytest.mark.parametrize(("row", "state", "said", "remedy"), [
    (h.camera("x", False, None, None, False), "amber", "stopped", "start"),
    (h.camera("x", True, "camera x is not plugged in", 9.0, False), "red", "not plugged in", "reconnect_camera"),
    (h.camera("x", True, None, None, False), "amber", "first picture", "reconnect_camera"),
    (h.camera("x", True, None, 4.2, False), "red", "no new picture for 4 s", "reconnect_camera"),
    (h.camera("x", True, None, 0.1, True), "red", "black", "reconnect_camera"),
    (h.display(0, 0), "red", "no display", "place_signage"),
    (h.display(1, 1), "amber", "display 2 is not plugged in", "place_signage"),
    (h.engine("cuda", "auto", "the engine refused", False, 30), "red", "refused", "cpu_engine"),
    (h.engine("cpu", "cpu", None, True, 30), "red", "cannot be drawn", "restart_drawing"),
    (h.engine("cpu", "cuda", None, False, 30), "amber", "the processor does", "restart_drawing"),
    (h.engine("cpu", "auto", None, False, 8.4), "amber", "only 8 pictures", "restart_drawing"),
    (h.models("weights altered"), "red", "altered", "verify_models"),
    (h.characters("style.toml: line 3", 6), "amber", "line 3", "reload_characters"),
    (h.printer(True, "no_paper", "out of paper; refill it", None), "red", "refill", "resume_printer"),
    (h.printer(True, "quota", "the prints are used up", 0), "amber", "used up", None),
    (h.printer(True, "paused", "paused by hand", 40), "red", "paused", "resume_printer"),
    (h.printer(True, "unknown", None, None), "red", "not been looked at", None),
    (h.printer(True, None, None, 7), "amber", "7 sheets left", None),
    (h.microphone(True, "USB", "it went away"), "red", "went away", "choose_microphone"),
    (h.sound(True, "no sound card"), "amber", "no sound card", "open_sound"),
    (h.disk(True, None, 12, "low"), "amber", "12 more", "purge"),
    (h.disk(True, None, 0, "full"), "red", "no room", "purge"),
    (h.disk(True, "cannot be read", 0, "ok"), "red", "cannot be read", None),
    (h.share(True, False, "", None), "red", "has stopped", "restart_share"),
    (h.share(True, True, "", "in no network"), "red", "no network", "restart_share"),
    (h.clock(NOW, "the clock went back"), "red", "went back", "trust_clock"),
    (h.clock(86400.0, None), "red", "set it right", None),
    (h.recording(True, "recording has stopped", 0, 0), "amber", "stopped", "purge"),
    (h.outlet("live", True, False, "rtmp://a does not take the broadcast", 0), "red", "does not take", None),
    (h.outlet("live", True, False, None, 0), "amber", "waits for the server", None),
    (h.settings("settings.json has a mistake"), "amber", "mistake", "settings_read"),
])
def test_each_fault_is_said_and_has_what_mends_it(row, state, said, remedy):
    assert row.state == state
    assert said in row.words
    assert (row.remedy.id if row.remedy else None) == remedy
    health = well(**{row.name: row})
    assert health.state == state
    assert health.faults == (row,)
    assert health[row.name] is row


@pytest.mark.parametrize(("row", "gone"), [
    (h.camera("x", True, "lost", None, False), {"sessions", "talk"}),
    (h.engine("cpu", "cpu", None, True, 30), {"sessions", "talk"}),
    (h.models("altered"), {"sessions", "talk"}),
    (h.display(0, 0), {"sessions", "talk"}),
    (h.display(1, 1), set()),
    (h.disk(True, None, 0, "full"), {"sessions", "talk", "recording"}),
    (h.disk(True, None, 12, "low"), {"recording"}),
    (h.disk(False, None, 0, "ok"), {"sessions", "talk", "recording"}),
    (h.printer(True, "no_paper", "out of paper", 0), {"print"}),
    (h.printer(True, None, None, 3), set()),
    (h.printer(False, None, None, None), {"print"}),
    (h.microphone(True, "", "gone"), {"talk"}),
    (h.microphone(False, "", None), {"talk"}),
    (h.share(True, False, "", "port taken"), {"share"}),
    (h.recording(False, None, 0, 0), {"recording"}),
    (h.clock(NOW, "went back"), set()),
    (h.sound(True, "none"), set()),
])
def test_one_gate_decides_what_visitors_are_offered(row, gone):
    offered = gate(well(**{row.name: row}))
    assert {name for name in ("sessions", "print", "talk", "share", "recording") if not getattr(offered, name)} == gone
    assert bool(offered.why) == ("sessions" in gone)
    if offered.why:
        assert row.words in offered.why


def test_what_nobody_has_looked_at_is_not_offered():
    offered = gate(healthy([h.display(1, 0)]))
    assert not any((offered.sessions, offered.print, offered.talk, offered.share, offered.recording))
    assert "not looked at yet" in offered.why
    assert healthy([]).state == "green"
    with pytest.raises(KeyError):
        healthy([])["camera"]


def test_the_worst_comes_first():
    health = well(sound=h.sound(True, "none"), camera=h.camera("x", True, "lost", None, False), characters=h.characters("bad", 1))
    assert [row.name for row in health.faults] == ["camera", "characters", "sound"]
    assert health.state == "red"
