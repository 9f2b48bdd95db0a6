"""What the booth's working threads do: take pictures, see who is in them, draw them."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from booth.cameras import Camera
from booth.cameras.turned import turned
from booth.frame import Composite, Frame, frozen
from booth.latest import Latest
from booth.pipeline import DRAWING, Seen, Stages, Strangers, draw, see
from booth.quality import Level, Quality
from booth.settings import Rotation
from booth.stats import Stats

log = logging.getLogger(__name__)

STYLES_S = 0.3
"""How often files of characters are looked at."""
SEEING_S, LOADING_S = 10.0, 90.0
"""A picture is looked at in less · networks are loaded in less, also by a slow machine."""
QUIET_S = 5.0
"""The same failure is logged once in so many seconds."""


class CameraTask:
    """Takes pictures from a camera and puts them into a mailbox."""

    name = "camera"

    def __init__(self, camera: Camera, frames: Latest[Frame], also: Callable[[Frame], None] = lambda frame: None,
                 rotation: Callable[[], Rotation] = lambda: 0) -> None:
        """``also`` gets every picture, and must not wait; ``rotation``: what the next picture is turned by."""
        self._camera, self._frames, self._also, self._rotation = camera, frames, also, rotation
        self._seq = 0

    def setup(self) -> None:
        self._camera.open()

    def step(self) -> None:
        image = turned(self._camera.read(), self._rotation())
        self._seq += 1
        frame = Frame(frozen(image), self._seq, time.monotonic())
        self._frames.put(frame)
        self._also(frame)

    def teardown(self) -> None:
        self._camera.close()


class SeeTask:
    """Looks at the newest picture and hands on what is seen; it waits while nobody draws, so that nothing is seen in vain."""

    name = "see"

    def __init__(self, build: Callable[[], Stages], frames: Latest[Frame], seen: Latest[Seen], stats: Stats,
                 beat: Callable[[float], None] = lambda patience_s: None) -> None:
        """``beat`` is called while the thread lives, with how long the next one may take: an engine's driver may hang."""
        self._beat = beat
        self._build, self._frames, self._seen = build, frames, seen
        self._stages: Stages | None = None
        self._changes: deque[Callable[[Stages], Stages]] = deque()
        self._complaints = Complaints(stats)

    def change(self, how: Callable[[Stages], Stages]) -> None:
        """Replace the stages before the next frame; ``how`` runs in this task's thread."""
        self._changes.append(how)

    def setup(self) -> None:
        self._beat(LOADING_S)
        self._stages = self._build()

    def step(self) -> None:
        self._beat(SEEING_S)
        if not self._seen.wait_until_taken(timeout=0.1):
            return
        waited = not self._frames.fresh
        frame = self._frames.take(timeout=0.1)
        if frame is None:
            return
        assert self._stages is not None
        while self._changes:
            self._stages = self._changes.popleft()(self._stages)
        with self._complaints:
            self._seen.put(replace(see(frame, self._stages), waited=waited))

    def teardown(self) -> None:
        if self._stages is not None:
            self._stages.close()
            self._stages = None


class DrawTask:
    """Draws what was seen. A picture that cannot be drawn is counted and skipped: the last good one stays."""

    name = "draw"

    def __init__(self, seen: Latest[Seen], composites: Latest[Composite], stats: Stats, change: Callable[[Level], None],
                 beat: Callable[[], None] = lambda: None, also: Callable[[Composite], None] = lambda composite: None) -> None:
        """``change`` is told when pictures should get another level of care; ``beat`` is called while the thread lives; ``also`` gets every
        drawing, and must not wait."""
        self._beat, self._also = beat, also
        self._seen, self._composites, self._stats, self._change = seen, composites, stats, change
        self._complaints = Complaints(stats)

    def setup(self) -> None:
        self._strangers = Strangers()
        self._quality = Quality()

    def step(self) -> None:
        self._beat()
        seen = self._seen.take(timeout=0.1)
        if seen is None:
            return
        with self._complaints:
            composite = draw(seen, self._strangers)
            self._composites.put(composite)
            self._also(composite)
            self._stats.composited(composite)
            before = self._quality.level
            level = self._quality.drawn(time.monotonic(), _busiest(composite.stages_ms), seen.waited)
            if level is not before:
                log.info("pictures get another level of care: %s", level.name)
                self._change(level)

    def teardown(self) -> None:
        pass


def _busiest(ms: dict[str, float]) -> float:
    """How long the busier of the two threads worked on a picture."""
    drawing = sum(v for k, v in ms.items() if k in DRAWING)
    return max(drawing, sum(ms.values()) - drawing)


class Complaints:
    """Around one picture: what goes wrong is counted, and logged once in ``QUIET_S``; the next picture may be better."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats
        self._last = -QUIET_S

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self._stats.failed()
        if time.monotonic() - self._last > QUIET_S:
            self._last = time.monotonic()
            log.error("a picture could not be drawn; the last one stays", exc_info=error)
        return True


class StyleTask:
    """Watches the files of characters; ``changed`` is called when one was saved, added or removed."""

    name = "styles"

    def __init__(self, files: Callable[[], dict[str, Path]], changed: Callable[[], None]) -> None:
        self._files, self._changed = files, changed
        self._known: dict[str, tuple[Path, int, int]] = {}

    def setup(self) -> None:
        self._known = self._stamps()

    def step(self) -> None:
        time.sleep(STYLES_S)
        now = self._stamps()
        if now != self._known:
            self._known = now
            self._changed()

    def teardown(self) -> None:
        pass

    def _stamps(self) -> dict[str, tuple[Path, int, int]]:
        out = {}
        for name, path in self._files().items():
            with suppress(FileNotFoundError):                       # removed just now
                stat = path.stat()
                out[name] = (path, stat.st_mtime_ns, stat.st_size)
        return out
