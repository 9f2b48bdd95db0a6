"""The booth's sounds, played by name; where there is no sound card, all is quiet and nothing fails."""

from __future__ import annotations

import logging
import threading
import wave
from collections import deque
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from booth import resources
from booth.errors import UsageError

log = logging.getLogger(__name__)

Name = Literal["tick", "last", "shutter", "done", "tap", "bye"]
NAMES: tuple[Name, ...] = get_args(Name)

RATE = 48_000
LATENCY_S = 0.05
"""A busy machine may be late by so much before a sound breaks."""
MOST_VOICES = 12


def load(path: Path) -> np.ndarray:
    """(N,) float32 −1 … 1, of a 48 kHz mono int16 WAV file. Raises ``UsageError`` for anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
                raise UsageError(f"{path} must be 48 kHz, mono, 16 bit")
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise UsageError(f"{path} is not a sound that can be read ({error}); save it as WAV, 48 kHz, mono, 16 bit") from error
    return np.frombuffer(data, "<i2").astype(np.float32) / 32768


class Mixer:
    """Adds up what plays. ``add`` is called by any thread, ``fill`` by the sound card's alone; neither waits for the other."""

    def __init__(self) -> None:
        self._new: deque[np.ndarray] = deque(maxlen=MOST_VOICES)
        self._voices: list[np.ndarray] = []
        self._next: np.ndarray | None = None
        self._speech = np.zeros(0, np.float32)

    def add(self, sound: np.ndarray) -> None:
        """(N,) float32: begins with the next ``fill``."""
        self._new.append(sound)

    def say(self, speech: np.ndarray) -> None:
        """(N,) float32 instead of what is being said now; nothing, to be quiet."""
        self._next = speech

    def fill(self, out: np.ndarray) -> None:
        """Write the next samples into ``out``, (N,) float32 −1 … 1."""
        while self._new:
            self._voices.append(self._new.popleft())
        if self._next is not None:
            self._speech, self._next = self._next, None
        out.fill(0)
        n = min(len(self._speech), len(out))
        out[:n] = self._speech[:n]
        self._speech = self._speech[n:]
        rest = []
        for voice in self._voices[-MOST_VOICES:]:
            n = min(len(voice), len(out))
            out[:n] += voice[:n]
            if len(voice) > n:
                rest.append(voice[n:])
        self._voices = rest
        np.clip(out, -1, 1, out=out)


class Sounds:
    """``volume`` 0 … 1, of sounds begun from now on · ``folder``: WAV files named as in ``NAMES``; the booth's own by default.

    ``why``: one plain line for the operator while there is no sound; None when there is. Raises ``UsageError`` for a file
    that is missing or of another kind.
    """

    def __init__(self, volume: float = 0.7, folder: Path | None = None) -> None:
        folder = folder or resources.assets() / "sounds"
        self._sounds = {name: load(folder / f"{name}.wav") for name in NAMES}
        self._mixer = Mixer()
        self._stream: Any = None
        self._closing = threading.Event()
        self.volume = volume
        self.why: str | None = "the sound has not been switched on"

    @property
    def available(self) -> bool:
        return self.why is None

    def open(self, device: int | str | None = None) -> None:
        """Switch the sound on; without a sound card or PortAudio ``why`` says so and all stays quiet."""
        self.close()
        try:
            import sounddevice
        except OSError as error:
            return self._quiet(f"the sound library PortAudio is missing ({error}); install libportaudio2")
        self._closing.clear()
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=RATE, channels=1, dtype="float32", device=device, latency=LATENCY_S,
                callback=self._fill, finished_callback=self._finished)
            self.why = None
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            self._quiet(f"no sound card can be used ({error}); plug in a loudspeaker and start again")

    def play(self, name: Name) -> None:
        """Begin a sound and return at once."""
        if self.available:
            self._mixer.add(self._sounds[name] * np.float32(min(1.0, max(0.0, self.volume))))

    def say(self, speech: np.ndarray) -> None:
        """Begin to say ``speech`` (N,) float32 −1 … 1 at ``RATE``, instead of what is being said; returns at once."""
        if self.available:
            self._mixer.say(speech * np.float32(min(1.0, max(0.0, self.volume))))

    def hush(self) -> None:
        """Say nothing more."""
        self._mixer.say(np.zeros(0, np.float32))

    def close(self) -> None:
        self._closing.set()
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self.why = "the sound is switched off"

    def _fill(self, out: np.ndarray, frames: int, at: Any, status: Any) -> None:
        self._mixer.fill(out[:, 0])

    def _finished(self) -> None:
        if not self._closing.is_set():
            self._quiet("the sound card went away; plug it in and start again")

    def _quiet(self, why: str) -> None:
        self.why = why
        log.info(why)
