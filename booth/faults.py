"""Faults on purpose: what breaks, when and for how long. Wrappers beside each part ask here; tests and ``booth run --fault`` say.

    camera=unplug@20+5          20 s after the start, for 5 s
    disk=full@60                from then on for good
    engine=fail@30+2/120        the same every 120 s
"""

from __future__ import annotations

import math
import re
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from booth.errors import UsageError

KINDS: dict[str, tuple[str, ...]] = {
    "camera": ("unplug", "move", "freeze", "repeat", "black", "slow", "garbage", "small"),
    "engine": ("fail", "crash", "slow"),
    "printer": ("off", "paper", "service"),
    "microphone": ("unplug", "silence"),
    "disk": ("full", "slow"),
}
"""camera · unplug: gone · move: gone, and there again at once under another path · freeze: sends nothing · repeat: sends the same picture ·
small: 640×480. printer · service: the print service itself does not answer. engine · fail: says so · crash: raises what nobody expects.
disk · slow: each look at it takes ``SLOW_S``, and whoever writes looks first."""
SLOW_S = 0.5


@dataclass(frozen=True, slots=True)
class Spell:
    """``part`` has the fault ``kind`` from ``at_s`` on for ``for_s`` seconds, and again every ``every_s``."""

    part: str
    kind: str
    at_s: float = 0.0
    for_s: float = math.inf
    every_s: float = math.inf

    def on(self, t: float) -> bool:
        """At ``t`` seconds after the start."""
        since = t - self.at_s
        return since >= 0 and (since if math.isinf(self.every_s) else since % self.every_s) < self.for_s


class Faults:
    """Thread-safe. Time counts from the making of this, by ``clock``; ``give`` outranks the plan."""

    def __init__(self, spells: Sequence[Spell] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._spells, self._clock, self._began = tuple(spells), clock, clock()
        self._given: dict[str, str | None] = {}
        self._changed = threading.Condition()

    def __bool__(self) -> bool:
        """Whether anything may be broken: something is planned, or was given."""
        return bool(self._spells or self._given)

    def give(self, part: str, kind: str | None) -> None:
        """From now on, from any thread; None: it is well. Raises ``UsageError`` for what there is not."""
        _check(part, kind)
        with self._changed:
            self._given[part] = kind
            self._changed.notify_all()

    def now(self, part: str) -> str | None:
        """The fault that ``part`` has; None: it is well."""
        if part in self._given:
            return self._given[part]
        t = self._clock() - self._began
        return next((spell.kind for spell in self._spells if spell.part == part and spell.on(t)), None)

    def sit_out(self, part: str, kind: str) -> None:
        """Come back when ``part`` no longer has that fault: a driver that hangs."""
        with self._changed:
            while self.now(part) == kind:
                self._changed.wait(0.05)

    def free_bytes(self, folder: Path) -> int:
        """Of the disk that ``folder`` is on; none while the disk is to be full, late while it is to be slow."""
        if self.now("disk") == "slow":
            time.sleep(SLOW_S)
        return 0 if self.now("disk") == "full" else shutil.disk_usage(folder).free


def parse_faults(texts: Sequence[str]) -> Faults:
    """From the command line, each ``PART=KIND[@AT][+FOR][/EVERY]`` in seconds, several with commas. Raises ``UsageError``."""
    return Faults([_spell(word) for text in texts for word in text.split(",")])


def _spell(word: str) -> Spell:
    number = r"(\d+(?:\.\d+)?)"
    found = re.fullmatch(rf"(\w+)=(\w+)(?:@{number})?(?:\+{number})?(?:/{number})?", word.strip())
    if found is None:
        raise UsageError(f"--fault {word}: PART=KIND@SECONDS+SECONDS is needed, as camera=unplug@20+5")
    part, kind, *times = found.groups()
    _check(part, kind)
    at_s, for_s, every_s = (default if text is None else float(text) for text, default in zip(times, (0.0, math.inf, math.inf), strict=True))
    if not 0 < for_s < every_s and not math.isinf(every_s):
        raise UsageError(f"--fault {word}: it must last longer than 0 s and shorter than the {every_s:g} s after which it comes again")
    return Spell(part, kind, at_s, for_s, every_s)


def _check(part: str, kind: str | None) -> None:
    if part not in KINDS:
        raise UsageError(f"nothing called {part!r} can be broken; there are {', '.join(KINDS)}")
    if kind is not None and kind not in KINDS[part]:
        raise UsageError(f"{part}={kind}: the {part} can have {', '.join(KINDS[part])}")
