"""Keeps the booth alive: starts it, starts it again when it crashed or hangs, gives up loudly when that does not help.

    python -m booth.house.supervise -- booth run --kiosk

The booth is a process group of its own. However it ends, what it started is ended with it; when the supervisor is killed, the kernel
kills the booth (Linux), so that a second supervisor never meets a first one's booth.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from booth.errors import BoothError, UsageError
from booth.house.heart import AFTER, HEART, LATE_S, Pulse, Watch, sd_notify

log = logging.getLogger(__name__)

SAFE = "--safe"
LOOK_S = 0.1
FOLLOW_S = 0.5
"""What the booth had started ends so soon after it."""
WRONG_USE = 2
PR_SET_PDEATHSIG = 1
STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


@dataclass(frozen=True, slots=True)
class Rules:
    """``needed``: parts that must beat · ``late_s``: silence that is a hang, from the start to the first beats ``start_s``, or
    ``longest_start_s`` while it works · ``grace_s`` from SIGTERM to SIGKILL for a hung booth, ``stop_s`` when the operator stops it · a life
    under ``quick_s`` is a quick crash, ``quick_crashes`` in a row start it in safe mode · ``crashes`` within ``window_s`` end it all ·
    ``pause_s`` before a restart, doubling with every quick crash up to ``longest_pause_s``."""

    needed: tuple[str, ...] = ("windows", "drawing")
    late_s: float = LATE_S
    start_s: float = 15.0
    longest_start_s: float = 90.0
    grace_s: float = 1.0
    stop_s: float = 10.0
    quick_s: float = 60.0
    quick_crashes: int = 3
    crashes: int = 6
    window_s: float = 600.0
    pause_s: float = 0.2
    longest_pause_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a crash."""

    act: Literal["again", "give up"]
    safe: bool = False
    pause_s: float = 0.0


@dataclass(slots=True)
class Judge:
    """Counts crashes; knows no process and no clock."""

    rules: Rules
    safe: bool = False
    _quick: int = 0
    _crashes: deque[float] = field(default_factory=deque)

    def crashed(self, lived_s: float, now: float) -> Verdict:
        rules = self.rules
        self._quick = self._quick + 1 if lived_s < rules.quick_s else 0
        self._crashes.append(now)
        while now - self._crashes[0] > rules.window_s:
            self._crashes.popleft()
        if len(self._crashes) >= rules.crashes:
            return Verdict("give up", self.safe)
        self.safe = self.safe or self._quick >= rules.quick_crashes
        return Verdict("again", self.safe, min(rules.longest_pause_s, rules.pause_s * 2 ** max(0, self._quick - 1)))


def booth_command(arguments: Sequence[str]) -> list[str]:
    """The command line that runs this very booth with ``arguments``, from Python or as a frozen program."""
    own = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "booth"]
    return [*own, *arguments]


def supervise(command: Sequence[str], rules: Rules | None = None) -> int:
    """Run ``command`` until it ends by itself with 0, or a signal tells us to stop (both: returns 0), or it cannot be kept up (1). A command
    that is wrong from the start is not tried again (2). Raises ``UsageError`` for a program that is not there. Main thread only."""
    if not command:
        raise UsageError("what to keep alive? booth keep takes what booth run takes")
    with tempfile.TemporaryDirectory(prefix="toonbooth-", dir=os.environ.get("XDG_RUNTIME_DIR") or None) as folder:
        keeper = _Keeper(list(command), rules or Rules(), Path(folder))
        previous = {s: signal.signal(s, lambda *_: keeper.stop()) for s in STOPPING}
        try:
            return keeper.keep()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


class _Keeper:
    def __init__(self, command: list[str], rules: Rules, folder: Path) -> None:
        self._command, self._rules, self._folder = command, rules, folder
        self._judge = Judge(rules)
        self._stopping = False
        self._was_up = False
        self._told = 0.0
        self._lost_at: float | None = None

    def stop(self) -> None:
        self._stopping = True

    def keep(self) -> int:
        after, safe, lives = "", False, 0
        while True:
            lives += 1
            started = time.monotonic()
            code, hung = self._live([*self._command, SAFE] if safe else self._command, after, lives)
            if self._stopping or (code == 0 and hung is None):
                sd_notify("STOPPING=1")
                return 0
            if code == WRONG_USE and not self._was_up:              # its own line on stderr says what is wrong
                return WRONG_USE
            after = hung or _ending(code)
            now = time.monotonic()
            verdict = self._judge.crashed(now - started, now)
            if verdict.act == "give up":
                return self._give_up(after)
            mode = ", in safe mode" if verdict.safe else ""
            self._say(logging.ERROR, f"the booth {after}; it is started again{mode}")
            safe = verdict.safe
            if not self._pause(verdict.pause_s):
                return 0

    def _give_up(self, after: str) -> int:
        many, minutes = self._rules.crashes, self._rules.window_s / 60
        words = (f"the booth has ended {many} times within {minutes:.0f} minutes (the last time it {after}) and is not started again; "
                 "run 'booth doctor'")
        self._say(logging.CRITICAL, words)
        sd_notify(f"STATUS={words}")
        return 1

    def _live(self, command: list[str], after: str, number: int) -> tuple[int, str | None]:
        """One life: exit code (negative: the signal) · why it was ended, when we ended it because it hung."""
        pulse = Pulse(self._folder / f"heart-{number}")
        try:
            process = _start(command, {HEART: str(pulse.path), AFTER: after})
            try:
                hung = self._watch(process, pulse)
                self._lost_at = time.monotonic() if self._lost_at is None else self._lost_at
            finally:
                code = _end(process, self._rules.grace_s if not self._stopping else self._rules.stop_s)
            return code, hung
        finally:
            pulse.close()

    def _watch(self, process: subprocess.Popen[bytes], pulse: Pulse) -> str | None:
        """Until the process ends, hangs (returns the words), or we are told to stop."""
        rules = self._rules
        watch = Watch(rules.needed, rules.start_s, rules.longest_start_s, rules.late_s, time.monotonic())
        while not self._stopping and not _ended(process):
            now = time.monotonic()
            hung = watch.hung(pulse.read(), now, 0.0 if watch.up else _work_s(process.pid))
            if hung is not None:
                return f"hung: {hung}"
            if watch.up:
                self._came_up(now)
            self._tell(now)
            time.sleep(LOOK_S)
        return None

    def _came_up(self, now: float) -> None:
        if not self._was_up:
            self._was_up = True
            sd_notify("READY=1\nSTATUS=the booth is running")
        if self._lost_at is not None:
            self._say(logging.WARNING, f"the booth is back after {now - self._lost_at:.1f} s")
            self._lost_at = None

    def _tell(self, now: float) -> None:
        if now - self._told >= 1.0:
            self._told = now
            sd_notify("WATCHDOG=1")

    def _pause(self, seconds: float) -> bool:
        """False when told to stop meanwhile."""
        until = time.monotonic() + seconds
        while not self._stopping and (now := time.monotonic()) < until:
            self._tell(now)
            time.sleep(min(LOOK_S, until - now))
        return not self._stopping

    def _say(self, level: int, words: str) -> None:
        log.log(level, words)
        print(f"booth: {words}", file=sys.stderr, flush=True)


def _start(command: list[str], extra: dict[str, str]) -> subprocess.Popen[bytes]:
    """In a process group of its own, without systemd's socket: the supervisor alone speaks for both."""
    environment = {k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")} | extra
    try:
        if os.name == "nt":
            return subprocess.Popen(command, env=environment, creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
        return subprocess.Popen(command, env=environment, process_group=0, preexec_fn=_die_with_parent())
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started ({error.strerror})") from error


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before the program begins: ask the kernel to be killed with its parent (prctl(2), Linux only)."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:                                    # it died before we asked
            os._exit(1)
    return ask


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process has ended; it is not waited for yet, so its number still means it and its group."""
    if os.name == "nt":
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes], grace_s: float) -> int:
    """Ask the process to end, after ``grace_s`` kill it, then what it started; its exit code."""
    if not _ended(process):
        process.terminate()
        if not _within(grace_s, lambda: _ended(process)):
            process.kill()
    if os.name != "nt":
        _sweep(process.pid)
    return process.wait()


def _sweep(group: int) -> None:
    """End what the booth had started. They end by themselves when they see that it is gone, and one of them then clears away shared
    memory: so the youngest is killed first, and the others have a moment to follow."""
    for _ in range(20):                                               # one that even SIGKILL cannot end must not end us
        if _within(FOLLOW_S, lambda: not _others(group)):
            return
        for process in _others(group)[-1:]:
            log.warning("a process that the booth had started is killed: %d", process.pid)
            with suppress(psutil.Error):                              # ended just now
                process.kill()


def _others(group: int) -> list[psutil.Process]:
    """Living processes of a group besides its first, oldest first; no other group can get the number while its first is not waited for."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != group and os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append((process.create_time(), process.pid, process))
        except (psutil.Error, OSError):                               # ended just now
            continue
    return [process for _, _, process in sorted(found, key=lambda one: one[:2])]


def _work_s(pid: int) -> float:
    """Processor seconds that a process has taken."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:                                              # ended just now
        return 0.0
    return times.user + times.system


def _within(seconds: float, done: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not (is_done := done()) and time.monotonic() < until:
        time.sleep(0.02)
    return is_done


def _ending(code: int) -> str:
    if code >= 0:
        return f"crashed: exit code {code}"
    try:
        return f"crashed: killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"crashed: killed by signal {-code}"


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    try:
        return supervise(command)
    except BoothError as error:
        print(f"booth: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
