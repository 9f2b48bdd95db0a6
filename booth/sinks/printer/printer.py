"""Printing a key once for all times, whatever dies in between.

A sheet is first written down, then given a number by the print service, the number written down, and only then fed with its
picture. Whoever comes back after a kill looks the number up and sees how far it got.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from booth.errors import PrintRefused
from booth.sinks.printer.job import Job, PrinterState, Sheet, SheetState
from booth.sinks.printer.journal import Journal


class PrintService(Protocol):
    """What does the printing. Used by one thread at a time. All but ``state`` raise ``PrinterLost`` when waiting may help and
    ``PrintRefused`` when the answer is no."""

    def state(self) -> PrinterState:
        """As it is now; a printer that does not answer is a state, not an error."""

    def begin(self, name: str, media: str) -> str:
        """Room for one sheet: its number. The same ``name``, as long as it was not fed, has the same number."""

    def feed(self, number: str, picture: Path) -> None:
        """Hand over the sheet's picture, a JPEG or PNG; from here on it prints."""

    def look(self, number: str) -> SheetState | None:
        """How far the sheet is: "asked" as long as it was not fed. None: no longer known."""

    def drop(self, number: str) -> None:
        """Take the sheet back and remove its data, also when it is printed; harmless when unknown."""

    def resume(self) -> None:
        """Set a stopped or paused queue going."""


class Printer:
    """Used by one thread at a time. Errors as of ``PrintService``; ``PrinterLost`` also for the journal."""

    def __init__(self, service: PrintService, journal: Journal) -> None:
        self._service, self._journal = service, journal

    def state(self) -> PrinterState:
        return self._service.state()

    def resume(self) -> None:
        self._service.resume()

    def print(self, key: str, picture: Path, copies: int, media: str) -> Job:
        """Print, once for all times: the same ``key`` again finishes what a kill interrupted and changes nothing else.

        Raises ``PrintRefused`` when it cannot be printed; the job is then noted as failed.
        """
        job = self._journal.ask(key, picture, copies, media)
        if job.picture is not None and job.wish is None:
            for sheet in job.sheets:
                if sheet.state == "asked":
                    self._send(job, sheet, job.picture)
        return self._journal.job(key) or job

    def jobs(self) -> list[Job]:
        """All, the oldest first, with what the print service knows of them now."""
        for job in self._journal.open():
            for sheet in job.sheets:
                if sheet.state == "sent" and sheet.number is not None:
                    now = self._service.look(sheet.number) or "printed"         # the service forgets what is over
                    if now != sheet.state:
                        self._journal.note(job.key, sheet.copy, now, reason="the print service gave up" if now == "failed" else None)
        return self._journal.jobs()

    def cancel(self, key: str) -> None:
        """Take back what has not been printed, and its data; harmless when unknown or over."""
        self._take_back(key)
        self._journal.granted(key)

    def forget(self, key: str) -> None:
        """Cancel, and keep nothing that leads to the picture."""
        self._journal.wish(key, "forget")
        for sheet in self._take_back(key):
            if sheet.number is not None:
                self._service.drop(sheet.number)
        self._journal.granted(key)

    def _send(self, job: Job, sheet: Sheet, picture: Path) -> None:
        number = sheet.number
        try:
            number = number or self._begin(job, sheet)
            now = self._far(number)
            if now == "asked":
                self._service.feed(number, picture)
        except PrintRefused as error:
            self._journal.note(job.key, sheet.copy, "failed", reason=str(error))
            if number is not None:
                self._service.drop(number)
            raise
        self._journal.note(job.key, sheet.copy, "sent" if now == "asked" else now)

    def _begin(self, job: Job, sheet: Sheet) -> str:
        number = self._service.begin(f"toonbooth {job.key} {sheet.copy}", job.media)
        self._journal.note(job.key, sheet.copy, "asked", number)
        return number

    def _far(self, number: str) -> SheetState:
        now = self._service.look(number)
        if now is None:
            raise PrintRefused("the print service no longer knows this print; look in the tray before printing again")
        return now

    def _take_back(self, key: str) -> tuple[Sheet, ...]:
        job = self._journal.job(key)
        sheets = job.sheets if job else ()
        for sheet in sheets:
            if sheet.state in ("asked", "sent"):
                now = self._service.look(sheet.number) if sheet.number is not None else None
                if sheet.number is not None and now != "printed":
                    self._service.drop(sheet.number)
                self._journal.note(key, sheet.copy, "printed" if now == "printed" else "cancelled")
        return sheets
