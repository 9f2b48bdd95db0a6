"""The drawn picture as a camera of this machine, for any program that takes a webcam: Linux with the v4l2loopback module.

The device may come, go and be taken by another program at any time; it is looked for again, for ever.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from booth.errors import TemporaryError, UsageError
from booth.settings import VirtualSettings
from booth.sinks.outlet import Outlet, State
from booth.sinks.programme import planes_of

log = logging.getLogger(__name__)

SYSFS, DEVICES = Path("/sys/class/video4linux"), Path("/dev")
OWN_FILE = "max_openers"
"""v4l2loopback gives each of its devices this file in SYSFS; no camera has it."""
REMEDY = "sudo modprobe v4l2loopback exclusive_caps=1 (Debian's v4l2loopback-dkms) makes one, and it goes on by itself"
WAIT_S = 0.1
STILL_S = 0.5
"""Without a new picture the last is given again after so long: who takes a camera waits for its next picture."""
QUIET_S = 10.0
"""Without a new picture for so long the camera is off: nobody is to see a picture of long ago."""


class VirtualCamera(Outlet):
    """For ``booth.worker.Worker``. ``state``: off while there is no picture · live · waiting, with ``fault`` then."""

    name = "virtual camera"

    def __init__(self, settings: VirtualSettings, clock: Callable[[], float] = time.monotonic, sysfs: Path = SYSFS, devices: Path = DEVICES,
                 container: str = "v4l2") -> None:
        """``sysfs``, ``devices``, ``container``: where it is looked for, and how it is written. Raises ``UsageError`` where there is none."""
        super().__init__(False, clock)
        if sys.platform != "linux":
            raise UsageError("this system has no virtual camera (Linux has one); let OBS capture the signage's window and start its own")
        self._settings, self._sysfs, self._devices, self._format = settings, sysfs, devices, container
        self._container: Any = None
        self._planes: np.ndarray | None = None
        self._newest = self._written = 0.0
        self._count = 0
        self.state: State = "off"

    def setup(self) -> None:
        """Raises ``TemporaryError`` while there is no such device."""
        self._feed.clear()
        with self._border():
            self._path = _find(self._settings.device, self._sysfs, self._devices)
        self.state, self.fault = "off", None

    def step(self) -> None:
        shown, _ = self._feed.take(WAIT_S)
        now = self._clock()
        if shown is not None:
            if shown.at - self._newest < 0.9 / self._settings.rate:
                return
            self._planes, self._newest = planes_of(shown.image, self._settings.width, self._settings.height), shown.at
        elif self._planes is None or now - self._written < STILL_S:
            return
        elif now - self._newest > QUIET_S:
            self._let_go()
            return
        with self._border():
            self._write(self._planes)
        self._written = now

    def teardown(self) -> None:
        self._let_go()
        if self.fault is not None:
            self.state = "waiting"

    def _write(self, planes: np.ndarray) -> None:
        if self._container is None:
            self._open()
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, self._count = self._count, self._count + 1
        self._container.mux(self._container.streams.video[0].encode(frame))

    def _open(self) -> None:
        settings = self._settings
        self._container = av.open(str(self._path), "w", format=self._format)
        stream = self._container.add_stream("rawvideo", rate=settings.rate)
        stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, settings.rate)
        self._container.start_encoding()
        self._count, self.state = 0, "live"
        log.info("%s is a camera now", self._path)

    def _let_go(self) -> None:
        if self._container is not None:
            with contextlib.suppress(OSError, av.FFmpegError):              # it was gone already
                self._container.close()
        self._container = self._planes = None
        self.state = "off"

    @contextlib.contextmanager
    def _border(self) -> Iterator[None]:
        """The system's and FFmpeg's errors as the booth's; ``fault`` says so."""
        try:
            yield
        except TemporaryError as error:
            self.fault = str(error)
            raise
        except (OSError, av.FFmpegError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            self.fault = f"the virtual camera's {self._path} takes no picture ({why}); close the program that writes into it, it goes on by itself"
            raise TemporaryError(self.fault) from error


def _find(device: str, sysfs: Path, devices: Path) -> Path:
    """The loopback that ``device`` means: a path, a label, or ``auto``. Raises ``TemporaryError``."""
    found = loopbacks(sysfs)
    wanted = os.path.basename(os.path.realpath(device)) if "/" in device else device
    name = next((name for name, label in found.items() if wanted in ("auto", name, label)), None)
    if name is not None:
        return devices / name
    others = ", ".join(f"{devices / name} ({label})" for name, label in found.items())
    remedy = f"there is {others}" if found else REMEDY
    if device == "auto":
        raise TemporaryError(f"the virtual camera needs a loopback device; {remedy}")
    if "/" in device and (sysfs / wanted).exists():
        raise TemporaryError(f"{device} is a real camera, the virtual camera cannot be shown on it; {remedy}")
    raise TemporaryError(f"there is no {device} for the virtual camera; {remedy}")


def loopbacks(sysfs: Path = SYSFS) -> dict[str, str]:
    """Names (as video2) of this machine's loopback devices, each with its label."""
    found = {}
    for folder in sorted(sysfs.glob("video*"), key=lambda path: (len(path.name), path.name)):
        with contextlib.suppress(OSError):                                  # being taken away just now
            if (folder / OWN_FILE).exists():
                found[folder.name] = (folder / "name").read_text(encoding="utf-8", errors="replace").strip()
    return found
