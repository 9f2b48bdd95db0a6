"""The panel's questions and wishes, put to the booth."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from booth.app import Booth
from booth.audio import microphone as microphones
from booth.cameras.device import devices
from booth.errors import BoothError, UsageError
from booth.files import data_folder
from booth.host.films import Films, Making, Words
from booth.host.offers import check_event
from booth.host.reception import Reception
from booth.house import health as judge
from booth.house.day import COUNTS, MEANS, Day, Visitors
from booth.house.form import leaves
from booth.house.health import Gate, Health, gate
from booth.house.kept import Saved, SettingsFile
from booth.house.summary import write_summary
from booth.products.layout import layout_files
from booth.render.style import style_files
from booth.session import Pause, Resume
from booth.settings import Settings
from booth.ui.panel.desk import Ended, Look, Numbers, When
from booth.ui.panel.parts import Parts
from booth.ui.panel.shelf import Shelf

DRESS = ("style", "mix_with", "mix", "each")
LIVE = (*DRESS, "styles", "mirror", "rotation", "vision.region", "event.volume", "event.name", "event.logo", "event.accent",
        "event.prints_a_visit", "event.prints_a_day")
VISIT = ("event.offer_characters", "event.offer_layouts", "event.offer_languages", "event.language")
DRAWING = ("camera", "engine", "vision")
"""The first that fits counts; all others wait for the next start."""
CHECKED = ("styles", "event.logo", "event.layouts", "event.offer_characters", "event.offer_layouts")
"""Settings that may name what is not there."""
FILM_END_S = 5.0
"""A film that is called off ends within this."""


class BoothDesk:
    """``Desk`` of a real booth. ``file``: where settings are kept, None: nowhere · ``note``: what was wrong with that file ·
    ``place``: puts the signage on its display again."""

    def __init__(self, booth: Booth, file: SettingsFile | None = None, note: str | None = None, place: Callable[[], None] | None = None) -> None:
        self._booth, self._file, self._place = booth, file, place
        self._folder = booth.settings.event.folder                      # of this start of the booth, whatever is set for the next one
        self._day = Day(None if self._folder is None else self._folder / "day.sqlite")
        self._shelf = Shelf(booth, self._folder)
        self._parts = Parts(booth, note)
        self._visitors = Visitors()
        self._making: Making | None = None
        self.displays = 1

    # -- looking

    def look(self) -> Look:
        now = time.monotonic()
        self._count(now)
        booth, day = self._booth, self._day
        found = self._parts.health(now, self.displays)
        newest = booth.composites.peek() if booth.running else None
        counts = {name: day.total(name) for name in COUNTS}
        numbers = Numbers(booth.stats.fps(), booth.stats.latency_p95(), booth.level.name, booth.engine,
                          len(newest.faces) if newest is not None else 0, **counts)
        minutes = {name: day.counts(name) for name in COUNTS} | {name: day.means(name) for name in MEANS}
        return Look(found, self._gate(found), numbers, minutes, self._shelf.sessions)

    def _gate(self, found: Health) -> Gate:
        """Prints that are used up for today are no fault, and not offered."""
        printer = self._booth.reception.printer if self._booth.reception is not None else None
        offers = gate(found)
        return replace(offers, print=offers.print and (printer is None or printer.state.ready))

    def _count(self, now: float) -> None:
        booth, day = self._booth, self._day
        newest = booth.composites.peek() if booth.running else None
        if newest is not None and (fresh := self._visitors.see(newest.faces, now)):
            day.add("visitors", fresh)
        if newest is not None and not newest.calm:
            day.sample("fps", booth.stats.fps())
            if (late := booth.stats.latency_p95()) is not None:
                day.sample("latency_ms", late)
        if self._shelf.look(now):
            for name, things in self._shelf.things().items():
                day.once(name, things)

    # -- mending

    def mend(self, remedy: str, choice: str = "") -> str:
        if remedy not in _REMEDIES:
            raise UsageError(f"nothing here is called {remedy!r}")
        return _REMEDIES[remedy](self, choice)

    def choices(self, remedy: str) -> list[str]:
        return [device.name for device in microphones.devices()] if remedy == judge.CHOOSE.id else []

    def _anew(self, said: str) -> str:
        self._booth.stop()
        self._booth.start()
        self._parts.begin_again()
        return said

    def _cpu(self, choice: str) -> str:
        self._booth.settings = self._booth.settings.model_copy(update={"engine": "cpu"})
        return self._anew("the processor draws from now on; the settings on disk are as they were")

    def _place_again(self, choice: str) -> str:
        if self._place is None:
            raise UsageError("plug the display in; its windows come back by themselves")
        self._place()
        return "the signage was placed on its display again"

    def _verify(self, choice: str) -> str:
        self._parts.verify(time.monotonic())
        return self._parts.models or "the models are as they were made"

    def _reload(self, choice: str) -> str:
        self._booth.reload_styles()
        if self._booth.reception is not None:
            self._booth.reception.reload_layouts()
        return "characters and layouts were read again"

    def _listen_to(self, choice: str) -> str:
        microphone = self._serve().microphone
        microphone.use(choice)
        if not microphone.available:
            raise UsageError(f"{choice}: {microphone.why}")
        booth, event = self._booth, self._booth.settings.event.model_copy(update={"microphone": choice})
        booth.settings = booth.settings.model_copy(update={"event": event})
        if self._file is not None:
            self._file.save(self.settings)
        return f"{choice} is used from now on"

    def _resume_printer(self, choice: str) -> str:
        if (printer := self._serve().printer) is not None:
            printer.resume()
        return "the print queue was told to go on"

    def _open_sound(self, choice: str) -> str:
        sounds = self._serve().sounds
        sounds.open()
        return sounds.why or "there is sound again"

    def _share_again(self, choice: str) -> str:
        share = self._serve().share
        if share is None:
            raise UsageError("the page for phones could not be served at the start; choose another port in the settings and start the booth again")
        share.stop()
        share.start()
        return f"phones reach the page at {share.address} again; links given out before stay good"

    def _purge(self, trust_clock: bool = False) -> str:
        count = self._parts.purge(self._serve(), time.monotonic(), trust_clock)
        self._shelf.forget()
        return self._parts.doubt or f"{count} expired sessions were deleted"

    def _read_note(self, choice: str) -> str:
        self._parts.note = None
        return "noted"

    # -- sessions, the day, pause

    def reprint(self, id: str) -> str:
        return self._shelf.reprint(id)

    def delete(self, id: str) -> str:
        return self._shelf.delete(id)

    def end_of_day(self) -> Ended:
        self._count(time.monotonic())                                   # before anything of today is deleted
        done = self._purge() if self._booth.reception is not None else "nothing is kept here, so nothing had to be deleted"
        files = write_summary(self._day, (self._folder or data_folder()) / "days", self._booth.settings.event.name)
        return Ended(f"{done}; the summary is in {files[1].parent}", *files)

    @property
    def can_film(self) -> bool:
        return self._folder is not None and self._booth.crew is not None and self._booth.crew.film is not None

    def film(self) -> Making:
        crew, folder = self._booth.crew, self._folder
        if crew is None or crew.film is None or folder is None:
            raise UsageError("the day is not recorded, so there is nothing to make a film of")
        settings, recordings = self.settings, crew.film.folder
        words = Words(settings.event.name, settings.event.language, settings.styles)
        self._making = Making(lambda progress: Films(folder / "films").make(recordings, folder / "sessions", date.today(), words, progress))
        return self._making

    @property
    def can_pause(self) -> bool:
        return self._booth.reception is not None

    @property
    def paused(self) -> bool:
        return self._booth.reception is not None and self._booth.reception.host.screen.name == "paused"

    def pause(self) -> str:
        self._serve().host.hear(Pause(), time.monotonic())
        return "visitors read “back soon”"

    def resume(self) -> str:
        self._serve().host.hear(Resume(), time.monotonic())
        return "visitors are welcome again"

    # -- settings

    @property
    def settings(self) -> Settings:
        """The operator's, not what a visitor wears just now."""
        booth = self._booth
        return booth.settings if booth.reception is None else booth.settings.model_copy(update={name: getattr(booth.own, name) for name in DRESS})

    def when(self, path: str) -> When:
        return when(path)

    def apply(self, settings: Settings) -> str:
        booth, old = self._booth, self.settings
        before, after = dict(leaves(old.model_dump())), dict(leaves(settings.model_dump()))
        changed = [path for path in before.keys() | after.keys() if before.get(path, ...) != after.get(path, ...)]
        if not changed:
            return "nothing has changed"
        if any(path in CHECKED for path in changed):
            check_event(settings)
        dressed = any(path in (*DRESS, "styles") for path in changed)
        if dressed:
            booth.dress(**_worn(settings))
        try:
            if self._file is not None:
                self._file.save(settings)
        except BoothError:
            if dressed:
                booth.dress(**_worn(old))
            raise
        booth.set_region(settings.vision.region)
        booth.settings = booth.own = settings
        if booth.reception is not None:
            booth.reception.use(settings)
        if settings.each and "event.offer_characters" in changed:
            booth.reload_styles()
        if booth.running and any(self.when(path) == "drawing" for path in changed):
            self._anew("")
        said = ["saved" if self._file is not None else "used until the booth ends; it keeps no settings"]
        if later := sorted(path for path in changed if self.when(path) == "start"):
            said.append(f"after the next start: {', '.join(later)}")
        return "; ".join(said)

    def suggestions(self, path: str) -> list[str]:
        if path in ("style", "mix_with", "event.offer_characters"):
            return list(style_files(self._booth.settings.styles))
        if path == "event.offer_layouts":
            return list(layout_files(self._booth.settings.event.layouts))
        return devices() if path == "camera.device" else []

    def versions(self) -> list[Saved]:
        return [] if self._file is None else self._file.versions()

    def version(self, number: int) -> Settings:
        if self._file is None:
            raise UsageError("no settings are kept here")
        return self._file.version(number)

    def close(self) -> None:
        if self._making is not None:
            self._making.stop(FILM_END_S)
        self._day.close()

    def _serve(self) -> Reception:
        if self._booth.reception is None:
            raise UsageError("no sessions are kept here, so there is nothing to do; name a folder for them in the settings")
        return self._booth.reception


def when(path: str) -> When:
    """When another value at that place of the settings counts."""
    fits = lambda places: any(path == place or path.startswith(f"{place}.") for place in places)
    return "live" if fits(LIVE) else "visit" if fits(VISIT) else "drawing" if fits(DRAWING) else "start"


def _worn(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in (*DRESS, "styles")}


_REMEDIES: dict[str, Callable[[BoothDesk, str], str]] = {
    judge.START.id: lambda desk, choice: desk._anew("drawing has started"),
    judge.RECONNECT.id: lambda desk, choice: desk._anew("the camera was let go and is opened again"),
    judge.RESTART_DRAWING.id: lambda desk, choice: desk._anew("drawing has started anew"),
    judge.PURGE.id: lambda desk, choice: desk._purge(), judge.TRUST.id: lambda desk, choice: desk._purge(trust_clock=True),
    judge.CPU.id: BoothDesk._cpu, judge.PLACE.id: BoothDesk._place_again, judge.VERIFY.id: BoothDesk._verify,
    judge.RELOAD.id: BoothDesk._reload, judge.CHOOSE.id: BoothDesk._listen_to, judge.RESUME.id: BoothDesk._resume_printer,
    judge.OPEN_SOUND.id: BoothDesk._open_sound, judge.SHARE.id: BoothDesk._share_again, judge.UNDERSTOOD.id: BoothDesk._read_note,
}
