"""Which mouth shape each sound has, and when each sound begins and ends.

The table is ``phones.toml``. espeak-ng's events are not yet the times at which the mouth moves (measured on its sound, see ``timed``).
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from booth.errors import UsageError
from booth.pose import MOUTH, VISEMES
from models.talking.espeak import Spoken

PAUSE, BREATH = "", "h"
"""A pause, and a sound whose mouth is that of the next one (h, the glottal stop)."""
_BREATHS = frozenset("hɦʔ")
_MARKS = frozenset("ˈˌː:.'-ʲʰʷˤ̪̝̞̟̠̩̯̃̈̍̊̚͡_ˑ")
"""Stress, length, palatalisation and the like: the mouth's shape is that of the letter without."""
_VOICELESS_STOPS = ("p", "t", "k", "q", "c", "ʈ", "tʃ", "tɕ", "ts", "tʂ")
_EARLY = frozenset(["m", "n", "ɲ", "ŋ", "ɴ", "l", "ɫ", "ʎ", "r", "ɾ", "ɽ", "ɹ", "b", "d", "ɡ", "g", "j", "w"])
CLOSURE_S = 0.045
EARLY_S = 0.025
LONGEST_CLOSURE_S = 0.16
CLOSED = frozenset("pbm")
OPEN = frozenset(["a", "ɐ", "ä", "ɑ", "æ", "ʌ", "ɛ", "e", "ɔ", "ɒ", "o"])


@dataclass(frozen=True, slots=True)
class Shape:
    """``visemes`` (15,), ``mouth`` (6,) and ``hold`` (jaw, lips, tongue) of one sound, as in ``phones.toml``."""

    visemes: tuple[float, ...]
    mouth: tuple[float, ...]
    hold: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Phone:
    """``symbol`` of the table, ``BREATH`` or ``PAUSE``, from ``begin`` to ``end`` in seconds."""

    symbol: str
    begin: float
    end: float


@cache
def table() -> dict[str, Shape]:
    """Every symbol's shape. Raises ``UsageError`` when the file names a viseme or a number of values that is not."""
    shapes: dict[str, Shape] = {}
    for entry in _file()["shape"]:
        weights = entry["visemes"]
        if set(weights) - set(VISEMES) or abs(sum(weights.values()) - 1) > 1e-6 or len(entry["mouth"]) != len(MOUTH) or len(entry["hold"]) != 3:
            raise UsageError(f"phones.toml: the shape of {entry['symbols']} is not one; look at its visemes, mouth and hold")
        shape = Shape(tuple(weights.get(v, 0.0) for v in VISEMES), tuple(entry["mouth"]), tuple(entry["hold"]))
        for symbol in entry["symbols"].split():
            if symbol in shapes:
                raise UsageError(f"phones.toml names {symbol} twice; leave one out")
            shapes[symbol] = shape
    return shapes


@cache
def flite_names() -> dict[str, str]:
    return _file()["flite"]


@cache
def _file() -> dict:
    return tomllib.loads((Path(__file__).parent / "phones.toml").read_text(encoding="utf-8"))


@cache
def parts(name: str) -> tuple[str, ...]:
    """The table's symbols in one name of espeak-ng: diphthongs have two. Raises ``UsageError`` for a letter that is not in the table.

    A name in parentheses says that the language changes: no sound.
    """
    if name.startswith("("):
        return ()
    whole = "".join(c if c in "çä" else unicodedata.normalize("NFD", c) for c in name)          # ũ is u and a mark; ç and ä are letters
    letters = "".join(c for c in whole if c not in _MARKS)
    found: list[str] = []
    while letters:
        for length in (2, 1):
            if letters[:length] in table():
                found.append(letters[:length])
                break
        else:
            length = 1
            if letters[0] not in _BREATHS:
                raise UsageError(f"no mouth shape for {letters[0]!r} (U+{ord(letters[0]):04X}) of {name!r}; add it to models/talking/phones.toml")
            if not found:                                           # otherwise it is aspirated: part of the stop before it
                found.append(BREATH)
        letters = letters[length:]
    return tuple(found)


def timed(spoken: Spoken) -> list[Phone]:
    """The sounds and pauses of what espeak-ng spoke, without gaps, at the times at which the mouth makes them.

    Measured on its sound: a voiceless stop's event comes at the burst, after 45 ms of silence (longer when it is double, and then the
    silence itself is measured); a vowel's event after a nasal, a liquid or a voiced stop comes about 25 ms after its sound began.
    """
    events = [(parts(name), at) if name else ((PAUSE,), at) for name, at in spoken.phones]
    events = [(symbols, at) for symbols, at in events if symbols]
    begins: list[float] = []
    last = PAUSE
    for symbols, at in events:
        first = symbols[0]
        if first in _VOICELESS_STOPS:
            begin = at - _silence_before(spoken, at) if last != PAUSE else at - CLOSURE_S
        elif last in _EARLY and first not in (PAUSE, BREATH):
            begin = at - EARLY_S
        else:
            begin = at
        begins.append(max(begin, begins[-1] if begins else 0.0, 0.0))
        last = symbols[-1]
    return _joined([symbols for symbols, _ in events], begins, spoken.seconds)


def _silence_before(spoken: Spoken, at: float) -> float:
    """Seconds of silence before a burst, in the sound itself, between ``CLOSURE_S`` and ``LONGEST_CLOSURE_S``."""
    last, first = int(at * spoken.rate), int((at - LONGEST_CLOSURE_S) * spoken.rate)
    loud = np.flatnonzero(np.abs(spoken.sound[max(0, first):last]) > 1e-3)
    silent = (last - max(0, first) - 1 - loud[-1]) / spoken.rate if len(loud) else LONGEST_CLOSURE_S
    return max(CLOSURE_S, silent)


def _joined(symbols: list[tuple[str, ...]], begins: list[float], seconds: float) -> list[Phone]:
    """Each event split into its symbols; neighbouring pauses made one; a pause before the first sound where it begins late."""
    phones: list[Phone] = []
    if not begins or begins[0] > 0:
        phones.append(Phone(PAUSE, 0.0, begins[0] if begins else seconds))
    for several, begin, end in zip(symbols, begins, [*begins[1:], seconds], strict=True):
        edges = np.linspace(begin, max(begin, end), len(several) + 1)
        for symbol, a, b in zip(several, edges[:-1], edges[1:], strict=True):
            if symbol == PAUSE and phones and phones[-1].symbol == PAUSE:
                phones[-1] = Phone(PAUSE, phones[-1].begin, float(b))
            elif b > a:
                phones.append(Phone(symbol, float(a), float(b)))
    return phones
