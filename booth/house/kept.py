"""Settings on disk: saved in one step, the last ten sets kept; a file with a mistake starts the last good set and says so.

    settings.json                     in force; JSON, may be edited by hand while the booth is not running
    settings.0007.json …              every set that was saved or started well, the newest ten
    settings.broken-20261121-153012.json   what could not be used; never deleted

Nothing in these files is run: they are JSON, read into the types of ``booth.settings``.
"""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from booth import __version__
from booth.errors import UsageError
from booth.house.form import checked, explain, place
from booth.house.places import config_folder, write_private
from booth.settings import Settings

log = logging.getLogger(__name__)

VERSIONS = 10
STAMP = "toonbooth"
"""The key in the file that says which version of the booth wrote it."""
MOST_BYTES = 2**20
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Saved:
    """An earlier set. ``at``: seconds since 1970."""

    number: int
    at: float
    path: Path


class SettingsFile:
    """One process at a time; ``path`` is ``settings.json`` in the user's configuration folder unless another is named."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_folder() / "settings.json"

    def load(self) -> tuple[Settings, str | None]:
        """The settings, and one plain line for the operator when they are not simply what the file says.

        No file: defaults. A file with a mistake: the newest earlier set that is good, else defaults; the file is put aside.
        Settings that only another version of the booth knows are left out.
        """
        data, why = self._data()
        if data is None:
            return (Settings(), None) if why is None else self._last_good(why)
        try:
            settings, left_out = _read(data)
        except UsageError as error:
            return self._last_good(str(error))
        self._attempt(lambda: self._keep(_written(settings)))
        if not left_out:
            return settings, None
        aside = self._attempt(lambda: self._put_aside(data, "other"))
        kept = f"; the file is kept as {aside.name}" if isinstance(aside, Path) else ""
        self._attempt(lambda: write_private(self.path, _written(settings)))
        return settings, f"{self.path.name} was written by another version of Toonbooth; left out: {', '.join(left_out)}{kept}"

    def save(self, settings: Settings) -> None:
        """Atomic; the file in force before stays among ``versions``. Raises ``UsageError`` for settings that a file cannot hold, and when
        the file cannot be written; the old one is in force then."""
        data = _written(settings)
        try:
            reread, _ = _read(data)
        except UsageError as error:
            raise UsageError(f"these settings cannot be kept: {error}") from error
        if reread != settings:
            raise UsageError("these settings cannot be kept: a file would not give them back as they are")
        try:
            self._keep(data)
            write_private(self.path, data)
        except OSError as error:
            raise UsageError(f"the settings cannot be written to {self.path} ({error.strerror}); make room or mend the folder's rights") from error

    def versions(self) -> list[Saved]:
        """Earlier sets, the newest first; the one in force is the first of them."""
        found = []
        for path in self.path.parent.glob(f"{self.path.stem}.*.json"):
            number = re.fullmatch(r"(\d+)\.json", path.name.removeprefix(f"{self.path.stem}."))
            if number:
                found.append(Saved(int(number[1]), path.stat().st_mtime, path))
        return sorted(found, key=lambda saved: -saved.number)

    def version(self, number: int) -> Settings:
        """An earlier set, to be saved again. Raises ``UsageError``."""
        for saved in self.versions():
            if saved.number == number:
                return _read(_bytes_of(saved.path))[0]
        raise UsageError(f"there are no settings number {number}")

    def _data(self) -> tuple[bytes | None, str | None]:
        """Contents · what is wrong. (None, None): no file."""
        try:
            return _bytes_of(self.path), None
        except FileNotFoundError:
            return None, None
        except OSError as error:
            return None, f"it cannot be read ({error.strerror})"
        except UsageError as error:
            return None, str(error)

    def _last_good(self, why: str) -> tuple[Settings, str]:
        """The newest good set, in force from now on; the file with the mistake is put aside."""
        instead, settings = "the default settings are", Settings()
        for saved in self.versions():
            try:
                settings, _ = _read(_bytes_of(saved.path))
            except (UsageError, OSError):
                continue
            instead = f"the settings of {time.strftime('%Y-%m-%d %H:%M', time.localtime(saved.at))} are"
            break
        aside = self._attempt(lambda: self.path.rename(self._aside("broken")))
        if isinstance(aside, Path):
            self._attempt(lambda: write_private(self.path, _written(settings)))
            return settings, f"{self.path.name} has a mistake ({why}); {instead} in use, and the file is kept as {aside.name}"
        return settings, f"{self.path.name} has a mistake ({why}); {instead} in use"

    def _put_aside(self, data: bytes, why: str) -> Path:
        aside = self._aside(why)
        write_private(aside, data)
        return aside

    def _aside(self, why: str) -> Path:
        """A name that no file has."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        names = (f"{self.path.stem}.{why}-{stamp}{f'-{n}' if n else ''}.json" for n in range(1000))
        return next(path for name in names if not (path := self.path.with_name(name)).exists())

    def _keep(self, data: bytes) -> None:
        """``data`` as the newest version, unless it is that already; older than ``VERSIONS`` go."""
        known = self.versions()
        if known and known[0].path.read_bytes() == data:
            return
        number = known[0].number + 1 if known else 1
        write_private(self.path.with_name(f"{self.path.stem}.{number:04d}.json"), data)
        for old in known[VERSIONS - 1:]:
            old.path.unlink(missing_ok=True)

    def _attempt(self, act: Any) -> Any:
        """What ``act`` returns, None where the disk says no: the booth starts all the same."""
        try:
            return act()
        except OSError as error:
            log.warning("the settings' folder cannot be written: %s", error.strerror)
            return None


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UsageError("it is too long")
    return data


def _written(settings: Settings) -> bytes:
    return json.dumps({STAMP: __version__, **settings.model_dump(mode="json")}, indent=1, ensure_ascii=False).encode() + b"\n"


def _read(data: bytes) -> tuple[Settings, list[str]]:
    """Settings · the places left out because only another version of the booth, which wrote the file, knows them. Raises ``UsageError``."""
    try:
        values = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"it is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise UsageError("it is not a JSON object")
    foreign = values.pop(STAMP, __version__) != __version__
    left_out: list[str] = []
    for _ in range(ROUNDS):
        try:
            Settings.model_validate(values)
            break
        except ValidationError as error:
            if not foreign:
                raise UsageError(explain(error)) from error
            for path in place(error):
                if not path or not _take_out(values, path):
                    raise UsageError(explain(error)) from error
                left_out.append(".".join(path))
    return checked(values), left_out


def _take_out(values: Any, path: tuple[str, ...]) -> bool:
    """Remove the value at ``path``; where it is missing, the group that lacks it. False: neither is there."""
    *groups, last = path
    around: list[tuple[Any, str]] = []
    for name in groups:
        if not isinstance(values, dict) or name not in values:
            return False
        around.append((values, name))
        values = values[name]
    if isinstance(values, dict) and last in values:
        del values[last]
    elif around:
        group, name = around[-1]
        del group[name]
    else:
        return False
    return True


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")
