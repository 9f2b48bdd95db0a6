"""The sessions that are kept: listed for the panel, counted for the day, printed again, deleted."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from booth.app import Booth
from booth.errors import BoothError, UsageError
from booth.host.maker import printed_file
from booth.host.reception import Reception
from booth.sinks.printer import Job, Journal
from booth.sinks.store import Kept
from booth.ui.panel.desk import Session

LOOK_S = 5.0
"""Files added to a session, and prints, are seen within this; a new session at once."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
TAKEN = ("asked", "sent", "printed")


class Shelf:
    """One thread at a time. ``folder``: of the event · ``sessions``: the newest first, as of the last look."""

    def __init__(self, booth: Booth, folder: Path | None) -> None:
        self._booth, self._folder = booth, folder
        self._kept: list[Kept] = []
        self._jobs: list[Job] = []
        self._seen: tuple[float, int] = (float("-inf"), 0)
        self.sessions: tuple[Session, ...] = ()

    def look(self, now: float) -> bool:
        """Whether the shelf was looked over; at monotonic seconds ``now`` that is not always needed."""
        reception = self._booth.reception
        if reception is None:
            return False
        try:
            stamp = reception.store.root.stat().st_mtime_ns
            if now - self._seen[0] < LOOK_S and stamp == self._seen[1]:
                return False
            self._kept, self._jobs = reception.store.sessions(), self._printed(reception)
        except (BoothError, OSError):                                  # the row of the disk, or of the printer, says why
            return False
        self._seen = now, stamp
        prints = Counter({job.session: 0 for job in self._jobs})
        for job in self._jobs:
            prints[job.session] += sum(sheet.state in TAKEN for sheet in job.sheets)
        listed = tuple(_listed(kept, prints[kept.manifest.id]) for kept in self._kept)
        if listed != self.sessions:
            self.sessions = listed
        return True

    def forget(self) -> None:
        """Something has changed: the next look is a real one."""
        self._seen = (float("-inf"), 0)

    def things(self) -> dict[str, list[tuple[str, float]]]:
        """What there is to count: of each kind the things' keys, and when they came to be."""
        files = lambda kind: [(f"{kept.manifest.id}/{entry.name}", kept.manifest.created.timestamp())
                              for kept in self._kept for entry in kept.manifest.files if entry.kind == kind]
        sheets = [(f"{job.key}-{sheet.copy}", job.asked_at) for job in self._jobs for sheet in job.sheets if sheet.state == "printed"]
        return {"sessions": [(kept.manifest.id, kept.manifest.created.timestamp()) for kept in self._kept],
                "strips": files("strip"), "clips": files("clip"), "prints": sheets}

    def reprint(self, id: str) -> str:
        """One sheet more. Raises ``BoothError``."""
        reception = self._serve()
        if reception.printer is None:
            raise UsageError("no printer is set up; name one in the settings")
        key = f"{id}-again-{int(time.time())}"                         # within a second the same press
        reception.printer.ask(key, printed_file(reception.store.get(id).folder), 1, id, operator=True)
        self.forget()
        state = reception.printer.state
        return "one sheet is printed" if state.ready or state.fault == "quota" else f"it is printed as soon as the printer can: {state.reason}"

    def delete(self, id: str) -> str:
        """Every copy. Raises ``BoothError``."""
        self._serve().store.delete(id, "operator")
        self.forget()
        return "the session was deleted, with all copies; that is written down in purges.log"

    def _printed(self, reception: Reception) -> list[Job]:
        return [] if reception.printer is None or self._folder is None else Journal(self._folder / "prints.sqlite").jobs()

    def _serve(self) -> Reception:
        if self._booth.reception is None:
            raise UsageError("no sessions are kept here")
        return self._booth.reception


def _listed(kept: Kept, prints: int) -> Session:
    manifest = kept.manifest
    order = ("strip", "cut", "moving", "clip", "video", "other")
    names = [entry.name for entry in sorted(manifest.files, key=lambda entry: order.index(entry.kind))]
    pictures = tuple(name for name in names if Path(name).suffix.lower() in PICTURES)
    return Session(manifest.id, manifest.created.timestamp(), manifest.expires_at.timestamp(), manifest.characters, manifest.layout,
                   kept.folder, pictures, tuple(name for name in names if name not in pictures), prints)
