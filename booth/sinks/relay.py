"""The broadcast's other end, a process of its own: FFmpeg's calls to a server hold up every thread of a Python process, for as long
as the server likes. It is PyAV's FFmpeg in a process of ours, or the program ``ffmpeg`` where only that speaks the protocol."""

from __future__ import annotations

import errno
import multiprocessing as mp
import re
import select
import socket
import subprocess
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import av

PIPE = "nut"
"""Container between the two: it can be read as it comes, and keeps times exactly."""
LIVE = "live"
OPENING_TICKS = 15
"""So many pictures FFmpeg wants to see before it knows the tracks."""
READING = {"fflags": "nobuffer", "analyzeduration": "0", "probesize": "2048"}
CALL_S, STUCK_S, END_S = 10.0, 5.0, 2.0
"""A server that does not take a call for so long, or then takes nothing for so long, is gone; so long it may take to say goodbye."""
BROKEN = "the connection broke"


class Line:
    """The relay and the way to it. All methods raise ``OSError`` when it has given up, or has taken nothing for ``STUCK_S``."""

    def __init__(self, url: str, container: str, program: str | None = None) -> None:
        """``program``: the path of an ffmpeg that is to be the relay."""
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(STUCK_S)
        self._relay = _Own(theirs, url, container) if program is None else _Program(theirs, url, container, program)
        theirs.close()
        self._secrets = ["://", *(value for _, value in parse_qsl(urlsplit(url).query) if len(value) > 2)]
        self._called_at = time.monotonic()
        self._live, self._half, self._words = False, b"", ""

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
        while select.select([self._ours], [], [], 0)[0]:
            try:
                said = self._ours.recv(4096)
            except ConnectionError:
                said = b""
            if not said:
                return self._words or BROKEN
            *lines, self._half = (self._half + said).split(b"\n")
            for line in lines:
                self._hear(line.decode(errors="replace").strip())
        return None

    def _hear(self, line: str) -> None:
        """``live``, or ffmpeg's progress as ``frame=12``; anything else is what went wrong, and ends with why."""
        if line in (LIVE, "progress=continue"):
            self._live = True
        elif line and not re.match(r"\w+=", line):
            why = line.rsplit(": ", 1)[-1]
            self._words = BROKEN if any(secret in why for secret in self._secrets) else why

    def close(self) -> None:
        """The relay may send what it has; one that hangs is ended."""
        self._ours.close()
        self._relay.end()


class _Own:
    def __init__(self, source: socket.socket, url: str, container: str) -> None:
        self._process = mp.get_context("spawn").Process(target=relay, args=(source, url, container), name="broadcast", daemon=True)
        self._process.start()

    def end(self) -> None:
        self._process.join(END_S)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._process.close()


class _Program:
    """Who may list this machine's processes can read the address there."""

    def __init__(self, source: socket.socket, url: str, container: str, program: str) -> None:
        reading = [word for name, value in READING.items() for word in (f"-{name}", value)]
        command = [program, "-hide_banner", "-loglevel", "error", "-nostats", "-progress", "pipe:1", "-stats_period", "0.2",
                   *reading, "-f", PIPE, "-i", "pipe:0", "-map", "0", "-c", "copy", "-flush_packets", "1", "-f", container, url]
        self._process = subprocess.Popen(command, stdin=source, stdout=source, stderr=source, start_new_session=True)

    def end(self) -> None:
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def relay(source: socket.socket, url: str, container: str) -> None:
    """Copy what comes from ``source`` to ``url``. Says ``LIVE`` when the server has taken the call; else why not, in a few words
    without the address, which is a secret, and ends."""
    try:
        with (av.open(source.makefile("rb", buffering=0), "r", format=PIPE, options=READING) as coming,
              av.open(url, "w", format=container, options={"flvflags": "no_duration_filesize"} if container == "flv" else {}) as going):
            tracks = {track.index: going.add_stream_from_template(track) for track in coming.streams}
            going.start_encoding()
            source.sendall(f"{LIVE}\n".encode())
            for packet in coming.demux():
                if packet.dts is not None:
                    packet.stream = tracks[packet.stream.index]
                    going.mux(packet)
    except (av.FFmpegError, OSError) as error:
        try:
            source.sendall(f"{error.strerror or type(error).__name__}\n".encode())
        except OSError:
            return                                              # the booth has hung up
