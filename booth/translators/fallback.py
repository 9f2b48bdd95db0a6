"""Engines behind each other: when one fails, the next one draws the very same faces; the last one is started anew."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from booth.errors import BoothError, TranslationFailed
from booth.faults import Faults
from booth.frame import Crop, Stylized
from booth.settings import Engine
from booth.translators import Translator, cuda_ready, make_translator
from booth.translators.faulty import faulty_translator

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""When no engine can draw, they are tried again after so long; until then faces are covered."""


class Fallback:
    """Wraps engines, the best first; those behind it are made when they are needed. It does not go back by itself: a graphics card
    that was lost stays lost until drawing starts anew. ``fault``: why the first one does not draw; None while it does."""

    def __init__(self, makes: Sequence[Callable[[], Translator]], clock: Callable[[], float] = time.monotonic) -> None:
        """Raises what the last of ``makes`` raises when none of them can be made."""
        self._makes, self._clock = tuple(makes), clock
        self._again_at = float("-inf")
        self.fault: str | None = None
        self._at = 0
        while True:
            try:
                self._engine = self._makes[self._at]()
                return
            except Exception as error:                                  # drivers raise what they like
                if self._at == len(self._makes) - 1:
                    raise
                self._note(error)
                self._at += 1

    @property
    def name(self) -> str:
        return self._engine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        """As the engines do. Raises ``TranslationFailed`` when none can."""
        try:
            return self._engine.translate(crops)
        except Exception as error:
            if self._clock() < self._again_at:
                raise TranslationFailed(f"no engine can draw: {error}") from error
            return self._instead(crops, error)

    def _instead(self, crops: list[Crop], error: Exception) -> list[Stylized]:
        self._note(error)
        last = len(self._makes) - 1
        for at in range(min(self._at + 1, last), last + 1):
            engine: Translator | None = None
            try:
                engine = self._makes[at]()
                drawn = engine.translate(crops)
            except Exception as also:
                log.warning("engine %d cannot draw either: %s", at + 1, also, exc_info=True)
                if engine is not None:
                    _close(engine)
                continue
            _close(self._engine)
            self._engine, self._at = engine, at
            log.warning("%s draws now", engine.name)
            if at == 0:
                self.fault = None                                       # the only engine, started anew
            return drawn
        self._again_at = self._clock() + AGAIN_S
        raise TranslationFailed(f"no engine can draw: {error}") from error

    def _note(self, error: Exception) -> None:
        log.warning("an engine has failed: %s", error)
        self.fault = f"an engine has failed ({_line(error)}); the next one draws. Start drawing anew to try it again"

    def close(self) -> None:
        self._engine.close()


def lasting_translator(engine: Engine, faults: Faults | None = None) -> Fallback:
    """The engine asked for, with the processor behind a graphics card; the first has ``faults``. Raises as ``make_translator``."""
    names: list[Engine] = ["cuda", "cpu"] if engine == "cuda" or (engine == "auto" and cuda_ready()) else ["cpu"]
    if engine == "cuda" and not cuda_ready():
        make_translator("cuda")                                         # asked for by name, and never there: says so
    makes: list[Callable[[], Translator]] = [lambda name=name: make_translator(name) for name in names]  # type: ignore[misc]
    if faults:
        makes = [faulty_translator(makes[0], faults), *(makes[1:] or makes)]
    return Fallback(makes)


def _close(engine: Translator) -> None:
    try:
        engine.close()
    except Exception as error:                                          # of a card that is gone
        log.debug("closing a failed engine: %s", error, exc_info=True)


def _line(error: Exception) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return text[:160] if isinstance(error, BoothError) else f"{type(error).__name__}: {text[:120]}"
