"""Visitors' texts in Korean, English and Japanese, from ``assets/i18n``."""

from __future__ import annotations

import tomllib
from functools import cache

from booth import resources

LANGUAGES = ("ko", "en", "ja")


@cache
def visitor_texts() -> dict[str, dict[str, str]]:
    """Text name → language → words. Raises KeyError when a language is missing."""
    texts = tomllib.loads((resources.assets() / "i18n" / "visitor.toml").read_text(encoding="utf-8"))
    return {name: {language: words[language] for language in LANGUAGES} for name, words in texts.items()}
