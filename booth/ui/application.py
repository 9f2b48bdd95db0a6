"""Qt's life: one application, two windows; closing either ends everything."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from pathlib import Path

for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):      # OpenCV's wheel points these at its own Qt
    os.environ.pop(name, None)

from PySide6.QtCore import QLockFile, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QApplication

from booth.app import Booth
from booth.errors import AlreadyRunning, DisplayMissing
from booth.house.awake import inhibit_sleep
from booth.house.kept import SettingsFile
from booth.house.pin import Pin
from booth.ui.operator import Operator
from booth.ui.panel.booth_desk import BoothDesk
from booth.ui.panel.pin import PinDialog
from booth.ui.signage import Signage
from booth.ui.visitor import VisitorView, face_files

LAYOUTS_MS = 1000
"""How often files of layouts are looked at."""
SETTLE_MS = 250
"""Several displays change at once, and Qt moves the windows of one that is gone after it has said so: windows are placed when that is over."""
log = logging.getLogger(__name__)


def lock_path() -> Path:
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"toonbooth-{os.getuid() if hasattr(os, 'getuid') else 0}.lock"


def only_one() -> QLockFile:
    """The lock that one booth holds while it runs. Raises ``AlreadyRunning``. A dead booth's lock is taken over."""
    lock = QLockFile(str(lock_path()))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        process = lock.getLockInfo()[0]
        raise AlreadyRunning(f"a booth is already running here (process {process}); close it first")
    return lock


def application() -> QApplication:
    """The one QApplication. Raises ``DisplayMissing`` instead of letting Qt abort the process."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform == "linux" and not platform and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise DisplayMissing("no display: start the booth in a desktop session, or set DISPLAY (for a try: xvfb-run booth run)")
    if sys.platform == "linux" and not platform and os.environ.get("DISPLAY") and not _answers(os.environ["DISPLAY"]):
        raise DisplayMissing(f"the display {os.environ['DISPLAY']} does not answer; is its X server running?")
    return QApplication(["toonbooth"])


def _answers(display: str) -> bool:
    """Whether a local X server listens on ``display``; remote displays are believed."""
    import socket
    host, _, number = display.partition(":")
    if host not in ("", "unix"):
        return True
    name = f"/tmp/.X11-unix/X{number.split('.')[0]}"
    for address in (name, "\0" + name):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(address)
                return True
            except OSError:
                continue
    return False


class Windows:
    """Signage and operator window of one booth. ``quit`` closes both; ``failed`` holds what ended the booth."""

    def __init__(self, booth: Booth, file: SettingsFile | None = None, note: str | None = None) -> None:
        """``file``: where the operator's settings are kept; none: they are not · ``note``: what was wrong with them."""
        self._booth = booth
        self.failed: Exception | None = None
        self.signage, self._pin = Signage(booth), Pin()
        reception = booth.open()
        guarded = booth.settings.kiosk or len(QGuiApplication.screens()) < 2
        self.operator = Operator(booth, BoothDesk(booth, file, note, place=self.show_signage), self._pin, guarded)
        if reception is not None:
            view = VisitorView(self.signage, reception.host, reception.styles, reception.layouts, reception.preview, lambda: reception.brand,
                               face_files(booth.settings.styles))
            self.signage.receive(view)
            self._layouts = QTimer(interval=LAYOUTS_MS)
            self._layouts.timeout.connect(lambda: view.forget_previews() if reception.reload_layouts() else None)
            self._layouts.start()
        self.signage.closed.connect(self.quit)
        self.signage.cornered.connect(self._ask)
        self.operator.closed.connect(self.quit)
        self.operator.left.connect(self._hold_keys)
        app = application()
        app.setQuitOnLastWindowClosed(False)            # Qt would post one more quit, and end the next loop before it began
        self._settle = QTimer(interval=SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._displays_changed)
        for screen in app.screens():
            screen.geometryChanged.connect(self._display_changes)
        app.screenAdded.connect(self._display_added)
        app.screenRemoved.connect(self._display_changes)
        self._watch = QTimer(interval=200)
        self._watch.timeout.connect(self._check)
        self._watch.start()

    def show_signage(self) -> None:
        """Full screen on its display; again when displays come and go."""
        screens = QGuiApplication.screens()
        if not screens:
            return
        screen = screens[min(self._booth.settings.screen, len(screens) - 1)]
        self.signage.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, self._booth.settings.kiosk)
        self.signage.setGeometry(screen.geometry())
        self.signage.showFullScreen()

    def _display_added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._display_changes)
        self._settle.start()

    def _display_changes(self, _: object) -> None:
        self._settle.start()

    def _hold_keys(self) -> None:
        """In a kiosk the desktop hears no keys: no other window, no menu, no task list. X11 does that; Wayland only where its shell agrees."""
        if self._booth.settings.kiosk:
            self.signage.grabKeyboard()

    def _displays_changed(self) -> None:
        if self.signage.isVisible():
            self.show_signage()

    def show(self) -> None:
        self.show_signage()
        screens = QGuiApplication.screens()
        screen = screens[min(self._booth.settings.screen, len(screens) - 1)]
        self._hold_keys()
        if self._booth.settings.kiosk and not self._pin.is_set:         # else the first visitor who finds the corner chooses it
            self._show_operator()
        elif not self._booth.settings.kiosk:
            other = screens[1] if len(screens) > 1 and screen is screens[0] else screens[0]
            self.operator.move(other.availableGeometry().topLeft())
            self.operator.show()

    def _ask(self) -> None:
        """The hidden way out of a kiosk: the corner held, then the PIN."""
        if not self._booth.settings.kiosk:
            return
        self.signage.releaseKeyboard()
        if PinDialog(self._pin, self.signage).exec():
            self.operator.unlock()
            self._show_operator()
        else:
            self._hold_keys()

    def _show_operator(self) -> None:
        self.signage.releaseKeyboard()
        self.operator.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.operator.move(self.signage.geometry().center() - self.operator.rect().center())
        self.operator.show()
        self.operator.raise_()

    def quit(self) -> None:
        self.signage.releaseKeyboard()
        self._watch.stop()
        self._booth.stop()
        app = QApplication.instance()
        if app is not None:
            app.quit()

    def _check(self) -> None:
        self._booth.heart.beat("windows")
        look = self.operator.board.look
        if look is not None and self._booth.reception is not None:
            self._booth.reception.host.gate = look.gate
        failure = self._booth.failure()
        if failure is not None and self._booth.composites.put_count == 0:      # it never came up: say why and end
            self.failed = failure
            self.quit()


def show(booth: Booth, seconds: float | None, file: SettingsFile | None = None, note: str | None = None) -> int:
    """Run until a window is closed, a signal comes, or ``seconds`` are over. Raises what kept the booth from starting."""
    app = application()
    lock = only_one()
    windows = Windows(booth, file, note)
    previous = {s: signal.signal(s, lambda *_: QTimer.singleShot(0, windows.quit)) for s in (signal.SIGINT, signal.SIGTERM)}
    if seconds is not None:
        QTimer.singleShot(int(seconds * 1000), windows.quit)
    try:
        with inhibit_sleep() as awake:
            log.info("%s", awake)
            if booth.heart.after:
                log.warning("started again: %s", booth.heart.after)
            booth.start()
            windows.show()
            app.exec()
    finally:
        booth.stop()
        booth.close()
        windows.signage.close()
        windows.operator.close()
        for number, handler in previous.items():
            signal.signal(number, handler)
        lock.unlock()
    if windows.failed is not None:
        raise windows.failed
    return 0
