"""Trial of the displays: an X server of its own, whose displays come and go as if their cables were pulled.

``python -m booth.bench.trial.showing`` is the booth that stands there; it prints what it measured as one line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "3")

import numpy as np

from booth.app import Booth
from booth.bench.live import Prepared
from booth.bench.trial import Row, waited, worst
from booth.settings import Settings
from booth.translators.passthrough import PassthroughTranslator

FAULT = "display unplugged and replugged: the signage fills it"
BACK_S = 5.0
START_S, LIMIT_S, LONGEST_S = 90.0, 20.0, 240.0
AWAY_S = 0.3
WIDTH, HEIGHT = 1920, 1080
HALF = WIDTH // 2
NEEDED = ("Xvfb", "xrandr")


def display() -> Row:
    """Of two displays the signage's is unplugged and replugged; then there is one alone, which goes, another in its place, and comes back."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return Row(FAULT, None, "", BACK_S, skipped=f"{' and '.join(missing)} not installed (packages xvfb, x11-xserver-utils)")
    with tempfile.TemporaryDirectory() as home, _server() as number:
        own = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "DATA", "STATE")} | {"DISPLAY": number, "QT_QPA_PLATFORM": "xcb"}
        done = subprocess.run([sys.executable, "-m", __name__], env=os.environ | own, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode:
        return Row(FAULT, None, (done.stderr.strip().splitlines() or ["it ended"])[-1], BACK_S, sound=False)
    found = json.loads(done.stdout.splitlines()[-1])
    beside = worst(found["beside"])
    words = f"on the other display {'never' if beside is None else f'{beside:.1f} s'} after the unplugging"
    return Row(FAULT, worst(found["back"]), words, BACK_S, beside is not None, len(found["back"]))


@contextmanager
def _server() -> Iterator[str]:
    """The name of a new X server's screen."""
    read, write = os.pipe()
    screen = ["-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp", "-noreset", "-displayfd", str(write)]
    server = subprocess.Popen(["Xvfb", *screen], pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            raise OSError("Xvfb does not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def _xrandr(*words: str) -> None:
    subprocess.run(["xrandr", *words], check=True, capture_output=True)


def _plug(name: str, x: int, width: int, output: str = "none") -> None:
    _xrandr("--setmonitor", name, f"{width}/{width // 4}x{HEIGHT}/{HEIGHT // 4}+{x}+0", output)


def _unplug(name: str) -> None:
    _xrandr("--delmonitor", name)


class _Stand:
    """The booth's windows on the displays that there are."""

    def __init__(self) -> None:
        from booth.ui.application import Windows, application

        self._app = application()
        chance = np.random.default_rng(0)
        pictures = [chance.integers(60, 255, (180, 320, 3), np.uint8) for _ in range(4)]
        self.booth = Booth(Settings(screen=1), PassthroughTranslator, lambda _: Prepared(pictures, 15.0))
        self.windows = Windows(self.booth)
        self.booth.start()
        self.windows.show()
        self.windows.operator.hide()                                    # it would lie over the signage when there is one display

    def live(self) -> None:
        self._app.processEvents()
        time.sleep(0.01)

    def until(self, done: Callable[[], bool], limit_s: float = LIMIT_S) -> float | None:
        return waited(done, limit_s, self.live)

    def fills(self, name: str, since: float) -> bool:
        """The display of that name shows a picture taken after ``since``, to its last corner."""
        newest = self.booth.composites.peek()
        screen = next((one for one in self._app.screens() if one.name() == name), None)
        if screen is None or newest is None or newest.captured_at < since or self.windows.signage.calm:
            return False
        if self.windows.signage.geometry() != screen.geometry():
            return False
        image = screen.grabWindow(0).toImage()                          # what is on the display, whoever drew it
        right, bottom = image.width() - 1, image.height() - 1
        points = [(x, y) for x in (0, right // 2, right) for y in (0, bottom // 2, bottom)]
        return all(image.pixelColor(x, y).lightness() > 0 for x, y in points)

    def close(self) -> None:
        self.windows.quit()
        self.booth.close()
        self.windows.signage.close()
        self.windows.operator.close()


def _measured() -> dict[str, Any]:
    """Seconds each; None: never."""
    _plug("left", 0, HALF, "screen")
    _plug("right", HALF, HALF)
    stand = _Stand()
    back: list[float | None] = []
    beside: list[float | None] = []
    try:
        if stand.until(lambda: stand.fills("right", 0.0), START_S) is None:
            raise TimeoutError("the signage does not come up")
        for gone, again, instead in ((lambda: _unplug("right"), lambda: _plug("right", HALF, HALF), "left"),
                                     (_one_of_another_size, _two_of_old, "tv")):
            for act, name, times in ((gone, instead, beside), (again, "right", back)):
                since = time.monotonic()
                act()
                times.append(stand.until(lambda name=name, since=since: stand.fills(name, since)))  # type: ignore[misc]
                waited(lambda: False, AWAY_S, stand.live)
    finally:
        stand.close()
    return {"back": back, "beside": beside}


def _one_of_another_size() -> None:
    _plug("tv", 0, HALF // 2, "screen")
    _unplug("left")
    _unplug("right")


def _two_of_old() -> None:
    _plug("left", 0, HALF, "screen")
    _plug("right", HALF, HALF)
    _unplug("tv")


if __name__ == "__main__":
    print(json.dumps(_measured()))
