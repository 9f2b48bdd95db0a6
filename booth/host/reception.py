"""All that serves visits, built from the settings: the store, the phones' page, the printer, the sounds, the host."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from booth.audio.faulty import FaultySource
from booth.audio.microphone import Microphone
from booth.audio.sounds import Sounds
from booth.audio.sources import PortAudio
from booth.brand import Brand, load_brand, parse_accent
from booth.errors import BoothError, ClockDoubtful, PermanentError, ShareUnusable, UsageError
from booth.faults import Faults
from booth.frame import Drawn
from booth.host.films import Films
from booth.host.host import Host
from booth.host.maker import Maker
from booth.host.offers import filmed, missing, offered
from booth.host.talker import MicrophoneTask
from booth.products.layout import Layout, layout_files, load_layout
from booth.products.strip import Words, compose
from booth.render.style import load_style, style_files
from booth.session import Menu, SessionSettings
from booth.settings import EventSettings, Settings
from booth.sinks import Budget, ShareSettings
from booth.sinks.printer import CupsPrinter, FolderPrinter, Journal, PrinterTask, PrintSettings, Quota, make_printer
from booth.sinks.share import Share
from booth.sinks.store import Store
from booth.texts import LANGUAGES
from booth.worker import Worker

log = logging.getLogger(__name__)

PREVIEW_PX = 420
"""Height of a layout's preview."""
PURGE_S = 600.0


class Reception:
    """``open`` it, ask ``host`` for screens, ``purge`` now and then, ``close`` it. ``faults``: one line per present fault."""

    def __init__(self, settings: Settings, dress: Callable[[str | None, str | None, float], None],
                 session: SessionSettings | None = None, chance: random.Random | None = None, microphone: Microphone | None = None,
                 faults: Faults | None = None) -> None:
        """``faults`` on purpose. Raises ``UsageError`` for a layout or character with a mistake, ``AlreadyRunning``, ``StorageBroken``."""
        event = settings.event
        assert event.folder is not None
        self._settings, self._faults, self._broken = settings, dict[str, str](), faults or Faults()
        self.styles: dict[str, dict[str, str]] = {name: self._title(name) for name in style_files(settings.styles)}
        self._layouts_folder = event.layouts                           # of this start, whatever is set for the next one
        self.brand = Brand()
        self._stamps = self._look_stamps()
        self._layouts = {name: load_layout(name, self._layouts_folder) for name in layout_files(self._layouts_folder)}
        self.layouts: dict[str, dict[str, str]] = {name: layout.title.model_dump() for name, layout in self._layouts.items()}
        self.store = Store(event.folder / "sessions", Budget(session_mib=event.session_mib, keep_h=event.keep_h),
                           forget=[self._forget, Films(event.folder / "films").forget], free=self._broken.free_bytes)
        self.store.repair()
        self.printer, self._journal, self._printing = self._open_printer(event.folder)
        self.share = self._open_share()
        self._read_brand()
        self.sounds = Sounds(event.volume)
        self.sounds.open()
        make = lambda answer: Maker(self.store, self.share, lambda: self.brand, settings.engine, answer, lambda name: self._layouts[name])
        self._visits = session or SessionSettings(keep_hours=event.keep_h, most_voice_s=event.most_voice_s, filmed=filmed(settings))
        menu = self._menu()
        self.microphone = microphone or Microphone(event.microphone, event.most_voice_s,
                                                   FaultySource(PortAudio(), self._broken) if self._broken else None)
        self._listening = Worker(MicrophoneTask(self.microphone))
        self._listening.start()
        self.host = Host(session or menu.settings, menu.styles, menu.layouts, make, self.store, dress, self.sounds, self.printer, chance,
                         self.microphone)

    def use(self, settings: Settings) -> None:
        """The event's name, logo, accent, quotas and volume from now on; what visitors choose from, from the next visit on. The rest of
        ``settings`` waits for the next start."""
        self._settings = settings
        for name in style_files(settings.styles):
            if name not in self.styles:
                with suppress(UsageError):                              # that it has a mistake is said by who draws
                    self.styles[name] = self._title(name)
        self._stamps = self._look_stamps()
        self._read_brand()
        if self.printer is not None:
            self.printer.quota = self._quota()
        self.sounds.volume = self._event.volume
        self.host.hear(self._menu(), time.monotonic())

    @property
    def _event(self) -> EventSettings:
        return self._settings.event

    def _title(self, name: str) -> dict[str, str]:
        return dict(load_style(name, self._settings.styles).title.items())

    def _menu(self) -> Menu:
        """As the event says, as far as it is there; what is not is named in ``mistakes``."""
        event, own = self._event, self._settings.style
        why = missing(event, self.styles, self._layouts)
        self._note("offers", why)
        visits = self._visits.model_copy(update={"language": event.language, "languages": offered(event.offer_languages, LANGUAGES),
                                                 "most_copies": event.prints_a_visit})
        characters = offered(event.offer_characters, [own, *(name for name in self.styles if name != own)])
        return Menu(visits, characters, offered(event.offer_layouts, self._layouts))

    def _quota(self) -> Quota:
        return Quota(self._event.prints_a_visit, self._event.prints_a_day)

    def _read_brand(self) -> None:
        """A logo that cannot be read any more stays as it was, and is named in ``mistakes``."""
        try:
            self.brand = load_brand(self._event)
            self._note("logo", None)
        except UsageError as error:
            log.warning("%s", error)
            self._note("logo", str(error))
            self.brand = Brand(self._event.name, parse_accent(self._event.accent), self.brand.logo)
        self.share.brand = self.brand

    def _note(self, what: str, why: str | None) -> None:
        if why is None:
            self._faults.pop(what, None)
        else:
            self._faults[what] = why

    @property
    def mistakes(self) -> list[str]:
        """One line for each thing of the operator's own that is not as it should be: layouts, the logo, what is offered."""
        return [self._faults[what] for what in ("layouts", "logo", "offers") if what in self._faults]

    def _open_share(self) -> Share:
        """Its page may not be served yet: without a network there is no link, and the operator can start it again."""
        share = Share(self.store, ShareSettings(host=self._event.host, port=self._event.port, link_h=min(24.0, self._event.keep_h)))
        try:
            share.start()
        except ShareUnusable as error:
            log.warning("%s", error)
            self._faults["share"] = str(error)
        return share

    def _open_printer(self, folder: Path) -> tuple[PrinterTask | None, Journal | None, Worker | None]:
        name = self._event.printer
        if name is None:
            return None, None, None
        try:
            settings = PrintSettings(printer=FolderPrinter(folder=Path(name)) if "/" in name else CupsPrinter(queue=name))
        except ValidationError as error:
            raise UsageError(f"{name!r} is no name of a print queue; 'lpstat -e' lists those there are") from error
        journal = Journal(folder / "prints.sqlite")
        task = PrinterTask(make_printer(settings, journal, self._broken), journal, settings, self._quota())
        worker = Worker(task)
        worker.start()
        return task, journal, worker

    def _forget(self, session_id: str, why: str) -> None:
        """Prints of a deleted session are taken back; pictures of them leave the spool."""
        if self._journal is not None and self.printer is not None:
            for job in self._journal.jobs():
                if job.session == session_id:
                    self.printer.forget(job.key)

    def preview(self, name: str, shots: list[Drawn]) -> np.ndarray:
        """(H, W, 3) uint8: a layout with ``shots``, small; with grey where there are none."""
        layout: Layout = self._layouts[name]
        brand = self.brand
        return compose(layout, shots, Words(brand.name, logo=brand.logo, accent=brand.accent), PREVIEW_PX / layout.size_px[1])

    def reload_layouts(self) -> bool:
        """Layouts and logo as their files are now, when one was saved; whether that was so. A file with a mistake changes nothing and is
        named in ``mistakes``. New folders are offered after the next start."""
        stamps = self._look_stamps()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        self._read_brand()
        try:
            self._layouts = {name: load_layout(name, self._layouts_folder) for name in self._layouts}
            self._note("layouts", None)
        except UsageError as error:
            log.warning("%s", error)
            self._note("layouts", str(error))
        return True

    def _look_stamps(self) -> dict[Path, int]:
        """When each file of each layout, and the logo, was last saved."""
        stamps: dict[Path, int] = {}
        if self._event.logo is not None:
            with suppress(OSError):
                stamps[self._event.logo] = self._event.logo.stat().st_mtime_ns
        for toml in layout_files(self._layouts_folder).values():
            with suppress(FileNotFoundError):                       # being replaced just now
                stamps |= {file: file.stat().st_mtime_ns for file in toml.parent.iterdir() if file.is_file()}
        return stamps

    def purge(self) -> None:
        """Delete what is over its time."""
        try:
            self.store.purge_expired()
            self._faults.pop("clock", None)
        except ClockDoubtful as error:
            self._faults["clock"] = str(error)
        except BoothError as error:
            log.warning("%s", error)
            self._faults["store"] = str(error)

    def faults(self) -> list[str]:
        lines = list(self._faults.values())
        if self.sounds.why is not None:
            lines.append(self.sounds.why)
        if self.microphone.why is not None:
            lines.append(self.microphone.why)
        if self.printer is not None and self.printer.state.reason is not None:
            lines.append(f"printer: {self.printer.state.reason}")
        try:
            room = self.store.room()
            if room.level != "ok":
                lines.append(f"disk: room for {room.sessions_left} more sessions; delete old ones or add a disk")
        except PermanentError as error:
            lines.append(str(error))
        return lines

    def close(self) -> None:
        self._listening.stop()
        self._listening.join(5.0)
        self.host.close()
        if self._printing is not None:
            self._printing.stop()
            self._printing.join(5.0)
        self.share.stop()
        self.sounds.close()
        self.store.close()
