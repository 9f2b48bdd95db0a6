"""An engine that fails on schedule: for tests and ``booth run --fault engine=…``."""

from __future__ import annotations

import time
from collections.abc import Callable

from booth.errors import TranslationFailed
from booth.faults import Faults
from booth.frame import Crop, Stylized
from booth.translators import Translator

SLOW_S = 0.5


class FaultyTranslator:
    """``engine``, with the faults that ``faults`` has for "engine" (``booth.faults.KINDS``)."""

    def __init__(self, engine: Translator, faults: Faults) -> None:
        self._engine, self._faults = engine, faults

    @property
    def name(self) -> str:
        return self._engine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        kind = self._faults.now("engine")
        if kind == "fail":
            raise TranslationFailed("the engine failed on purpose")
        if kind == "crash":
            raise RuntimeError("CUDA error: device lost, on purpose")
        if kind == "slow":
            time.sleep(SLOW_S)
        return self._engine.translate(crops)

    def close(self) -> None:
        self._engine.close()


def faulty_translator(make: Callable[[], Translator], faults: Faults) -> Callable[[], Translator]:
    """``make``, whose engines have these faults."""
    return lambda: FaultyTranslator(make(), faults)
