"""What the mouth does while a row of sounds is said: the network's targets.

Coarticulation by dominance functions after Cohen and Massaro (1993): each sound pulls each parameter towards its own value with a force
that falls off before and after it; the result is the mean weighted by the forces. Rounding begins early (80–120 ms). The lips' closure
of p, b and m is no compromise: it is laid over the rest.
"""

from __future__ import annotations

import numpy as np

from booth.pose import MOUTH, SPEECH_RATE, VISEMES
from models.talking.phones import BREATH, CLOSED, PAUSE, Phone, table

_JAW, _WIDTH, _ROUND, _PRESS, _TEETH, _TONGUE = range(6)
_HOLD_OF = (0, 1, 1, 0, 2, 2)
"""Which of (jaw, lips, tongue) holds each of ``MOUTH``."""
_BEFORE_S = np.array([0.045, 0.06, 0.10, 0.03, 0.045, 0.045])
_AFTER_S = np.array([0.045, 0.05, 0.05, 0.03, 0.04, 0.04])
"""Within which time a sound's pull falls to 1/e before and after it."""
LEAD_S = 0.04
"""So long before it is heard a shape is seen: between −40 and 200 ms were measured in running speech (Schwartz and Savariaux 2014)."""
SHUT_S = 0.12
"""So long after the last sound the mouth is shut …"""
OPEN_S = 0.09
"""… and so long before the next it begins to open."""
BEFORE_S = 0.04
"""The voice counts as begun so long before it is heard: the mouth is about to open."""
LEAST_PAUSE_S = 0.08
QUIETEST_DB, QUIET = -14.0, 0.6
"""A sound that opens the mouth at all opens it only 0.6 as wide when it is 14 dB or more below the loudest: louder is wider (Schulman 1989)."""
_PRESS_RAMP_S = 0.035


def targets(phones: list[Phone], seconds: float, level: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T, 15) visemes, (T,) voice and (T, 6) mouth, float32, at ``SPEECH_RATE``, of sounds that follow each other without gaps.

    ``level`` (T,) dB of the sound itself: what is quieter opens the jaw less.
    """
    steps = round(seconds * SPEECH_RATE)
    at = np.arange(steps) / SPEECH_RATE
    phones = _with_breaths_shaped(phones)
    visemes, voice = _visemes(phones, at), np.ones(steps, np.float32)
    for phone in phones:
        if phone.symbol == PAUSE:
            voice[(at >= phone.begin) & (at < phone.end - (0 if phone is phones[-1] else BEFORE_S))] = 0
    mouth = _mouth([p for p in phones if p.symbol != PAUSE], at, level)
    mouth *= _awake(phones, at)[:, None]
    return visemes, voice, mouth.astype(np.float32)


def _with_breaths_shaped(phones: list[Phone]) -> list[Phone]:
    """h takes the shape of the sound after it; before a pause, of the one before."""
    shaped: list[Phone] = []
    for i, phone in enumerate(phones):
        symbol = phone.symbol
        if symbol == BREATH:
            later = [p.symbol for p in phones[i + 1:i + 2]] + [p.symbol for p in shaped[-1:]]
            symbol = next((s for s in later if s not in (BREATH, PAUSE)), "ə")
        shaped.append(Phone(symbol, phone.begin, phone.end))
    return shaped


def _visemes(phones: list[Phone], at: np.ndarray) -> np.ndarray:
    """Hard within a sound, blended over 30 ms at its edges."""
    found = np.zeros((len(at), len(VISEMES)))
    for phone in phones:
        inside = (at >= phone.begin) & (at < phone.end)
        found[inside] = np.eye(len(VISEMES))[0] if phone.symbol == PAUSE else table()[phone.symbol].visemes
    found[found.sum(axis=1) == 0, 0] = 1
    padded = np.concatenate([found[:1], found, found[-1:]])
    return ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4).astype(np.float32)


def _mouth(phones: list[Phone], at: np.ndarray, level: np.ndarray | None) -> np.ndarray:
    pulls, sums = np.full((len(at), len(MOUTH)), 1e-6), np.zeros((len(at), len(MOUTH)))
    press = np.zeros(len(at))
    for phone in phones:
        shape = table()[phone.symbol]
        hold = np.array([shape.hold[i] for i in _HOLD_OF])
        margin = 0.2 * (phone.end - phone.begin)                    # within a sound the pull is full only around its middle
        lead = 0.0 if phone.symbol in CLOSED else LEAD_S
        before = np.maximum(phone.begin - lead + margin - at, 0)[:, None] / _BEFORE_S
        after = np.maximum(at - phone.end + lead + margin, 0)[:, None] / _AFTER_S
        pull = hold * np.exp(-(before + after))
        value = np.array(shape.mouth)
        if level is not None and shape.mouth[_JAW] > 0.3:
            value[_JAW] *= _opening(phone, at, level)
        pulls += pull
        sums += pull * value
        if phone.symbol in CLOSED:
            far = np.maximum(np.maximum(phone.begin - at, at - phone.end + 0.015), 0)
            press = np.maximum(press, 1 - np.clip(far / _PRESS_RAMP_S, 0, 1))
    mouth = sums / pulls if phones else sums
    mouth[:, _PRESS] = press
    mouth[:, (_JAW, _TEETH)] *= 1 - press[:, None]
    return mouth


def _opening(phone: Phone, at: np.ndarray, level: np.ndarray) -> float:
    """How wide the jaw opens for how loud this sound is against the loudest: ``QUIET`` … 1."""
    inside = level[:len(at)][(at[:len(level)] >= phone.begin) & (at[:len(level)] < phone.end)]
    if not len(inside):
        return 1.0
    down = np.clip((inside.max() - np.percentile(level, 99)) / QUIETEST_DB, 0, 1)
    return float(1 - (1 - QUIET) * down)


def _awake(phones: list[Phone], at: np.ndarray) -> np.ndarray:
    """1 while sounds are said, 0 in pauses, with the ways from one to the other."""
    fades = np.ones(len(at)) if phones else np.zeros(len(at))
    for i, phone in enumerate(phones):
        if phone.symbol != PAUSE or (phone.end - phone.begin < LEAST_PAUSE_S and 0 < i < len(phones) - 1):
            continue
        inside = (at >= phone.begin) & (at < phone.end)
        shut = np.clip((at - phone.begin) / SHUT_S, 0, 1) if i else np.ones(len(at))
        # lips at rest are closed already: before p, b, m they do not open first
        opens_s = 0.02 if i < len(phones) - 1 and phones[i + 1].symbol in CLOSED else OPEN_S
        opened = np.clip((at - phone.end) / opens_s + 1, 0, 1) if i < len(phones) - 1 else np.zeros(len(at))
        fades[inside] = np.maximum(1 - shut, opened)[inside]
    return fades * fades * (3 - 2 * fades)
