"""A booth with visitors who never end, to be killed: ``main(FOLDER)`` in a process of its own, with a film in FOLDER/film.npy.

It writes into FOLDER/said, a line each: "kept" and its name when a visitor read that a session is kept; "up" and "drawn" and the seconds of the
system's monotonic clock when it had its first picture and its first character.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import numpy as np

from booth.app import Booth
from booth.bench.live import Prepared
from booth.bench.trial.scene import RATE
from booth.bench.visit import QUICK, Visitor
from booth.house.heart import Heart
from booth.settings import EventSettings, Settings

SAID, FILM = "said", "film.npy"


class Diarist(Visitor):
    """A visitor who writes down what was promised."""

    def __init__(self, booth: Booth, folder: Path) -> None:
        assert booth.reception is not None
        super().__init__(booth, booth.reception.host)
        self._out = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._up = self._drawn = False

    def until(self, done: Callable[[], bool]) -> float:
        return super().until(lambda: self._beat() and done())

    def _beat(self) -> bool:
        self._booth.heart.beat("windows")
        newest = self._booth.composites.peek()
        if newest is not None and not self._up:
            self._up = True
            self._say(f"up {time.monotonic()}")
        if newest is not None and newest.faces and not self._drawn:
            self._drawn = True
            self._say(f"drawn {time.monotonic()}")
        return True

    def press(self, *actions: str) -> None:
        if actions == ("done",):
            self._say(f"kept {self._host.screen.session_id}")       # type: ignore[attr-defined]
        super().press(*actions)

    def _say(self, line: str) -> None:
        os.write(self._out, f"{line}\n".encode())


def main(folder: Path) -> None:
    cv2.setNumThreads(1)
    pictures = list(np.load(folder / FILM))
    event = EventSettings(folder=folder, host="127.0.0.1", port=0, session_mib=16)
    booth = Booth(Settings(engine="cpu", event=event), camera=lambda _: Prepared(pictures, RATE), heart=Heart())
    booth.open(QUICK)
    booth.start()
    visitor = Diarist(booth, folder)
    while True:
        visitor.visit()

