"""Things that are data: one TOML file each, found by name and checked on loading."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from booth.errors import UsageError

T = TypeVar("T")
MOST_BYTES = 2**16
"""Ten times the longest; a parser is slow with what is made to be long."""


def dotted(place: tuple[int | str, ...]) -> str:
    """Where pydantic found a mistake, as a person would write it."""
    return ".".join(str(part) for part in place) or "the file"


def load_named(kind: str, name: str, files: Mapping[str, Path], check: Callable[[Any], T],
               where: Callable[[tuple[int | str, ...]], str] = dotted) -> T:
    """``name`` out of ``files``, made of its plain values by ``check``. Raises ``UsageError``: no ``kind`` is called so, or the file and
    the field that is wrong."""
    if name not in files:
        raise UsageError(f"no {kind} called {name!r}; there are: {', '.join(files) or 'none'}")
    path = files[name]
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: it is too long; {MOST_BYTES // 1024} KiB are possible")
    try:
        return check(tomllib.loads(data.decode()))
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{path}: {where(first['loc'])}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:                       # no TOML, no UTF-8, numbers and nests without end
        raise UsageError(f"{path}: {error}") from error
