"""Keeps prints flowing: looks at the printer, hands over what was asked for, sets a stopped queue going again."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from pathlib import Path

from booth.errors import PrintRefused
from booth.sinks.printer.job import UNLIMITED, Job, PrinterState, Quota
from booth.sinks.printer.journal import USED_UP, Journal
from booth.sinks.printer.printer import Printer
from booth.sinks.printer.settings import PrintSettings

log = logging.getLogger(__name__)

RESUME_S = 3.0
"""A queue that stopped is set going again no more often than this."""


class PrinterTask:
    """For ``booth.worker.Worker``, whose thread alone speaks to the printer. Other threads ask here, which writes to the
    journal and returns at once; what was asked for survives a restart. ``quota`` of the visitors may be replaced at any time."""

    name = "printer"

    def __init__(self, printer: Printer, journal: Journal, settings: PrintSettings, quota: Quota = UNLIMITED) -> None:
        self._printer, self._journal, self._settings, self.quota = printer, journal, settings, quota
        self._wake, self._resume = threading.Event(), threading.Event()
        self._resumed_at = float("-inf")
        self._trying = False
        self.state = PrinterState(False).but("unknown", "the printer has not been looked at yet")
        """The newest; replaced as a whole, at least every two seconds while the printer answers."""

    def ask(self, key: str, picture: Path, copies: int, session: str, operator: bool = False) -> Job:
        """From any thread: print ``picture``. A second press with the same ``key`` changes nothing; the operator has no quota.

        Raises ``PrintRefused`` over quota and ``PrinterLost`` when it cannot be written down.
        """
        job = self._journal.ask(key, picture, copies, self._settings.media, session, None if operator else self.quota)
        self._wake.set()
        return job

    def cancel(self, key: str) -> None:
        """From any thread: take back what has not been printed."""
        self._journal.wish(key, "cancel")
        self._wake.set()

    def forget(self, key: str) -> None:
        """From any thread: cancel, and keep nothing that leads to the picture. Done as soon as the printer answers."""
        self._journal.wish(key, "forget")
        self._wake.set()

    def resume(self) -> None:
        """From any thread: a person says that a paused queue is to go on."""
        self._resume.set()
        self._wake.set()

    def setup(self) -> None:
        pass

    def step(self) -> None:
        self.state = self._look()
        if self.state.fault not in ("no_service", "no_printer"):
            self._keep_going()
            self._hand_over()
            self._printer.jobs()
        self._wake.wait(self._settings.poll_s)
        self._wake.clear()

    def teardown(self) -> None:
        pass

    def _look(self) -> PrinterState:
        state = self._printer.state()
        self._trying = self._trying and state.queued > 0
        if state.ready and self._trying:
            state = state.but("trouble", "the printer had trouble; it is trying again")
        if self.quota.day is not None and state.ready:
            state = replace(state, allowed=max(0, self.quota.day - self._journal.today()))
            if state.allowed == 0:
                state = state.but("quota", USED_UP)
        return state

    def _keep_going(self) -> None:
        """Resume when a person says so, or by itself when the queue stopped after trouble; what a person paused stays paused."""
        due = self.state.fault == "stopped" and time.monotonic() - self._resumed_at > RESUME_S
        if not (due or self._resume.is_set()):
            return
        self._resume.clear()
        self._resumed_at, self._trying = time.monotonic(), True
        try:
            self._printer.resume()
            log.info("the print queue is set going again")
        except PrintRefused as error:
            log.warning("the print queue cannot be set going: %s", error)

    def _hand_over(self) -> None:
        for job in self._journal.open():
            try:
                self._settle(job)
            except PrintRefused as error:
                log.warning("%s: %s", job.key, error)

    def _settle(self, job: Job) -> None:
        if job.wish == "forget":
            self._printer.forget(job.key)
        elif job.wish == "cancel":
            self._printer.cancel(job.key)
        elif job.state == "asked" and job.picture is not None:
            self._printer.print(job.key, job.picture, job.copies, job.media)
