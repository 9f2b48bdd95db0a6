"""Looks at every part of the booth and has it judged; keeps what must be remembered between two looks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Literal

from booth.app import Booth
from booth.errors import BoothError
from booth.host.reception import PURGE_S, Reception
from booth.house import health as judge
from booth.house.health import Health, Row, healthy
from booth.render.style import style_files
from booth.sinks.broadcast import Broadcast
from booth.sinks.virtual import VirtualCamera
from booth.translators.manifest import load_network

SETTLED_S = 20.0
"""A booth draws as fast as it can so long after drawing began."""
FIRST_S = 10.0
"""So long a camera may take for its first picture."""
FAILING_S = 5.0
"""A picture that could not be drawn is forgotten after this."""
COVERED_S = 5.0
"""Somebody new is covered for a moment; when everybody is for so long, the engine draws nobody."""
MODELS_S = 60.0
"""How often the files of the networks are read."""


class Parts:
    """One thread at a time, except ``begin_again``. ``note``: what was wrong with the settings' file · ``doubt``: why nothing is deleted by
    this clock · ``models``: what is wrong with the networks' files; None: nothing."""

    def __init__(self, booth: Booth, note: str | None) -> None:
        self._booth = booth
        self.note = note
        self.doubt: str | None = None
        self.models: str | None = None
        self._purged = self._verified = self._failed_at = float("-inf")
        self._errors = booth.stats.errors
        self._began: float | None = None
        self._covered: float | None = None

    def health(self, now: float, displays: int) -> Health:
        """At monotonic seconds ``now``."""
        reception = self._booth.reception
        serving = self._serving(reception, now) if reception is not None else self._not_serving()
        wrong = self._booth.troubles()
        display = judge.display(displays, self._booth.settings.screen)
        return healthy([*self._drawing(wrong, now), display, *self._files(wrong, now), *self._crew(), *serving])

    def begin_again(self) -> None:
        """Drawing was started anew."""
        self._began = None

    def verify(self, now: float) -> None:
        """Read the networks' files."""
        self._verified = now
        try:
            load_network().checked("onnx")
            self.models = None
        except BoothError as error:
            self.models = str(error)

    def purge(self, reception: Reception, now: float, trust_clock: bool = False) -> int:
        """Delete what expired; how many sessions. A clock in doubt is noted, and so is that it no longer is."""
        self._purged = now
        try:
            count = reception.store.purge_expired(trust_clock)
        except BoothError as error:
            self.doubt = str(error)
            return 0
        self.doubt = None
        return count

    def _drawing(self, wrong: dict[str, str], now: float) -> Iterator[Row]:
        booth = self._booth
        self._began = (self._began or now) if booth.running else None
        age, newest, fault = self._age(now), booth.composites.peek(), wrong.get("camera")
        covered = newest is not None and newest.covered > 0 and not newest.faces
        self._covered = (self._covered or now) if covered else None
        if booth.stats.errors > self._errors or (self._covered is not None and now - self._covered > COVERED_S):
            self._failed_at = now
        self._errors = booth.stats.errors
        yield judge.camera(booth.describe_camera(), booth.running, fault, age, newest is not None and newest.calm)
        sees = fault is None and age is not None and age < judge.FROZEN_S
        settled = self._began is not None and now - self._began > SETTLED_S
        yield judge.engine(booth.engine, booth.settings.engine, wrong.get("see") or wrong.get("draw"), now - self._failed_at < FAILING_S,
                           booth.stats.fps() if sees and settled else None)

    def _age(self, now: float) -> float | None:
        """Of the camera's newest picture, s; while there is none since drawing began, that long; None while that is short."""
        frame = self._booth.frames.peek()
        if self._began is None:
            return None
        if frame is not None and frame.captured_at >= self._began - 1:
            return now - frame.captured_at
        return now - self._began if now - self._began > FIRST_S else None

    def _files(self, wrong: dict[str, str], now: float) -> Iterator[Row]:
        if now - self._verified > MODELS_S:
            self.verify(now)
        yield judge.models(self.models)
        yield judge.settings(self.note)
        mistakes = [line for line in self._booth.health() if "style.toml" in line]
        if self._booth.reception is not None:
            mistakes += self._booth.reception.mistakes
        yield judge.characters(wrong.get("styles") or next(iter(mistakes), None), len(style_files(self._booth.settings.styles)))

    def _serving(self, reception: Reception, now: float) -> Iterator[Row]:
        store, share = reception.store, reception.share
        if now - self._purged > PURGE_S:
            self.purge(reception, now)
        try:
            room = store.room()
            yield judge.disk(True, None, room.sessions_left, room.level)
        except BoothError as error:
            yield judge.disk(True, str(error), 0, "full")
        yield judge.clock(store.now(), self.doubt)
        try:
            yield judge.share(True, share is not None and share.alive, share.address if share is not None else "", None)
        except BoothError as error:
            yield judge.share(True, True, "", str(error))
        yield self._printer(reception)
        yield judge.microphone(True, self._booth.settings.event.microphone or "", reception.microphone.why)
        yield judge.sound(True, reception.sounds.why)

    def _printer(self, reception: Reception) -> Row:
        if reception.printer is None:
            return judge.printer(False, None, None, None)
        state = reception.printer.state
        return judge.printer(True, None if state.ready else state.fault or "trouble", state.reason, state.left)

    def _crew(self) -> Iterator[Row]:
        crew = self._booth.crew
        film, live, virtual = (None, None, None) if crew is None else (crew.film, crew.live, crew.virtual)
        yield judge.recording(False, None, 0, 0) if film is None else judge.recording(True, film.fault, film.seconds, film.dropped)
        yield _outlet("live", live)
        yield _outlet("virtual", virtual)

    def _not_serving(self) -> list[Row]:
        return [judge.disk(False, None, 0, "ok"), judge.clock(time.time(), None), judge.share(False, False, "", None),
                judge.printer(False, None, None, None), judge.microphone(False, "", None), judge.sound(False, None)]


def _outlet(name: Literal["live", "virtual"], outlet: Broadcast | VirtualCamera | None) -> Row:
    if outlet is None:
        return judge.outlet(name, False, False, None, 0)
    return judge.outlet(name, True, outlet.state == "live", outlet.fault, outlet.dropped)
