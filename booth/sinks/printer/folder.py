"""A printer without paper, for the demo: every sheet is a file in a folder."""

from __future__ import annotations

from pathlib import Path

from booth.errors import PrinterLost, PrintRefused
from booth.files import write_atomic
from booth.sinks.printer.job import PrinterState, SheetState

KINDS = (".jpg", ".jpeg", ".png")


class FolderService:
    """A sheet is named by its number; it is printed when its file is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def state(self) -> PrinterState:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return PrinterState(False).but("no_printer", f"cannot print into {self._folder} ({error.strerror}); name another folder")
        return PrinterState(True)

    def begin(self, name: str, media: str) -> str:
        return name.replace(" ", "-")

    def feed(self, number: str, picture: Path) -> None:
        data = read_picture(picture)
        try:
            write_atomic(self._folder / f"{number}{picture.suffix.lower()}", data)
        except OSError as error:
            raise PrinterLost(f"cannot print into {self._folder} ({error.strerror}); free space, or name another folder") from error

    def look(self, number: str) -> SheetState | None:
        return "printed" if self._files(number) else "asked"

    def drop(self, number: str) -> None:
        for file in self._files(number):
            file.unlink(missing_ok=True)

    def resume(self) -> None:
        pass

    def _files(self, number: str) -> list[Path]:
        return [file for kind in KINDS if (file := self._folder / f"{number}{kind}").exists()]


def read_picture(picture: Path) -> bytes:
    """The file's bytes. Raises ``PrintRefused`` when it is gone or neither JPEG nor PNG."""
    if picture.suffix.lower() not in KINDS:
        raise PrintRefused(f"{picture.name} is neither JPEG nor PNG")
    try:
        return picture.read_bytes()
    except OSError as error:
        raise PrintRefused(f"{picture} cannot be read ({error.strerror}); it may have been deleted") from error
