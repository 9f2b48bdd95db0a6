"""The operator's window in every state, before a desk that says what is wanted."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLineEdit

from booth.app import Booth
from booth.bench.screens.desk import FakeDesk, amber, broken_note, red, some_sessions, unused, well
from booth.bench.screens.sheet import Album
from booth.cameras.demo import Demo
from booth.house import health as judge
from booth.house.pin import Pin
from booth.settings import DemoCamera, Settings, VisionSettings
from booth.ui.operator import Operator
from booth.ui.panel.desk import Numbers
from booth.ui.panel.sessions import Viewer

SIZE = (1280, 690)
LIMIT_S = 60.0
HIGH = 1500
NOON = 15 * 60 + 40


def panel(album: Album) -> None:
    booth = Booth(Settings(engine="cpu", camera=DemoCamera(), vision=VisionSettings(still_s=0)))
    demo = Demo()
    demo.open()
    with tempfile.TemporaryDirectory() as folder:
        desk = FakeDesk(sessions=some_sessions(Path(folder) / "sessions", 14, demo.picture_at(1.0)))
        pin = Pin(Path(folder) / "pin.json")
        first = Operator(booth, desk, pin)
        first.resize(*SIZE)
        first.show()
        _first_start(first, album)
        window = _Window(first, desk, album)
        booth.start()
        until = time.monotonic() + LIMIT_S
        while first.faces.text() in ("–", "0") and time.monotonic() < until:
            _live(0.2)
        window.tabs()
        window.settings()
        window.health()
        window.locked()
        first.close()
        booth.stop()
        booth.close()


def _live(seconds: float = 0.3) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)


def _press(window: Operator, *keys: str) -> None:
    assert window.pad is not None
    for key in keys:
        window.pad.press(key)
    _live(0.1)


def _first_start(window: Operator, album: Album) -> None:
    """No PIN is set: it is chosen, twice."""
    album.take("first_start_choose", window)
    _press(window, *"2468")
    album.take("first_start_typed", window)
    _press(window, "OK")
    album.take("first_start_again", window)
    _press(window, *"1357", "OK")
    album.take("first_start_different", window)
    _press(window, *"2468", "OK", *"2468", "OK")
    album.sheet("sheet_first_start", 2, 720)


class _Window:
    def __init__(self, window: Operator, desk: FakeDesk, album: Album) -> None:
        self._window, self._desk, self._album = window, desk, album
        self._board, self._form = window.board, window.board.form

    def _take(self, name: str) -> None:
        """As it is after a look at the desk, with the small pictures."""
        _live(1.0 if self._board.tabs.currentIndex() == 2 else 0.3)
        self._board.show_look(self._desk.look())
        self._board.today.show_look(self._desk.look(), NOON)
        _live()
        self._album.take(name, self._window)

    def _show(self, tab: int) -> None:
        self._board.note.hide()
        self._board.tabs.setCurrentIndex(tab)

    def tabs(self) -> None:
        for tab, name in enumerate(("health", "today", "sessions", "settings")):
            self._show(tab)
            self._take(f"well_{name}")
        self._show(2)
        self._board.sessions.table.selectRow(1)
        self._board.say("one sheet is printed")
        self._take("sessions_chosen")
        viewer = Viewer(self._desk.sessions_now[0], True, self._window)
        viewer.show()
        _live()
        self._album.take("sessions_viewer", viewer)
        viewer.close()
        kept, self._desk.sessions_now = self._desk.sessions_now, ()
        self._board.note.hide()
        self._take("sessions_none")
        self._desk.sessions_now = kept
        self._album.sheet("sheet_tabs", 2, 720)

    def settings(self) -> None:
        """Pages in a window so high that all of a page is seen."""
        self._show(3)
        self._window.resize(SIZE[0], HIGH)
        for page in range(self._form.pages.count()):
            self._form.pages.setCurrentRow(page)
            self._take(f"settings_{self._form.pages.item(page).text().lower()}")
        self._window.resize(*SIZE)
        self._type("event.volume", "3")
        self._type("event.keep_h", "soon")
        self._form.pages.setCurrentRow(0)
        self._form.use.click()
        self._take("settings_wrong")
        self._form.show_settings(self._desk.settings)
        self._album.sheet("sheet_settings", 2, 720)

    def _type(self, path: str, text: str) -> None:
        line = self._form.line(path).editor.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        line.setText(text)
        line.textEdited.emit(text)

    def health(self) -> None:
        self._show(0)
        self._desk.paused = True
        self._take("paused")
        self._desk.paused = False
        for name, rows in (("unused", unused()), ("amber_all", amber()), ("red_all", red())):
            self._desk.rows = rows
            before, self._desk.numbers = self._desk.numbers, Numbers()
            self._take(name)
            self._desk.numbers = before
        for colour, faults in (("amber", amber()), ("red", red())):
            for part, row in faults.items():
                self._desk.rows = well() | {part: row}
                self._take(f"{colour}_{part}")
            self._album.sheet(f"sheet_{colour}", 3, 720)
        for name, note in (("broken_settings", broken_note()), ("safe_mode", "safe mode: processor only, default settings")):
            self._desk.rows = well() | {"settings": judge.settings(note)}
            self._take(name)
        self._desk.rows = well()
        self._board.note.hide()
        self._take("mended")
        self._album.sheet("sheet_notes", 2, 720)

    def locked(self) -> None:
        self._window.lock()
        self._take("locked")
        _press(self._window, *"1111", "OK")
        self._take("locked_wrong")
        for _ in range(4):
            _press(self._window, *"1111", "OK")
        self._take("locked_wait")
        self._album.sheet("sheet_locked", 3, 720)
