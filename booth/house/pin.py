"""The operator's PIN: set at first start, kept as a salted scrypt hash, checked slowly for who guesses. There is no default.

A PIN of four digits is soon found by who has the file: it is readable by its user alone, and guards a kiosk's exit, not the disk.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booth.errors import UsageError
from booth.house.places import config_folder, write_private

log = logging.getLogger(__name__)

LEAST, MOST = 4, 12
"""Digits."""
FREE_TRIES = 5
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3600.0
COST = 2**15
"""scrypt's N; with r = 8 one check takes 32 MiB and about a tenth of a second."""


class _Kept(BaseModel):
    """The file's contents. ``wait_until``: seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int = Field(ge=2, le=2**18)
    r: int = Field(8, ge=1, le=16)
    p: int = Field(1, ge=1, le=4)
    salt: str = Field(min_length=32, pattern="^[0-9a-f]+$")
    digest: str = Field(min_length=64, pattern="^[0-9a-f]+$")
    wrong: int = Field(0, ge=0)
    wait_until: float = Field(0.0, allow_inf_nan=False)


class Pin:
    """Any thread may ask. ``now``: the wall clock, for a wait outlives a restart of the booth · ``ticks``: the monotonic one, for a
    wait does not grow when the wall clock is set back."""

    def __init__(self, path: Path | None = None, now: Callable[[], float] = time.time, ticks: Callable[[], float] = time.monotonic) -> None:
        self._path = path or config_folder() / "pin.json"
        self._now, self._ticks = now, ticks
        self._seen: tuple[float, float] = (0.0, 0.0)
        self._lock = threading.Lock()
        self._unsaved: _Kept | None = None

    @property
    def is_set(self) -> bool:
        """True also for a file that cannot be read: whoever damages it is not let in."""
        return self._path.exists()

    def set(self, new: str, old: str | None = None) -> None:
        """4 … 12 digits; ``old`` is needed where there is a PIN. Raises ``UsageError``."""
        if not (LEAST <= len(new) <= MOST and new.isascii() and new.isdigit()):
            raise UsageError(f"a PIN has {LEAST} to {MOST} digits")
        if self.is_set and (old is None or not self.check(old)):
            raise UsageError("the present PIN is needed to set another one")
        salt = secrets.token_bytes(16)
        with self._lock:
            kept = _Kept(n=COST, salt=salt.hex(), digest="0" * 64)
            try:
                write_private(self._path, kept.model_copy(update={"digest": _digest(new, kept)}).model_dump_json().encode())
            except OSError as error:
                raise UsageError(f"the PIN cannot be written to {self._path} ({error.strerror}); make room or mend the folder's rights") from error
            self._unsaved = None

    def check(self, pin: str) -> bool:
        """Whether it is the PIN. After five wrong ones False without a look for 30 s, then one more try, twice as long, and so on;
        ``wait_s`` says how long. Raises ``UsageError`` when none is set or its file is damaged."""
        with self._lock:
            kept = self._read()
            if self._left(kept) > 0:
                return False
            wrong = kept.wrong + 1
            wait = _wait(wrong)
            self._write(kept.model_copy(update={"wrong": wrong, "wait_until": self._now() + wait if wait else 0.0}))   # before the look: the plug
            right = hmac.compare_digest(_digest(pin[:MOST + 1], kept), kept.digest)
            if right:
                self._write(kept.model_copy(update={"wrong": 0, "wait_until": 0.0}))
            elif wait:
                log.warning("%d wrong PINs; the next try is possible in %.0f s", wrong, wait)
            return right

    @property
    def wait_s(self) -> float:
        """Seconds until the next try is looked at; 0: now."""
        with self._lock:
            return self._left(self._read()) if self.is_set else 0.0

    def _left(self, kept: _Kept) -> float:
        if self._seen[0] != kept.wait_until:                          # begun before this start of the booth
            self._seen = (kept.wait_until, self._ticks())
        return max(0.0, min(kept.wait_until - self._now(), _wait(kept.wrong) - (self._ticks() - self._seen[1])))

    def _read(self) -> _Kept:
        if self._unsaved is not None:
            return self._unsaved
        try:
            return _Kept.model_validate_json(self._path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError("no PIN is set yet") from error
        except (OSError, ValidationError) as error:
            raise UsageError(f"the PIN's file {self._path} is damaged; remove it and set a new PIN") from error

    def _write(self, kept: _Kept) -> None:
        """Wrong tries count also while the disk is full; then only until the booth ends."""
        self._seen = (kept.wait_until, self._ticks())
        try:
            write_private(self._path, kept.model_dump_json().encode())
            self._unsaved = None
        except OSError as error:
            log.warning("the PIN's file cannot be written: %s", error.strerror)
            self._unsaved = kept


def _wait(wrong: int) -> float:
    return 0.0 if wrong < FREE_TRIES else min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(wrong - FREE_TRIES, 20))


def _digest(pin: str, kept: _Kept) -> str:
    memory = 2 * 128 * kept.n * kept.r
    return hashlib.scrypt(pin.encode("utf-8", "replace"), salt=bytes.fromhex(kept.salt), n=kept.n, r=kept.r, p=kept.p, maxmem=memory).hex()
