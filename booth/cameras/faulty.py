"""Cameras that fail on schedule: for tests, soaks and ``booth run --fault``; product code like any other camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal, Protocol

import cv2
import numpy as np

from booth.cameras.pace import Pace
from booth.errors import CameraLost
from booth.faults import Faults

Fault = Literal["none", "lost", "frozen", "black", "four_three"]
GONE = "the camera was unplugged; plug it in again"
SLOW_S = 0.5
TORN = 0.4
"""Of a garbage picture so much is still good, from its top."""


class Source(Protocol):
    def open(self) -> None: ...
    def picture_at(self, t: float) -> np.ndarray: ...
    def close(self) -> None: ...


class Camera(Protocol):
    """As ``booth.cameras.Camera``, which knows this module's neighbours."""

    def open(self) -> None: ...
    def read(self) -> np.ndarray: ...
    def close(self) -> None: ...
    def describe(self) -> str: ...


class FaultyCamera:
    """``camera``, with the faults that ``faults`` has for "camera" (``booth.faults.KINDS``)."""

    def __init__(self, camera: Camera, faults: Faults) -> None:
        self._camera, self._faults = camera, faults
        self._moved = False
        self._last: np.ndarray | None = None
        self._chance = np.random.default_rng(1)

    def describe(self) -> str:
        return f"{self._camera.describe()}, with faults"

    def open(self) -> None:
        if self._faults.now("camera") == "unplug":
            raise CameraLost(GONE)
        self._camera.open()
        self._moved = self._faults.now("camera") == "move"            # it has been found where it is now

    def read(self) -> np.ndarray:
        kind = self._faults.now("camera")
        if kind == "freeze":
            self._faults.sit_out("camera", kind)
            kind = self._faults.now("camera")
        if kind == "unplug" or (kind == "move" and not self._moved):
            raise CameraLost(GONE)
        if kind == "slow":
            time.sleep(SLOW_S)
        picture = self._camera.read()
        if kind == "repeat" and self._last is not None:
            return self._last.copy()
        self._last = picture
        return self._spoiled(picture, kind)

    def _spoiled(self, picture: np.ndarray, kind: str | None) -> np.ndarray:
        if kind == "black":
            return np.zeros_like(picture)
        if kind == "small":
            return _four_three(picture)
        if kind == "garbage":
            torn = picture.copy()
            rest = torn[round(TORN * len(torn)):]
            rest[:] = self._chance.integers(0, 256, rest.shape, np.uint8)
            return torn
        return picture

    def close(self) -> None:
        self._camera.close()


def faulty_camera(make: Callable[[Any], Camera], faults: Faults) -> Callable[[Any], Camera]:
    """``make`` (of ``booth.cameras.make_camera``'s kind), whose cameras have these faults."""
    return lambda settings: FaultyCamera(make(settings), faults)


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
            raise CameraLost(GONE)
        self._source.open()
        self._pace.reset()
        self.opened += 1

    def read(self) -> np.ndarray:
        with self._thawed:
            self._thawed.wait_for(lambda: self._fault != "frozen")
        if self._fault == "lost":
            raise CameraLost(GONE)
        t = self._count / self._rate
        self._count += 1
        self._pace.wait(t)
        picture = self._source.picture_at(t)
        if self._fault == "black":
            return np.zeros_like(picture)
        if self._fault == "four_three":
            return _four_three(picture)
        return picture

    def close(self) -> None:
        self._source.close()
        self.closed += 1


def _four_three(picture: np.ndarray) -> np.ndarray:
    """(H, W, 3) → (480, 640, 3): the middle of a wider picture."""
    width = picture.shape[1]
    cut = max(0, width - picture.shape[0] * 4 // 3) // 2
    return cv2.resize(picture[:, cut:width - cut], (640, 480), interpolation=cv2.INTER_AREA)
