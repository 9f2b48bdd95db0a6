"""The operator's PIN on a number pad: chosen at the first start, asked for where visitors could reach the panel."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from booth.errors import UsageError
from booth.house.pin import LEAST, MOST, Pin
from booth.ui.panel import words
from booth.ui.panel.look import SHEET

WAIT_MS = 250


class PinPad(QWidget):
    """Asks for a PIN that is to be chosen, twice, or for the one there is; ``passed`` is sent when it is right. Nothing typed is shown."""

    passed = Signal()

    def __init__(self, pin: Pin) -> None:
        super().__init__()
        self._pin = pin
        self._typed = self._first = ""
        self.words = QLabel(objectName="ask", wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.words.setMinimumSize(420, 60)
        self.dots = QLabel(objectName="dots", alignment=Qt.AlignmentFlag.AlignCenter)
        self.dots.setFixedHeight(36)
        keys = (*"123456789", words.PIN_ERASE, "0", words.PIN_DONE)
        self.keys = {key: QPushButton(key, objectName="done" if key == words.PIN_DONE else "key") for key in keys}
        pad = QGridLayout()
        pad.setSpacing(8)
        for k, (key, button) in enumerate(self.keys.items()):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, key=key: self.press(key))
            pad.addWidget(button, k // 3, k % 3)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addWidget(self.dots)
        layout.addLayout(pad)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._timer = QTimer(self, interval=WAIT_MS)
        self._timer.timeout.connect(self._wait)
        self.begin()

    @property
    def mode(self) -> Literal["choose", "again", "unlock"]:
        return "unlock" if self._pin.is_set else "again" if self._first else "choose"

    def begin(self) -> None:
        """From the start, with nothing typed."""
        self._first = ""
        self._clear(words.PIN_UNLOCK if self._pin.is_set else words.PIN_CHOOSE.format(least=LEAST, most=MOST))
        if self._left() > 0:
            self._wait()
            self._timer.start()

    def press(self, key: str) -> None:
        """A digit, or one of the other two keys."""
        if not self.keys[key].isEnabled():
            return
        if key == words.PIN_DONE:
            self._done()
        else:
            self._typed = self._typed[:-1] if key == words.PIN_ERASE else (self._typed + key)[:MOST]
            self.dots.setText("•" * len(self._typed))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        special = {Qt.Key.Key_Return: words.PIN_DONE, Qt.Key.Key_Enter: words.PIN_DONE, Qt.Key.Key_Backspace: words.PIN_ERASE}
        key = special.get(Qt.Key(event.key()), event.text())
        if key in self.keys:
            self.press(key)
        else:
            event.ignore()

    def _done(self) -> None:
        typed = self._typed
        try:
            match self.mode:
                case "unlock" if self._pin.check(typed):
                    self._clear("")
                    self.passed.emit()
                case "unlock" if self._left() > 0:
                    self._clear("")
                    self._wait()
                    self._timer.start()
                case "unlock":
                    self._clear(words.PIN_WRONG)
                case "again" if typed != self._first:
                    self._first = ""
                    self._clear(words.PIN_DIFFERENT)
                case "again":
                    self._pin.set(typed)
                    self._clear("")
                    self.passed.emit()
                case _ if LEAST <= len(typed) <= MOST:
                    self._first = typed
                    self._clear(words.PIN_AGAIN)
                case _:
                    self._clear(words.PIN_CHOOSE.format(least=LEAST, most=MOST))
        except UsageError as error:                                     # its file is damaged, or cannot be written
            self._clear(f"{str(error)[:1].upper()}{str(error)[1:]}")

    def _wait(self) -> None:
        """Calm words while tries are not looked at."""
        left = self._left()
        for button in self.keys.values():
            button.setEnabled(left <= 0)
        if left > 0:
            self.words.setText(words.PIN_WAIT.format(wait=_long(left)))
        else:
            self._timer.stop()
            self.words.setText(words.PIN_UNLOCK)

    def _left(self) -> float:
        try:
            return self._pin.wait_s
        except UsageError:                                              # said as soon as somebody tries
            return 0.0

    def _clear(self, said: str) -> None:
        self._typed = ""
        self.dots.setText("")
        self.words.setText(said)


class PinDialog(QDialog):
    """The pad in a window of its own, as for a kiosk's hidden exit: ``if PinDialog(pin, signage).exec(): …``"""

    def __init__(self, pin: Pin, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("locked")
        self.setStyleSheet(SHEET)
        self.setWindowTitle(words.PIN_UNLOCK)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.pad = PinPad(pin)
        self.pad.passed.connect(self.accept)
        cancel = QPushButton(words.PIN_CANCEL, objectName="cancel")
        cancel.clicked.connect(self.reject)
        cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pad)
        layout.addWidget(cancel)
        self.pad.setFocus()


def _long(seconds: float) -> str:
    """27 s · 4 min"""
    return f"{math.ceil(seconds)} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
