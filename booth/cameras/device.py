"""A webcam through OpenCV, named by a path or serial that survives a restart, never by its index."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENCV_VIDEOIO_V4L2_SELECT_TIMEOUT", "1")

import cv2
import numpy as np

from booth.errors import CameraLost
from booth.settings import DeviceCamera

BY_ID = Path("/dev/v4l/by-id")
BACKENDS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
MISSES = 5
"""Empty reads in a row after which the device counts as gone."""


def devices() -> list[str]:
    """Stable paths of the webcams that are plugged in now (Linux)."""
    return sorted(str(p) for p in BY_ID.glob("*-video-index0")) if BY_ID.is_dir() else []


class Device:
    def __init__(self, settings: DeviceCamera) -> None:
        self._settings = settings
        self._capture: cv2.VideoCapture | None = None
        self._misses = 0

    def describe(self) -> str:
        return f"camera {self._settings.device}"

    def open(self) -> None:
        wanted = self._settings
        target = self._locate()
        capture = cv2.VideoCapture(target, BACKENDS.get(sys.platform, cv2.CAP_ANY))
        if not capture.isOpened():
            raise CameraLost(f"camera {wanted.device} cannot be opened; is another program using it?")
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
        capture.set(cv2.CAP_PROP_FPS, wanted.rate)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture, self._misses = capture, 0

    def _locate(self) -> str | int:
        """What OpenCV opens: a path on Linux, elsewhere a number. Raises ``CameraLost`` when nothing is plugged in."""
        name = self._settings.device
        if sys.platform != "linux":
            return int(name) if name.isdigit() else name
        if Path(name).exists():
            return os.path.realpath(name)
        matches = [p for p in devices() if name in p]
        if len(matches) == 1:
            return os.path.realpath(matches[0])
        plugged = ", ".join(devices()) or "none"
        raise CameraLost(f"camera {name} is not plugged in (found: {plugged})")

    def read(self) -> np.ndarray:
        assert self._capture is not None
        while True:
            ok, picture = self._capture.read()
            if ok and picture is not None and picture.ndim == 3:
                self._misses = 0
                return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            self._misses += 1
            if self._misses >= MISSES:
                raise CameraLost(f"camera {self._settings.device} gives no picture; check its cable")

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None
