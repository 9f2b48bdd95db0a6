"""An event video, drawn: decoded, drawn and encoded side by side, in parts that survive a kill, its sound kept."""

from __future__ import annotations

import itertools
import json
import os
import queue
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from tqdm import tqdm

from booth.app import build_stages, fill_wardrobe
from booth.errors import UsageError
from booth.files import appear, write_atomic
from booth.frame import Frame, frozen
from booth.pipeline import overlapped
from booth.quality import LEVELS
from booth.render.apart import PainterApart
from booth.settings import Settings, VisionSettings
from booth.translators import make_translator
from booth.translators.alternating import Alternating, film_turns
from booth.translators.manifest import PRINT, load_network
from booth.translators.steady import Steady

PART_S = 10.0
"""So much film is lost at most by a kill."""
WARM_S = 1.0
"""Film drawn before a part begins and thrown away: so everybody is known in its first picture."""
AHEAD = 4
"""Pictures that wait between decoding, drawing and encoding: memory stays the same for any length."""
COPIED = {"aac", "mp3", "ac3", "eac3", "opus", "alac"}
"""Sound that goes into the new file as it is; other is encoded as AAC."""
BT601, LIMITED = 6, 1
"""What FFmpeg calls the colours that OpenCV's conversion makes."""
CONTAINERS = (".mp4", ".mov", ".mkv")


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a film before it is decoded. ``seconds``: its length, or 0 when it does not say."""

    path: Path
    rate: Fraction
    seconds: float
    sound: bool

    def pictures(self, start: float) -> Iterator[tuple[float, np.ndarray]]:
        """(seconds, (H, W, 3) uint8 RGB upright) of every picture from ``start`` on. Damaged ones are left out."""
        with av.open(str(self.path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            if start > 0 and stream.time_base is not None:
                container.seek(int(start / stream.time_base), stream=stream)
            last = -1.0
            for frame in container.decode(stream):
                at = frame.time if frame.time is not None else last + float(1 / self.rate)
                if at >= start and at > last:
                    last = at
                    image = frame.to_ndarray(format="rgb24")
                    turned = np.rot90(image, -frame.rotation // 90 % 4) if frame.rotation % 90 == 0 else image
                    yield at, np.ascontiguousarray(turned)


def open_source(path: Path) -> Source:
    """Raises ``UsageError`` when ``path`` is no film."""
    if not path.is_file():
        raise UsageError(f"no such file: {path}")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise UsageError(f"{path} has no picture in it, only sound")
            stream = container.streams.video[0]
            next(container.decode(stream))
            seconds = float(container.duration or 0) / av.time_base
            return Source(path, Fraction(stream.average_rate or 30), seconds, bool(container.streams.audio))
    except (av.FFmpegError, OSError, StopIteration) as error:
        raise UsageError(f"{path} is not a video that can be read") from error


def draw_film(source_path: Path, target: Path, settings: Settings, resume: bool = False) -> int:
    """Draw the film ``source_path`` into ``target``; returns the number of pictures. Raises ``UsageError``.

    Until it is done its parts lie in ``target``.parts; with ``resume`` those that are whole are not drawn again.
    """
    source = open_source(source_path)
    parts = _prepare(source, target, settings, resume)
    if not (parts / "done").exists():
        whole = next(i for i in itertools.count() if not (parts / f"{i:05}.nut").exists())
        _draw_parts(source, parts, whole * PART_S, settings)
        write_atomic(parts / "done", b"")
    pictures = _join(source, sorted(parts.glob("?????.nut")), target)
    shutil.rmtree(parts)
    return pictures


def _prepare(source: Source, target: Path, settings: Settings, resume: bool) -> Path:
    if target.suffix.lower() not in CONTAINERS:
        raise UsageError(f"cannot write {target.name}: the name must end in {', '.join(CONTAINERS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} to write into")
    if target.exists():
        raise UsageError(f"{target} exists already; name another file, or move it away")
    stat = source.path.stat()
    job = {"size": stat.st_size, "changed": stat.st_mtime_ns, "part_s": PART_S,
           **settings.model_dump(mode="json", include={"style", "mix_with", "mix", "each", "styles"})}
    parts = target.with_name(target.name + ".parts")
    note = parts / "job.json"
    if parts.exists() and not resume:
        raise UsageError(f"{parts} holds an unfinished film; go on with --resume, or remove it")
    if note.exists() and json.loads(note.read_text()) != job:
        raise UsageError(f"{parts} belongs to another film or character; remove it, or name another file")
    parts.mkdir(exist_ok=True)
    for half in parts.glob("*.tmp"):
        half.unlink()
    write_atomic(note, json.dumps(job).encode())
    return parts


def _draw_parts(source: Source, parts: Path, start: float, settings: Settings) -> None:
    """Every part from ``start`` seconds on. Whatever fails in a thread is raised here, after all have ended."""
    decoded: queue.Queue[Any] = queue.Queue(AHEAD)
    drawn: queue.Queue[Any] = queue.Queue(AHEAD)
    stop = threading.Event()
    with ThreadPoolExecutor(2, thread_name_prefix="film") as pool:
        others = [pool.submit(_feed, source.pictures(max(0.0, start - WARM_S)), decoded, stop), pool.submit(_encode, source, drawn, parts, stop)]
        for other in others:
            other.add_done_callback(lambda done: stop.set() if done.exception() else None)
        try:
            _draw(source, decoded, drawn, start, settings, stop)
        except BaseException:
            stop.set()
            raise
        for other in others:
            other.result()


def _feed(items: Iterator[Any], into: queue.Queue, stop: threading.Event) -> None:
    for item in items:
        if not _put(into, item, stop):
            return
    _put(into, None, stop)


def _put(into: queue.Queue, item: Any, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            into.put(item, timeout=0.1)
            return True
        except queue.Full:
            continue
    return False


def _take(out: queue.Queue, stop: threading.Event) -> Any:
    while not stop.is_set():
        try:
            return out.get(timeout=0.1)
        except queue.Empty:
            continue
    return None


def _draw(source: Source, decoded: queue.Queue, drawn: queue.Queue, start: float, settings: Settings, stop: threading.Event) -> None:
    vision = VisionSettings(still_s=0, birth_frames=1, region=settings.vision.region)
    settings = settings.model_copy(update={"vision": vision})
    network = load_network(PRINT)
    translator = Alternating(Steady(make_translator(settings.engine, network)), film_turns)
    fine = replace(LEVELS[0], face_px=network.size)
    painter = PainterApart()
    stages = replace(build_stages(settings, fill_wardrobe(settings, {}), translator, painter), translator=translator, level=fine)
    frames = (Frame(frozen(image), seq, at) for seq, (at, image) in enumerate(iter(lambda: _take(decoded, stop), None)))
    try:
        with tqdm(total=round(source.seconds, 1) or None, initial=round(start, 1), unit="s", mininterval=1,
                     bar_format="{percentage:3.0f}%|{bar}| {n:.0f} of {total} s of film [{elapsed} < {remaining}]") as bar:
            for composite in overlapped(frames, stages):
                at = composite.captured_at
                if at >= start:
                    bar.update(max(0.0, at - bar.n))
                    if not _put(drawn, (at, composite.image), stop):
                        return
        _put(drawn, None, stop)
    finally:
        stages.close()
        painter.close()


def _encode(source: Source, drawn: queue.Queue, parts: Path, stop: threading.Event) -> None:
    """Pictures into parts, each written beside and then renamed when it is whole."""
    part: _Part | None = None
    try:
        while (item := _take(drawn, stop)) is not None:
            at, picture = item
            number = int(at / PART_S)
            if part is None or part.number != number:
                if part is not None:
                    part.finish()
                part = _Part(parts, number, picture, source.rate)
            part.add(at, picture)
        if part is not None and not stop.is_set():
            part.finish()
    finally:
        if part is not None:
            part.close()


class _Part:
    def __init__(self, folder: Path, number: int, first: np.ndarray, rate: Fraction) -> None:
        self.number = number
        self._whole = folder / f"{number:05}.nut"
        self._half = folder / f"{number:05}.tmp"
        self._container = av.open(str(self._half), "w", format="nut")
        self._stream = self._container.add_stream("libx264", rate=rate, options={"preset": "superfast", "crf": "20", "bf": "0"})
        self._stream.height, self._stream.width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
        self._stream.pix_fmt = "yuv420p"
        codec = self._stream.codec_context
        codec.colorspace = codec.color_primaries = codec.color_trc = BT601
        codec.color_range = LIMITED
        self._stream.codec_context.time_base = Fraction(1, 90_000)

    def add(self, at: float, picture: np.ndarray) -> None:
        height, width = self._stream.height, self._stream.width
        rgb = np.ascontiguousarray(picture[:height, :width])
        planes: Any = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)     # five times as fast as FFmpeg's
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = round(at * 90_000), Fraction(1, 90_000)
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()
        with self._half.open("rb") as file:
            os.fsync(file.fileno())
        self._half.rename(self._whole)

    def close(self) -> None:
        """Leave nothing half behind; a finished part stays."""
        self._container.close()
        self._half.unlink(missing_ok=True)


def _join(source: Source, parts: list[Path], target: Path) -> int:
    """All parts and the source's sound as one file, which appears when it is whole. Returns the number of pictures."""
    half = target.with_name(f".{target.name}.half{target.suffix}")
    count = 0
    with av.open(str(half), "w", options={"movflags": "+faststart"}) as out, av.open(str(source.path)) as original:
        with av.open(str(parts[0])) as first:
            video = out.add_stream_from_template(first.streams.video[0])
        sound = _Sound(original, out) if source.sound else None
        for path in parts:
            with av.open(str(path)) as part:
                for packet in part.demux(part.streams.video[0]):
                    if packet.dts is None:
                        continue
                    if sound is not None and packet.pts is not None and packet.time_base is not None:
                        sound.until(float(packet.pts * packet.time_base))
                    packet.stream = video
                    out.mux(packet)
                    count += 1
        if sound is not None:
            sound.until(float("inf"))
    with half.open("rb") as file:
        os.fsync(file.fileno())
    appear(half, target)
    return count


class _Sound:
    """The source's first sound track, copied where the container takes it, else encoded as AAC."""

    def __init__(self, original: av.container.InputContainer, out: av.container.OutputContainer) -> None:
        self._out = out
        track = original.streams.audio[0]
        self._copied = track.codec_context.name in COPIED
        self._stream: Any = out.add_stream_from_template(track) if self._copied else out.add_stream("aac", rate=track.rate)
        self._items: Iterator[Any] = original.demux(track) if self._copied else original.decode(track)
        self._next: Any = next(self._items, None)

    def until(self, seconds: float) -> None:
        """Write everything up to ``seconds``."""
        while self._next is not None and (self._next.pts is None or float(self._next.pts * self._next.time_base) <= seconds):
            item, self._next = self._next, next(self._items, None)
            if not self._copied:
                self._out.mux(self._stream.encode(item))
            elif item.dts is not None:
                item.stream = self._stream
                self._out.mux(item)
        if self._next is None and not self._copied and seconds == float("inf"):
            self._out.mux(self._stream.encode())
