"""A device in a thread of its own: what it sends is judged by how fresh it is, and one that hangs holds up nobody.

Webcams seldom say that they have died. Some send nothing, some the same picture again and again, some black. All of them are let go
and opened anew; a thread that hangs in a driver is left behind and ends when the driver lets it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from booth.cameras.faulty import Camera
from booth.errors import CameraLost
from booth.latest import Latest

log = logging.getLogger(__name__)

GONE_S = 2.0
"""Without a new picture for so long the device counts as dead. A sensor's noise makes each of its pictures a new one."""
OPEN_S, FIRST_S = 5.0, 4.0
"""So long it may take to open, and then to its first picture."""
BLACK_S = 2.0
BLACK_AGAIN_S = 300.0
"""Opening anew lights few black pictures up, so it is tried once in so many seconds: halls are dark at night."""
DARK = 24
"""As in ``booth.pipeline``."""
ROWS, COLUMNS, NOISE = 24, 8, 60.0
"""Of so many rows one is looked at, and in it a pair of every so many pixels. Where pairs differ by more than so much (of 255, on average) it
shows nothing: a sensor's worst noise makes 45 of that."""
FILLS, ALIKE = ((128, 128, 128), (0, 135, 0), (0, 154, 0)), 8
"""What the end of a picture has that never came: the middle, as libjpeg has it; nothing, as FFmpeg and OpenCV make it of YUV."""
TORN = 0.08
"""A picture with so much of it missing is not shown: half a face is not known for one, and would not be covered."""
MOST_LEFT = 3
"""Threads that hang in a driver, at most."""
LOOK_S, END_S = 0.1, 0.5


class Watched:
    """``make``: gives the camera, closed, a new one for each try. ``trouble``: what the operator should know of the pictures; None: nothing."""

    def __init__(self, make: Callable[[], Camera]) -> None:
        self._make = make
        self._name = make().describe()
        self._reader: _Reader | None = None
        self._left: list[_Reader] = []
        self._last: np.ndarray | None = None
        self._fresh_at = 0.0
        self._patience_s = FIRST_S
        self._dark_since: float | None = None
        self._tried_dark = -BLACK_AGAIN_S
        self.trouble: str | None = None

    def describe(self) -> str:
        return self._name

    def open(self) -> None:
        self._left = [reader for reader in self._left if reader.alive]
        if len(self._left) >= MOST_LEFT:
            raise CameraLost(f"{self._name} does not answer at all; unplug it and plug it in again")
        self._reader = reader = _Reader(self._make())
        if not reader.opened.wait(OPEN_S):
            raise CameraLost(f"{self._name} does not open; unplug it and plug it in again")
        if reader.error is not None:
            raise reader.error
        self._fresh_at, self._patience_s = time.monotonic(), FIRST_S

    def read(self) -> np.ndarray:
        """The next picture that differs from the one before."""
        assert self._reader is not None
        repeated = broken = False
        while True:
            picture = self._reader.pictures.take(LOOK_S)
            now = time.monotonic()
            if picture is None and self._reader.error is not None:
                raise self._reader.error
            broken = broken if picture is None else torn(picture)
            if picture is not None and not broken and (self._dark(picture, now) or not (repeated := self._same(picture))):
                self._last, self._fresh_at, self._patience_s = picture, now, GONE_S
                return picture
            if now - self._fresh_at > self._patience_s:
                what = "sends broken pictures" if broken else "sends the same picture again and again" if repeated else "sends no pictures"
                raise CameraLost(f"{self._name} {what}; it is opened anew. If that does not help, unplug it and plug it in again")

    def _dark(self, picture: np.ndarray, now: float) -> bool:
        """Whether the picture is black. Raises ``CameraLost`` when it is time to try another start."""
        if int(picture[::16, ::16].max()) >= DARK:
            self._dark_since = self.trouble = None
            return False
        self._dark_since = self._dark_since or now
        if now - self._dark_since > BLACK_S:
            self.trouble = f"the pictures of {self._name} are black; take the cap off, switch the lights on, or unplug it and plug it in again"
            if now - self._tried_dark > BLACK_AGAIN_S:
                self._tried_dark = now
                raise CameraLost(self.trouble)
        return True

    def _same(self, picture: np.ndarray) -> bool:
        last = self._last
        return last is not None and last.shape == picture.shape and np.array_equal(last[::8, ::8], picture[::8, ::8]) \
            and np.array_equal(last, picture)

    def close(self) -> None:
        if self._reader is not None:
            if not self._reader.end(END_S):
                log.warning("%s hangs; it is left alone", self._name)
                self._left.append(self._reader)
            self._reader = None


def watched(make: Callable[[Any], Camera], settings: Any) -> Camera:
    """``make(settings)``; devices are watched. Files and photographs may stand still, and say themselves when they are over."""
    return Watched(lambda: make(settings)) if settings.kind == "device" else make(settings)


def torn(picture: object) -> bool:
    """Whether this is no picture, or a part of it is noise, or its end is missing."""
    if not (isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
            and min(picture.shape[:2]) >= 16):
        return True
    right = np.ascontiguousarray(picture[::ROWS, 1::COLUMNS, 1])
    green = np.ascontiguousarray(picture[::ROWS, ::COLUMNS, 1])[:, :right.shape[1]]
    missing = max(2, round(TORN * len(green)))
    loud = cv2.absdiff(right, green).mean(axis=1) > NOISE
    if np.count_nonzero(loud) >= missing:
        return True
    last = picture[-1, -1].astype(int)
    return any(np.abs(last - fill).max() < ALIKE for fill in FILLS) and bool((green[-missing:] == last[1]).all())


class _Reader:
    """One camera from its opening to its closing."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self.pictures: Latest[np.ndarray] = Latest()
        self.opened = threading.Event()
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="camera-device", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _live(self) -> None:
        try:
            self._camera.open()
            self.opened.set()
            while not self._stop.is_set():
                self.pictures.put(self._camera.read())
        except Exception as error:
            log.debug("%s ends", self._camera.describe(), exc_info=True)
            self.error = error                                          # raised again where pictures are waited for
        finally:
            self.opened.set()
            self._camera.close()

    def end(self, within_s: float) -> bool:
        """Whether it has ended in time."""
        self._stop.set()
        self._thread.join(within_s)
        return not self.alive
