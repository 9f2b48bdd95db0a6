"""The recordings' folder: files that survive a power cut, finished afterwards, the oldest deleted when there are too many.

    2026-11-21_153012.open.mp4        being written, or left by a booth that was killed: whole fragments of half a second, flushed to disk
    2026-11-21_153012.mp4             finished: the same packets with an index in front, read again and found good before the open one goes
    2026-11-21_153012.keep            this one is not deleted for room
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path

import av

from booth.errors import StorageFull, UsageError
from booth.files import appear, hold, sync_folder
from booth.sinks.fragments import DONE, FULL, OPEN, fragment_ends

log = logging.getLogger(__name__)

BAD, HALF = ".unreadable", ".half"
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


def finish(path: Path) -> Path | None:
    """Copy an open recording into a finished one, read that again, then remove the open one. Returns the finished one's path;
    None when there was nothing in it yet. What cannot be read is renamed, never deleted: raises ``UsageError``.

    Raises ``OSError``: the disk is full or broken, and the open one is still there.
    """
    ends = fragment_ends(path)
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
        appear(half, done)
        sync_folder(path.parent)
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
            if not hold(file.fileno()):
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


def stem_of(wall: float, label: str) -> str:
    """The name of a recording that begins at ``wall``, seconds since 1970."""
    return time.strftime("%Y-%m-%d_%H%M%S", time.localtime(wall)) + (f"_{label}" if label else "")
