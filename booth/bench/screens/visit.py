"""A whole booth with windows, walked through as a visitor would; for pictures and for tests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from booth.app import Booth
from booth.cameras.faulty import Faulty, Source
from booth.frame import Composite, Drawn
from booth.host.host import Host
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
from booth.session.table import DEFAULTS, NO_PRESS, TABLE, Stage
from booth.settings import EventSettings, Settings, VisionSettings
from booth.texts import LANGUAGES
from booth.ui.signage import Signage
from booth.ui.visitor import VisitorView, face_files

QUICK = SessionSettings(countdown_s=1, shown_s=0.5, notice_s=0.1, settle_ms=0, same_press_ms=0,
                        away_s=2, away_choice_s=3, away_result_s=4, thanks_s=1)


LEAST_TOUCH_PX = 60
"""Of a 1080-line picture: smaller ones are missed by fingers."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a visit has to show: ``shots`` by number, (H, W, 3) uint8 RGB, the same with their faces, and the ``strip``."""

    shots: dict[int, np.ndarray] = field(default_factory=dict)
    drawn: dict[int, Drawn] = field(default_factory=dict)
    strip: np.ndarray | None = None


class Pretending:
    """A host on which one screen stands still, whatever is pressed."""

    def __init__(self, screen: Screen, kept: Pictures) -> None:
        self.screen, self.kept = screen, kept
        self.tick = self.hear = self.show = lambda *_: None

    def picture(self, seq: int) -> np.ndarray | None:
        return self.kept.shots.get(seq)

    def small(self, seq: int) -> Drawn | None:
        return self.kept.drawn.get(seq)

    def strip(self) -> np.ndarray | None:
        return self.kept.strip

    def clip_picture(self, now: float) -> np.ndarray | None:
        return next(iter(self.kept.shots.values()), None)


class Standing:
    """``booth``, whose newest picture is always ``image``, (H, W, 3) uint8 RGB, or none at all."""

    running = True

    def __init__(self, booth: Booth, image: np.ndarray | None) -> None:
        self._booth = booth
        self.composites = self.stats = self
        self.show(image)

    def show(self, image: np.ndarray | None) -> None:
        self._newest = None if image is None else Composite(image, 1, math.inf)

    def peek(self) -> Composite | None:
        return self._newest

    def shown(self, composite: Composite) -> None:
        """Nothing is counted."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._booth, name)


class Visit:
    """The booth, its signage and its visitors' view. ``close`` it. Not ``live``: without camera and drawing, for screens that are made up ·
    ``behind``: the picture that stands on the signage then."""

    def __init__(self, camera: Source, folder: Path, size: tuple[int, int] = (1280, 720), session: SessionSettings = QUICK, live: bool = True,
                 behind: np.ndarray | None = None, **event: Any) -> None:
        self.camera = camera
        event = {"folder": folder, "host": "127.0.0.1", "port": 0, "printer": f"{folder}/paper/"} | event
        settings = Settings(event=EventSettings(**event), vision=VisionSettings(still_s=0, memory_s=30))
        self.booth = Booth(settings, camera=lambda _: Faulty(self.camera, 20.0))
        reception = self.booth.open(session)
        assert reception is not None
        self.reception = reception
        self.standing = Standing(self.booth, behind)
        self.signage = Signage(self.booth if live else cast(Booth, self.standing))
        self.signage.resize(*size)
        self._pretending: Pretending | None = None
        self.view = self._look(reception.host)
        if live:
            self.booth.start()
        self.signage.show()

    def _look(self, host: Host) -> VisitorView:
        view = VisitorView(self.signage, host, self.reception.styles, self.reception.layouts, self.reception.preview,
                           lambda: self.reception.brand, face_files(self.booth.settings.styles))
        self.signage.receive(view)
        return view

    @property
    def screen(self) -> Screen:
        return self.reception.host.screen

    def until(self, what: str | Callable[[], bool], seconds: float = 30.0) -> None:
        """Let the windows live until the screen has that name, or something is so."""
        deadline = time.monotonic() + seconds
        done = (lambda: self.screen.name == what) if isinstance(what, str) else what
        while not done():
            QApplication.processEvents()
            time.sleep(0.005)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come within {seconds} s; the screen is {self.screen}")

    def click(self, name: str) -> None:
        """The button of that name, as a finger would."""
        found = [b for b in self.view.findChildren(QPushButton, name) if b.isVisible()]
        if not found:
            there = [b.objectName() for b in self.view.findChildren(QPushButton) if b.isVisible()]
            raise LookupError(f"no button {name} on {self.screen.name}: {there}")
        found[-1].click()
        QApplication.processEvents()

    def to_review(self) -> None:
        self.until(lambda: (newest := self.booth.composites.peek()) is not None and bool(newest.faces))
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

    def pretend(self, screen: Screen, kept: Pictures) -> None:
        """Draw that screen, whatever the visit is at; from now on it stands still."""
        if self._pretending is None:
            self.view.hide()
            self.view.deleteLater()
            self._pretending = Pretending(screen, kept)
            self.view = self._look(cast(Host, self._pretending))
        self._pretending.screen, self._pretending.kept = screen, kept
        self.view.draw()
        QApplication.processEvents()

    def every_screen(self, language: str, shots: tuple[int, ...] = (1, 2, 3, 4)) -> list[Screen]:
        """One of each kind, with all its buttons and with the longest hints. ``shots``: numbers of the visit's pictures."""
        def base(name: Stage, hint: str | None = None) -> dict[str, Any]:
            actions = tuple(action for action in TABLE[name] if action not in NO_PRESS)
            return {"name": name, "language": language, "languages": LANGUAGES, "default": DEFAULTS.get(name), "deadline": None, "hint": hint,
                    "actions": actions}

        styles, layouts = tuple(self.reception.styles), tuple(self.reception.layouts)
        shooting: dict[str, Any] = {"number": 3, "cut": 2, "cuts": 4, "shots": shots, "again": False}
        voice: dict[str, Any] = {"shot": shots[0], "most_s": 15, "keep_hours": 72}
        result: dict[str, Any] = {"session_id": "x", "url": "http://192.168.0.10:8080/" + "a" * 32, "copies": 4}
        return [
            *(Screen(**base(name)) for name in ("attract", "opening", "thanks", "paused")), Screen(**base("noticed"), filmed="drawn_sound"),
            *(Sorry(**base(name), reason="x") for name in ("refused", "failed")),
            *(Shooting(**base(name, "hint_low"), **shooting) for name in ("countdown", "shot", "shown")),
            Character(**base("character", "hint_crowded"), styles=styles, style=styles[0], mix_with=styles[1], mix=0.5),
            Consent(**base("consent", "hint_come_back"), photo=True, voice=False, keep_hours=72, filmed="camera_sound"),
            Review(**base("review", "hint_missed"), shots=shots, best=1),
            Layout(**base("layout"), layouts=layouts, layout=layouts[0], bubbles=language, words="안녕", most_letters=60),
            Making(**base("making"), share=0.4),
            Result(**base("result", "hint_come_back"), **result, talking=None), Result(**base("result"), **result, talking="kept"),
            Voice(**base("voice"), **voice, number=0), Voice(**base("ready"), **voice, number=3),
            *(Listening(**base("recording", hint), number=13, level=level) for hint, level in
              ((None, 0.5), ("hint_too_quiet", 0.08), ("hint_too_loud", 1.0))),
            Animating(**base("animating"), shot=shots[0], share=0.6), Preview(**base("preview"), retakes=2),
            *(TalkFailed(**base("talk_failed"), reason="x", heard=heard) for heard in (True, False)),
        ]

    def overlaps(self) -> list[str]:
        """What leaves the screen, texts that are cut off, and buttons, words and pictures that lie on each other."""
        wrong = []
        kinds = ("QLabel", "Picture", "Burst", "QPushButton", "LevelMeter", "ClipView", "QProgressBar", "QLineEdit", "QSlider")
        shown = [w for w in self.view.findChildren(QWidget) if w.isVisible() and w.metaObject().className() in kinds]
        places = [QRect(w.mapTo(self.view, w.rect().topLeft()), w.size()) for w in shown]
        for (a, at), (b, other) in combinations(zip(shown, places), 2):
            if at.intersects(other):
                wrong.append(f"{a.objectName()} lies on {b.objectName()}")
        for w in shown:
            corner = w.mapTo(self.view, w.rect().topLeft())
            if corner.x() < 0 or corner.y() < 0 or corner.x() + w.width() > self.view.width() or corner.y() + w.height() > self.view.height():
                wrong.append(f"{w.objectName()} leaves the screen")
            if isinstance(w, QPushButton) and w.minimumSizeHint().width() > w.width() + 1:
                wrong.append(f"{w.objectName()} is cut off")
            if isinstance(w, QPushButton) and min(w.width(), w.height()) < LEAST_TOUCH_PX * self.view.unit:
                wrong.append(f"{w.objectName()} is too small for a finger")
            if isinstance(w, QLabel) and (w.heightForWidth(w.width()) > w.height() + 1 if w.wordWrap() else w.sizeHint().width() > w.width() + 1):
                wrong.append(f"{w.objectName()} is cut off: {w.text()}")
        panel, centre = self.view._panel.geometry(), self.view._centre.geometry()
        if self.view._centre.isVisible() and panel.intersects(centre):
            wrong.append("what is large lies on the panel")
        if not self.view.rect().contains(panel):
            wrong.append("the panel leaves the screen")
        return wrong

    def close(self) -> None:
        self.view.hide()
        self.view.deleteLater()
        self.signage.close()
        self.booth.stop()
        self.booth.close()
