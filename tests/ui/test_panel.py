"""The panel on a desk without a booth."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QMessageBox

from booth.bench.screens.desk import FakeDesk, red, some_sessions, well, with_row
from booth.errors import PrintRefused
from booth.host.films import Making
from booth.house import health as h
from booth.ui.panel import board as board_module
from booth.ui.panel import words
from booth.ui.panel.board import Board
from booth.ui.panel.look import COLOURS, Mark
from booth.ui.panel.numbers import Plot, nice, runs, summed
from booth.ui.panel.sessions import Viewer

WAIT_MS = 20_000


@pytest.fixture
def opened(qtbot, monkeypatch):
    monkeypatch.setattr(board_module, "LOOK_S", 0.05)
    monkeypatch.setattr(board_module, "REFRESH_MS", 20)
    boards = []

    def make(desk) -> Board:
        board = Board(desk)
        boards.append(board)
        qtbot.addWidget(board)
        board.resize(860, 660)
        board.show()
        qtbot.waitUntil(lambda: board.look is not None, timeout=WAIT_MS)
        return board

    yield make
    for board in boards:
        board.shut()


def press(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def until_said(qtbot, board, said) -> None:
    qtbot.waitUntil(lambda: said in board.note.text().lower(), timeout=WAIT_MS)


def pixels(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, :3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def test_all_well_needs_nothing(opened):
    board = opened(FakeDesk())
    assert board.state.text() == "All well"
    assert board.tabs.tabText(0) == "Health"
    assert not any(board.health.button(name).isVisible() for name in h.NAMES)
    assert "recording" in board.health.offers.text()
    assert "Not now" not in board.health.offers.text()


@pytest.mark.parametrize("name", [name for name, row in red().items() if row.remedy is not None and name != "microphone"])
def test_each_fault_has_a_button_that_mends_it(qtbot, opened, name):
    desk = FakeDesk(with_row(red()[name]))
    board = opened(desk)
    assert h.TITLES[name] in board.state.text()
    assert board.tabs.tabText(0) == "Health (1)"
    press(qtbot, board.health.button(name))
    until_said(qtbot, board, "mend was done")
    assert desk.asked == [("mend", red()[name].remedy.id, "")]
    desk.rows = well()
    qtbot.waitUntil(lambda: board.state.text() == "All well", timeout=WAIT_MS)
    assert not board.health.button(name).isVisible()


def test_another_microphone_is_chosen_from_a_list(qtbot, opened, monkeypatch):
    desk = FakeDesk(with_row(red()["microphone"]))
    board = opened(desk)
    monkeypatch.setattr(QInputDialog, "getItem", lambda *args: (args[3][1], True))
    press(qtbot, board.health.button("microphone"))
    until_said(qtbot, board, "mend was done")
    assert desk.asked == [("mend", "choose_microphone", "built-in")]
    desk.microphones = []
    press(qtbot, board.health.button("microphone"))
    until_said(qtbot, board, "nothing to choose from")
    assert len(desk.asked) == 1


def test_what_is_refused_or_goes_wrong_is_said(qtbot, opened, caplog):
    desk = FakeDesk(with_row(red()["disk"]))
    desk.refuses = PrintRefused("the disk says no; look at it")
    board = opened(desk)
    press(qtbot, board.health.button("disk"))
    until_said(qtbot, board, "the disk says no; look at it")
    assert board.health.button("disk").isEnabled()
    desk.refuses = ZeroDivisionError("a mistake of ours")
    press(qtbot, board.health.button("disk"))
    until_said(qtbot, board, "the log says why")
    assert "a mistake of ours" in caplog.text
    caplog.clear()


def test_a_look_that_fails_is_said_once_and_tried_again(qtbot, opened, caplog, monkeypatch):
    desk = FakeDesk()
    board = opened(desk)
    look = desk.look
    looks = []
    monkeypatch.setattr(desk, "look", lambda: looks.append(1) or 1 / 0)
    qtbot.waitUntil(lambda: len(looks) >= 2, timeout=WAIT_MS)
    assert "cannot look at the booth" in board.note.text()
    assert sum("cannot look" in r.message for r in caplog.records) == 1
    desk.rows = red()
    monkeypatch.setattr(desk, "look", look)
    qtbot.waitUntil(lambda: f"and {len(red()) - 3} more" in board.state.text(), timeout=WAIT_MS)
    caplog.clear()


def test_pause_and_go_on(qtbot, opened):
    desk = FakeDesk()
    board = opened(desk)
    press(qtbot, board.pause)
    assert board.pause.text() == words.RESUME
    qtbot.waitUntil(lambda: "back soon" in board.state.text(), timeout=WAIT_MS)
    press(qtbot, board.pause)
    assert desk.asked == [("pause",), ("resume",)]
    desk.can_pause = False
    board.refresh()
    assert not board.pause.isEnabled()
    assert board.pause.toolTip()


def test_the_day_is_ended_only_when_it_is_meant(qtbot, opened, monkeypatch):
    desk = FakeDesk()
    board = opened(desk)
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *args: next(answers))
    press(qtbot, board.end)
    assert desk.asked == []
    press(qtbot, board.end)
    until_said(qtbot, board, "end_of_day was done")
    assert board.page.isVisible()


def test_numbers_and_plots_of_the_day(opened):
    board = opened(FakeDesk())
    assert [board.today.tile(name) for name in ("fps", "latency_ms", "visitors", "prints")] == ["30", "74", "412", "131"]
    assert board.today.care.text() == "Care: full · cpu"


def test_a_plot_shows_when_things_were(qtbot):
    plot = Plot("x", bars=True)
    qtbot.addWidget(plot)
    plot.resize(600, 140)
    minutes = np.zeros(1440, np.float32)
    empty = pixels(plot)
    minutes[600:660] = 2
    plot.show_minutes(minutes, 0)
    columns = np.flatnonzero((np.abs(pixels(plot) - empty) > 60).any(2)[40:110].any(0))
    here = (columns[columns > 50] - 40) / 548 * 24
    assert here.min() == pytest.approx(10, abs=0.3)
    assert here.max() == pytest.approx(11, abs=0.3)
    assert summed(minutes, 10).tolist() == [0.0] * 60 + [20.0] * 6 + [0.0] * 78


def test_a_line_has_gaps_where_nothing_was_measured(qtbot):
    values = np.full(1440, np.nan, np.float32)
    assert runs(values) == []
    values[[3, 4, 9]] = 1
    assert [run.tolist() for run in runs(values)] == [[3, 4], [9]]
    assert [nice(v) for v in (0, 0.7, 1, 18, 29.7, 131, 999)] == [1, 1, 1, 20, 30, 200, 1000]
    line = Plot("x", bars=False)
    qtbot.addWidget(line)
    line.resize(600, 140)
    before = pixels(line)
    line.show_minutes(values, 700)
    assert np.abs(pixels(line) - before).max() > 60


def test_marks_differ_by_shape_too(qtbot):
    mark = Mark(48)
    qtbot.addWidget(mark)
    seen = {}
    for state, colour in COLOURS.items():
        mark.show_state(state)
        shape = np.abs(pixels(mark) - [int(colour[i:i + 2], 16) for i in (1, 3, 5)]).max(2) < 40
        assert shape.sum() > 300
        seen[state] = shape
    assert min((seen[a] ^ seen[b]).sum() for a, b in (("green", "red"), ("green", "amber"), ("amber", "red"))) > 100
    mark.show_state("green", used=False)
    assert (np.abs(pixels(mark) - [0x23, 0x79, 0x4a]).max(2) < 40).sum() == 0


def test_sessions_are_listed_opened_printed_again_and_deleted(qtbot, opened, tmp_path, photo, monkeypatch):
    desk = FakeDesk(sessions=some_sessions(tmp_path, 3, photo[::4, ::4]))
    board = opened(desk)
    board.tabs.setCurrentIndex(2)
    tab = board.sessions
    assert tab.model.rowCount() == 3
    assert not tab.reprint.isEnabled()
    cell = lambda column: tab.model.data(tab.model.index(1, column))
    assert (cell(2), cell(3), cell(4)) == ("romance, night", "page", "1")
    qtbot.waitUntil(lambda: tab.model.data(tab.model.index(0, 0), Qt.ItemDataRole.DecorationRole) is not None, timeout=WAIT_MS)
    icon = tab.model.data(tab.model.index(0, 0), Qt.ItemDataRole.DecorationRole)
    assert (icon.availableSizes()[0].width(), icon.availableSizes()[0].height()) == (96, 64)
    tab.table.selectRow(1)
    chosen = desk.sessions_now[1].id
    press(qtbot, tab.reprint)
    until_said(qtbot, board, "reprint was done")
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *args: next(answers))
    press(qtbot, tab.delete)
    press(qtbot, tab.delete)
    until_said(qtbot, board, "delete was done")
    assert desk.asked == [("reprint", chosen), ("delete", chosen)]
    qtbot.waitUntil(lambda: tab.model.rowCount() == 2, timeout=WAIT_MS)
    assert tab.chosen() is None
    desk.sessions_now = ()
    qtbot.waitUntil(lambda: tab.empty.isVisible(), timeout=WAIT_MS)


def test_a_chosen_session_stays_chosen_when_others_come(qtbot, opened, tmp_path, photo):
    sessions = some_sessions(tmp_path, 3, photo[::8, ::8])
    desk = FakeDesk(sessions=sessions[1:])
    board = opened(desk)
    board.sessions.table.selectRow(1)
    desk.sessions_now = sessions
    qtbot.waitUntil(lambda: board.sessions.model.rowCount() == 3, timeout=WAIT_MS)
    assert board.sessions.chosen() is sessions[2]


def test_the_viewer_turns_pages_and_survives_a_deleted_picture(qtbot, tmp_path, photo):
    session = some_sessions(tmp_path, 1, photo[::4, ::4])[0]
    viewer = Viewer(session, files=False)
    qtbot.addWidget(viewer)
    viewer.show()
    assert viewer.name.text() == "strip.png (1 of 2) · also: moving.mp4"
    assert viewer.picture.pixmap().height() == 560
    qtbot.keyClick(viewer, Qt.Key.Key_Right)
    assert viewer.name.text().startswith("cut1.jpg")
    (session.folder / "strip.png").unlink()
    press(qtbot, viewer.on)
    assert viewer.picture.pixmap().isNull()


def test_the_window_stays_alive_while_a_wish_takes_its_time(qtbot, opened, monkeypatch):
    desk = FakeDesk(with_row(red()["share"]))
    board = opened(desk)
    began = time.monotonic()
    monkeypatch.setattr(desk, "mend", lambda remedy, choice="": time.sleep(0.6) or "share was done")
    press(qtbot, board.health.button("share"))
    assert time.monotonic() - began < 0.5
    assert not board.health.button("share").isEnabled()
    until_said(qtbot, board, "share was done")
    assert board.health.button("share").isEnabled()


def test_the_film_of_the_day_tells_how_far_it_is_and_is_called_off_by_the_same_button(opened, qtbot):
    class Slow(FakeDesk):
        def film(self):
            def make(progress):
                go_on.wait(WAIT_MS / 1000)
                progress(0.42)
                told.set()
                while True:
                    progress(0.43)
                    time.sleep(0.01)
            return Making(make)

    go_on, told = threading.Event(), threading.Event()
    board = opened(Slow())
    press(qtbot, board.film)
    assert "0 %" in board.film.text()
    go_on.set()
    assert told.wait(10)
    qtbot.waitUntil(lambda: "43 %" in board.film.text(), timeout=WAIT_MS)
    press(qtbot, board.film)
    until_said(qtbot, board, "called off")
    assert board.film.text() == words.FILM


def test_a_finished_film_is_named_and_can_be_opened(opened, qtbot):
    board = opened(FakeDesk())
    press(qtbot, board.film)
    until_said(qtbot, board, "94 visits")
    assert board.page.isVisible()
    assert board.page.text() == words.OPEN_FILM
    assert "2026-11-21.mp4" in board.film.toolTip()


def test_without_a_recording_there_is_no_film_and_why_is_said(opened):
    desk = FakeDesk()
    desk.can_film = False
    board = opened(desk)
    assert not board.film.isEnabled()
    assert board.film.toolTip() == words.NO_FILM
