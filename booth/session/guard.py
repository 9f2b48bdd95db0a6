"""Presses that were not meant: bounces, double taps, held keys, and fingers still on the screen before."""

from __future__ import annotations

from booth.session.events import Press


class Guard:
    """``same_s``: seconds in which the same press counts once · ``settle_s``: seconds without presses after a change of screen."""

    def __init__(self, same_s: float, settle_s: float) -> None:
        self._same_s = same_s
        self._settle_s = settle_s
        self._last: dict[tuple[str, str | int | None], float] = {}

    def lets(self, press: Press, now: float, changed_at: float) -> bool:
        """Whether the press counts. One that does not still prolongs the wait: a button held down never counts twice."""
        self._last = {key: at for key, at in self._last.items() if now - at < self._same_s}
        key = (press.action, press.value)
        again = key in self._last
        self._last[key] = now
        return not (again or press.repeat or now - changed_at < self._settle_s)
