import numpy as np
import pytest

from booth.pose import MOUTH, VISEMES
from models.talking.mouths import SHUT_S, targets
from models.talking.phones import Phone

JAW, ROUND, PRESS = (MOUTH.index(name) for name in ("jaw", "round", "press"))


def said(text: str, each_s: float = 0.12) -> list[Phone]:
    """Half a second of silence, the sounds, half a second of silence."""
    symbols = text.split()
    phones = [Phone("", 0, 0.5)] + [Phone(s, 0.5 + i * each_s, 0.5 + (i + 1) * each_s) for i, s in enumerate(symbols)]
    return [*phones, Phone("", phones[-1].end, phones[-1].end + 0.5)]


def mouth_of(text: str, level: np.ndarray | None = None) -> tuple[np.ndarray, list[Phone]]:
    phones = said(text)
    return targets(phones, phones[-1].end, level)[2], phones


@pytest.mark.parametrize("labial", ["p", "b", "m"])
def test_labials_close_fully(labial):
    mouth, _ = mouth_of(f"a {labial} a")
    closed = slice(64, 72)
    assert mouth[closed, PRESS].min() > 0.99
    assert mouth[closed, JAW].max() < 0.01
    assert mouth[56, JAW] > 0.5


def test_rounding_comes_early():
    assert mouth_of("t t u")[0][66, ROUND] > mouth_of("t t i")[0][66, ROUND] + 0.15


def test_lips_rest_soon_after_the_last_sound():
    mouth, phones = mouth_of("a o a")
    end = round(phones[-1].begin * 100)
    assert mouth[end - 2, JAW] > 0.3
    assert not mouth[end + round(100 * SHUT_S) + 1:].any()
    assert not mouth[:40].any()


def test_low_vowels_are_wider_and_louder_is_wider():
    jaw = {vowel: mouth_of(vowel)[0][:, JAW].max() for vowel in "aeiou"}
    assert jaw["a"] > jaw["e"] > jaw["i"]
    assert jaw["a"] > jaw["o"] > jaw["u"]
    phones = said("a t a")
    level = np.full(200, -20.0)
    level[74:] = -32
    mouth = targets(phones, phones[-1].end, level)[2]
    assert mouth[50:62, JAW].max() > mouth[74:86, JAW].max() + 0.15


def test_visemes_are_probabilities_and_h_is_like_the_next():
    phones = said("h u")
    visemes, voice, _ = targets(phones, phones[-1].end)
    assert np.allclose(visemes.sum(axis=1), 1)
    assert VISEMES[visemes[55].argmax()] == "U"
    assert voice[55] == 1
    assert voice[10] == voice[-1] == 0


def test_nothing_said_is_a_mouth_at_rest():
    visemes, voice, mouth = targets([Phone("", 0, 1)], 1.0)
    assert not mouth.any()
    assert not voice.any()
    assert (visemes[:, 0] == 1).all()
    assert targets([], 0.5)[2].shape == (50, 6)
