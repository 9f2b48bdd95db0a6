"""Live to a streaming server, RTMP(S) or SRT. When the connection breaks it is made again, for ever; nothing else ever waits for it."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import av
import numpy as np

from booth.errors import TemporaryError, UsageError
from booth.settings import BroadcastSettings
from booth.sinks.outlet import Heard, Outlet, Shown, State
from booth.sinks.programme import PER_TICK, Programme, Timeline, encoder, planes_of
from booth.sinks.relay import OPENING_TICKS, PIPE, Line

log = logging.getLogger(__name__)

FORMATS = {"rtmp": "flv", "rtmps": "flv", "srt": "mpegts"}
QUIET_S = 10.0
"""Without a picture for so long the connection is given up; with the next one it is made again."""
WAIT_S = 0.1


class Broadcast(Outlet):
    """For ``booth.worker.Worker``. ``state``: off · connecting · live · waiting, with ``fault`` then in one plain line, which never holds
    the stream's key · ``connections``: made so far."""

    name = "broadcast"

    def __init__(self, settings: BroadcastSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ``UsageError`` for an address that can never work."""
        super().__init__(settings.sound, clock)
        self._settings = settings
        scheme, self._where = _address(settings.url)
        self._format, self._program = FORMATS[scheme], _program(scheme)
        self._line: Line | None = None
        self._programme: Programme | None = None
        self._timeline: Timeline | None = None
        self._newest = 0.0
        self.state: State = "off"
        self.connections = 0

    def setup(self) -> None:
        self._feed.clear()

    def step(self) -> None:
        shown, sound = self._feed.take(WAIT_S)
        try:
            if self._line is None and shown is not None:
                self._call(shown)
            elif self._line is not None and self._line.taken():
                self._send(shown, sound)
        except (OSError, av.FFmpegError) as error:
            self.fault = f"{self._where} does not take the broadcast ({_plain(error)}); check the network and the key, it is tried again"
            raise TemporaryError(self.fault) from error

    def teardown(self) -> None:
        self._hang_up()
        if self.fault is not None:
            self.state = "waiting"

    def _call(self, shown: Shown) -> None:
        """Begin to connect, with a picture that stands still for half a second."""
        settings = self._settings
        self.state = "connecting"
        self._line = Line(settings.url, self._format, self._program)
        container = av.open(self._line, "w", format=PIPE, options={"fflags": "flush_packets"}, buffer_size=4096)
        self._programme = Programme(container, settings.width, settings.height, self._sound, encoder(settings.hardware), settings.kbit)
        planes = planes_of(shown.image, settings.width, settings.height)
        for _ in range(OPENING_TICKS):
            self._programme.show(planes)
            self._programme.hear(np.zeros(PER_TICK, np.float32))

    def _send(self, shown: Shown | None, sound: list[Heard]) -> None:
        assert self._programme is not None
        if self.state != "live":
            self.state, self.fault = "live", None
            self.connections += 1
            log.info("live on %s", self._where)
        now = self._clock()
        if shown is not None:
            if self._timeline is None:
                self._timeline = Timeline(shown.at, self._settings.width, self._settings.height, self._sound)
            self._newest = shown.at
            self._draw(self._timeline.show(shown))
        if self._timeline is None:
            return
        if now - self._newest > QUIET_S:
            return self._hang_up()
        for heard in sound:
            self._programme.hear(self._timeline.hear(heard))
        self._draw(self._timeline.overdue(now))
        if self._sound:
            self._programme.hear(self._timeline.silence(now))

    def _draw(self, ticks: Iterator[tuple[int, np.ndarray]]) -> None:
        assert self._programme is not None
        for _, planes in ticks:
            self._programme.show(planes)

    def _hang_up(self) -> None:
        if self._programme is not None:
            try:
                self._programme.close()
            except (OSError, av.FFmpegError):
                log.debug("%s was gone already", self._where)
        if self._line is not None:
            self._line.close()
        self._programme = self._line = self._timeline = None
        self.state = "off"


def _address(url: str) -> tuple[str, str]:
    """Its scheme, and scheme://host for people to read: what follows is a key. Raises ``UsageError``."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in FORMATS or not host or (scheme == "srt" and port is None):
        raise UsageError("a broadcast goes to an address like rtmp://host/app/key or srt://host:port; this one is of another kind")
    return scheme, f"{scheme}://{host}{f':{port}' if port else ''}"


def _program(scheme: str) -> str | None:
    """The ffmpeg that has to speak for us; None: PyAV does. Raises ``UsageError`` where neither speaks it."""
    if _speaks(scheme):
        return None
    program = shutil.which("ffmpeg") if sys.platform != "win32" else None       # a socket is no standard input there
    if program is not None and _program_speaks(program, scheme):
        return program
    raise UsageError(f"nothing here speaks {scheme}; install Debian's or Ubuntu's ffmpeg (sudo apt-get install ffmpeg), or give an rtmp:// address")


def _speaks(scheme: str) -> bool:
    """Whether PyAV's FFmpeg was built with the protocol: asked by a call to nobody."""
    try:
        av.open(f"{scheme}://127.0.0.1:1/none/none", timeout=(0.2, 0.2)).close()
    except av.error.ProtocolNotFoundError:
        return False
    except (av.FFmpegError, OSError):
        pass                                                    # nobody answers: it is spoken
    return True


def _program_speaks(program: str, scheme: str) -> bool:
    try:
        listed = subprocess.run([program, "-hide_banner", "-protocols"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return False
    return scheme in listed.stdout.partition("Output:")[2].split()


def _plain(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
