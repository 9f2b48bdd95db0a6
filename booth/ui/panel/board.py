"""The panel's right side: how the booth is, today's numbers, sessions, settings; and all that an operator can press there.

What may wait for a disk or a printer is done one after the other in a thread of its own; the windows' thread only looks whether it is done.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QMessageBox, QPushButton, QTabWidget, QVBoxLayout, QWidget

from booth.errors import BoothError
from booth.host.films import Making
from booth.house.health import CHOOSE, Remedy
from booth.settings import Settings
from booth.ui.panel import words
from booth.ui.panel.desk import Desk, Ended, Look
from booth.ui.panel.form import SettingsForm
from booth.ui.panel.health import HealthList
from booth.ui.panel.look import Mark
from booth.ui.panel.numbers import Today
from booth.ui.panel.sessions import Sessions

log = logging.getLogger(__name__)

REFRESH_MS = 250
LOOK_S = 1.0
NOTE_MS = 9000
NAMED = 3
"""So many parts are named above the list."""


class Board(QWidget):
    """``files``: other programs of the desktop may be opened, not in a kiosk · ``look``: the newest, None before the first. ``shut`` it at the
    end."""

    def __init__(self, desk: Desk, files: bool = True) -> None:
        super().__init__()
        self._desk, self._files = desk, files
        self._work = ThreadPoolExecutor(1, thread_name_prefix="panel")
        self.destroyed.connect(partial(_end, self._work))               # also when nobody has closed the window
        self._looking: Future[Look] | None = None
        self._looked_at = float("-inf")
        self._job: tuple[Future, Callable[[Any], None]] | None = None
        self._complaint = ""
        self._page: str | None = None
        self._making: Making | None = None
        self._filmed = ""
        self.look: Look | None = None
        self.mark, self.state = Mark(30), QLabel(objectName="title")
        self.state.setWordWrap(True)
        self.pause, self.end, self.lock = QPushButton(words.PAUSE), QPushButton(words.END_OF_DAY), QPushButton(words.LOCK)
        self.film = QPushButton(words.FILM)
        self.film.clicked.connect(self._film)
        self.pause.clicked.connect(self._pause)
        self.end.clicked.connect(self._end_of_day)
        self.lock.hide()
        self.health, self.today, self.sessions = HealthList(), Today(), Sessions(self._work, files)
        self.form = SettingsForm(desk)
        self.health.mend.connect(self._mend)
        self.sessions.wish.connect(self._wish)
        self.form.save.connect(self._save)
        self.tabs = QTabWidget()
        for title, widget in zip(words.TABS, (self.health, self.today, self.sessions, self.form)):
            self.tabs.addTab(widget, title)
        self.tabs.currentChanged.connect(lambda _: self.form.follow())
        self.note = QLabel(objectName="note", wordWrap=True)
        self.note.hide()
        self.page = QPushButton(words.OPEN_PAGE)
        self.page.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._page or "")))
        self.page.hide()
        self._lay()
        self._fade = QTimer(self, interval=NOTE_MS, singleShot=True)
        self._fade.timeout.connect(self._quiet)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()

    def _lay(self) -> None:
        top, below = QHBoxLayout(), QHBoxLayout()
        for widget in (self.mark, self.state, self.pause, self.film, self.end, self.lock):
            top.addWidget(widget, 1 if widget is self.state else 0)
        below.addWidget(self.note, 1)
        below.addWidget(self.page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(below)

    def refresh(self) -> None:
        """Take over what is done, begin what is due."""
        self._desk.displays = len(QGuiApplication.screens())
        if self._looking is not None and self._looking.done():
            self._take(self._looking)
            self._looking = None
        if self._job is not None and self._job[0].done():
            future, then = self._job
            self._job = None
            self._hold(False)
            self._finish(future, then)
            self._looked_at = float("-inf")
        if self._looking is None and time.monotonic() - self._looked_at >= LOOK_S:
            self._looked_at = time.monotonic()
            self._looking = self._work.submit(self._desk.look)
        self._follow_film()
        self.pause.setText(words.RESUME if self._desk.paused else words.PAUSE)
        self.pause.setEnabled(self._desk.can_pause)
        self.pause.setToolTip("" if self._desk.can_pause else words.NO_PAUSE)
        self.sessions.pictures.arrive()

    def shut(self) -> None:
        """Ends its thread; what it is doing is done first."""
        self._timer.stop()
        self._fade.stop()
        self._work.shutdown(cancel_futures=True)

    def say(self, text: str) -> None:
        """One line below, for a while."""
        self.note.setText(text[:1].upper() + text[1:])
        self.note.show()
        self._fade.start()

    def show_look(self, look: Look) -> None:
        self.look = look
        faults = look.health.faults
        self.mark.show_state("amber" if self._desk.paused and not faults else look.health.state)
        parts = ", ".join(row.title for row in faults[:NAMED]) + (words.MORE.format(count=len(faults) - NAMED) if len(faults) > NAMED else "")
        text = words.ALL_WELL.capitalize() if not faults else words.NEEDS.format(parts=parts)
        self.state.setText(words.PAUSED.capitalize() if self._desk.paused else text)
        self.tabs.setTabText(0, words.TABS[0] if not faults else f"{words.TABS[0]} ({len(faults)})")
        self.health.show_health(look.health, look.gate)
        self.today.show_look(look)
        self.sessions.show_sessions(look.sessions)

    def _take(self, future: Future[Look]) -> None:
        error = future.exception()
        if error is None:
            self._complaint = ""
            self.show_look(future.result())
        elif str(error) != self._complaint:                            # once, not every second
            self._complaint = str(error)
            log.error("the panel cannot look at the booth", exc_info=error)
            self.say(words.BLIND)

    def _mend(self, remedy: Remedy) -> None:
        if remedy.drawing:
            self._at_once(lambda: self._desk.mend(remedy.id))
        elif remedy == CHOOSE:
            self._begin(lambda: self._desk.choices(remedy.id), lambda names: self._choose(remedy, names))
        else:
            self._begin(lambda: self._desk.mend(remedy.id), self.say)

    def _choose(self, remedy: Remedy, names: list[str]) -> None:
        if not names:
            self.say(words.NOTHING_TO_CHOOSE)
            return
        name, wanted = QInputDialog.getItem(self, remedy.label, words.CHOOSE_ONE, names, 0, False)
        if wanted:
            self._begin(lambda: self._desk.mend(remedy.id, name), self.say)

    def _wish(self, wish: str, id: str) -> None:
        act = self._desk.reprint if wish == "reprint" else self._desk.delete
        self._begin(lambda: act(id), self.say)

    def _pause(self) -> None:
        self._at_once(self._desk.resume if self._desk.paused else self._desk.pause)

    def _end_of_day(self) -> None:
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel
        if QMessageBox.question(self, words.END_TITLE, words.END_ASK, yes | no, no) == yes:
            self._begin(self._desk.end_of_day, self._ended)

    def _ended(self, ended: Ended) -> None:
        self._offer(ended.words, words.OPEN_PAGE, ended.page)

    def _offer(self, said: str, label: str, file: Path) -> None:
        self._page = str(file)
        self.page.setText(label)
        self.say(said)
        self.page.setVisible(self._files)

    def _film(self) -> None:
        """Begin the film, or call it off."""
        if self._making is not None:
            self._making.stop()
            return
        try:
            self._making = self._desk.film()
        except BoothError as error:
            self.say(str(error))
        self._follow_film()

    def _follow_film(self) -> None:
        making = self._making
        if making is not None and making.done:
            self._making = None
            self._filmed = making.words                                 # the line below fades; nobody may have been here
            if making.reel is None:
                self.say(making.words)
            else:
                self._offer(making.words, words.OPEN_FILM, making.reel.path)
        self.film.setText(words.FILM if self._making is None else words.FILMING.format(share=int(100 * self._making.share)))
        self.film.setEnabled(self._making is not None or self._desk.can_film)
        self.film.setToolTip(self._filmed or (words.FILM_ABOUT if self._desk.can_film else words.NO_FILM))

    def _save(self, settings: Settings) -> None:
        if self._at_once(lambda: self._desk.apply(settings)):
            self.form.show_settings(self._desk.settings)

    def _at_once(self, act: Callable[[], str]) -> bool:
        """In the windows' thread: what stops drawing, and what takes no time. Whether it could be done."""
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            self.say(act())
            done = True
        except BoothError as error:
            self.say(str(error))
            done = False
        finally:
            QGuiApplication.restoreOverrideCursor()
        self._looked_at = float("-inf")
        self.refresh()
        return done

    def _begin(self, act: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """In the panel's thread; ``then`` is called here with what it returned."""
        if self._job is None:
            self._hold(True)
            self._job = self._work.submit(act), then

    def _finish(self, future: Future, then: Callable[[Any], None]) -> None:
        error = future.exception()
        if error is None:
            QTimer.singleShot(0, self, partial(then, future.result()))  # may open a dialog: not inside the timer's own call
            return
        if not isinstance(error, BoothError):
            log.error("the panel's wish failed", exc_info=error)
        self.say(str(error) if isinstance(error, BoothError) else words.FAILED)

    def _hold(self, held: bool) -> None:
        self.health.hold(held)
        self.sessions.hold(held)
        self.end.setEnabled(not held)

    def _quiet(self) -> None:
        self.note.hide()
        self.page.hide()


def _end(work: ThreadPoolExecutor, *_: Any) -> None:
    work.shutdown(wait=False, cancel_futures=True)
