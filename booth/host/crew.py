"""Who films the booth: the day's recording, live out, the virtual camera, and the sound that goes with them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from booth.audio.microphone import Microphone
from booth.audio.soundfile import RATE, resampled
from booth.errors import BoothError
from booth.faults import Faults
from booth.frame import Composite, Frame
from booth.host.talker import MicrophoneTask
from booth.settings import RecordSettings, Settings
from booth.sinks.broadcast import Broadcast
from booth.sinks.outlet import Outlet
from booth.sinks.recorder import GIB, Recorder
from booth.sinks.recording import repair
from booth.sinks.ring import Ring
from booth.sinks.virtual import VirtualCamera
from booth.worker import Worker

log = logging.getLogger(__name__)

LISTEN_S = 0.05
JOIN_S = 10.0
"""A recording's last part is written in this time."""


class EarTask:
    """Passes on what the microphone hears, (N,) float32 at 48 kHz with the monotonic second of its first sample."""

    name = "ear"

    def __init__(self, microphone: Microphone, hear: Callable[[np.ndarray, float], None]) -> None:
        self._microphone, self._hear = microphone, hear
        self._since = 0

    def setup(self) -> None:
        self._since = self._microphone.read(-1).until

    def step(self) -> None:
        time.sleep(LISTEN_S)
        heard = self._microphone.read(self._since)
        if heard.until < self._since:                                  # switched off and on: it counts anew
            self._since = 0
        elif len(heard.samples):
            self._since = heard.until
            self._hear(heard.samples if self._microphone.rate == RATE else resampled(heard.samples, self._microphone.rate), heard.at)

    def teardown(self) -> None:
        pass


class Crew:
    """``show`` and ``see`` are called by the threads that draw and look, and never wait. ``film``: what records the drawing ·
    ``live``: what sends it out · ``virtual``: the virtual camera; None where it is not asked for."""

    def __init__(self, settings: Settings, microphone: Microphone | None, faults: Faults | None = None) -> None:
        """``faults`` on purpose ·
        ``microphone``: one that somebody else keeps; None: the crew has its own. Recordings that were left unfinished are mended
        meanwhile. Raises ``UsageError`` for an address that can never work, and for a virtual camera where there can be none."""
        record, live = settings.record, settings.live
        self.film = Recorder(record, ring=_ring(record, faults)) if record is not None else None
        self._camera = Recorder(record.model_copy(update={"sound": False}), "camera", ring=_ring(record, faults)) \
            if record is not None and record.camera else None
        self.live = Broadcast(live) if live is not None else None
        self.virtual = VirtualCamera(settings.virtual) if settings.virtual is not None else None
        self._outlets: list[Outlet] = [outlet for outlet in (self.film, self.live, self.virtual) if outlet is not None]
        tasks: list = [*self._outlets] if self._camera is None else [*self._outlets, self._camera]
        if (record is not None and record.sound) or (live is not None and live.sound):
            if microphone is None:
                microphone = Microphone(settings.event.microphone)
                tasks.append(MicrophoneTask(microphone))
            tasks.append(EarTask(microphone, self._hear))
        self._workers = [Worker(task) for task in tasks]
        for worker in self._workers:
            worker.start()
        if record is not None:
            threading.Thread(target=mend, args=(record.folder,), name="mend", daemon=True).start()

    def show(self, composite: Composite) -> None:
        """The drawing that visitors see."""
        for outlet in self._outlets:
            outlet.show(composite.image, composite.captured_at)

    def see(self, frame: Frame) -> None:
        """The camera's picture; recorded only where the operator said so."""
        if self._camera is not None:
            self._camera.show(frame.image, frame.captured_at)

    def _hear(self, samples: np.ndarray, at: float) -> None:
        for outlet in self._outlets:
            outlet.hear(samples, at)

    def faults(self) -> list[str]:
        """One line per present fault."""
        found = [outlet.fault for outlet in (*self._outlets, self._camera) if outlet is not None]
        return [fault for fault in found if fault is not None] + [str(worker.error) for worker in self._workers if worker.error is not None]

    def close(self) -> None:
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.join(JOIN_S)


def _ring(record: RecordSettings, faults: Faults | None) -> Ring | None:
    return Ring(record.folder, int(record.cap_gib * GIB), int(record.reserve_gib * GIB), faults.free_bytes) if faults else None


def mend(folder: Path) -> None:
    """Finish what a crash or power cut left. What there is no room for stays as it is, until the next start."""
    if not folder.is_dir():
        return
    try:
        mended = repair(folder)
    except BoothError as error:
        log.warning("recordings of before are not finished: %s", error)
        return
    if mended.finished or mended.unreadable:
        log.warning("recordings of before: %d finished, %d cannot be read", len(mended.finished), len(mended.unreadable))
