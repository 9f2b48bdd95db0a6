"""From speech to one mouth for each picture.

By dominance (Cohen and Massaro, "Modeling coarticulation in synthetic visual speech", 1993): each step of speech pulls with its own
weight, fading with distance in time, so that a shut lip holds its own beside an open vowel and rounding is seen before it is heard.
Then what no picture may miss: lips that were shut at any moment of a picture's time are shut in it, and a silent mouth is at rest.
"""

from __future__ import annotations

import math

import numpy as np

from booth.errors import UsageError
from booth.geometry import smoothstep
from booth.pose import MOUTH, SPEECH_RATE, VISEMES, Mouth, Speech

JAW, WIDTH, ROUND, PRESS, TEETH, TONGUE = range(len(MOUTH))
PULL = np.array([{"PP": 6.0, "FF": 4.0, "U": 2.0, "O": 1.5, "CH": 1.5}.get(viseme, 0.0) for viseme in VISEMES])
"""How much more than others a sound insists on its mouth."""
REACH_S = (0.022, 0.04, 0.045, 0.014, 0.022, 0.022)
"""Standard deviation of a step's pull on each of ``MOUTH``; rounding begins about 90 ms early."""
PRESSED = 0.5
"""Lips pressed so much are shut (``Mouth.press``)."""
LINGER_S, REST_S = 0.06, 0.12
"""After the voice the mouth still moves for so long, and is at rest after so long: the promise is 0.15 s."""
BEGIN_S = 0.03
QUIET_DB = -60.0


def check(speech: Speech) -> None:
    """Raises ``UsageError`` for arrays that do not fit each other."""
    count = len(speech.voice)
    for name, shape in {"visemes": (count, len(VISEMES)), "voice": (count,), "mouth": (count, len(MOUTH)), "level": (count,)}.items():
        if getattr(speech, name).shape != shape:
            raise UsageError(f"speech of {count} steps needs {name} of shape {shape}, not {getattr(speech, name).shape}")


def spoken(speech: Speech) -> np.ndarray:
    """(T,) bool: where somebody speaks."""
    return (np.nan_to_num(speech.voice) >= 0.5) & (np.nan_to_num(speech.level, nan=-np.inf) > QUIET_DB)


def lips_at(speech: Speech, times: np.ndarray, rate: float) -> np.ndarray:
    """(N, 6) in the order of ``MOUTH``, for pictures at ``times`` (N,) seconds, ``rate`` a second; exactly 0 in silence."""
    out = np.zeros((len(times), len(MOUTH)))
    count = len(speech.voice)
    if not count:
        return out
    gate = _gate(spoken(speech))
    lips = _values(speech) * (gate > 0)[:, None]
    steps = np.arange(count) / SPEECH_RATE
    weight = 1 + np.nan_to_num(speech.visemes) @ PULL
    for column, reach in enumerate(REACH_S):
        away = np.arange(-math.ceil(3 * reach * SPEECH_RATE), math.ceil(3 * reach * SPEECH_RATE) + 1) / SPEECH_RATE
        fade = np.exp(-0.5 * (away / reach) ** 2)
        out[:, column] = np.interp(times, steps, _spread(weight * lips[:, column], fade) / _spread(weight, fade), right=0.0)
    pressed = np.where(gate > 0, _pressed(speech, lips), 0.0)
    for n, t in enumerate(times):
        here = pressed[max(0, math.ceil((t - 0.5 / rate) * SPEECH_RATE)):max(0, math.ceil((t + 0.5 / rate) * SPEECH_RATE))]
        if len(here) and here.max() >= PRESSED:
            out[n] = shut(out[n], here.max())
    return out * np.interp(times, [*steps, steps[-1] + REST_S], [*gate, 0.0])[:, None]


def mouth_of(part: Speech) -> Mouth | None:
    """One picture's mouth, live, from the steps of speech that are its own: shut if it is shut in any. None in silence."""
    check(part)
    if not spoken(part).any():
        return None
    lips = _values(part)
    values = np.average(lips, axis=0, weights=1 + np.nan_to_num(part.visemes) @ PULL)
    pressed = _pressed(part, lips).max()
    return Mouth(*map(float, shut(values, pressed) if pressed >= PRESSED else values))


def shut(lips: np.ndarray, press: float) -> np.ndarray:
    """(6,) ``lips`` without a gap."""
    out = lips.copy()
    out[[JAW, TEETH, TONGUE]], out[PRESS] = 0.0, press
    return out


def _values(speech: Speech) -> np.ndarray:
    """(T, 6) in range, whatever came in."""
    return np.clip(np.nan_to_num(speech.mouth).astype(np.float64), [0, -1, 0, 0, 0, 0], 1)


def _pressed(speech: Speech, lips: np.ndarray) -> np.ndarray:
    """(T,) how far lips are pressed, by the mouth's own word or because /p b m/ is surely heard."""
    return np.maximum(lips[:, PRESS], np.nan_to_num(speech.visemes[:, VISEMES.index("PP")]))


def _gate(speaks: np.ndarray) -> np.ndarray:
    """(T,) 0 … 1 how far the mouth may move: all the way while somebody speaks and across gaps within words."""
    gate, since, begun = np.zeros(len(speaks)), math.inf, 0
    for n, now in enumerate(speaks):
        begun = n if now and since >= REST_S else begun
        since = 0.0 if now else since + 1 / SPEECH_RATE
        if since < REST_S:
            gate[n] = smoothstep(REST_S, LINGER_S, since) * smoothstep(0, BEGIN_S, (n - begun) / SPEECH_RATE)
    return gate


def _spread(values: np.ndarray, fade: np.ndarray) -> np.ndarray:
    """Convolved, as long as ``values``."""
    half = len(fade) // 2
    return np.convolve(values, fade)[half:half + len(values)]
