"""A whole booth with windows, walked through as a visitor would; for tests and for the pictures in the docs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.session import SessionSettings
from booth.settings import EventSettings, Settings, VisionSettings
from booth.ui.signage import Signage
from booth.ui.visitor import VisitorView

QUICK = SessionSettings(countdown_s=1, shown_s=0.5, notice_s=0.1, settle_ms=0, same_press_ms=0,
                        away_s=2, away_choice_s=3, away_result_s=4, thanks_s=1)


class Portrait:
    """One or more visitors, swaying a little, in a 1280×720 picture; ``people`` may be changed while it runs."""

    def __init__(self, photo: np.ndarray, people: int = 1) -> None:
        self._photo = cv2.resize(photo, (630, 630), interpolation=cv2.INTER_AREA)
        self.people = people

    def open(self) -> None:
        pass

    def picture_at(self, t: float) -> np.ndarray:
        hall = np.full((720, 1280, 3), 170, np.uint8)
        for k in range(self.people):
            x, y = round(40 + 560 * k + 6 * np.sin(3 * t + k)), round(80 + 4 * np.cos(2 * t))
            hall[y:y + 630, x:x + 630] = self._photo
        return hall

    def close(self) -> None:
        pass


class Visit:
    """The booth, its signage and its visitors' view. ``close`` it."""

    def __init__(self, photo: np.ndarray, folder: Path, size: tuple[int, int] = (1280, 720), session: SessionSettings = QUICK, **event) -> None:
        self.camera = Portrait(photo)
        event = {"folder": folder, "host": "127.0.0.1", "port": 0, "printer": f"{folder}/paper/"} | event
        settings = Settings(event=EventSettings(**event), vision=VisionSettings(still_s=0, memory_s=30))
        self.booth = Booth(settings, camera=lambda _: Faulty(self.camera, 20.0))
        self.reception = self.booth.open(session)
        self.signage = Signage(self.booth)
        self.signage.resize(*size)
        self.view = VisitorView(self.signage, self.reception.host, self.reception.styles, self.reception.layouts, self.reception.preview)
        self.signage.receive(self.view)
        self.booth.start()
        self.signage.show()

    @property
    def screen(self):
        return self.reception.host.screen

    def until(self, what: str | Callable[[], bool], seconds: float = 30.0) -> None:
        """Let the windows live until the screen has that name, or something is so."""
        deadline = time.monotonic() + seconds
        done = (lambda: self.screen.name == what) if isinstance(what, str) else what
        while not done():
            QApplication.processEvents()
            time.sleep(0.005)
            assert time.monotonic() < deadline, f"{what} did not come within {seconds} s; the screen is {self.screen}"

    def click(self, name: str) -> None:
        """The button of that name, as a finger would."""
        found = [b for b in self.view.findChildren(QPushButton, name) if b.isVisible()]
        assert found, f"no button {name} on {self.screen.name}: {[b.objectName() for b in self.view.findChildren(QPushButton) if b.isVisible()]}"
        found[-1].click()
        QApplication.processEvents()

    def to_review(self) -> None:
        self.until(lambda: self.screen.name in ("attract", "noticed") and bool(self.booth.composites.peek() and self.booth.composites.peek().faces))
        self.until("noticed")
        self.click("begin")
        self.click("ready")
        self.click("photo")
        self.click("agree")
        self.until("review", 60)

    def to_result(self, layout: str = "strip") -> None:
        self.to_review()
        self.click("go_on")
        self.click(f"layout_{layout}")
        self.click("make")
        self.until("result", 60)

    def overlaps(self) -> list[str]:
        """Texts that are cut off, and buttons or words that lie on each other."""
        wrong = []
        kinds = ("QLabel", "QPushButton")
        shown = [w for w in self.view.findChildren(QWidget) if w.isVisible() and not w.children() and w.metaObject().className() in kinds]
        for w in shown:
            at = w.mapTo(self.view, w.rect().topLeft())
            if at.x() < 0 or at.y() < 0 or at.x() + w.width() > self.view.width() or at.y() + w.height() > self.view.height():
                wrong.append(f"{w.objectName()} leaves the screen")
            if w.minimumSizeHint().width() > w.width() + 1 and w.metaObject().className() == "QPushButton":
                wrong.append(f"{w.objectName()} is cut off")
        return wrong

    def close(self) -> None:
        self.view._timer.stop()
        self.signage.close()
        self.booth.stop()
        self.booth.close()
