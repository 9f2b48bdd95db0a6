"""Waiting for a picture's time to come."""

from __future__ import annotations

import time


class Pace:
    """Sleeps until a media time is due. Falls behind by more than half a second: starts anew instead of catching up."""

    def __init__(self) -> None:
        self._origin: float | None = None

    def reset(self) -> None:
        self._origin = None

    def wait(self, media_s: float) -> None:
        now = time.monotonic()
        if self._origin is None:
            self._origin = now - media_s
        late = now - (self._origin + media_s)
        if late > 0.5:
            self._origin = now - media_s
        elif late < 0:
            time.sleep(-late)
