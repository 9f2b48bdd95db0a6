"""The recordings' folder: files that survive a power cut, finished afterwards, the oldest deleted when there are too many.

    2026-11-21_153012.open.mp4        being written, or left by a booth that was killed: whole fragments of half a second, flushed to disk
    2026-11-21_153012.mp4             finished: the same packets with an index in front, read again and found good before the open one goes
    2026-11-21_153012.keep            this one is not deleted for room
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import shutil
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from booth.errors import StorageFull, UsageError

log = logging.getLogger(__name__)

OPEN, DONE, KEEP, BAD, HALF = ".open.mp4", ".mp4", ".keep", ".unreadable", ".half"
FRAGMENT_S = 0.5
FRAGMENTS = {"movflags": "empty_moov+default_base_moof+delay_moov", "frag_duration": str(int(FRAGMENT_S * 1e6))}
"""Options of FFmpeg's MP4 writer for ``FragmentFile``."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
STARTED = "comment"
"""Metadata key of the wall clock, seconds since 1970, at which a file begins."""
TORN = 8
"""So many fragments at the end may be damaged by a power cut before a file is given up."""


@dataclass(frozen=True, slots=True)
class Recording:
    """``started``: wall clock, seconds since 1970 · ``seconds`` long."""

    path: Path
    started: float
    seconds: float

    @property
    def ended(self) -> float:
        return self.started + self.seconds


class FragmentFile:
    """What PyAV writes into, once from front to end. A fragment goes to disk in one piece when it is whole, so that the file can be
    played at any moment; ``sync`` then flushes the disk, from a thread of its own: an old disk takes its time."""

    def __init__(self, folder: Path, stem: str) -> None:
        """A new file, never one that is there: ``stem``, or stem-2 and so on."""
        self.path, self._handle = _create(folder, stem)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        while os.fstat(self._handle).st_nlink == 0:                  # a repair took it for an empty one of before
            os.close(self._handle)
            self.path, self._handle = _create(folder, stem)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        self._waiting = bytearray()
        self._size = 0
        self._failed: OSError | None = None
        self._flusher = ThreadPoolExecutor(1, thread_name_prefix="recording-flush")
        self._flushing = self._flusher.submit(_flush_folder, folder)

    def write(self, data: Any) -> int:
        self._waiting += data
        if end := max(_whole(self._waiting), default=0):
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
            self._flushing = self._flusher.submit(os.fdatasync, self._handle)

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
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            except FileExistsError:
                continue
    raise UsageError(f"{folder} has a thousand recordings named {stem}; clear it out")


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole(data: Any) -> list[int]:
    """Where whole fragments end in ``data``: MP4 boxes, each with its length (32 bits, or 64 after a 1) and its name in front."""
    at, ends = 0, []
    while at + 16 <= len(data):
        size, kind, long = struct.unpack_from(">I4sQ", data, at)
        size = long if size == 1 else size
        if size < 8 or at + size > len(data):
            break
        at += size
        if kind == b"mdat":
            ends.append(at)
    return ends


def _ends(path: Path) -> list[int]:
    """The same of a file, without reading it all."""
    at, ends, size_of_file = 0, [], path.stat().st_size
    with path.open("rb") as file:
        while at + 16 <= size_of_file:
            file.seek(at)
            size, kind, long = struct.unpack(">I4sQ", file.read(16))
            size = long if size == 1 else size
            if size < 8 or at + size > size_of_file:
                break
            at += size
            if kind == b"mdat":
                ends.append(at)
    return ends


def finish(path: Path) -> Path | None:
    """Copy an open recording into a finished one, read that again, then remove the open one. Returns the finished one's path;
    None when there was nothing in it yet. What cannot be read is renamed, never deleted: raises ``UsageError``.

    Raises ``OSError``: the disk is full or broken, and the open one is still there.
    """
    ends = _ends(path)
    if not ends:
        path.unlink()
        return None
    done = path.with_name(path.name.removesuffix(OPEN) + DONE)
    half = path.with_name(f".{done.name}{HALF}")
    for end in reversed(ends[-TORN:]):
        try:
            half.unlink(missing_ok=True)
            _check(half, _copy(f"subfile,,start,0,end,{end},,:{path}", half))
        except (av.FFmpegError, EOFError) as error:
            half.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in FULL:
                raise
            log.debug("%s up to %d: %s", path.name, end, error)
            continue
        with half.open("rb") as file:
            os.fsync(file.fileno())
        os.link(half, done)
        half.unlink()
        _flush_folder(path.parent)
        path.unlink()
        return done
    bad = path.with_name(path.name.removesuffix(OPEN) + BAD)
    path.rename(bad)
    raise UsageError(f"{bad} is a recording that cannot be read; look at it with a repair tool, or delete it")


def _copy(source: str, target: Path) -> int:
    """Returns the number of pictures."""
    pictures = 0
    with av.open(source) as original, av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        out.metadata.update({key: value for key, value in original.metadata.items() if key == STARTED})
        streams = {stream.index: out.add_stream_from_template(stream) for stream in original.streams}
        for packet in original.demux():
            if packet.dts is None or packet.is_corrupt:
                continue
            pictures += packet.stream.type == "video"
            packet.stream = streams[packet.stream.index]
            out.mux(packet)
    return pictures


def _check(path: Path, pictures: int) -> None:
    """Read the finished file: all pictures listed, the first and the last seconds decoded. Raises ``FFmpegError`` or ``EOFError``."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        listed = [packet.pts for packet in container.demux(video) if packet.pts is not None]
        if not pictures or len(listed) != pictures:
            raise EOFError(f"{len(listed)} pictures of {pictures}")
        for start in (0, max(0, listed[-1] - round(2 / (video.time_base or 1)))):
            container.seek(start, stream=video)
            video.codec_context.options = {"err_detect": "explode"}
            last = 0
            for count, frame in enumerate(container.decode(*container.streams), 1):
                if isinstance(frame, av.VideoFrame) and frame.pts is not None:
                    last = frame.pts
                if not start and count >= 90:
                    break
            if start and last < listed[-1]:
                raise EOFError("the last pictures cannot be decoded")


@dataclass(frozen=True, slots=True)
class Mended:
    """What ``repair`` did: paths of recordings ``finished``, and of those ``unreadable``; how many were ``empty``."""

    finished: tuple[Path, ...] = ()
    unreadable: tuple[Path, ...] = ()
    empty: int = 0


def repair(folder: Path) -> Mended:
    """At the start of a booth: finish what one that was killed has left. Recordings that are being written are left alone.

    Raises ``StorageFull`` when there is no room for a finished file; nothing is lost, and it can be called again.
    """
    finished, unreadable, empty = [], [], 0
    for path in sorted(folder.glob(f"*{OPEN}")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            try:
                done = finish(path)
            except UsageError as error:
                log.warning("%s", error)
                unreadable.append(path.with_name(path.name.removesuffix(OPEN) + BAD))
            except OSError as error:
                raise StorageFull(f"{path.name} cannot be finished ({error.strerror}); make room on the disk of {folder}") from error
            else:
                empty += done is None
                finished += [done] if done else []
    for half in folder.glob(f".*{HALF}"):
        half.unlink()
    return Mended(tuple(finished), tuple(unreadable), empty)


def recordings(folder: Path, label: str = "") -> list[Recording]:
    """What has been recorded under ``label``, oldest first, also the one that is being written. Unreadable ones are left out."""
    found: dict[str, Recording] = {}
    for path in sorted(folder.glob(f"*{DONE}"), reverse=True):
        stem = path.name.removesuffix(OPEN).removesuffix(DONE)
        if stem[17:].split("-")[0].removeprefix("_") != label:
            continue
        try:
            found[stem] = _look(path)                           # .open.mp4 comes before .mp4, which replaces it
        except (av.FFmpegError, ValueError, KeyError) as error:
            log.debug("%s is left out: %s", path.name, error)
    return sorted(found.values(), key=lambda recording: recording.started)


def _look(path: Path) -> Recording:
    with av.open(str(path)) as container:
        started = float(container.metadata[STARTED])
        video = container.streams.video[0]
        if path.name.endswith(OPEN):
            times = [float(p.pts * p.time_base) for p in container.demux(video) if p.pts is not None and p.time_base is not None]
            return Recording(path, started, max(times, default=0.0))
        return Recording(path, started, float((video.duration or 0) * (video.time_base or 0)))


def protect(recording: Path) -> None:
    """Keep this one when room is needed; delete the .keep file beside it to take that back."""
    recording.with_name(recording.name.removesuffix(OPEN).removesuffix(DONE) + KEEP).touch()


class Ring:
    """Keeps the folder under ``cap_bytes`` and the disk above ``reserve_bytes`` free, at the cost of the oldest recordings."""

    def __init__(self, folder: Path, cap_bytes: int, reserve_bytes: int,
                 free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> None:
        """``free``: bytes free on the disk of a folder."""
        self._folder, self._cap, self._reserve, self._free = folder, cap_bytes, reserve_bytes, free
        self.deleted = 0

    def free_beyond(self) -> int:
        """Bytes free beyond the reserve; less than none when the disk is too full."""
        return self._free(self._folder) - self._reserve

    def make_room(self, need_bytes: int = 0) -> None:
        """Delete until the folder can grow by ``need_bytes``. Raises ``StorageFull`` when nothing may be deleted any more: what is
        protected, what is being written."""
        sizes = self._sizes()
        old = [path for path in sorted(sizes) if not path.name.endswith(OPEN) and not path.with_suffix(KEEP).exists()]
        while (over := sum(sizes.values()) + need_bytes > self._cap) or self.free_beyond() < need_bytes:
            if not old:
                why = "has reached its size, and all in it is protected" if over else "is on a disk that is full"
                raise StorageFull(f"recording has stopped: {self._folder} {why}; make room, it goes on by itself")
            log.info("recording %s is deleted for room", old[0].name)
            old[0].unlink(missing_ok=True)
            del sizes[old.pop(0)]
            self.deleted += 1

    def _sizes(self) -> dict[Path, int]:
        """Of all recordings. Other threads finish and delete some meanwhile."""
        sizes = {}
        for path in self._folder.iterdir():
            if path.suffix in (DONE, BAD) and not path.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    sizes[path] = path.stat().st_size
        return sizes


def stem_of(wall: float, label: str) -> str:
    """The name of a recording that begins at ``wall``, seconds since 1970."""
    return time.strftime("%Y-%m-%d_%H%M%S", time.localtime(wall)) + (f"_{label}" if label else "")
