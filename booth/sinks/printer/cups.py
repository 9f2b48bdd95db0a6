"""Printing with CUPS: one sheet, one CUPS job. Some drivers lose "copies" on the way, none loses a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyipp.enums import IppJobState, IppOperation, IppPrinterState

from booth.errors import PrinterLost, PrintRefused
from booth.sinks.printer.folder import read_picture
from booth.sinks.printer.ipp import Attributes, ask, ask_all
from booth.sinks.printer.job import Fault, PrinterState, SheetState

MEDIA = {
    "4x6in": "na_index-4x6_4x6in",
    "5x7in": "na_5x7_5x7in",
    "6x8in": "custom_6x8in_6x8in",
    "100x148mm": "jpn_hagaki_100x148mm",
}
"""Familiar names of papers, and those of the Printer Working Group; other names are passed on."""
PAPERS = {name: familiar for familiar, name in MEDIA.items()}

REASONS: tuple[tuple[str, Fault, str], ...] = (
    ("media-jam", "jam", "paper is jammed; open the printer and take it out"),
    ("cover-open", "door", "a door of the printer is open; close it"),
    ("door-open", "door", "a door of the printer is open; close it"),
    ("interlock-open", "door", "a door of the printer is open; close it"),
    ("input-tray-missing", "no_paper", "the paper tray is missing; push it in"),
    ("media-empty", "no_paper", "out of paper; refill it"),
    ("media-needed", "no_paper", "out of paper; refill it"),
    ("marker-supply-empty", "no_ink", "ink or ribbon is used up; replace it"),
    ("toner-empty", "no_ink", "ink or ribbon is used up; replace it"),
    ("output-area-full", "full", "the output tray is full; empty it"),
    ("offline", "offline", "the printer does not answer; switch it on and check its cable"),
    ("shutdown", "offline", "the printer does not answer; switch it on and check its cable"),
)
"""What printers say, the worst first (RFC 8011, 5.4.12)."""

ENDS: dict[int, SheetState] = {IppJobState.COMPLETED: "printed", IppJobState.CANCELED: "cancelled", IppJobState.ABORTED: "failed"}


class CupsService:
    """``queue``: its name · ``server``: a Unix socket's path, or host:port."""

    def __init__(self, queue: str, server: str) -> None:
        self._queue = queue
        self._socket = server if server.startswith("/") else None
        self._uri = f"ipp://{'localhost' if self._socket else server}/printers/{queue}"

    def state(self) -> PrinterState:
        try:
            queue = self._ask(IppOperation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": [
                "printer-state", "printer-state-reasons", "printer-state-message", "printer-is-accepting-jobs", "device-uri",
                "queued-job-count", "media-ready", "media-default"]}, "printers")
        except (PrinterLost, PrintRefused):
            return PrinterState(False).but("no_service", "the print service CUPS does not answer; start it: systemctl start cups")
        if queue is None:
            return PrinterState(False).but("no_printer", f"CUPS has no queue {self._queue}; see 'lpstat -e' for those it has")
        return judge(queue, self._device(str(queue.get("device-uri", ""))))

    def begin(self, name: str, media: str) -> str:
        waiting = self._ask_all(IppOperation.GET_JOBS, {"which-jobs": "not-completed", "requested-attributes": ["job-id", "job-name"]}, "jobs")
        for job in waiting or ():
            if job.get("job-name") == name:
                return str(job["job-id"])
        made = self._ask(IppOperation.CREATE_JOB, {"job-name": name}, "jobs", job={"copies": 1, "media": MEDIA.get(media, media)})
        if not made:
            raise PrintRefused(f"CUPS has no queue {self._queue}; see 'lpstat -e' for those it has")
        return str(made["job-id"])

    def feed(self, number: str, picture: Path) -> None:
        kind = "image/png" if picture.suffix.lower() == ".png" else "image/jpeg"
        words = {"job-id": int(number), "document-format": kind, "last-document": True}
        self._ask(IppOperation.SEND_DOCUMENT, words, "jobs", data=read_picture(picture), wait_s=20.0)

    def look(self, number: str) -> SheetState | None:
        words = {"job-id": int(number), "requested-attributes": ["job-state", "number-of-documents"]}
        job = self._ask(IppOperation.GET_JOB_ATTRIBUTES, words, "jobs")
        if job is None:
            return None
        if end := ENDS.get(job.get("job-state", 0)):
            return end
        return "sent" if job.get("number-of-documents") else "asked"

    def drop(self, number: str) -> None:
        self._ask(IppOperation.CANCEL_JOB, {"job-id": int(number), "purge-job": True}, "jobs")

    def resume(self) -> None:
        self._ask(IppOperation.RESUME_PRINTER, {}, "printers")

    def _ask(self, operation: IppOperation, words: Attributes, group: str, **more: Any) -> dict[str, Any] | None:
        return ask(self._uri, operation, words, group=group, socket=self._socket, **more)

    def _ask_all(self, operation: IppOperation, words: Attributes, group: str) -> list[dict[str, Any]] | None:
        return ask_all(self._uri, operation, words, group=group, socket=self._socket)

    def _device(self, uri: str) -> dict[str, Any] | None:
        """What the printer itself says, where it speaks IPP: CUPS only listens to it while it prints. None: cannot be asked."""
        if not uri.startswith(("ipp://", "ipps://")):
            return None
        words = {"requested-attributes": ["printer-state", "printer-state-reasons", "media-ready", "printer-input-tray"]}
        try:
            return ask(uri, IppOperation.GET_PRINTER_ATTRIBUTES, words, group="printers", wait_s=2.0)
        except PrinterLost:
            return {"printer-state-reasons": "offline-error"}
        except PrintRefused:
            return None


def judge(queue: dict[str, Any], device: dict[str, Any] | None) -> PrinterState:
    """The state, from the attributes of the queue and, where it can be asked, of the printer itself."""
    source = queue if device is None else device
    paper = _first(source.get("media-ready") or queue.get("media-default"))
    state = PrinterState(True, None, PAPERS.get(paper, paper) if paper else None, int(queue.get("queued-job-count", 0)), _sheets(source))
    if not queue.get("printer-is-accepting-jobs", True):
        return state.but("refusing", "the print queue takes no jobs; run: cupsaccept with the queue's name")
    said = _list(source.get("printer-state-reasons"))
    for word, fault, line in REASONS:
        if any(reason.startswith(word) for reason in said):
            return state.but(fault, line)
    if any(reason.endswith("-error") for reason in said):
        return state.but("trouble", f"the printer reports {', '.join(said)}; look at its display")
    if queue.get("printer-state") == IppPrinterState.STOPPED:
        if queue.get("printer-state-message") == "Paused":          # so says CUPS when a person paused it
            return state.but("paused", "the print queue was paused by hand; press resume")
        return state.but("stopped", "the print queue stopped after trouble; it is set going again")
    return state


def _sheets(source: dict[str, Any]) -> int | None:
    """Sheets in the fullest tray; None when no tray tells (negative levels mean unknown)."""
    trays = [dict(pair.split("=", 1) for pair in tray.split(";") if "=" in pair) for tray in _list(source.get("printer-input-tray"))]
    levels = [int(tray["level"]) for tray in trays if tray.get("level", "").isdigit()]
    return max(levels, default=None)


def _list(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _first(value: Any) -> str | None:
    return next(iter(_list(value)), None)
