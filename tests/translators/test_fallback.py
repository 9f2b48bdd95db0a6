"""When an engine fails, the next one draws the same faces; the only one is started anew."""

import numpy as np
import pytest

from booth.errors import TranslationFailed, WeightsError
from booth.faults import Faults
from booth.frame import Crop, frozen
from booth.translators.fallback import AGAIN_S, Fallback
from booth.translators.faulty import faulty_translator
from booth.translators.passthrough import PassthroughTranslator
from tests.fakes import CrashingTranslator, FailingTranslator

CROPS = [Crop(7, frozen(np.zeros((64, 64, 3), np.uint8)), np.eye(2, 3, dtype=np.float32))]


class Second(PassthroughTranslator):
    name = "second"


def test_the_next_engine_draws_the_very_same_faces():
    faults = Faults()
    engine = Fallback([faulty_translator(PassthroughTranslator, faults), Second])
    assert engine.translate(CROPS)[0].track_id == 7
    assert (engine.name, engine.fault) == ("passthrough", None)
    faults.give("engine", "crash")
    assert engine.translate(CROPS)[0].track_id == 7
    assert engine.name == "second"
    assert "device lost" in engine.fault
    faults.give("engine", None)
    engine.translate(CROPS)
    assert engine.name == "second"                                  # no way back by itself
    engine.close()


def test_an_engine_that_cannot_be_made_is_left_out():
    def broken():
        raise WeightsError("the network was altered")

    engine = Fallback([broken, Second])
    assert engine.name == "second"
    assert "was altered" in engine.fault
    with pytest.raises(WeightsError):
        Fallback([CrashingTranslator, broken][1:])


def test_the_only_engine_is_started_anew():
    made = []

    def make():
        made.append(Second() if made else FailingTranslator())
        return made[-1]

    engine = Fallback([make])
    assert engine.translate(CROPS)[0].track_id == 7
    assert len(made) == 2
    assert engine.fault is None


def test_when_none_can_draw_they_are_tried_again_after_a_while():
    now, made = [0.0], []

    def make():
        made.append(1)
        return FailingTranslator()

    engine = Fallback([make, make], lambda: now[0])
    for _ in range(5):
        with pytest.raises(TranslationFailed, match="no engine can draw"):
            engine.translate(CROPS)
    assert len(made) == 2
    now[0] += AGAIN_S + 1
    with pytest.raises(TranslationFailed):
        engine.translate(CROPS)
    assert len(made) == 3
