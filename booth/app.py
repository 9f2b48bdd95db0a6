"""The composition root: the only place that constructs, starts and stops things."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from booth import resources
from booth.audio.microphone import Microphone
from booth.cameras import Camera, make_camera
from booth.cameras.faulty import faulty_camera
from booth.cameras.watched import Watched, watched
from booth.characters import load_character
from booth.errors import UsageError
from booth.faults import Faults
from booth.files import write_atomic
from booth.frame import Composite, Frame
from booth.host.crew import Crew
from booth.host.offers import offered
from booth.host.reception import Reception
from booth.house.heaps import share_heaps
from booth.house.heart import Heart
from booth.house.kept import SettingsFile
from booth.latest import Latest
from booth.pipeline import Seen, Stages
from booth.products.rigging import rig_beside
from booth.products.still import load_photo
from booth.puppet.moods import load_mood
from booth.puppet.performer import Performer
from booth.quality import LEVELS, Level
from booth.render.adapt import Adapter
from booth.render.apart import PainterApart
from booth.render.compositor import Compositor
from booth.render.style import mix, style_files
from booth.render.wardrobe import Wardrobe
from booth.session import SessionSettings
from booth.settings import CameraSettings, FolderCamera, Region, Settings
from booth.stats import Stats
from booth.tasks import CameraTask, DrawTask, SeeTask, StyleTask
from booth.translators import Translator
from booth.translators.alternating import Alternating
from booth.translators.fallback import Fallback, lasting_translator
from booth.translators.manifest import load_network
from booth.translators.steady import Steady
from booth.vision.cropper import Cropper
from booth.vision.detector import LOOK_EVERY, Detector
from booth.vision.landmarks import Landmarker
from booth.vision.people import People
from booth.vision.tracker import Tracker
from booth.worker import Worker

log = logging.getLogger(__name__)
STOP_S = 15.0
"""Longer than networks take to load on a busy machine: a thread inside them cannot be stopped."""
DRAWING_S = 8.0
"""Longer than a painter's process is waited for."""
CAMERA_PAUSE_S = 1.0
"""A camera that is gone is looked for at least as often."""


def build_stages(settings: Settings, wardrobe: Wardrobe, translator: Translator, painter: PainterApart | None = None) -> Stages:
    vision = settings.vision
    if isinstance(settings.camera, FolderCamera):                # photographs do not move, and are meant
        vision = vision.model_copy(update={"still_s": 0})
    return Stages(People(), Detector(region=vision.region, least_px=vision.least_face_px), Tracker(vision, period=LOOK_EVERY), Landmarker(),
                  Cropper(), Alternating(Steady(translator)), Adapter(), Compositor(wardrobe, painter), wardrobe)


def fill_wardrobe(settings: Settings, chosen: Mapping[int, str]) -> Wardrobe:
    """The characters that ``settings`` name, and those ``chosen`` by track id. Raises ``UsageError``."""
    load = lambda name: load_character(name, settings.styles)
    style = load(settings.style)
    if settings.mix_with is not None:
        style = mix(style, load(settings.mix_with), settings.mix)
    each = tuple(load(name) for name in offered(settings.event.offer_characters, style_files(settings.styles))) if settings.each else ()
    return Wardrobe(style, each, {track_id: load(name) for track_id, name in chosen.items()})


def load_performer(still: Path | None) -> Performer:
    """The puppet that visitors move; without a ``still`` the booth's own one, which idles while nobody is there. A rig beside it
    (``NAME.rig.json``), mended by hand, is used. Raises ``UsageError``."""
    path = still or resources.assets() / "puppets" / "host.webp"
    picture = load_photo(path)
    return Performer(picture, rig_beside(path, picture)[0], load_mood("calm"), always=still is not None)


def _looking_at(stages: Stages, region: Region) -> Stages:
    stages.detector.region = region
    return stages


class Booth:
    """Camera → pictures → drawings, without any window. ``start`` and ``stop`` may be called again and again."""

    def __init__(self, settings: Settings, translator: Callable[[], Translator] | None = None,
                 camera: Callable[[CameraSettings], Camera] = make_camera, heart: Heart | None = None, note: str | None = None,
                 faults: Faults | None = None) -> None:
        """``heart`` beats for who keeps the booth alive; ``note`` is for the operator; ``faults`` on purpose."""
        share_heaps()
        self.settings = self.own = settings
        """``own``: what the operator set; a visit's characters come and go on top of it."""
        self.heart, self._notes = heart or Heart(), [note] if note is not None else []
        self._make_camera = camera
        self.faults = faults or Faults()
        self._chosen: dict[int, str] = {}
        self.wardrobe = fill_wardrobe(settings, self._chosen)
        self._style_fault: str | None = None
        self._performer = load_performer(settings.puppet)
        self._translator = translator or (lambda: lasting_translator(self.settings.engine, self.faults))
        self._engine: Translator | None = None
        self._camera: Camera | None = None
        self.stats = Stats()
        self.frames: Latest[Frame] = Latest()
        self.composites: Latest[Composite] = Latest()
        self.level = LEVELS[0]
        self._painter: PainterApart | None = None
        self._workers: list[Worker] = []
        self._see: SeeTask | None = None
        self.reception: Reception | None = None
        self.crew: Crew | None = None
        self.stuck = False
        """Whether a thread did not end when it was asked to."""

    @property
    def engine(self) -> str:
        """That draws now."""
        return self.settings.engine if self._engine is None else self._engine.name

    @property
    def running(self) -> bool:
        return bool(self._workers)

    def start(self) -> None:
        """Start drawing; the camera last, so that the first picture finds who draws it."""
        cv2.setNumThreads(1)        # work is split by stage; OpenCV's own pool would spin beside it, 11 % of two cores
        if self._workers:
            return
        seen: Latest[Seen] = Latest()
        self._see = SeeTask(self._build, self.frames, seen, self.stats, lambda patience_s: self.heart.beat("seeing", patience_s))
        self._camera = self._open_eye()
        self.level = LEVELS[0]
        styles = StyleTask(lambda: style_files(self.settings.styles), self.reload_styles)
        self._painter = PainterApart()
        beat = lambda: self.heart.beat("drawing", DRAWING_S)
        draw = DrawTask(seen, self.composites, self.stats, self._care, beat, self._drawn)
        camera = CameraTask(self._camera, self.frames, self._taken, lambda: self.settings.rotation)
        self._workers = [Worker(draw), Worker(self._see), Worker(camera, CAMERA_PAUSE_S), Worker(styles)]
        for worker in self._workers:
            worker.start()

    def _open_eye(self) -> Camera:
        if self.faults:
            return Watched(lambda: faulty_camera(self._make_camera, self.faults)(self.settings.camera))
        return watched(self._make_camera, self.settings.camera)

    def _drawn(self, composite: Composite) -> None:
        if self.crew is not None:
            self.crew.show(composite)

    def _taken(self, frame: Frame) -> None:
        if self.crew is not None:
            self.crew.see(frame)

    def stop(self) -> bool:
        """Stop in reverse order; False when a thread did not end in time."""
        self.heart.beat("windows", STOP_S * (len(self._workers) + 1))
        self.heart.rest("drawing")
        self.heart.rest("seeing")
        for worker in reversed(self._workers):
            worker.stop()
        ended = [worker.join(STOP_S) for worker in reversed(self._workers)]
        self._workers = []
        if self._painter is not None:
            self._painter.close()
            self._painter = None
        self.stuck |= not all(ended)
        return not self.stuck

    def dress(self, **changes: Any) -> None:
        """Other characters from the next picture on: any of the settings ``style``, ``mix_with``, ``mix``, ``each``.
        Raises ``UsageError`` and changes nothing when one cannot be loaded."""
        self._wear(self.settings.model_copy(update=changes), self._chosen)

    def dress_one(self, track_id: int, name: str | None) -> None:
        """One visitor wears the character ``name``; None: what everybody wears. Raises ``UsageError``."""
        others = {k: v for k, v in self._chosen.items() if k != track_id}
        self._wear(self.settings, others if name is None else {**others, track_id: name})

    def reload_styles(self) -> None:
        """Characters as their files are now. A file with a mistake changes nothing and is named in ``health``."""
        try:
            self.dress()
            self._style_fault = None
        except UsageError as error:
            log.warning("%s", error)
            self._style_fault = str(error)

    def _wear(self, settings: Settings, chosen: dict[int, str]) -> None:
        wardrobe = fill_wardrobe(settings, chosen)
        self.settings, self._chosen, self.wardrobe = settings, chosen, wardrobe
        if self._see is not None:
            self._see.change(lambda s: replace(s, wardrobe=wardrobe))

    def _care(self, level: Level) -> None:
        self.level = level
        if self._see is not None:
            self._see.change(lambda s: replace(s, level=level))

    def set_region(self, region: Region) -> None:
        """Faces outside ``region`` take no part from the next frame on: posters, passers-by."""
        self.settings = self.settings.model_copy(update={"vision": self.settings.vision.model_copy(update={"region": region})})
        if self._see is not None:
            self._see.change(lambda s: _looking_at(s, region))

    def set_camera(self, camera: CameraSettings) -> None:
        """Another camera; drawing starts anew when it was running."""
        running = self.running
        self.stop()
        self.settings = self.settings.model_copy(update={"camera": camera})
        if running:
            self.start()

    def open(self, session: SessionSettings | None = None, microphone: Microphone | None = None) -> Reception | None:
        """Begin to serve visits, where the settings name a folder for them; ``close`` ends that. ``microphone``: another than the settings'.
        Raises ``AlreadyRunning``, ``StorageBroken``, ``UsageError``."""
        if self.settings.event.folder is not None and self.reception is None:
            own = lambda: {name: getattr(self.own, name) for name in ("style", "mix_with", "mix", "each")}
            chosen = lambda style, mix_with, mix: {"style": style, "mix_with": mix_with, "mix": mix, "each": False}
            dress = lambda style, *mixed: self.dress(**(own() if style is None else chosen(style, *mixed)))
            self.reception = Reception(self.settings, dress, session, microphone=microphone, faults=self.faults)
        if self.crew is None and any((self.settings.record, self.settings.live, self.settings.virtual)):
            self.crew = Crew(self.settings, None if self.reception is None else self.reception.microphone, self.faults)
        return self.reception

    def close(self) -> None:
        if self.crew is not None:
            self.crew.close()
            self.crew = None
        if self.reception is not None:
            self.reception.close()
            self.reception = None

    def health(self) -> list[str]:
        """One line per present fault, for the operator; empty when all is well."""
        lines = list(self._notes)
        lines += self.reception.faults() if self.reception is not None else []
        lines += self.crew.faults() if self.crew is not None else []
        lines += [str(w.fault) for w in self._workers if w.fault is not None]
        if isinstance(self._camera, Watched) and self._camera.trouble is not None:
            lines.append(self._camera.trouble)
        if isinstance(self._engine, Fallback) and self._engine.fault is not None:
            lines.append(self._engine.fault)
        if self._style_fault is not None:
            lines.append(self._style_fault)
        return lines + [str(w.error) for w in self._workers if w.error is not None]

    def troubles(self) -> dict[str, str]:
        """The present fault of each working thread that has one, by the thread's name: camera, see, draw, styles."""
        wrong = {worker.name: worker.error or worker.fault for worker in self._workers}
        return {name: str(error) for name, error in wrong.items() if error is not None}

    def failure(self) -> Exception | None:
        """What ended a worker for good, if anything did."""
        return next((w.error for w in self._workers if w.error is not None), None)

    def describe_camera(self) -> str:
        return self._camera.describe() if self._workers and self._camera is not None else "stopped"

    def report(self) -> dict[str, Any]:
        report = self.stats.report(self.engine, self.settings.camera.kind, self.frames.put_count, self.frames.dropped)
        return report | {"care": self.level.name}

    def _build(self) -> Stages:
        self._engine = translator = self._translator()
        return replace(build_stages(self.settings, self.wardrobe, translator, self._painter), performer=self._performer)


def run(settings: Settings, seconds: float | None, report: Path | None, file: SettingsFile | None = None, note: str | None = None,
        faults: Faults | None = None) -> int:
    """The booth with its windows, until they are closed or ``seconds`` have passed. Returns the exit code."""
    from booth.ui.application import show

    load_network().checked("onnx")                  # say so now rather than on the screen
    booth = Booth(settings, heart=Heart(), note=note, faults=faults)
    try:
        return show(booth, seconds, file, note)
    finally:
        if report is not None:
            write_atomic(report, json.dumps(booth.report(), indent=1).encode())
        if booth.stuck:                                              # Python would abort on its way out, under a thread in native code
            print("booth: the camera or the engine did not let go in time; unplug the camera and plug it in again", file=sys.stderr, flush=True)
            logging.shutdown()
            os._exit(1)
