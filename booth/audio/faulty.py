"""A microphone that is unplugged or falls silent on schedule: for tests and ``booth run --fault microphone=…``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from booth.audio.sources import Callback, Device, NoMicrophone, Source, Stream
from booth.faults import Faults

LOOK_S = 0.1


class FaultySource:
    """``source``, with the faults that ``faults`` has for "microphone"."""

    def __init__(self, source: Source, faults: Faults) -> None:
        self._source, self._faults = source, faults

    def devices(self) -> list[Device]:
        return [] if self._faults.now("microphone") == "unplug" else self._source.devices()

    def open(self, device: str | None, callback: Callback, gone: Callable[[], None]) -> Stream:
        if self._faults.now("microphone") == "unplug":
            raise NoMicrophone("no microphone is plugged in; plug one in and start again")

        def heard(block: np.ndarray, frames: int, at: Any, status: Any) -> None:
            kind = self._faults.now("microphone")
            if kind != "unplug":
                callback(np.zeros_like(block) if kind == "silence" else block, frames, at, status)

        return _FaultyStream(self._source.open(device, heard, gone), self._faults, gone)


class _FaultyStream:
    def __init__(self, stream: Stream, faults: Faults, gone: Callable[[], None]) -> None:
        self._stream, self.rate = stream, stream.rate
        self._faults, self._gone = faults, gone
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="faulty-microphone", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_S):
            if self._faults.now("microphone") == "unplug":
                return self._gone()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._stream.close()
