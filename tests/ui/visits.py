"""A whole booth with windows, walked through as a visitor would; for tests and for the pictures in the docs."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.session import Screen, SessionSettings
from booth.session.screens import (
    Animating,
    Character,
    Consent,
    Layout,
    Listening,
    Making,
    Preview,
    Result,
    Review,
    Shooting,
    Sorry,
    TalkFailed,
    Voice,
)
from booth.session.table import DEFAULTS, NO_PRESS, TABLE
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


class Pretending:
    """A host that shows ``screen`` and ``picture`` everywhere, and is the real one in all else."""

    def __init__(self, host, screen: Screen, picture: np.ndarray | None) -> None:
        self._host, self.screen = host, screen
        self.picture = lambda seq: picture
        self.strip = lambda: picture
        self.clip_picture = lambda now: picture

    def __getattr__(self, name: str):
        return getattr(self._host, name)


class Visit:
    """The booth, its signage and its visitors' view. ``close`` it. Not ``live``: without camera and drawing, for screens that are made up."""

    def __init__(self, photo: np.ndarray, folder: Path, size: tuple[int, int] = (1280, 720), session: SessionSettings = QUICK, live: bool = True,
                 **event) -> None:
        self.camera = Portrait(photo)
        event = {"folder": folder, "host": "127.0.0.1", "port": 0, "printer": f"{folder}/paper/"} | event
        settings = Settings(event=EventSettings(**event), vision=VisionSettings(still_s=0, memory_s=30))
        self.booth = Booth(settings, camera=lambda _: Faulty(self.camera, 20.0))
        self.reception = self.booth.open(session)
        self.signage = Signage(self.booth)
        self.signage.resize(*size)
        self.view = VisitorView(self.signage, self.reception.host, self.reception.styles, self.reception.layouts, self.reception.preview)
        self.signage.receive(self.view)
        if live:
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

    def pretend(self, screen: Screen, picture: np.ndarray | None) -> None:
        """Draw that screen, whatever the visit is at; the clock of the windows stands still from now on."""
        self.view._timer.stop()
        self.view._host = Pretending(self.reception.host, screen, picture)
        self.view.draw()
        QApplication.processEvents()

    def every_screen(self, language: str) -> list[Screen]:
        """One of each kind, with all its buttons and with the longest hints."""
        def base(name: str, hint: str | None = None) -> dict[str, Any]:
            actions = tuple(action for action in TABLE[name] if action not in NO_PRESS)
            return {"name": name, "language": language, "default": DEFAULTS.get(name), "deadline": None, "hint": hint, "actions": actions}

        styles, layouts = tuple(self.reception.styles), tuple(self.reception.layouts)
        shooting = {"number": 3, "cut": 2, "cuts": 4, "shots": (1, 2, 3, 4), "again": False}
        voice = {"shot": 1, "most_s": 15, "keep_hours": 72}
        result = {"session_id": "x", "url": "http://192.168.0.10:8080/" + "a" * 32, "copies": 4}
        return [
            *(Screen(**base(name)) for name in ("attract", "noticed", "opening", "thanks", "paused")),
            *(Sorry(**base(name), reason="x") for name in ("refused", "failed")),
            *(Shooting(**base(name, "hint_low"), **shooting) for name in ("countdown", "shot", "shown")),
            Character(**base("character", "hint_crowded"), styles=styles, style=styles[0], mix_with=styles[1], mix=0.5),
            Consent(**base("consent", "hint_come_back"), photo=True, voice=False, keep_hours=72),
            Review(**base("review", "hint_missed"), shots=(1, 2, 3, 4), best=1),
            Layout(**base("layout"), layouts=layouts, layout=layouts[0], bubbles=language, words="안녕", most_letters=60),
            Making(**base("making"), share=0.4),
            Result(**base("result", "hint_come_back"), **result, talking=None), Result(**base("result"), **result, talking="kept"),
            Voice(**base("voice"), **voice, number=0), Voice(**base("ready"), **voice, number=3),
            *(Listening(**base("recording", hint), number=13, level=level) for hint, level in
              ((None, 0.5), ("hint_too_quiet", 0.08), ("hint_too_loud", 1.0))),
            Animating(**base("animating"), shot=1, share=0.6), Preview(**base("preview"), retakes=2),
            *(TalkFailed(**base("talk_failed"), reason="x", heard=heard) for heard in (True, False)),
        ]

    def overlaps(self) -> list[str]:
        """What leaves the screen, texts that are cut off, and buttons, words and pictures that lie on each other."""
        wrong = []
        kinds = ("QLabel", "QPushButton", "LevelMeter", "ClipView", "QProgressBar", "QLineEdit", "QSlider")
        shown = [w for w in self.view.findChildren(QWidget) if w.isVisible() and w.metaObject().className() in kinds]
        places = [QRect(w.mapTo(self.view, w.rect().topLeft()), w.size()) for w in shown]
        for (a, at), (b, other) in combinations(zip(shown, places), 2):
            if at.intersects(other):
                wrong.append(f"{a.objectName()} lies on {b.objectName()}")
        for w in shown:
            at = w.mapTo(self.view, w.rect().topLeft())
            if at.x() < 0 or at.y() < 0 or at.x() + w.width() > self.view.width() or at.y() + w.height() > self.view.height():
                wrong.append(f"{w.objectName()} leaves the screen")
            if w.minimumSizeHint().width() > w.width() + 1 and w.metaObject().className() == "QPushButton":
                wrong.append(f"{w.objectName()} is cut off")
            if w.metaObject().className() == "QLabel" and (w.sizeHint().width() > w.width() + 1 if not w.wordWrap()
                                                           else w.heightForWidth(w.width()) > w.height() + 1):
                wrong.append(f"{w.objectName()} is cut off: {w.text()}")
        panel, centre = self.view._panel.geometry(), self.view._centre.geometry()
        if self.view._centre.isVisible() and panel.intersects(centre):
            wrong.append("what is large lies on the panel")
        if not self.view.rect().contains(panel):
            wrong.append("the panel leaves the screen")
        return wrong

    def close(self) -> None:
        self.view._timer.stop()
        self.signage.close()
        self.booth.stop()
        self.booth.close()
