"""What a drawn face does at one moment, and what was heard of somebody's speech: the words between who drives a puppet
(a voice, a face, an idle mood) and the puppet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
"""The fifteen mouth shapes of speech, by the names that Oculus' lip sync made common."""
MOUTH = ("jaw", "width", "round", "press", "teeth", "tongue")
"""The mouth's parameters, in the order of ``Speech.mouth``."""
SPEECH_RATE = 100
"""Steps of ``Speech`` a second."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """``jaw`` 0 closed … 1 as wide open as speech gets · ``width`` −1 narrow … 1 broad · ``round`` 0 … 1 lips pushed forward ·
    ``press`` 0 … 1 lips pressed together (at 0.5 and more no gap is drawn) · ``teeth`` 0 … 1 how much of the upper teeth is seen ·
    ``tongue`` 0 … 1 raised · ``smile`` −1 corners down … 1 corners up. All 0: closed, at rest."""

    jaw: float = 0.0
    width: float = 0.0
    round: float = 0.0
    press: float = 0.0
    teeth: float = 0.0
    tongue: float = 0.0
    smile: float = 0.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Everything a puppet can do. Pairs are (the person's right, left); right is at the picture's left.

    ``lids`` 0 as open as in the still … 1 shut · ``brows`` −1 lowered … 1 raised · ``frown`` 0 … 1 inner ends together and down ·
    ``gaze`` (x, y) −1 … 1, right and down in the picture, 0 as in the still · ``yaw``, ``pitch``, ``roll`` degrees against the still:
    yaw > 0 turns to the picture's right, pitch > 0 down, roll > 0 clockwise in the picture · ``breath`` −1 … 1 ·
    ``hair`` (x, y) how far the hair's ends are displaced, in distances between the outer eye corners · ``shift`` (x, y) of the whole
    head, in the same unit.
    """

    mouth: Mouth = Mouth()
    lids: tuple[float, float] = (0.0, 0.0)
    brows: tuple[float, float] = (0.0, 0.0)
    frown: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    breath: float = 0.0
    hair: tuple[float, float] = (0.0, 0.0)
    shift: tuple[float, float] = (0.0, 0.0)


REST = Pose()


@dataclass(frozen=True, eq=False, slots=True)
class Speech:
    """What was heard, ``SPEECH_RATE`` steps a second; step ``t`` is the sound at ``t / SPEECH_RATE`` seconds.

    ``visemes`` (T, 15) float32 probabilities in the order of ``VISEMES`` · ``voice`` (T,) float32 0 … 1: somebody speaks ·
    ``mouth`` (T, 6) float32 in the order of ``MOUTH``, ranges as in ``Mouth`` · ``level`` (T,) float32 dB below full scale, ≤ 0.
    """

    visemes: np.ndarray
    voice: np.ndarray
    mouth: np.ndarray
    level: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.voice) / SPEECH_RATE
