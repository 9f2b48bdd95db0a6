"""Keeps the screen saver and sleep away while the booth runs, by whatever the desktop has. Never fails; says what it could do."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

log = logging.getLogger(__name__)

WHY = "visitors are being drawn"
HOLDERS = {
    "systemd-inhibit": ["--what=idle:sleep:handle-lid-switch", "--mode=block", "--who=Toonbooth", f"--why={WHY}", "cat"],
    "gnome-session-inhibit": ["--inhibit", "idle:suspend", "--app-id", "toonbooth", "--reason", WHY, "cat"],
    "kde-inhibit": ["--power", "--screenSaver", "cat"],
}
"""Programs that hold sleep off for as long as a command runs. It is ``cat`` on our pipe: it ends with us, however we end."""
SETTLE_S = 0.5
"""A holder that is refused ends within this."""
CONTINUOUS, SYSTEM_REQUIRED, DISPLAY_REQUIRED = 0x80000000, 0x1, 0x2
"""Flags of SetThreadExecutionState (Windows)."""


@contextmanager
def inhibit_sleep(windows: Any = None) -> Iterator[str]:
    """Gives one plain line for the operator: what holds off sleep, or what to do by hand. ``windows``: kernel32, found by itself there."""
    with ExitStack() as held:
        yield _hold(held, windows if windows is not None else getattr(getattr(ctypes, "windll", None), "kernel32", None))


def _hold(held: ExitStack, windows: Any) -> str:
    if windows is not None:
        return _windows(held, windows)
    by = [name for name, arguments in HOLDERS.items() if _holder(held, name, arguments)]
    if os.environ.get("DISPLAY") and _x_server(held):
        by.append("xset")
    if by:
        return f"screen saver and sleep are held off by {', '.join(by)}"
    where = "the desktop's settings" if sys.platform == "linux" else "the system's settings"
    return f"nothing here can hold off the screen saver and sleep; switch them off in {where}"


def _windows(held: ExitStack, kernel32: Any) -> str:
    if not kernel32.SetThreadExecutionState(CONTINUOUS | SYSTEM_REQUIRED | DISPLAY_REQUIRED):
        return "Windows refused to hold off sleep; switch it off under Settings, Power"
    held.callback(kernel32.SetThreadExecutionState, CONTINUOUS)
    return "screen saver and sleep are held off by Windows"


def _holder(held: ExitStack, name: str, arguments: list[str]) -> bool:
    program = shutil.which(name)
    if program is None:
        return False
    try:
        process = subprocess.Popen([program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        log.info("%s cannot be started: %s", name, error.strerror)
        return False
    try:
        process.wait(SETTLE_S)
    except subprocess.TimeoutExpired:
        held.callback(_let_go, process)
        return True
    _let_go(process)
    log.info("%s was refused: exit code %d", name, process.returncode)
    return False


def _let_go(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _x_server(held: ExitStack) -> bool:
    """The X server's own screen saver and power saving, off; as they were afterwards."""
    before = _xset("q")
    if before is None:
        return False
    words = before.split()
    saver = [words[words.index(key) + 1] for key in ("timeout:", "cycle:") if key in words[:-1]]
    if _xset("s", "off") is None:
        return False
    if len(saver) == 2 and all(value.isdigit() for value in saver):
        held.callback(_xset, "s", *saver)
    if "DPMS is Enabled" in before and _xset("-dpms") is not None:
        held.callback(_xset, "+dpms")
    return True


def _xset(*arguments: str) -> str | None:
    """What ``xset`` says; None where it is not there or fails."""
    program = shutil.which("xset")
    if program is None:
        return None
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("xset: %s", error)
        return None
    return done.stdout if done.returncode == 0 else None
