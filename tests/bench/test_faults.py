"""The trials judge what they say; the parts that fail on purpose fail as real ones do. How fast anything is back, is no test's business."""

import threading
import time

import numpy as np
import pytest

from booth.audio.faulty import FaultySource
from booth.audio.microphone import Microphone
from booth.audio.sources import Device
from booth.bench import faults as bench
from booth.bench.trial import Row, keeping, showing, waited, worst
from booth.bench.trial.scene import RAW_SHARE, bare_faces, raw_share
from booth.errors import PrinterLost
from booth.faults import Faults
from booth.frame import Adapted, Appearance, Composite, Face, Frame, Stylized, Take, frozen
from booth.sinks.printer.faulty import FaultyService
from booth.sinks.printer.folder import FolderService
from booth.vision.detector import Detector

EYE = np.eye(2, 3, dtype=np.float32)


def test_a_row_is_well_only_in_time_and_when_nothing_was_lost():
    assert Row("x", 4.9, "", 5.0).ok
    assert not Row("x", 5.1, "", 5.0).ok
    assert not Row("x", None, "", 5.0).ok
    assert not Row("x", float("nan"), "", 5.0).ok
    assert not Row("x", 1.0, "", 5.0, sound=False).ok
    assert Row("x", 1.234, "a", 5.0).as_dict() == {"fault": "x", "recovered_s": 1.23, "lost": "a", "target": "≤ 5 s", "ok": True, "times": 1}
    assert Row("x", None, "", 5.0, skipped="no disk").as_dict()["ok"] is None
    assert worst([1.0, 3.0, 2.0]) == 3.0
    assert worst([1.0, None]) is None
    assert worst([]) is None
    assert waited(lambda: False, 0.05) is None
    assert waited(lambda: True, 0.05) < 0.05


def test_the_table_has_a_line_for_each_row_and_every_fault_of_the_contract_is_tried(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bench, "TRIALS", {"a": lambda: Row("lamp off", 1.0, "0", 5.0), "b": lambda: [Row("door", None, "1", 2.0, times=3)]})
    assert bench.main(["--json", str(tmp_path / "faults.json")]) == 1
    out = capsys.readouterr().out
    assert "| lamp off | 1.0 s | ≤ 5 s | 0 | ok |" in out
    assert "| door | – | ≤ 2 s | 1 | MISSED |" in out
    assert '"fault": "lamp off"' in (tmp_path / "faults.json").read_text()
    assert bench.main(["--only", "a"]) == 0


def test_the_signage_follows_its_display_when_that_goes_and_comes():
    row = showing.display()
    if row.skipped:
        pytest.skip(row.skipped)
    assert row.sound, row.lost
    assert row.recovered_s is not None
    assert row.times == 2


def composite(photo, drawn, how: str) -> Composite:
    box = np.float32([187, 82, 276, 176])
    frame = Frame(frozen(photo.copy()), 1, 0.0)
    layers = frozen(np.zeros((4, 4, 4), np.uint8))
    colour = frozen(np.zeros(3, np.float32))
    person = Appearance(colour, 0.0, *[colour] * 6)
    adapted = Adapted(Stylized(1, EYE, layers, layers, frozen(np.zeros(4, np.float32))), Face(1, box, np.zeros((478, 3), np.float32)), person)
    take = Take(frame, (adapted,) if how == "drawn" else (), (box,) if how == "covered" else (), np.zeros((1, 1), np.uint8), None)
    return Composite(frozen(drawn), 1, 0.0, take=take)


@pytest.mark.parametrize("how", ["drawn", "covered"])
def test_a_raw_face_is_seen_as_one_and_a_drawn_one_is_not(photo, how):
    assert raw_share(composite(photo, np.repeat(np.repeat(photo, 2, 0), 2, 1), how)) > RAW_SHARE
    assert raw_share(composite(photo, np.full_like(photo, 235), how)) < 0.1
    assert raw_share(composite(photo, photo.copy(), "none")) == 0.0


def test_a_face_without_character_and_placeholder_is_seen(photo):
    detector = Detector()
    assert [bare_faces(composite(photo, photo, how), detector) for how in ("drawn", "covered", "none")] == [0, 0, 1]


def test_a_wrong_clock_loses_no_session():
    row = keeping.clock_jump()
    assert row.sound
    assert row.lost.startswith("0 of 5 sessions")


def test_a_printer_without_paper_keeps_what_it_was_given_and_prints_it_once(tmp_path):
    faults, picture = Faults(), tmp_path / "strip.jpg"
    picture.write_bytes(b"jpeg")
    service = FaultyService(FolderService(tmp_path / "out"), faults)
    for number, kind in enumerate(("paper", "off")):
        assert service.state().ready
        faults.give("printer", kind)
        sheet = service.begin(f"toonbooth {kind} 1", "4x6in")
        service.feed(sheet, picture)
        assert not service.state().ready
        assert service.look(sheet) == "sent"
        faults.give("printer", None)
        assert service.state().ready
        assert service.look(sheet) == "printed"
        assert len(list((tmp_path / "out").iterdir())) == number + 1
    faults.give("printer", "service")
    assert service.state().fault == "no_service"
    with pytest.raises(PrinterLost):
        service.begin("x", "4x6in")


class Tone:
    """A microphone that is spoken into by hand."""

    rate = 48_000

    def devices(self):
        return [Device("tone", 0, 1, self.rate, True)]

    def open(self, device, callback, gone):
        self.say = lambda level: callback(np.full((480, 1), level, np.float32), 480, None, None)
        return self

    def close(self):
        pass


def test_a_microphone_falls_silent_goes_and_comes_back():
    tone, faults = Tone(), Faults()
    microphone = Microphone(source=FaultySource(tone, faults))
    microphone.open()
    tone.say(0.5)
    assert microphone.read(-1).samples[0] == 0.5
    faults.give("microphone", "silence")
    tone.say(0.5)
    assert microphone.read(-1).samples[0] == 0.0
    faults.give("microphone", "unplug")
    deadline = time.monotonic() + 5
    while microphone.available and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert "went away" in microphone.why
    microphone.open()
    assert "no microphone is plugged in" in microphone.why
    faults.give("microphone", None)
    microphone.open()
    assert microphone.available
    microphone.close()
