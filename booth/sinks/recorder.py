"""Records the day: the drawn picture with sound, in files that survive anything; when the disk is full it stops first."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from booth.errors import BoothError, StorageFull, TemporaryError, UsageError
from booth.settings import RecordSettings
from booth.sinks.fragments import FRAGMENTS, FULL, FragmentFile
from booth.sinks.outlet import Heard, Outlet, Shown
from booth.sinks.programme import PER_TICK, RATE, Programme, Timeline, encoder
from booth.sinks.recording import STARTED, finish, stem_of
from booth.sinks.ring import Ring

log = logging.getLogger(__name__)

QUIET_S = 30.0
"""Without a picture for so long the recording ends; with the next one another begins."""
BEGIN_BYTES = 64 * 2**20
"""Room that there must be, beyond the reserve, before a recording begins: it is not to stop at once."""
WAIT_S = 0.1
GIB = 2**30


@dataclass(slots=True)
class _File:
    """A recording being written, from the timeline's ``first`` tick until before ``end``."""

    file: FragmentFile
    programme: Programme
    first: int
    end: int


class Recorder(Outlet):
    """For ``booth.worker.Worker``, whose thread alone writes. ``seconds``: recorded since the start."""

    def __init__(self, settings: RecordSettings, label: str = "", clock: Callable[[], float] = time.monotonic,
                 wall: Callable[[], float] = time.time, ring: Ring | None = None) -> None:
        """``label``: joined to the files' names, for instance camera · ``clock``: that of the pictures' times · ``wall``: the one people read."""
        if label and not label.isalnum():
            raise UsageError(f"a recording's label is letters and digits, not {label!r}")
        super().__init__(settings.sound, clock)
        self.name = f"recorder {label}".strip()
        self._settings, self._label, self._wall = settings, label, wall
        self._ring = ring or Ring(settings.folder, int(settings.cap_gib * GIB), int(settings.reserve_gib * GIB))
        self._ticks_each = max(RATE, round(settings.minutes * 60) * RATE)
        self._timeline: Timeline | None = None
        self._files: list[_File] = []
        self._early = np.zeros(0, np.float32)
        self._newest = 0.0
        self._recorded = 0

    @property
    def folder(self) -> Path:
        return self._settings.folder

    @property
    def seconds(self) -> float:
        return self._recorded / RATE

    def setup(self) -> None:
        """Raises ``StorageFull`` while there is no room."""
        self._finisher = ThreadPoolExecutor(1, thread_name_prefix="recording-finish")
        self._timeline, self._files, self._early = None, [], np.zeros(0, np.float32)
        with self._border():
            self._settings.folder.mkdir(parents=True, exist_ok=True)
            self._ring.make_room(BEGIN_BYTES)
        self._feed.clear()

    def step(self) -> None:
        shown, sound = self._feed.take(WAIT_S)
        with self._border():
            self._write(shown, sound)
        self.fault = None

    def teardown(self) -> None:
        """Write what waits, then close; a full disk leaves the open file as it is, for ``repair``."""
        try:
            while self._timeline is not None and self.fault is None and self._feed.waiting:
                with self._border():
                    self._write(*self._feed.take(0))
        except BoothError as error:
            log.warning("the end of the recording is lost: %s", error)
        self._end()
        self._finisher.shutdown()

    def _write(self, shown: Shown | None, sound: list[Heard]) -> None:
        if self._timeline is not None and (shown.at if shown else self._clock()) - self._newest > QUIET_S:
            self._end()
        if shown is not None:
            if self._timeline is None:
                self._timeline = Timeline(shown.at, self._settings.width, self._settings.height, self._sound)
            self._newest = max(shown.at, self._newest)
            self._draw(self._timeline.show(shown))
        if self._timeline is None:
            return
        for heard in sound:
            self._hear(self._timeline.hear(heard))
        now = min(self._clock(), self._newest + QUIET_S)
        self._draw(self._timeline.overdue(now))
        if self._sound:
            self._hear(self._timeline.silence(now))

    def _draw(self, ticks: Iterator[tuple[int, np.ndarray]]) -> None:
        for tick, planes in ticks:
            if not self._files or tick >= self._files[-1].end:
                self._begin(tick)
            self._files[-1].programme.show(planes)
            self._recorded += 1
            if tick % RATE == 0:
                self._ring.make_room()
        if not self._sound:
            self._close_before(len(self._files) - 1)

    def _hear(self, samples: np.ndarray) -> None:
        """Sound may come later than its pictures: the file before stays open until it has its own. Or earlier: it waits for its file."""
        samples = np.concatenate([self._early, samples])
        while len(samples) and self._files:
            file = self._files[0]
            room = (file.end - file.first) * PER_TICK - file.programme.samples
            file.programme.hear(samples[:room])
            samples = samples[room:]
            if file is self._files[-1]:
                break
            if file.programme.samples >= (file.end - file.first) * PER_TICK:
                self._close_before(1)
        self._early = samples

    def _begin(self, tick: int) -> None:
        assert self._timeline is not None
        began = self._wall() - self._clock() + self._timeline.origin + tick / RATE
        file = FragmentFile(self._settings.folder, stem_of(began, self._label))
        try:
            container = av.open(file, "w", format="mp4", options=FRAGMENTS)
            container.metadata[STARTED] = f"{began:.3f}"
            programme = Programme(container, self._settings.width, self._settings.height, self._sound, encoder(self._settings.hardware))
        except BaseException:
            file.close()
            file.path.unlink()
            raise
        self._files.append(_File(file, programme, tick, tick + self._ticks_each))
        log.info("recording %s", file.path.name)

    def _end(self) -> None:
        try:
            with self._border():
                self._close_before(len(self._files))
        except BoothError as error:
            log.warning("the end of the recording is lost: %s", error)
        self._timeline, self._early = None, np.zeros(0, np.float32)

    def _close_before(self, count: int) -> None:
        """The first ``count`` files are closed, whatever happens, and finished where there is room."""
        while count > 0 and self._files:
            count -= 1
            done = self._files.pop(0)
            try:
                done.programme.close()
            finally:
                done.file.close()
            if self._ring.free_beyond() > done.file.path.stat().st_size:
                self._finisher.submit(_finish, done.file.path)

    @contextlib.contextmanager
    def _border(self) -> Iterator[None]:
        """The system's and FFmpeg's errors as the booth's; ``fault`` says so."""
        try:
            yield
        except StorageFull as error:
            self.fault = str(error)
            raise
        except (OSError, av.FFmpegError) as error:
            folder = self._settings.folder
            if isinstance(error, OSError) and error.errno in FULL:
                self.fault = f"recording has stopped: the disk of {folder} is full; make room, it goes on by itself"
                raise StorageFull(self.fault) from error
            self.fault = f"recording has stopped: {folder} cannot be written ({error}); check the disk and its permissions"
            raise TemporaryError(self.fault) from error


def _finish(path: Path) -> None:
    try:
        finish(path)
    except (BoothError, OSError) as error:
        log.warning("%s is left as it is until the next start: %s", path.name, error)

