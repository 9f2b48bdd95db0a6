"""Live to a streaming server, RTMP(S) or SRT. When the connection breaks it is made again, for ever; nothing else ever waits for it."""

from __future__ import annotations

import errno
import logging
import multiprocessing as mp
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import av
import numpy as np

from booth.errors import TemporaryError, UsageError
from booth.settings import BroadcastSettings
from booth.sinks.programme import PER_TICK, Feed, Heard, Programme, Shown, Timeline, encoder, planes_of
from booth.sinks.relay import LIVE, OPENING_TICKS, PIPE, relay

log = logging.getLogger(__name__)

FORMATS = {"rtmp": "flv", "rtmps": "flv", "srt": "mpegts"}
QUIET_S = 10.0
"""Without a picture for so long the connection is given up; with the next one it is made again."""
CALL_S, STUCK_S, END_S = 10.0, 5.0, 2.0
"""A server that does not take a call for so long, or then takes nothing for so long, is gone; so long it may take to say goodbye."""
WAIT_S = 0.1
State = Literal["off", "connecting", "live", "waiting"]


class Broadcast:
    """For ``booth.worker.Worker``. Other threads call ``show`` and ``hear``, which never wait.

    ``state``: off · connecting · live · waiting, with ``fault`` then in one plain line, which never holds the stream's key ·
    ``dropped``: pictures that the line or the encoder was too slow for · ``connections``: made so far.
    """

    name = "broadcast"

    def __init__(self, settings: BroadcastSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ``UsageError`` for an address that can never work."""
        self._settings, self._clock = settings, clock
        self._format, self._where = _address(settings.url)
        self._feed = Feed()
        self._line: _Line | None = None
        self._programme: Programme | None = None
        self._timeline: Timeline | None = None
        self._newest = 0.0
        self.state: State = "off"
        self.fault: str | None = None
        self.connections = 0

    @property
    def dropped(self) -> int:
        return self._feed.dropped

    def show(self, image: np.ndarray, at: float) -> None:
        """``image`` (H, W, 3) uint8 RGB, which nobody changes any more · ``at``: captured, monotonic seconds."""
        self._feed.show(image, at)

    def hear(self, samples: np.ndarray, at: float) -> None:
        """``samples`` (N,) float32 −1 … 1, mono, 48 kHz · ``at``: when the first was heard, monotonic seconds."""
        if self._settings.sound:
            self._feed.hear(samples, at)

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
            self.fault = f"{self._where} does not take the broadcast ({_plain(error)}); it is tried again"
            raise TemporaryError(self.fault) from error

    def teardown(self) -> None:
        self._hang_up()
        if self.fault is not None:
            self.state = "waiting"

    def _call(self, shown: Shown) -> None:
        """Begin to connect, with a picture that stands still for half a second."""
        settings = self._settings
        self.state = "connecting"
        self._line = _Line(settings.url, self._format)
        container = av.open(self._line, "w", format=PIPE, options={"fflags": "flush_packets"}, buffer_size=4096)
        self._programme = Programme(container, settings.width, settings.height, settings.sound, encoder(settings.hardware), settings.kbit)
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
                self._timeline = Timeline(shown.at, self._settings.width, self._settings.height, self._settings.sound)
            self._newest = shown.at
            self._draw(self._timeline.show(shown))
        if self._timeline is None:
            return
        if now - self._newest > QUIET_S:
            return self._hang_up()
        for heard in sound:
            self._programme.hear(self._timeline.hear(heard))
        self._draw(self._timeline.overdue(now))
        if self._settings.sound:
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


class _Line:
    """The relay and the way to it. All methods raise ``OSError`` when it has given up, or has taken nothing for ``STUCK_S``."""

    def __init__(self, url: str, container: str) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(STUCK_S)
        self._relay = mp.get_context("spawn").Process(target=relay, args=(theirs, url, container), name="broadcast", daemon=True)
        self._relay.start()
        theirs.close()
        self._called_at = time.monotonic()
        self._live = False

    def write(self, data: Any) -> int:
        try:
            self._ours.sendall(data)
        except TimeoutError as error:
            raise OSError(errno.ETIMEDOUT, "it takes nothing any more") from error
        except OSError as error:
            raise OSError(error.errno, self._last_words() or error.strerror) from error
        return len(data)

    def taken(self) -> bool:
        """Whether the server has taken the call."""
        if (words := self._last_words()) is not None:
            raise OSError(errno.ECONNABORTED, words)
        if not self._live and time.monotonic() - self._called_at > CALL_S:
            raise OSError(errno.ETIMEDOUT, "no answer")
        return self._live

    def _last_words(self) -> str | None:
        """Why the relay has given up; None while it has not."""
        if not select.select([self._ours], [], [], 0)[0]:
            return None
        try:
            said = self._ours.recv(1000)
        except ConnectionError:
            return "the connection broke"
        if said.startswith(LIVE):
            self._live, said = True, said.removeprefix(LIVE)
            return said.decode() if said else None
        return said.decode() or "the connection broke"

    def close(self) -> None:
        """The relay may send what it has; one that hangs is ended."""
        self._ours.close()
        self._relay.join(END_S)
        if self._relay.exitcode is None:
            self._relay.kill()
            self._relay.join()
        self._relay.close()


def _address(url: str) -> tuple[str, str]:
    """Container format, and scheme://host for people to read: what follows is a key. Raises ``UsageError``."""
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in FORMATS or not host:
        raise UsageError("a broadcast goes to an address like rtmp://host/app/key or srt://host:port; this one is of another kind")
    if not _speaks(scheme):
        raise UsageError(f"this FFmpeg speaks no {scheme}; give an rtmp:// address, or put a relay such as MediaMTX between")
    return FORMATS[scheme], f"{scheme}://{host}{f':{port}' if port else ''}"


def _speaks(scheme: str) -> bool:
    """Whether FFmpeg was built with the protocol: asked by a call to nobody."""
    try:
        av.open(f"{scheme}://127.0.0.1:1/none/none", timeout=(0.2, 0.2)).close()
    except av.error.ProtocolNotFoundError:
        return False
    except (av.FFmpegError, OSError):
        pass                                                    # nobody answers: it is spoken
    return True


def _plain(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
