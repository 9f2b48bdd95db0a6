"""Paper: prints a picture once for all times, and knows whether it can.

To add a print service: one file with the ``PrintService`` protocol, one settings variant, one line in ``SERVICES``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from booth.errors import PrinterLost, PrintRefused
from booth.faults import Faults
from booth.sinks.printer.faulty import FaultyService
from booth.sinks.printer.folder import FolderService
from booth.sinks.printer.job import Job, PrinterState, Quota, Sheet
from booth.sinks.printer.journal import Journal
from booth.sinks.printer.printer import Printer, PrintService
from booth.sinks.printer.settings import CupsPrinter, FolderPrinter, PrintSettings
from booth.sinks.printer.task import PrinterTask

__all__ = ["CupsPrinter", "FolderPrinter", "Job", "Journal", "PrintRefused", "PrintService", "PrintSettings", "Printer", "PrinterLost",
           "PrinterState", "PrinterTask", "Quota", "Sheet", "make_printer"]


def _cups(settings: CupsPrinter) -> PrintService:
    """Its library is slow to load; the demo goes without."""
    from booth.sinks.printer.cups import CupsService  # its library is slow to load; the demo goes without
    return CupsService(settings.queue, settings.server)


SERVICES: dict[str, Callable[[Any], PrintService]] = {"cups": _cups, "folder": lambda settings: FolderService(settings.folder)}


def make_printer(settings: PrintSettings, journal: Journal, faults: Faults | None = None) -> Printer:
    service = SERVICES[settings.printer.kind](settings.printer)
    return Printer(FaultyService(service, faults) if faults else service, journal)
