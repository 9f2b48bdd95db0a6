"""espeak-ng as a source of speech whose phones are known to the sample.

The lab alone uses it (GPL-3, from PyPI's ``espeakng-loader``); the product ships nothing of it. The structures and numbers are those of
espeak-ng's ``speak_lib.h``.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np

from booth.errors import UsageError

_SYNCHRONOUS, _PHONEME_EVENTS, _PHONEME_IPA, _NO_EXIT = 2, 0x1, 0x2, 0x8000
_PHONEME = 7
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text", ctypes.c_int), ("length", ctypes.c_int),
                ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user", ctypes.c_void_p), ("id", _Id))


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, eq=False, slots=True)
class Spoken:
    """``sound`` (N,) float32 −1 … 1 at ``rate`` · ``phones``: (name, second at which espeak says it begins), in order; "" is a pause."""

    sound: np.ndarray
    rate: int
    phones: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / self.rate


class Espeak:
    """One in a process: the library keeps its state in globals. Owned by one thread. Raises ``UsageError`` where it is not installed."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise UsageError("espeak-ng is missing; pip install espeakng-loader") from error
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._blocks: list[np.ndarray] = []
        self._events: list[tuple[str, int]] = []
        self._callback = _CALLBACK(self._collect)                  # kept: the library holds only its address
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(),
                                                    _PHONEME_EVENTS | _PHONEME_IPA | _NO_EXIT)
        if self.rate <= 0:
            raise UsageError("espeak-ng does not start; install espeakng-loader again")
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float32) / 32768)
        i = 0
        while events[i].type:
            if events[i].type == _PHONEME:
                # the eight bytes may cut a letter in two
                self._events.append((bytes(events[i].id.string).decode("utf-8", "ignore"), events[i].sample))
            i += 1
        return 0

    def say(self, text: str, voice: str, words_a_minute: int = 170, pitch: int = 50, pitch_range: int = 50) -> Spoken:
        """``voice`` e.g. "ko" or "ko+f2" · ``pitch``, ``pitch_range`` 0 … 99. Raises ``UsageError`` for a voice that is not there."""
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise UsageError(f"espeak-ng has no voice {voice}; see its folder voices/!v")
        for what, value in ((_RATE, words_a_minute), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(what, value, 0)
        self._blocks, self._events = [], []
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 1, 0, _UTF8, None, None)
        sound = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
        return Spoken(sound, self.rate, tuple((name, at / self.rate) for name, at in self._events))


@cache
def espeak() -> Espeak:
    """The process's one."""
    return Espeak()
