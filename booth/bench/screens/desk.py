"""A desk without a booth: whatever state is wanted, and a note of what was asked for."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from booth.errors import BoothError
from booth.host.films import Making
from booth.house import health as h
from booth.house.day import COUNTS, MINUTES
from booth.house.health import Row, gate, healthy
from booth.house.kept import Saved, SettingsFile
from booth.settings import EventSettings, Settings
from booth.sinks.reel import Moment, Reel
from booth.ui.panel.booth_desk import when
from booth.ui.panel.desk import Ended, Look, Numbers, Session, When

NOW = 1_795_000_000.0


def well() -> dict[str, Row]:
    """All parts set up and well."""
    rows = [h.camera("camera Logitech BRIO, 1920×1080", True, None, 0.03, False), h.display(2, 0), h.engine("cpu", "auto", None, False, 30.0),
            h.models(None), h.characters(None, 6), h.printer(True, None, None, 312), h.microphone(True, "USB microphone", None),
            h.sound(True, None), h.disk(True, None, 1240, "ok"), h.share(True, True, "http://10.0.0.12:8080", None), h.clock(NOW, None),
            h.recording(True, None, 4380, 0), h.outlet("live", True, True, None, 0), h.outlet("virtual", True, True, None, 0), h.settings(None)]
    return {row.name: row for row in rows}


def red() -> dict[str, Row]:
    """Each part at its worst."""
    rows = [h.camera("", True, "camera /dev/v4l/by-id/usb-046d_BRIO-video-index0 is not plugged in (found: none)", None, False),
            h.display(0, 0), h.engine("cuda", "auto", "the CUDA engine refused 2 faces: out of memory", False, 30.0),
            h.models("webtoon.onnx is not as it was made (sha256 differs); install Toonbooth again"),
            h.characters("/srv/booth/styles/mine/style.toml: line.colour: must be three numbers", 6),
            h.printer(True, "no_paper", "out of paper; refill it", 0), h.microphone(True, "", "the microphone went away; plug it in again"),
            h.sound(True, "the sound card went away; plug it in and start again"), h.disk(True, None, 0, "full"),
            h.share(True, False, "", "this machine is in no network; plug in its cable or join the booth's Wi-Fi"),
            h.clock(NOW, "the clock went back to 2026-11-18 09:00 UTC; set it right, or confirm the date to purge"),
            h.recording(True, "recording has stopped: the disk of /srv/booth/recordings is full; make room, it goes on by itself", 0, 0),
            h.outlet("live", True, False, "rtmp://live.example.net does not take the broadcast (no answer); it is tried again", 0),
            h.outlet("virtual", True, False, "virtual camera: there is no loopback device; sudo modprobe v4l2loopback exclusive_caps=1 (Debian's "
                     "v4l2loopback-dkms) makes one, and it goes on by itself", 0), h.settings(broken_note())]
    return {row.name: row for row in rows}


def amber() -> dict[str, Row]:
    """Each part that can be amber, so; the others well."""
    rows = [h.camera("", False, None, None, False), h.display(1, 1), h.engine("cpu", "auto", None, False, 9.0),
            h.characters("/srv/booth/styles/mine/style.toml: line.colour: must be three numbers", 6), h.printer(True, None, None, 12),
            h.sound(True, "no sound card is plugged in; plug one in and start again"), h.disk(True, None, 14, "low"),
            h.recording(True, "recording has stopped: the disk is nearly full; make room, it goes on by itself", 0, 0), h.settings(broken_note())]
    return {row.name: row for row in rows}


def unused() -> dict[str, Row]:
    """A booth that only plays live."""
    rows = [h.printer(False, None, None, None), h.microphone(False, "", None), h.sound(False, None), h.disk(False, None, 0, "ok"),
            h.share(False, False, "", None), h.recording(False, None, 0, 0), h.outlet("live", False, False, None, 0),
            h.outlet("virtual", False, False, None, 0)]
    return well() | {row.name: row for row in rows}


def broken_note() -> str:
    """What is said of a settings' file with a mistake."""
    return "settings.json has a mistake (event.volume: must be 0 … 1, not 3); the settings of 2026-11-20 18:02 are in use"


def a_day(until: int = 16 * 60) -> dict[str, np.ndarray]:
    """A day that began at ten, with a break of the machine at one."""
    chance = np.random.default_rng(1)
    minute = np.arange(MINUTES)
    busy = np.where((minute >= 600) & (minute < until), 0.35 + 0.3 * np.sin((minute - 600) / 60), 0).clip(0)
    day = {name: chance.poisson(busy * share).astype(np.float32) for name, share in zip(COUNTS, (2.0, 0.5, 0.5, 0.8, 0.1))}
    on = (minute >= 590) & (minute < until) & ~((minute > 780) & (minute < 800))
    fps = np.where(on, 29 + chance.normal(0, 1, MINUTES), math.nan).astype(np.float32)
    return day | {"fps": fps, "latency_ms": np.where(on, 70 + chance.normal(0, 6, MINUTES), math.nan).astype(np.float32)}


def some_sessions(folder: Path, count: int, photo: np.ndarray) -> tuple[Session, ...]:
    made = []
    for k in range(count):
        place = folder / f"2026-11-21_15{k:02d}12_k3f9x{k % 10}"
        place.mkdir(parents=True)
        strip = np.vstack([np.roll(photo, 40 * (k + cut), 1) for cut in range(4)])
        cv2.imwrite(str(place / "strip.png"), cv2.cvtColor(strip, cv2.COLOR_RGB2BGR))
        cv2.imwrite(str(place / "cut1.jpg"), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
        made.append(Session(place.name, NOW - 300 * k, NOW + 72 * 3600 - 300 * k, ("romance", "night")[:1 + k % 2], ("strip", "page")[k % 2], place,
                            ("strip.png", "cut1.jpg"), ("moving.mp4",), k % 3))
    return tuple(made)


class FakeDesk:
    """``asked``: what was asked for, in order · ``refuses``: raised by everything that is asked for."""

    def __init__(self, rows: dict[str, Row] | None = None, sessions: tuple[Session, ...] = (), file: SettingsFile | None = None) -> None:
        self.rows, self.sessions_now, self.file = well() if rows is None else rows, sessions, file
        self.numbers = Numbers(29.6, 74.0, "full", "cpu", 3, 412, 96, 96, 131, 18)
        self.displays = 0
        self.can_pause, self.paused, self.can_film = True, False, True
        self.asked: list[tuple] = []
        self.refuses: BoothError | None = None
        self.settings = Settings(event=EventSettings(name="봄 축제 2026", folder=Path("/srv/booth"), printer="DNP_DS620"))
        self.microphones = ["USB microphone", "built-in"]
        self.closed = 0

    def look(self) -> Look:
        health = healthy(self.rows.values())
        return Look(health, gate(health), self.numbers, a_day(), self.sessions_now)

    def mend(self, remedy: str, choice: str = "") -> str:
        return self._asked("mend", remedy, choice)

    def choices(self, remedy: str) -> list[str]:
        return self.microphones

    def reprint(self, id: str) -> str:
        return self._asked("reprint", id)

    def delete(self, id: str) -> str:
        said = self._asked("delete", id)
        self.sessions_now = tuple(session for session in self.sessions_now if session.id != id)
        return said

    def end_of_day(self) -> Ended:
        return Ended(self._asked("end_of_day"), Path("2026-11-21.csv"), Path("2026-11-21.html"))

    def film(self) -> Making:
        self._asked("film")
        return Making(lambda progress: Reel(Path("2026-11-21.mp4"), 752.0, (Moment(0.0, 8.0),) * 94, (Moment(0.0, 8.0),) * 2))

    def pause(self) -> str:
        self.paused = True
        return self._asked("pause")

    def resume(self) -> str:
        self.paused = False
        return self._asked("resume")

    def apply(self, settings: Settings) -> str:
        said = self._asked("apply", settings)
        if self.file is not None:
            self.file.save(settings)
        self.settings = settings
        return said

    def when(self, path: str) -> When:
        return when(path)

    def suggestions(self, path: str) -> list[str]:
        if path == "event.offer_layouts":
            return ["grid", "page", "strip"]
        return ["chibi", "night", "romance"] if path in ("style", "mix_with", "event.offer_characters") else []

    def versions(self) -> list[Saved]:
        return [] if self.file is None else self.file.versions()

    def version(self, number: int) -> Settings:
        assert self.file is not None
        return self.file.version(number)

    def close(self) -> None:
        self.closed += 1

    def _asked(self, *what: Any) -> str:
        self.asked.append(what)
        time.sleep(0.02)
        if self.refuses is not None:
            raise self.refuses
        return f"{what[0]} was done"


def with_row(row: Row) -> dict[str, Row]:
    return well() | {row.name: row}
