"""The way of a frame, on one screen."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from booth.errors import TranslationFailed
from booth.frame import Adapted, Composite, Crop, Detection, Face, Frame, Stylized, Take, Track, frozen
from booth.geometry import face_height
from booth.puppet.performer import Performer
from booth.quality import LEVELS, Level
from booth.render.adapt import Adapter
from booth.render.compositor import Compositor, canvas_scale
from booth.render.wardrobe import Wardrobe
from booth.translators import Translator
from booth.translators.pictures import add_pictures
from booth.vision.cropper import Cropper
from booth.vision.detector import GAP_S, Detector
from booth.vision.faces import SAME, overlap
from booth.vision.landmarks import Landmarker
from booth.vision.people import People
from booth.vision.tracker import Tracker

log = logging.getLogger(__name__)

WAIT_FOR_LIFE_S, LOOKS_FOR_LIFE = 2.0, 12
"""A face that has not moved for so long, and at so many looks of the detector, is taken for a picture on the wall and drawn with the wall."""

DRAWING = ("adapt", "paint", "room", "compose")
"""Stages of the thread that draws; the others are of the one that sees."""
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
    wardrobe: Wardrobe
    level: Level = LEVELS[0]
    performer: Performer | None = None

    def close(self) -> None:
        self.translator.close()


@dataclass(frozen=True, eq=False, slots=True)
class Seen:
    """What one picture shows, before it is drawn. ``detections`` is None when the detector did not look; ``dark``: there was
    nothing to look at. ``stages`` are those it was seen with, and is drawn with ·
    ``waited``: nobody had to hurry, it was the camera that was waited for."""

    frame: Frame
    stages: Stages
    ms: dict[str, float]
    dark: bool = False
    detections: list[Detection] | None = None
    tracks: list[Track] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)
    crops: list[Crop] = field(default_factory=list)
    stylized: list[Stylized] = field(default_factory=list)
    waited: bool = False


class Watch:
    """Milliseconds of each stage of one frame."""

    def __init__(self, ms: dict[str, float]) -> None:
        self.ms = ms
        self._at = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.ms[stage] = (now - self._at) * 1e3
        self._at = now


def process(frame: Frame, s: Stages, strangers: Strangers) -> Composite:
    """Camera picture in, drawn picture out."""
    return draw(see(frame, s), strangers)


def see(frame: Frame, s: Stages) -> Seen:
    """Who is in the picture, and their layers. One thread sees, another draws: while a picture is drawn the next is seen."""
    watch = Watch({})
    if is_dark(frame):
        return Seen(frame, s, watch.ms, dark=True)
    detections = s.detector.detect(frame)
    watch.lap("detect")
    tracks = s.tracker.update(detections, frame)
    watch.lap("track")
    faces = s.landmarker.find(frame, tracks, s.level.meshes)
    watch.lap("landmarks")
    crops = s.cropper.crop(frame, faces, s.level.face_px)
    watch.lap("crop")
    stylized = translate(s, crops)
    watch.lap("translate")
    return Seen(frame, s, watch.ms, False, detections, tracks, faces, crops, stylized)


def draw(seen: Seen, strangers: Strangers) -> Composite:
    """The drawn picture. Its room is drawn while heads are painted, in a process of their own if the compositor has one."""
    frame, s = seen.frame, seen.stages
    s.compositor.wardrobe = s.wardrobe
    if seen.dark:
        return s.compositor.moment(frame)
    if s.performer is not None and s.performer.on(bool(seen.tracks), frame.captured_at):
        return act(seen, s.performer)
    watch = Watch(seen.ms)
    adapted = s.adapter.adapt(seen.stylized, seen.crops, seen.faces, frame.captured_at) if seen.stylized else []
    watch.lap("adapt")
    heads = s.compositor.begin_heads(frame, adapted)
    canvas = s.compositor.room(frame, s.people.find, s.level.room_px, s.level.room_every)
    watch.lap("room")
    painted = heads()
    watch.lap("paint")
    covered = strangers.to_cover(seen.detections, seen.tracks, adapted, frame.captured_at)
    composite = s.compositor.compose(frame, canvas, painted, covered, watch.ms)
    watch.lap("compose")
    return replace(composite, take=Take(frame, tuple(adapted), tuple(covered), s.compositor.people, s.wardrobe))


def act(seen: Seen, performer: Performer) -> Composite:
    """A picture of the puppet, which copies the nearest face; nothing of the camera is in it."""
    frame, watch = seen.frame, Watch(seen.ms)
    height, width = frame.image.shape[:2]
    scale = canvas_scale(height)
    nearest = max(seen.faces, key=lambda face: face_height(face.points), default=None)
    points = None if nearest is None else nearest.points
    image = performer.draw(points, frame.captured_at, (width, height), (width * scale, height * scale))
    watch.lap("paint")
    faces = () if nearest is None else (nearest.track_id,)
    return Composite(frozen(image), frame.seq, frame.captured_at, faces, stages_ms=watch.ms)


def overlapped(frames: Iterable[Frame], s: Stages) -> Iterator[Composite]:
    """All ``frames`` drawn, none dropped: while one is drawn, the next is seen."""
    strangers = Strangers()
    with ThreadPoolExecutor(1, thread_name_prefix="see") as ahead:
        waiting: Future[Seen] | None = None
        for frame in frames:
            coming = ahead.submit(see, frame, s)
            if waiting is not None:
                yield draw(waiting.result(), strangers)
            waiting = coming
        if waiting is not None:
            yield draw(waiting.result(), strangers)


def translate(s: Stages, crops: list[Crop]) -> list[Stylized]:
    """Everybody becomes a character; nobody does when the engine fails: then every face is covered by a placeholder."""
    if not crops:
        return []
    try:
        return add_pictures(s.translator.translate(crops), crops, [s.wardrobe.network_of(c.track_id) for c in crops])
    except TranslationFailed as error:
        log.error("faces are covered: %s", error)
        return []


def is_dark(frame: Frame) -> bool:
    """A covered lens or a dead sensor: nothing to draw."""
    return int(frame.image[::16, ::16].max()) < DARK


class Strangers:
    """Faces in the picture that are not characters (yet), and must not be shown as they are."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._looks: dict[int, int] = {}
        self._found: list[np.ndarray] = []
        self._last = 0.0

    def to_cover(self, detections: list[Detection] | None, tracks: list[Track], adapted: list[Adapted], now: float) -> list[np.ndarray]:
        """Boxes (4,) of faces without a drawing. Motionless ones are covered for a while, then left to the
        backdrop as the pictures that they are; after a gap, in which nobody could be seen to move, that wait begins anew.
        ``detections``: None between two looks, then what the last one found counts."""
        if now - self._last > GAP_S:
            self._since.clear()
            self._looks.clear()
            self._found = []
        self._last = now
        if detections is not None:
            self._found = [d.box for d in detections]
        drawn = {a.face.track_id: a.face.box for a in adapted}
        boxes = []
        for track in tracks:
            first = self._since.setdefault(track.id, now)
            looks = self._looks[track.id] = self._looks.get(track.id, 0) + (detections is not None)
            if track.seen and track.id not in drawn and (track.live or now - first < WAIT_FOR_LIFE_S or looks < LOOKS_FOR_LIFE):
                boxes.append(track.box)
        for gone in set(self._since) - {t.id for t in tracks}:
            del self._since[gone], self._looks[gone]
        known = [*drawn.values(), *(t.box for t in tracks)]
        return boxes + [box for box in self._found if all(overlap(box, k) < SAME for k in known)]
