"""What the booth's two working threads do: take pictures, draw pictures."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from booth.cameras import Camera
from booth.frame import Composite, Frame, frozen
from booth.latest import Latest
from booth.pipeline import Stages, Strangers, process
from booth.stats import Stats

log = logging.getLogger(__name__)

STYLES_S = 0.3
"""How often files of characters are looked at."""
QUIET_S = 5.0
"""The same failure is logged once in so many seconds."""


class CameraTask:
    """Takes pictures from a camera and puts them into a mailbox."""

    name = "camera"

    def __init__(self, camera: Camera, frames: Latest[Frame]) -> None:
        self._camera, self._frames = camera, frames
        self._seq = 0

    def setup(self) -> None:
        self._camera.open()

    def step(self) -> None:
        image = self._camera.read()
        self._seq += 1
        self._frames.put(Frame(frozen(image), self._seq, time.monotonic()))

    def teardown(self) -> None:
        self._camera.close()


class PipelineTask:
    """Draws the newest picture. A picture that cannot be drawn is counted and skipped: the last good one stays."""

    name = "pipeline"

    def __init__(self, build: Callable[[], Stages], frames: Latest[Frame], composites: Latest[Composite], stats: Stats) -> None:
        self._build, self._frames, self._composites, self._stats = build, frames, composites, stats
        self._stages: Stages | None = None
        self._changes: deque[Callable[[Stages], Stages]] = deque()
        self._last_complaint = -QUIET_S

    def change(self, how: Callable[[Stages], Stages]) -> None:
        """Replace the stages before the next frame; ``how`` runs in the pipeline's thread."""
        self._changes.append(how)

    def setup(self) -> None:
        self._side = ThreadPoolExecutor(1, thread_name_prefix="room")
        self._stages = self._build()
        self._strangers = Strangers()

    def step(self) -> None:
        frame = self._frames.take(timeout=0.1)
        if frame is None:
            return
        assert self._stages is not None
        while self._changes:
            self._stages = self._changes.popleft()(self._stages)
        try:
            composite = process(frame, self._stages, self._side, self._strangers)
        except Exception:
            self._stats.failed()
            if time.monotonic() - self._last_complaint > QUIET_S:
                self._last_complaint = time.monotonic()
                log.exception("a picture could not be drawn; the last one stays")
            return
        self._composites.put(composite)
        self._stats.composited(composite)

    def teardown(self) -> None:
        self._side.shutdown()
        if self._stages is not None:
            self._stages.close()
            self._stages = None


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
