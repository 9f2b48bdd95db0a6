"""A printer that is switched off or runs out of paper on schedule: for tests and ``booth run --fault printer=…``."""

from __future__ import annotations

from pathlib import Path

from booth.errors import PrinterLost
from booth.faults import Faults
from booth.sinks.printer.job import PrinterState, SheetState
from booth.sinks.printer.printer import PrintService


class FaultyService:
    """``service``, with the faults that ``faults`` has for "printer". As with real queues, what is handed over meanwhile waits in it."""

    def __init__(self, service: PrintService, faults: Faults) -> None:
        self._service, self._faults = service, faults
        self._waiting: dict[str, Path] = {}

    def state(self) -> PrinterState:
        kind, state = self._faults.now("printer"), PrinterState(False, queued=len(self._waiting))
        if kind == "service":
            return state.but("no_service", "the print service does not answer; start it again")
        if kind == "off":
            return state.but("offline", "the printer does not answer; switch it on and check its cable")
        if kind == "paper":
            return state.but("no_paper", "out of paper; refill it")
        for number in list(self._waiting):
            self._service.feed(number, self._waiting.pop(number))
        return self._service.state()

    def begin(self, name: str, media: str) -> str:
        self._reach()
        return self._service.begin(name, media)

    def feed(self, number: str, picture: Path) -> None:
        self._reach()
        if self._faults.now("printer") is None:
            self._service.feed(number, picture)
        else:
            self._waiting[number] = picture

    def look(self, number: str) -> SheetState | None:
        self._reach()
        return "sent" if number in self._waiting else self._service.look(number)

    def drop(self, number: str) -> None:
        self._reach()
        self._waiting.pop(number, None)
        self._service.drop(number)

    def resume(self) -> None:
        self._reach()
        self._service.resume()

    def _reach(self) -> None:
        if self._faults.now("printer") == "service":
            raise PrinterLost("the print service does not answer; start it again")
