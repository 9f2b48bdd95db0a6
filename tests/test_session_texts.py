"""The words of a visit: all there, in every language, short enough, and with placeholders that their screen can fill."""

from __future__ import annotations

import re
import string
import tomllib
import unicodedata
from pathlib import Path
from typing import get_args

import pytest

import booth.session
from booth import resources
from booth.session.screens import actions, draw
from booth.session.settings import Filmed, SessionSettings
from booth.session.table import DEFAULTS, NO_PRESS, TABLE
from booth.session.visit import House, Visit
from booth.texts import LANGUAGES

TEXTS = tomllib.loads((resources.assets() / "i18n" / "session.toml").read_text(encoding="utf-8"))
HOUSE = House(SessionSettings(), ("romance", "chibi"), ("tall",), copies=4, talk=True)
VISIT = Visit("ko", photo=True, voice=True, shots=(1, 2, 3, 4))
SHORT = {"ko": 12, "en": 16, "ja": 12}
LONG = {"ko": 64, "en": 100, "ja": 60}


def width(text: str) -> float:
    """In full-width letters: a Latin letter, a space or a stop takes half of one."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.5 for letter in text)


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def stage_of(key: str) -> str:
    """The screen whose text it is: the longest name that it begins with, or its first word."""
    return max((stage for stage in TABLE if key.startswith(f"{stage}_")), key=len, default=key.split("_")[0])


def screen_of(stage):
    return draw(stage, VISIT, HOUSE, number=3, deadline=None, hint=None)


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_there_in_every_language_and_nothing_else(key):
    assert set(TEXTS[key]) == set(LANGUAGES)
    for text in TEXTS[key].values():
        assert text == text.strip() != ""
        assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("stage", TABLE)
def test_every_screen_has_its_title_body_and_buttons(stage):
    screen = screen_of(stage)
    wanted = {screen.title, screen.body, *(f"button_{action}" for action in actions(stage, VISIT, HOUSE))}
    assert wanted <= TEXTS.keys()


def test_every_press_has_a_button_and_every_button_is_a_press():
    presses = {kind for row in TABLE.values() for kind in row} - NO_PRESS
    assert {f"button_{press}" for press in presses} == {key for key in TEXTS if key.startswith("button_")}
    assert set(DEFAULTS.values()) <= presses


def test_every_language_has_its_name():
    assert {key for key in TEXTS if key.startswith("language_")} == {f"language_{language}" for language in LANGUAGES}


def test_every_text_belongs_to_a_screen_a_button_a_hint_or_a_language():
    assert {stage_of(key) for key in TEXTS} == {*TABLE, "button", "hint", "language", "filmed"}


def test_whatever_is_filmed_has_its_words():
    assert {key for key in TEXTS if key.startswith("filmed_")} == {f"filmed_{what}" for what in get_args(Filmed) if what != "no"}


def test_the_hints_of_the_machine_are_those_with_a_text():
    code = "".join(path.read_text(encoding="utf-8") for path in Path(booth.session.__file__).parent.glob("*.py"))
    assert set(re.findall(r'"(hint_\w+)"', code)) == {key for key in TEXTS if key.startswith("hint_")}


@pytest.mark.parametrize("key", [key for key in TEXTS if stage_of(key) in TABLE])
def test_names_in_braces_are_fields_of_the_screen_and_the_same_in_every_language(key):
    screen = screen_of(stage_of(key))
    wanted = fields_of(TEXTS[key]["ko"])
    for text in TEXTS[key].values():
        assert fields_of(text) == wanted
        filled = text.format(**{name: getattr(screen, name) for name in wanted})
        assert "{" not in filled


@pytest.mark.parametrize("key", [key for key in TEXTS if key.startswith("button_")])
def test_buttons_are_short(key):
    for language, text in TEXTS[key].items():
        assert len(text) <= SHORT[language], text
        assert not fields_of(text)


@pytest.mark.parametrize("key", TEXTS)
def test_sentences_fit_on_two_lines_and_titles_on_one(key):
    for language, text in TEXTS[key].items():
        assert len(text) <= LONG[language], text
        if key.endswith("_title"):
            assert width(text) <= 18, text


@pytest.mark.parametrize("key", [key for key in TEXTS if key.endswith(("_title", "_body")) or key.startswith(("hint_", "filmed_"))])
def test_korean_sentences_are_polite_and_japanese_has_no_korean(key):
    korean = TEXTS[key]["ko"].rstrip("!?.")
    assert korean.endswith("요") or key == "shot_title", korean
    assert not any("HANGUL" in unicodedata.name(letter, "") for letter in TEXTS[key]["ja"] + TEXTS[key]["en"])
