from itertools import pairwise

import pytest

from booth.errors import UsageError
from booth.pose import VISEMES
from models.talking import flite
from models.talking.espeak import espeak
from models.talking.phones import CLOSURE_S, PAUSE, Phone, parts, table, timed
from models.talking.texts import languages


def viseme(symbol: str) -> str:
    weights = table()[symbol].visemes
    return VISEMES[weights.index(max(weights))]


def test_every_shape_is_one():
    for symbol, shape in table().items():
        assert sum(shape.visemes) == pytest.approx(1), symbol
        assert all(-1 <= value <= 1 for value in shape.mouth), symbol


@pytest.mark.parametrize(("name", "found"), [
    ("ˈoʊ", ("o", "ʊ")), ("tɕh", ("tɕ",)), ("ph", ("p",)), ("s-", ("s",)), ("h", ("h",)),
    ("ɯᵝ", ("ɯᵝ",)), ("ˈũ", ("u",)), ("ç", ("ç",)), ("ˈä", ("ä",)),
    ("(en)", ()), ("", ()),
])
def test_names_are_taken_apart(name, found):
    assert parts(name) == found


def test_an_unknown_letter_is_an_error():
    with pytest.raises(UsageError, match="add it to"):
        parts("ʘ")


@pytest.mark.parametrize(("syllable", "expected"), [
    ("마", "m a"), ("바", "p a"), ("빠", "p a"), ("파", "p a"), ("밥", "p a p"), ("음", "ɯ m"),
    ("어", "ʌ"), ("오", "o"), ("우", "u"), ("으", "ɯ"), ("이", "i"),
    ("애", "ɛ"), ("에", "e"), ("와", "w a"), ("여", "j ʌ"),
])
def test_korean(syllable, expected):
    said = [viseme(p.symbol) for p in timed(espeak().say(syllable, "ko")) if p.symbol != PAUSE]
    assert said == [viseme(symbol) for symbol in expected.split()]


@pytest.mark.parametrize("language", languages())
def test_every_sentence_has_a_mouth(language):
    for sentence in languages()[language].sentences:
        phones = timed(espeak().say(sentence, languages()[language].voices[0]))
        assert len(phones) > 10
        assert all(a.end == pytest.approx(b.begin) and a.begin < a.end for a, b in pairwise(phones))


def test_a_stop_begins_with_its_closure():
    spoken = espeak().say("apa", "es")
    event = next(at for name, at in spoken.phones if name == "p")
    p = next(p for p in timed(spoken) if p.symbol == "p")
    assert p.begin <= event - CLOSURE_S + 1e-6
    closed = spoken.sound[int(p.begin * spoken.rate) + 200:int((event - 0.005) * spoken.rate)]
    assert abs(closed).max() < 2e-3


def test_no_such_voice():
    with pytest.raises(UsageError, match="voice"):
        espeak().say("a", "xx")


def test_flites_names():
    phones = flite._phones("pau:0.2 hh:0.3 ow:0.5 pau:0.7 pau:0.9", 1.0)
    assert phones == [Phone("", 0.0, 0.2), Phone("h", 0.2, 0.3), Phone("o", 0.3, 0.4), Phone("ʊ", 0.4, 0.5), Phone("", 0.5, 1.0)]
    with pytest.raises(UsageError, match="qq"):
        flite._phones("qq:0.2", 1.0)
