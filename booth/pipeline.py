"""The way of a frame, on one screen."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from booth.errors import TranslationFailed
from booth.frame import Adapted, Composite, Crop, Detection, Face, Frame, Track
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor
from booth.translators import Translator
from booth.translators.pictures import add_pictures
from booth.vision.cropper import Cropper
from booth.vision.detector import SAME, Detector, overlap
from booth.vision.landmarks import Landmarker
from booth.vision.people import People
from booth.vision.tracker import Tracker

log = logging.getLogger(__name__)

WAIT_FOR_LIFE_S = 2.0
"""A face that has not moved for so long is taken for a picture on the wall and drawn with the wall."""

DARK = 24
"""A picture whose brightest pixel is below this (of 255) is black."""


@dataclass(frozen=True, eq=False, slots=True)
class Stages:
    """One consistent set of stages. Changing a setting replaces the whole set between two frames."""

    people: People
    detector: Detector
    tracker: Tracker
    landmarker: Landmarker
    cropper: Cropper
    translator: Translator
    adapter: Adapter
    compositor: Compositor

    def close(self) -> None:
        for stage in (self.people, self.detector, self.landmarker, self.translator):
            stage.close()


class Watch:
    """Milliseconds of each stage of one frame."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._at = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.ms[stage] = (now - self._at) * 1e3
        self._at = now


def process(frame: Frame, s: Stages, side: Executor, strangers: Strangers) -> Composite:
    """Camera picture in, drawn picture out. The room is drawn on ``side`` while heads are painted: one core each.

    (Seeing the next picture meanwhile was tried: 10 % more pictures, a third more latency.)
    """
    if is_dark(frame):
        return s.compositor.moment(frame)
    watch = Watch()
    detections = s.detector.detect(frame)
    watch.lap("detect")
    tracks = s.tracker.update(detections, frame)
    watch.lap("track")
    faces = s.landmarker.find(frame, tracks)
    watch.lap("landmarks")
    crops = s.cropper.crop(frame, faces)
    watch.lap("crop")
    adapted = translate(s, crops, faces, frame)
    watch.lap("translate")
    room = side.submit(lambda: s.compositor.backdrop(frame, s.people.find(frame)))
    heads = s.compositor.heads(frame, adapted)
    watch.lap("paint")
    covered = strangers.to_cover(detections or [], tracks, adapted, frame.captured_at)
    canvas = room.result()
    watch.lap("room")
    composite = s.compositor.compose(frame, canvas, heads, covered, watch.ms)
    watch.lap("compose")
    return composite


def translate(s: Stages, crops: list[Crop], faces: list[Face], frame: Frame) -> list[Adapted]:
    """Everybody becomes a character; nobody does when the engine fails: then every face is covered by a placeholder."""
    if not crops:
        return []
    try:
        networks = [s.compositor.wardrobe.network_of(c.track_id) for c in crops]
        stylized = add_pictures(s.translator.translate(crops), crops, networks)
    except TranslationFailed as error:
        log.error("faces are covered: %s", error)
        return []
    return s.adapter.adapt(stylized, crops, faces, frame.captured_at)


def is_dark(frame: Frame) -> bool:
    """A covered lens or a dead sensor: nothing to draw."""
    return int(frame.image[::16, ::16].max()) < DARK


class Strangers:
    """Faces in the picture that are not characters (yet), and must not be shown as they are."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def to_cover(self, detections: list[Detection], tracks: list[Track], adapted: list[Adapted], now: float) -> list[np.ndarray]:
        """Boxes (4,) of faces without a drawing. Motionless ones are covered for ``WAIT_FOR_LIFE_S``, then left to the
        backdrop as the pictures that they are."""
        drawn = {a.face.track_id: a.face.box for a in adapted}
        boxes = []
        for track in tracks:
            first = self._since.setdefault(track.id, now)
            if track.seen and track.id not in drawn and (track.live or now - first < WAIT_FOR_LIFE_S):
                boxes.append(track.box)
        for gone in set(self._since) - {t.id for t in tracks}:
            del self._since[gone]
        known = [*drawn.values(), *(t.box for t in tracks)]
        boxes += [d.box for d in detections if all(overlap(d.box, k) < SAME for k in known)]
        return boxes
