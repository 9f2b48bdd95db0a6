import numpy as np
import pytest

from booth.errors import UsageError
from booth.pose import Speech
from models.talking.phones import Phone
from models.talking.scores import closures, film_scores, opening, pearson, viseme_scores

PHONES = [Phone("", 0, 0.2), Phone("a", 0.2, 0.4), Phone("m", 0.4, 0.5), Phone("a", 0.5, 0.7), Phone("t", 0.7, 0.8), Phone("e", 0.8, 1.0),
          Phone("k", 1.0, 1.1), Phone("", 1.1, 1.3)]


def speech(jaw: np.ndarray, press: np.ndarray) -> Speech:
    mouth = np.zeros((len(jaw), 6), np.float32)
    mouth[:, 0], mouth[:, 3] = jaw, press
    return Speech(np.zeros((len(jaw), 15), np.float32), np.ones(len(jaw), np.float32), mouth, np.zeros(len(jaw), np.float32))


def test_a_perfect_mouth():
    press = np.zeros(130)
    press[40:50] = 1
    found = closures(PHONES, speech(np.full(130, 0.5), press))
    assert (found.labials, found.closed, found.vowels, found.wrong) == (1, 1, 1, 0)


def test_a_mouth_that_never_closes_and_one_that_never_opens():
    never = closures(PHONES, speech(np.full(130, 0.5), np.zeros(130)))
    always = closures(PHONES, speech(np.zeros(130), np.zeros(130)))
    assert (never.recall, never.false) == (0, 0)
    assert (always.recall, always.false) == (1, 1)


def test_visemes():
    truth = np.eye(15)[[0, 0, 1, 10]]
    assert viseme_scores(truth, truth) == {"accuracy": 1.0, "macro_f1": 1.0}
    half = viseme_scores(truth, np.eye(15)[[0, 0, 10, 10]])
    assert half["accuracy"] == pytest.approx(0.75)
    assert half["macro_f1"] == pytest.approx((1 + 0 + 2 / 3) / 3)


def test_pearson_and_opening():
    a = np.arange(10.0)
    assert pearson(a, -2 * a) == pytest.approx(-1)
    assert pearson(a, np.ones(10)) == 0
    assert opening(speech(np.array([0.8, 0.8]), np.array([0.0, 1.0]))).tolist() == pytest.approx([0.8, 0])


def test_what_is_no_film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"no film")
    with pytest.raises(UsageError, match="film"):
        film_scores(path)
