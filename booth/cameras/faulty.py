"""A camera that fails on schedule: for tests and soaks, product code like any other camera."""

from __future__ import annotations

import threading
from typing import Literal, Protocol

import cv2
import numpy as np

from booth.cameras.pace import Pace
from booth.errors import CameraLost

Fault = Literal["none", "lost", "frozen", "black", "four_three"]


class Source(Protocol):
    def open(self) -> None: ...
    def picture_at(self, t: float) -> np.ndarray: ...
    def close(self) -> None: ...


class Faulty:
    """Plays ``source`` at ``rate``; ``fault`` may be set at any time from any thread.

    lost: raises ``CameraLost`` from ``open`` and ``read`` · frozen: ``read`` does not return until the fault is lifted ·
    black: black pictures · four_three: 640×480.
    """

    def __init__(self, source: Source, rate: float = 30.0) -> None:
        self._source, self._rate = source, rate
        self._pace = Pace()
        self._count = 0
        self._thawed = threading.Condition()
        self._fault: Fault = "none"
        self.opened = self.closed = 0

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, value: Fault) -> None:
        with self._thawed:
            self._fault = value
            self._thawed.notify_all()

    def describe(self) -> str:
        return f"camera with faults ({self._fault})"

    def open(self) -> None:
        if self._fault == "lost":
            raise CameraLost("the camera was unplugged; plug it in again")
        self._source.open()
        self._pace.reset()
        self.opened += 1

    def read(self) -> np.ndarray:
        with self._thawed:
            self._thawed.wait_for(lambda: self._fault != "frozen")
        if self._fault == "lost":
            raise CameraLost("the camera was unplugged; plug it in again")
        t = self._count / self._rate
        self._count += 1
        self._pace.wait(t)
        picture = self._source.picture_at(t)
        if self._fault == "black":
            return np.zeros_like(picture)
        if self._fault == "four_three":
            return cv2.resize(picture[:, 240:-240], (640, 480), interpolation=cv2.INTER_AREA)
        return picture

    def close(self) -> None:
        self._source.close()
        self.closed += 1
