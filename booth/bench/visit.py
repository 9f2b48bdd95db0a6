"""What a visitor waits for: from the last shot to the strip and to its link, while the live picture goes on.

    python -m booth.bench.visit [--visits 5] [--json FILE]

Three visitors of the demo camera at 30 pictures a second, 1080p; nobody reads a screen: every button is pressed at once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2

from booth.app import Booth
from booth.bench import machine
from booth.bench.live import Prepared
from booth.cameras.demo import Demo
from booth.files import write_atomic
from booth.frame import Composite
from booth.host.host import Host
from booth.session import Press, SessionSettings, Source
from booth.settings import EventSettings, Settings

QUICK = SessionSettings(countdown_s=1, shown_s=0.5, notice_s=0.1, settle_ms=0, same_press_ms=0)
TICK_S = 0.04
LIMIT_S = 60.0


class Visitor:
    """Presses buttons, and looks at the clock. ``live``: how many pictures were drawn so far."""

    def __init__(self, booth: Booth, host: Host) -> None:
        self._booth, self._host = booth, host
        self._shown: Composite | None = None

    def until(self, done: Callable[[], bool]) -> float:
        """Let the booth live until something is so; returns the moment."""
        deadline = time.monotonic() + LIMIT_S
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the visit stands still at {self._host.screen.name}")
            newest = self._booth.composites.peek()
            if newest is not None and newest is not self._shown:
                self._shown = newest
                self._host.show(newest)
            self._host.tick(time.monotonic(), newest)
            time.sleep(TICK_S / 4)
        return time.monotonic()

    def at(self, name: str) -> float:
        return self.until(lambda: self._host.screen.name == name)

    def press(self, *actions: str) -> None:
        for action in actions:
            self._host.hear(Press(action, Source.TOUCH), time.monotonic())

    def visit(self) -> dict[str, float]:
        """One whole visit; seconds and pictures a second."""
        self.at("noticed")
        self.press("begin", "ready", "photo", "agree")
        self.at("countdown")
        began, first = time.monotonic(), self._booth.composites.put_count
        for _ in range(3):
            self.at("shown")
            self.at("countdown")
        last = self.at("shown")
        self.at("review")
        self.press("go_on", "make")
        pressed = time.monotonic()
        strip = self.until(lambda: self._host.strip() is not None)
        with urllib.request.urlopen(self._host.screen.url, timeout=10) as page:      # type: ignore[attr-defined]
            page.read()
        link, drawn = time.monotonic(), self._booth.composites.put_count
        self.press("done")
        self.until(lambda: self._host.screen.name in ("attract", "noticed"))
        return {"shot_to_strip_s": strip - last - QUICK.shown_s, "pressed_to_strip_s": strip - pressed, "shot_to_page_s": link - last - QUICK.shown_s,
                "live_fps": (drawn - first) / (link - began)}


def measure(visits: int) -> dict[str, Any]:
    demo = Demo()
    demo.open()
    pictures = [demo.picture_at(0.2 + k / 30) for k in range(90)]
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        event = EventSettings(folder=Path(folder), host="127.0.0.1", port=0)
        booth = Booth(Settings(event=event), camera=lambda _: Prepared(pictures, 30.0))
        reception = booth.open(QUICK)
        assert reception is not None
        booth.start()
        visitor = Visitor(booth, reception.host)
        visitor.visit()                                             # loads what is loaded once
        found = [visitor.visit() for _ in range(visits)]
        booth.stop()
        booth.close()
    return {"machine": machine(), "visits": visits} | {k: round(statistics.median(v[k] for v in found), 2) for k in found[0]}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.visit", description="How long a visitor waits.")
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    found = measure(args.visits)
    if args.json is not None:
        write_atomic(args.json, json.dumps(found, indent=1).encode())
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
