"""Where a microphone's sound comes from: this machine's sound cards, or a recording as if somebody said it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from booth.audio.soundfile import RATE, Sound, read_sound

log = logging.getLogger(__name__)

BLOCK_S = 0.01

Callback = Callable[[np.ndarray, int, Any, Any], None]
"""As sounddevice calls: (frames, channels) float32 · frames · times of the stream's own clock · flags."""


@dataclass(frozen=True, slots=True)
class Device:
    """``rate`` samples a second that it likes best; ``usual``: what the system takes when nobody chooses."""

    name: str
    index: int
    channels: int
    rate: int
    usual: bool


class NoMicrophone(Exception):
    """Raised by a ``Source``; the text is one plain line for the operator."""


class Stream(Protocol):
    rate: int

    def close(self) -> None:
        """Stop; ``gone`` is called too. No callback runs after it."""


class Source(Protocol):
    """Where sound comes from."""

    def devices(self) -> list[Device]: ...

    def open(self, device: str | None, callback: Callback, gone: Callable[[], None]) -> Stream:
        """Sound begins at once; ``gone`` is called when it has ended. Raises ``NoMicrophone``."""
        ...


class PortAudio:
    """The sound cards of this machine, through sounddevice."""

    def devices(self) -> list[Device]:
        """Microphones as they were when the booth started: PortAudio looks for them once. Empty without any, or without PortAudio."""
        try:
            import sounddevice
            usual = sounddevice.default.device[0]
            return [Device(card["name"], card["index"], card["max_input_channels"], round(card["default_samplerate"]), card["index"] == usual)
                    for card in sounddevice.query_devices() if card["max_input_channels"] > 0]
        except OSError as error:
            log.info("the sound library PortAudio is missing (%s); install libportaudio2", error)
            return []

    def open(self, device: str | None, callback: Callback, gone: Callable[[], None]) -> Stream:
        try:
            import sounddevice
        except OSError as error:
            raise NoMicrophone(f"the sound library PortAudio is missing ({error}); install libportaudio2") from error
        card = self._chosen(device)
        said: Exception | None = None
        for rate in dict.fromkeys((RATE, card.rate)):
            for channels in dict.fromkeys((1, min(2, card.channels))):
                try:
                    return _CardStream(rate, gone, partial(
                        sounddevice.InputStream, samplerate=rate, channels=channels, dtype="float32", device=card.index,
                        blocksize=round(BLOCK_S * rate), latency="low", callback=callback))
                except (sounddevice.PortAudioError, ValueError) as error:
                    said = error
        raise NoMicrophone(f"the microphone {card.name} cannot be used ({said}); is another program using it?") from said

    def _chosen(self, device: str | None) -> Device:
        cards = self.devices()
        if not cards:
            raise NoMicrophone("no microphone is plugged in; plug one in and start again")
        if device is None:
            return next((card for card in cards if card.usual), cards[0])
        for card in cards:
            if card.name == device:
                return card
        for card in cards:
            if device.lower() in card.name.lower():
                return card
        raise NoMicrophone(f"there is no microphone {device}; there are: {', '.join(card.name for card in cards)}")


class _CardStream:
    """``make``: gives a stream of sounddevice, not begun; only what tells of its end is missing."""

    def __init__(self, rate: int, gone: Callable[[], None], make: Callable[..., Any]) -> None:
        self.rate = rate
        self._gone, self._begun = gone, False
        self._stream = make(finished_callback=self._ended)
        try:
            self._stream.start()
        except BaseException:
            self._stream.close()
            raise
        self._begun = True

    def _ended(self) -> None:
        if self._begun:                                            # what never began is no loss: another rate is tried
            self._gone()

    def close(self) -> None:
        self._stream.close()


def devices() -> list[Device]:
    """This machine's microphones."""
    return PortAudio().devices()


class FileSource:
    """A recording as if somebody said it: for demonstrations, tests and faults.

    ``speed`` times as fast as it was said · after its end there is silence, or with ``again`` the beginning · ``lost_after_s``: then the
    plug is pulled.
    """

    def __init__(self, path: Path, speed: float = 1.0, lost_after_s: float | None = None, again: bool = False) -> None:
        self._sound = read_sound(path, None)
        self._name, self._speed, self._lost_after_s, self._again = path.name, speed, lost_after_s, again

    def devices(self) -> list[Device]:
        return [Device(self._name, 0, 1, RATE, True)]

    def open(self, device: str | None, callback: Callback, gone: Callable[[], None]) -> Stream:
        return _FileStream(self._sound, self._speed, self._lost_after_s, self._again, callback, gone)


class _FileStream:
    rate = RATE

    def __init__(self, sound: Sound, speed: float, lost_after_s: float | None, again: bool, callback: Callback, gone: Callable[[], None]) -> None:
        self._samples, self._pause_s, self._callback, self._gone = sound.samples, BLOCK_S / speed, callback, gone
        self._blocks = None if lost_after_s is None else round(lost_after_s / BLOCK_S)
        self._again = again
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file-microphone", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        size, begun, number = round(BLOCK_S * RATE), time.monotonic(), 0
        while number != self._blocks and not self._stop.wait(max(0.0, begun + (number + 1) * self._pause_s - time.monotonic())):
            block = np.zeros((size, 1), np.float32)
            at = number * size % len(self._samples) if self._again else number * size
            part = self._samples[at:at + size]
            block[:len(part), 0] = part
            self._callback(block, size, None, None)
            number += 1
        self._gone()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
