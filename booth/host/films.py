"""Event films: the moments of a day's visits, cut out of what was recorded, with titles.

Only visits that are kept are in one, from the consent to the strip and not a second before or after: who said no, left half-way, pressed
"delete mine" or whose time is over has no visit here to be shown. A voice is heard only where its owner agreed to keep it. A film that the
booth keeps goes, with its list of visits, as soon as one of those visits is deleted by the visitor or the operator; one that was saved
elsewhere does not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image

from booth.errors import BoothError, UsageError
from booth.files import write_atomic
from booth.products.layout import Language
from booth.products.lettering import LEADING, clean, date_words, draw_lines, fit
from booth.render.style import load_style
from booth.sinks.index import BEGAN, Manifest, read_manifest
from booth.sinks.reel import Moment, Reel, make_reel

log = logging.getLogger(__name__)

SKIP_S, LONG_S = 1.0, 8.0
"""A visit is shown from so long after its consent (its name says when, to the second), for so long: the first poses and shots."""
LONGEST_S = 3600.0
"""A visit that took longer was dated by a clock that jumped."""
LEAST_FREE = 2**30
"""Bytes that a film leaves to the visits to come."""
MOST_LETTERS = 80
WITHDRAWN = "a visit was deleted while its film was made; the film was thrown away, make it again"
NOTE = ".visits.json"
"""Beside a film, in place of .mp4: the visits that are in it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is lettered: the ``event``'s name, in a ``language``; ``styles``: a folder of further characters, whose titles are needed."""

    event: str
    language: Language
    styles: Path | None = None


def visits_of(sessions: Path, day: date) -> list[Manifest]:
    """The visits that began on that day, by the clock on the wall, and are kept. ``sessions``: the store's folder; the booth may be running."""
    if not sessions.is_dir():
        raise UsageError(f"there are no sessions in {sessions}; name the folder that 'booth run --sessions' had")
    read = (read_manifest(folder) for folder in sorted(sessions.glob(f"{day.isoformat()}_*")))
    return [visit for visit in read if visit is not None and visit.consent.photo and visit.expires_at.timestamp() > time.time()]


def _began(visit: Manifest) -> float:
    """When the visitors agreed, seconds since 1970; 0 for a name that does not say."""
    try:
        return time.mktime(time.strptime(visit.id[:17], BEGAN))
    except ValueError:
        return 0.0


def moments_of(visits: Iterable[Manifest], words: Words) -> list[Moment]:
    """The part of each visit that is shown."""
    found = []
    for visit in visits:
        began, ended = _began(visit), visit.created.timestamp()
        if began < ended <= began + LONGEST_S:
            title = " · ".join([time.strftime("%H:%M", time.localtime(began)), *_characters(visit, words)])
            found.append(Moment(began + SKIP_S, min(ended, began + SKIP_S + LONG_S), title, visit.consent.voice))
    return found


def _characters(visit: Manifest, words: Words) -> list[str]:
    titles = []
    for name in visit.characters:
        with contextlib.suppress(BoothError):                               # taken away since
            titles.append(dict(load_style(name, words.styles).title).get(words.language, ""))
    return [" × ".join(title for title in titles if title)] if any(titles) else []


def letter_in(language: Language) -> Callable[[str, int, int], np.ndarray]:
    """The hand of the reel's titles: one line in a box of that width and height, as large as it can be."""
    def letter(line: str, width: int, height: int) -> np.ndarray:
        page = Image.new("RGBA", (width, height))
        fitted = fit(clean(line, MOST_LETTERS), language, (width, height), height / LEADING, height / 4, 1)
        draw_lines(page, fitted, (0, 0, width, height), "left", (0, 0, 0))
        return np.asarray(page)[..., 3]
    return letter


def event_film(recordings: Path, sessions: Path, target: Path, day: date, words: Words,
               progress: Callable[[float], None] = lambda share: None, about: Callable[[list[Manifest]], None] = lambda visits: None) -> Reel:
    """Make the film of ``day`` into the new MP4 ``target``. ``about`` is told beforehand which visits will be in it.

    ``recordings``: the folder that was recorded into · ``sessions``: the store's · ``progress``: as in ``make_reel``. Raises ``UsageError``,
    also when a visit was deleted meanwhile; then there is no film.
    """
    visits = visits_of(sessions, day)
    moments = moments_of(visits, words)
    if not moments:
        raise UsageError(f"no visit of {day} is kept in {sessions}, so there is nothing to show")
    about(visits)

    def still(share: float) -> None:
        progress(share)
        if shutil.disk_usage(target.parent).free < LEAST_FREE:
            raise UsageError(f"the disk of {target.parent} is nearly full, and visits need what is left; make room, or name another disk")
        if share == 1.0 and not all((sessions / visit.id).is_dir() for visit in visits):
            raise UsageError(WITHDRAWN)
    card = [line for line in (words.event.strip() or "Toonbooth", date_words(day, words.language)) if line]
    return make_reel(recordings, moments, target, letter_in(words.language), card, still)


def told(reel: Reel) -> str:
    """What was made, in one plain line."""
    missed = f"; {len(reel.missed)} more were not recorded" if reel.missed else ""
    return f"{reel.path}: {len(reel.shown)} visit{'s' * (len(reel.shown) != 1)}, {reel.seconds:.0f} s{missed}"


class Films:
    """The films that the booth keeps in ``folder``, as 2026-11-21.mp4, each with the list of its visits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, recordings: Path, sessions: Path, day: date, words: Words, progress: Callable[[float], None]) -> Reel:
        """A further film of ``day``. Raises ``UsageError``, and what ``progress`` raises."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"films cannot be kept in {self._folder} ({error.strerror}); make room or mend its rights") from error
        names = (day.isoformat() + (f"-{number}" if number > 1 else "") for number in range(1, 1000))
        target = next(path for name in names if not (path := self._folder / f"{name}.mp4").exists())
        note = target.with_suffix(NOTE)
        write = lambda visits: write_atomic(note, json.dumps([visit.id for visit in visits]).encode())
        try:
            reel = event_film(recordings, sessions, target, day, words, progress, write)
        except BaseException:
            note.unlink(missing_ok=True)
            raise
        if not note.exists():                                               # withdrawn in this very moment
            target.unlink(missing_ok=True)
            raise UsageError(WITHDRAWN)
        return reel

    def forget(self, session_id: str, why: str) -> None:
        """A visit was deleted: films that show it go. One whose time is over stays in the films it is in."""
        if why == "expired" or not self._folder.is_dir():
            return
        for note in self._folder.glob(f"*{NOTE}"):
            if session_id in note.read_text():
                note.unlink()
                note.with_name(note.name.removesuffix(NOTE) + ".mp4").unlink(missing_ok=True)
                log.warning("the film %s is gone: a visit in it was deleted; make it again", note.name.removesuffix(NOTE))


class Making:
    """A film being made, in a thread of its own that gives way to the drawing. ``share``: how far, 0 … 1 · ``reel``: once it is there ·
    ``fault``: one plain line when there will be none."""

    def __init__(self, make: Callable[[Callable[[float], None]], Reel]) -> None:
        """``make`` gets a ``progress``, as ``Films.make`` takes it."""
        self._make = make
        self._stopped = threading.Event()
        self.share = 0.0
        self.reel: Reel | None = None
        self.fault: str | None = None
        self._thread = threading.Thread(target=self._run, name="event film", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    @property
    def words(self) -> str:
        """What became of it, in one plain line; empty before the end."""
        return told(self.reel) if self.reel is not None else self.fault or ""

    def stop(self, wait_s: float = 0.0) -> None:
        """End it; nothing is left of it."""
        self._stopped.set()
        self._thread.join(wait_s)

    def _run(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        try:
            self.reel = self._make(self._progress)
        except BoothError as error:
            self.fault = str(error)
        except Exception:
            log.exception("the event film failed")
            self.fault = "that went wrong; the log says why"

    def _progress(self, share: float) -> None:
        if self._stopped.is_set():
            raise UsageError("the film was called off; nothing is left of it")
        self.share = share
