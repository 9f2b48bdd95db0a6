"""Where pictures come from. To add a camera: one file with the ``Camera`` protocol, one settings variant, one line here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from booth.cameras.demo import Demo
from booth.cameras.device import Device
from booth.cameras.folder import Folder
from booth.cameras.video import Video
from booth.errors import CameraUnusable
from booth.settings import CameraSettings, DemoCamera, DeviceCamera, FolderCamera, VideoCamera


class Camera(Protocol):
    """A source of pictures, used by one thread. ``describe`` is what the operator reads."""

    def open(self) -> None:
        """Begin. Raises ``CameraLost`` when trying again may help, ``CameraUnusable`` when it will not."""

    def read(self) -> np.ndarray:
        """The next picture, (H, W, 3) uint8 RGB, when its time has come. Raises as ``open`` does."""

    def close(self) -> None:
        """Let go of the hardware; harmless when not open."""

    def describe(self) -> str: ...


CAMERAS: dict[str, Callable[[Any], Camera]] = {"demo": Demo, "device": Device, "video": Video, "folder": Folder}


def make_camera(settings: CameraSettings) -> Camera:
    return CAMERAS[settings.kind](settings)


def parse_camera(text: str) -> CameraSettings:
    """Settings from the command line's ``--camera demo|FILE|FOLDER|URL|DEVICE``. Raises ``CameraUnusable``."""
    if text == "demo":
        return DemoCamera()
    if re.match(r"^(rtsp|rtmp|https?|udp|srt)://", text):
        return VideoCamera(source=text)
    path = Path(text)
    if path.is_dir():
        return FolderCamera(folder=path)
    if text.startswith("/dev/") or path.is_char_device():
        return DeviceCamera(device=text)
    if path.is_file():
        return VideoCamera(source=text)
    if re.fullmatch(r"[\w.:-]+", text) and not path.suffix:
        return DeviceCamera(device=text)
    raise CameraUnusable(f"no camera, file or folder called {text!r}; try --camera demo, or 'booth doctor' for a list")
