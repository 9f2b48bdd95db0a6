"""What can be set about printing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from booth.settings import Model


class FolderPrinter(Model):
    """Prints are files in a folder; needs no hardware."""

    kind: Literal["folder"] = "folder"
    folder: Path


class CupsPrinter(Model):
    """A queue of CUPS."""

    kind: Literal["cups"] = "cups"
    queue: str = Field(pattern=r"^[^\s/?#]{1,127}$", description="the queue's name, as 'lpstat -e' lists it")
    server: str = Field("/run/cups/cups.sock", description="the Unix socket of CUPS, or host:port")


class PrintSettings(Model):
    printer: Annotated[FolderPrinter | CupsPrinter, Field(discriminator="kind")]
    media: str = Field("4x6in", pattern=r"^[A-Za-z0-9._-]{1,80}$", description="4x6in, 5x7in, 6x8in, 100x148mm, or a PWG name")
    poll_s: float = Field(1.0, ge=0.1, le=2, description="how often the printer is looked at")
