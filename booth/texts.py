"""Visitors' texts in Korean, English and Japanese, from ``assets/i18n``."""

from __future__ import annotations

import tomllib
from functools import cache

from booth import resources

LANGUAGES = ("ko", "en", "ja")


@cache
def visitor_texts() -> dict[str, dict[str, str]]:
    """Text name → language → words, of the signage. Raises KeyError when a language is missing."""
    return _load("visitor.toml")


@cache
def session_texts() -> dict[str, dict[str, str]]:
    """Text name → language → words, of a visit's screens; names in braces are fields of the screen."""
    return _load("session.toml")


def _load(file: str) -> dict[str, dict[str, str]]:
    texts = tomllib.loads((resources.assets() / "i18n" / file).read_text(encoding="utf-8"))
    return {name: {language: words[language] for language in LANGUAGES} for name, words in texts.items()}
