"""The PIN's pad, and the operator's window behind it."""

import pytest
from PySide6.QtCore import Qt

from booth.app import Booth
from booth.bench.screens.desk import FakeDesk
from booth.house import pin as kept
from booth.house.pin import Pin
from booth.settings import Settings
from booth.ui import operator as window
from booth.ui.operator import Operator
from booth.ui.panel.pin import PinDialog, PinPad

WAIT_MS = 20_000


class Clock:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pin(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(kept, "COST", 2**8)
    return Pin(tmp_path / "pin.json", clock, clock)


def shown(qtbot, widget):
    qtbot.addWidget(widget)
    widget.show()
    return widget


def enter(qtbot, pad, digits) -> None:
    for digit in (*digits, "OK"):
        qtbot.mouseClick(pad.keys[digit], Qt.MouseButton.LeftButton)


def test_a_pin_is_chosen_twice_the_same(qtbot, pin):
    pad = shown(qtbot, PinPad(pin))
    passed = []
    pad.passed.connect(lambda: passed.append(1))
    assert "4 to 12 digits" in pad.words.text()
    enter(qtbot, pad, "12")
    assert "4 to 12 digits" in pad.words.text()
    enter(qtbot, pad, "2468")
    assert "once more" in pad.words.text()
    enter(qtbot, pad, "2469")
    assert "not the same" in pad.words.text()
    assert not pin.is_set
    enter(qtbot, pad, "1357")
    enter(qtbot, pad, "1357")
    assert passed == [1]
    assert pin.check("1357")
    assert pad.dots.text() == ""


def test_it_is_typed_with_keys_too_and_never_shown(qtbot, pin):
    pin.set("2468")
    pad = shown(qtbot, PinPad(pin))
    passed = []
    pad.passed.connect(lambda: passed.append(1))
    qtbot.keyClicks(pad, "24x69")
    qtbot.keyClick(pad, Qt.Key.Key_Backspace)
    assert pad.dots.text() == "•••"
    qtbot.keyClick(pad, Qt.Key.Key_8)
    assert not any(digit in pad.words.text() + pad.dots.text() for digit in "2468")
    qtbot.keyClick(pad, Qt.Key.Key_Return)
    assert passed == [1]


def test_wrong_ones_are_told_calmly_and_after_five_it_waits(qtbot, pin, clock, caplog):
    pin.set("2468")
    pad = shown(qtbot, PinPad(pin))
    passed = []
    pad.passed.connect(lambda: passed.append(1))
    for _ in range(4):
        enter(qtbot, pad, "1111")
        assert pad.words.text() == "Not this one. Try again"
    enter(qtbot, pad, "1111")
    assert pad.words.text() == "Too many tries. The next one is possible in 30 s"
    assert not pad.keys["1"].isEnabled()
    enter(qtbot, pad, "2468")
    assert passed == []
    again = shown(qtbot, PinPad(pin))                             # another pad does not help
    assert "possible in 30 s" in again.words.text()
    clock.at += 31
    qtbot.waitUntil(lambda: pad.keys["1"].isEnabled(), timeout=WAIT_MS)
    enter(qtbot, pad, "2468")
    assert passed == [1]
    caplog.clear()


def test_a_damaged_file_lets_nobody_in_and_says_so(qtbot, pin, tmp_path):
    (tmp_path / "pin.json").write_text("{}")
    pad = shown(qtbot, PinPad(pin))
    passed = []
    pad.passed.connect(lambda: passed.append(1))
    enter(qtbot, pad, "2468")
    assert "damaged" in pad.words.text()
    assert passed == []


def test_the_dialog_closes_with_the_right_one(qtbot, pin):
    pin.set("2468")
    dialog = shown(qtbot, PinDialog(pin))
    enter(qtbot, dialog.pad, "1234")
    assert dialog.isVisible()
    enter(qtbot, dialog.pad, "2468")
    assert not dialog.isVisible()
    assert dialog.result() == 1


def test_the_window_asks_for_a_pin_first_and_locks_itself_when_visitors_could_reach_it(qtbot, pin, monkeypatch):
    booth = Booth(Settings())
    operator = shown(qtbot, Operator(booth, FakeDesk(), pin, guarded=True))
    assert operator.locked
    for _ in range(2):
        enter(qtbot, operator.pad, "2468")
    assert not operator.locked
    monkeypatch.setattr(window, "IDLE_S", 0.0)
    qtbot.waitUntil(lambda: operator.locked, timeout=WAIT_MS)
    monkeypatch.setattr(window, "IDLE_S", 600.0)
    enter(qtbot, operator.pad, "2468")
    qtbot.mouseClick(operator.board.lock, Qt.MouseButton.LeftButton)
    assert operator.locked
    operator.close()
    free = shown(qtbot, Operator(booth, FakeDesk(), pin))          # on a display of its own: only when asked to
    assert not free.locked
    free.close()
    bare = shown(qtbot, Operator(booth, FakeDesk()))
    bare.lock()
    assert not bare.locked
    assert not bare.board.lock.isVisible()
    bare.close()


def test_the_window_has_room_at_1280_by_720(qtbot):
    operator = shown(qtbot, Operator(Booth(Settings()), FakeDesk()))
    least = operator.minimumSizeHint()
    assert least.width() <= 1280
    assert least.height() <= 690
    operator.close()
    assert operator._desk.closed >= 1
