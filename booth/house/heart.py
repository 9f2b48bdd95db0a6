"""Signs of life: the booth's threads beat, the supervisor and systemd listen.

Beats are counters in a small file that both sides map into memory: a beat is no system call, needs no disk space and cannot block. The
supervisor compares counters by its own clock, so neither clock jumps nor a suspended machine look like a hang.

    slot: name 16 bytes · beats uint64 · patience float64 seconds                                        × SLOTS
"""

from __future__ import annotations

import math
import mmap
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from booth.errors import UsageError

HEART, AFTER = "TOONBOOTH_HEART", "TOONBOOTH_AFTER"
"""Environment of the booth: where its beats go · why it was started again, in words."""
LATE_S = 5.0
"""A part that has not beaten for so long hangs."""
WORK_S = 0.1
"""Processor time that counts as work."""
NOTIFY_S = 1.0
SLOTS = 8
SLOT = struct.Struct("<16sQd")


@dataclass(frozen=True, slots=True)
class Beats:
    """Of one part. ``patience_s``: how long the next one may take."""

    count: int
    patience_s: float


class Heart:
    """The booth's side. ``beat`` from each part's own thread every second or oftener; without a supervisor and systemd it does nothing.

    ``after``: why the supervisor started the booth again; empty the first time.
    """

    def __init__(self, path: Path | None = None) -> None:
        name = os.environ.get(HEART)
        path = path or (Path(name) if name else None)
        self.after = os.environ.get(AFTER, "")
        self._lock = threading.Lock()
        self._parts: dict[str, int] = {}
        self._counts = [0] * SLOTS
        self._last: dict[str, tuple[float, float]] = {}
        self._notified = -math.inf
        self._map = _mapped(path) if path is not None else None
        self._systemd = "NOTIFY_SOCKET" in os.environ

    def beat(self, part: str, patience_s: float = LATE_S) -> None:
        """A sign of life of ``part`` ("windows", "drawing"; 16 ASCII letters at most, 8 parts at most). Before something slow, say with
        ``patience_s`` how long the next beat may take. Raises ``UsageError`` for too long a name or too many."""
        slot = self._parts.get(part)
        if slot is None:
            slot = self._slot(part)
        self._counts[slot] += 1
        if self._map is not None:
            SLOT.pack_into(self._map, slot * SLOT.size, part.encode(), self._counts[slot], patience_s)
        if self._systemd:
            self._notify(part, patience_s)

    def rest(self, part: str) -> None:
        """``part`` has stopped on purpose: nobody waits for it until it beats again."""
        self.beat(part, math.inf)

    def close(self) -> None:
        """Beats afterwards go nowhere."""
        mapped, self._map = self._map, None
        if mapped is not None:
            mapped.close()

    def _slot(self, part: str) -> int:
        with self._lock:
            if part not in self._parts:
                if not (part.isascii() and 0 < len(part) <= 16 and len(self._parts) < SLOTS):
                    raise UsageError(f"a heart has {SLOTS} parts at most, with names of 16 ASCII letters at most; not {part!r}")
                self._parts[part] = len(self._parts)
            return self._parts[part]

    def _notify(self, part: str, patience_s: float) -> None:
        """Tell systemd that all parts live, at most once a second."""
        now = time.monotonic()
        self._last[part] = (now, patience_s)
        if now - self._notified >= NOTIFY_S and all(now - at < patience for at, patience in list(self._last.values())):
            self._notified = now
            sd_notify("READY=1\nWATCHDOG=1")


class Pulse:
    """The supervisor's side: the file for one life of the booth, at ``path``. ``close`` removes it."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(b"\0" * SLOT.size * SLOTS)
        self.path = path
        self._map = _mapped(path)

    def read(self) -> dict[str, Beats]:
        """All parts that have beaten."""
        slots = (SLOT.unpack_from(self._map, i * SLOT.size) for i in range(SLOTS))
        return {name.rstrip(b"\0").decode("ascii", "replace"): Beats(count, patience) for name, count, patience in slots if count}

    def close(self) -> None:
        self._map.close()
        self.path.unlink(missing_ok=True)


class Watch:
    """Judges the beats of one life of the booth by a clock that is passed in: monotonic seconds.

    A start that takes long is not a hang: while the booth works (takes processor time), it may last ``longest_start_s``; one that has
    done nothing for ``start_s`` hangs.
    """

    def __init__(self, needed: tuple[str, ...], start_s: float, longest_start_s: float, late_s: float, now: float) -> None:
        self._needed, self._start_s, self._longest_start_s, self._late_s = needed, start_s, longest_start_s, late_s
        self._born = self._worked = self._looked = now
        self._work_s = 0.0
        self._changed: dict[str, tuple[int, float]] = {}
        self.up = False

    def hung(self, beats: dict[str, Beats], now: float, work_s: float = 0.0) -> str | None:
        """What hangs, in words; None while all is well. ``up`` is true as soon as all needed parts have beaten. ``work_s``: processor time
        that the booth has taken so far."""
        if now - self._looked > self._late_s / 2:                     # we ourselves were held up: all get the time back
            self._born, self._worked = self._born + now - self._looked, self._worked + now - self._looked
            self._changed = {part: (count, at + now - self._looked) for part, (count, at) in self._changed.items()}
        self._looked = now
        if work_s - self._work_s > WORK_S:
            self._work_s, self._worked = work_s, now
        for part, beat in beats.items():
            if part not in self._changed or self._changed[part][0] != beat.count:
                self._changed[part] = (beat.count, now)
        missing = [part for part in self._needed if part not in beats]
        self.up = self.up or not missing
        if missing and now - self._born > (self._start_s if now - self._worked > self._start_s else self._longest_start_s):
            return f"no sign of life from its {' and '.join(missing)} {now - self._born:.0f} s after its start"
        for part, beat in beats.items():
            patience = self._late_s if beat.patience_s == LATE_S or math.isnan(beat.patience_s) else beat.patience_s
            if now - self._changed[part][1] > patience:
                return f"no sign of life from its {part} for {patience:.0f} s"
        return None


def sd_notify(message: str) -> bool:
    """Send ``message`` (``READY=1``, ``WATCHDOG=1``, ``STATUS=…``) to systemd by the protocol of sd_notify(3); whether there was one to hear it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        try:
            link.setblocking(False)                                   # a full queue must not hold up the thread that draws
            link.sendto(message.encode(), f"\0{address[1:]}" if address[0] == "@" else address)
        except OSError:
            return False
    return True


def _mapped(path: Path) -> mmap.mmap:
    try:
        with path.open("r+b") as file:
            return mmap.mmap(file.fileno(), SLOT.size * SLOTS)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be used for signs of life ({error}); it is made by 'booth keep'") from error
