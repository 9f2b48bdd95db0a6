"""A recording being written: an MP4 in fragments of half a second, each flushed to disk, so that a kill or a power cut costs no more."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from booth.errors import UsageError
from booth.files import hold, sync_folder

OPEN, DONE = ".open.mp4", ".mp4"
"""Endings of a recording that is being written, and of a finished one."""
FRAGMENT_S = 0.5
FRAGMENTS = {"movflags": "empty_moov+default_base_moof+delay_moov", "frag_duration": str(int(FRAGMENT_S * 1e6))}
"""Options of FFmpeg's MP4 writer for ``FragmentFile``."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
flush = getattr(os, "fdatasync", os.fsync)


class FragmentFile:
    """What PyAV writes into, once from front to end. A fragment goes to disk in one piece when it is whole, so that the file can be
    played at any moment; ``sync`` then flushes the disk, from a thread of its own: an old disk takes its time."""

    def __init__(self, folder: Path, stem: str) -> None:
        """A new file, never one that is there: ``stem``, or stem-2 and so on."""
        self.path, self._handle = _create(folder, stem)
        hold(self._handle, wait=True)
        while os.fstat(self._handle).st_nlink == 0:                  # a repair took it for an empty one of before
            os.close(self._handle)
            self.path, self._handle = _create(folder, stem)
            hold(self._handle, wait=True)
        self._waiting = bytearray()
        self._size = 0
        self._failed: OSError | None = None
        self._flusher = ThreadPoolExecutor(1, thread_name_prefix="recording-flush")
        self._flushing = self._flusher.submit(sync_folder, folder)

    def write(self, data: Any) -> int:
        self._waiting += data
        if end := max(_ends(len(self._waiting), lambda at: self._waiting[at:at + 16]), default=0):
            self._put(end)
        return len(data)

    def _put(self, end: int) -> None:
        """All of it, or nothing and never anything again: half a fragment would hide those after it."""
        if self._failed is not None:
            raise self._failed
        rest = bytes(self._waiting[:end])
        del self._waiting[:end]
        try:
            while rest:
                rest = rest[os.write(self._handle, rest):]
        except OSError as error:
            self._failed = error
            os.ftruncate(self._handle, self._size)
            raise
        self._size += end
        if self._flushing.done():
            self._flushing = self._flusher.submit(flush, self._handle)

    def close(self) -> None:
        """Everything is on disk, or ``OSError``. Again: nothing."""
        if self._handle < 0:
            return
        try:
            if self._failed is None:
                self._put(len(self._waiting))
        finally:
            self._flusher.shutdown()
            try:
                os.fsync(self._handle)
            finally:
                os.close(self._handle)
                self._handle = -1


def _create(folder: Path, stem: str) -> tuple[Path, int]:
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}-{number}"
        path = folder / f"{name}{OPEN}"
        if not (folder / f"{name}{DONE}").exists():
            try:
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o640)
            except FileExistsError:
                continue
    raise UsageError(f"{folder} has a thousand recordings named {stem}; clear it out")


def fragment_ends(path: Path) -> list[int]:
    """Where whole fragments end in a file, without reading it all."""
    with path.open("rb") as file:
        def head(at: int) -> bytes:
            file.seek(at)
            return file.read(16)
        return _ends(path.stat().st_size, head)


def _ends(length: int, head: Callable[[int], bytes | bytearray]) -> list[int]:
    """The same in ``length`` bytes of MP4 boxes, each with its length (32 bits, or 64 after a 1) and its name in front. ``head``: 16 bytes."""
    at, ends = 0, []
    while at + 16 <= length:
        size, kind, long = struct.unpack(">I4sQ", head(at))
        size = long if size == 1 else size
        if size < 8 or at + size > length:
            break
        at += size
        if kind == b"mdat":
            ends.append(at)
    return ends
