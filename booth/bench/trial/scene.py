"""The real booth with its signage, on a camera and an engine that can be broken; and a judge who looks at every picture shown."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from booth.app import Booth
from booth.bench.live import Prepared
from booth.bench.trial import waited
from booth.cameras import Camera
from booth.cameras.demo import Demo
from booth.cameras.faulty import FaultyCamera
from booth.cameras.watched import Watched
from booth.faults import Faults
from booth.frame import Composite
from booth.settings import CameraSettings, DemoCamera, Settings
from booth.translators import Translator, make_translator
from booth.translators.fallback import Fallback
from booth.translators.faulty import faulty_translator
from booth.vision.detector import Detector
from booth.vision.faces import overlap

SIZE = (1280, 720)
RATE = 15.0
STALE_S = 3.0
"""Nothing older than this may be on the signage; the issue's three seconds."""
RAW_LEVELS, RAW_SHARE = 8, 0.5
"""A face is raw when more than so much of it is within so many levels of the camera's picture."""
HIDDEN = 0.2
"""A placeholder is larger than the face's box, a character's head may be."""
LOOK_S = 0.4
LIMIT_S = 30.0
TICK_S = 0.01


def film(count: int = 24) -> list[np.ndarray]:
    """The demo camera's first pictures, small: this machine may be busy; and back again, so that nobody jumps where it begins anew."""
    demo = Demo()
    demo.open()
    there = [cv2.resize(demo.picture_at(0.3 + k / 15), SIZE, interpolation=cv2.INTER_AREA) for k in range(count)]
    return there + there[-2:0:-1]


def raw_share(composite: Composite) -> float:
    """Of the faces in the picture the worst: how much of it is as the camera saw it."""
    take = composite.take
    if take is None:
        return 0.0
    height, width = take.frame.image.shape[:2]
    shown = cv2.resize(composite.image, (width, height), interpolation=cv2.INTER_AREA)
    worst = 0.0
    for box in [*(a.face.box for a in take.adapted), *take.covered]:
        x0, y0, x1, y1 = np.clip(np.round(box), 0, (width, height, width, height)).astype(int)
        if x1 - x0 > 8 and y1 - y0 > 8:
            difference = np.abs(shown[y0:y1, x0:x1].astype(np.int16) - take.frame.image[y0:y1, x0:x1]).max(axis=2)
            worst = max(worst, float((difference < RAW_LEVELS).mean()))
    return worst


def bare_faces(composite: Composite, detector: Detector) -> int:
    """Faces in the camera's picture over which there is neither a character nor a placeholder: they are drawn with the room, and known."""
    take = composite.take
    if take is None:
        return 0
    hidden = [*(a.face.box for a in take.adapted), *take.covered]
    return sum(all(overlap(found.box, box) < HIDDEN for box in hidden) for found in detector.look(take.frame))


class Scene(AbstractContextManager["Scene"]):
    """``live`` lets it live for a moment. ``stale``, ``raw``: pictures that must never have been seen · ``worst_raw``: 0 … 1 ·
    ``bare`` of ``looked`` pictures, one every ``LOOK_S``, had a face that was drawn with the room."""

    def __init__(self, pictures: list[np.ndarray] | None = None, camera: Callable[[CameraSettings], Camera] | None = None,
                 settings: Settings | None = None, engine: Callable[[], Translator] | None = None) -> None:
        from booth.ui.application import application
        from booth.ui.signage import Signage

        self._app = application()
        self.faults = Faults()
        shown = pictures or film()
        self._watched: list[Watched] = []
        self.booth = Booth(settings or Settings(engine="cpu", camera=DemoCamera()), engine or self._engine, camera or (lambda _: self._camera(shown)))
        self.signage = Signage(self.booth)
        self.signage.resize(640, 360)
        self.stale = self.raw = 0
        self.worst_raw = 0.0
        self.bare = self.looked = 0
        self._detector, self._looked_at = Detector(), 0.0
        self._seen: Composite | None = None
        self._fallback: Fallback | None = None

    def _camera(self, pictures: list[np.ndarray]) -> Watched:
        self._watched.append(Watched(lambda: FaultyCamera(Prepared(pictures, RATE), self.faults)))
        return self._watched[-1]

    def _engine(self) -> Translator:
        make = lambda: make_translator("cpu")
        self._fallback = Fallback([faulty_translator(make, self.faults), make])
        return self._fallback

    def __enter__(self) -> Scene:
        self.signage.show()
        self.booth.start()
        if self.until(self.drawn, 90.0) is None:
            raise TimeoutError(f"the booth draws nobody: {self.booth.health() or 'no reason given'}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for part in ("camera", "engine"):
            self.faults.give(part, None)
        self.booth.stop()
        self.booth.close()
        self.signage.close()
        self._app.processEvents()

    def live(self) -> None:
        self._app.processEvents()
        time.sleep(TICK_S)
        newest = self.booth.composites.peek()
        if newest is None:
            return
        if not self.signage.calm and time.monotonic() - newest.captured_at > STALE_S:
            self.stale += 1
        if newest is not self._seen:
            self._seen = newest
            share = raw_share(newest)
            self.worst_raw = max(self.worst_raw, share)
            self.raw += share > RAW_SHARE
            if time.monotonic() - self._looked_at > LOOK_S and newest.take is not None and not self.signage.calm:
                self._looked_at = time.monotonic()
                self.looked += 1
                self.bare += bare_faces(newest, self._detector) > 0

    def until(self, done: Callable[[], bool], limit_s: float = LIMIT_S) -> float | None:
        return waited(done, limit_s, self.live)

    def wait(self, seconds: float) -> None:
        began = time.monotonic()
        self.until(lambda: time.monotonic() - began > seconds, seconds + 1)

    def drawn(self, since: float = 0.0) -> bool:
        """A picture taken after ``since``, with a character, is on the signage."""
        newest = self.booth.composites.peek()
        return newest is not None and newest.captured_at > since and bool(newest.faces) and not self.signage.calm

    def told(self) -> list[str]:
        """What the operator reads."""
        return self.booth.health() + [camera.trouble for camera in self._watched if camera.trouble is not None]

    @property
    def engine(self) -> Fallback:
        assert self._fallback is not None
        return self._fallback

    def never(self) -> dict[str, Any]:
        """Words for ``Row.lost``, and whether all is sound."""
        return {"lost": f"stale {self.stale}, raw {self.raw} (largest share {self.worst_raw:.2f}), bare in {self.bare} of {self.looked}",
                "sound": not self.stale and not self.raw and not self.bare}
