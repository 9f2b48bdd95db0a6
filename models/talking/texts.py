"""Texts for the synthesisers, in several languages: sentences of ``sentences.toml`` and words that mean nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from booth.errors import UsageError

_INITIALS, _MEDIALS, _FINALS = 19, 21, 28
_HANGUL = 0xAC00


@dataclass(frozen=True, slots=True)
class Language:
    """``voices``: espeak-ng's names · ``share``: weight among the languages of one kind."""

    name: str
    voices: tuple[str, ...]
    sentences: tuple[str, ...]
    share: float
    held_out: bool


@cache
def languages() -> dict[str, Language]:
    content = _content()
    return {name: Language(name, tuple(entry.get("voices", [name])), tuple(entry["sentences"]), entry["share"], name in content["held_out"])
            for name, entry in content.items() if name not in ("held_out", "words")}


@cache
def _content() -> dict:
    return tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))


def text(language: str, rng: np.random.Generator) -> str:
    """One or two sentences, or a row of words that mean nothing. Raises ``UsageError`` for a language that is not in the file."""
    if language not in languages():
        raise UsageError(f"no sentences in {language}; add them to models/talking/sentences.toml")
    if rng.random() < 0.45:
        return " ".join(rng.choice(languages()[language].sentences, size=int(rng.integers(1, 3)), replace=False))
    words = [word(language, rng) for _ in range(int(rng.integers(3, 9)))]
    for i in range(len(words) - 1):
        words[i] += "," if rng.random() < 0.12 else ""
    return " ".join(words) + str(rng.choice([".", "!", "?"]))


def word(language: str, rng: np.random.Generator) -> str:
    """One to four syllables."""
    syllables = int(rng.integers(1, 5))
    if language == "ko":
        return "".join(_korean_syllable(rng) for _ in range(syllables))
    pieces = _content()["words"].get(language, _content()["words"]["latin"])
    if "whole" in pieces:
        return "".join(rng.choice(pieces["whole"], size=syllables))
    rows = [[str(rng.choice(pieces[part])) for part in ("begin", "middle", "end")] for _ in range(syllables)]
    return (" " if language == "cmn" else "").join("".join(row) for row in rows)


def _korean_syllable(rng: np.random.Generator) -> str:
    """Unicode's Hangul syllables lie in the order initial, medial, final; six of ten have no final."""
    final = 0 if rng.random() < 0.6 else int(rng.integers(1, _FINALS))
    return chr(_HANGUL + (int(rng.integers(_INITIALS)) * _MEDIALS + int(rng.integers(_MEDIALS))) * _FINALS + final)
