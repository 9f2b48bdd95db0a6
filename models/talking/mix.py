"""Streams to train on: utterances of the pool with pauses between, in rooms and noise; and streams without any speech."""

from __future__ import annotations

import numpy as np

from booth.audio.features import HOP, RATE, LogMel
from booth.pose import SPEECH_RATE
from models.talking import augment
from models.talking.data import COLUMNS, Pool

SPEECHLESS = 0.07
"""Share of streams in which nobody speaks."""
CLEAN = 0.15


def stream(pool: Pool, seconds: float, before: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(``before`` + T, 40) float32 features and (T, 22) float32 targets; the first ``before`` steps are digital silence."""
    steps = round(seconds * SPEECH_RATE)
    if rng.random() < SPEECHLESS:
        sound, targets = augment.damaged(_speechless(steps * HOP, pool, rng), rng), _rest(steps)
    else:
        voice, targets = _row(pool, steps, rng)
        sound = augment.damaged(_around(voice, pool, rng), rng)
    if rng.random() < 0.7:                                          # a microphone is never digitally silent
        sound = sound + augment.noise(len(sound), rng) * augment.db(rng.uniform(-90, -60))
    sound = np.concatenate([np.zeros(before * HOP, np.float32), sound.astype(np.float32), np.zeros(RATE // 10, np.float32)])
    features, _ = LogMel().push(sound)
    return features[:before + steps], targets


def _rest(steps: int) -> np.ndarray:
    targets = np.zeros((steps, COLUMNS), np.float32)
    targets[:, 0] = 1
    return targets


def _row(pool: Pool, steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Utterances one after another; each coloured on its own, so that the speaker changes."""
    sounds, rows, length = [], [], 0
    while length < steps:
        pause = int(rng.choice([0, rng.integers(5, 150)]))
        sound, targets = pool.get(int(rng.integers(len(pool))))
        begin = int(rng.integers(0, max(1, len(targets) - 200)))       # long ones are not always heard from their beginning
        sound, targets = augment.warped(sound[begin * HOP:], targets[begin:], float(np.exp(rng.uniform(-augment.MOST_WARP, augment.MOST_WARP))))
        count = min(len(targets), len(sound) // HOP)
        sounds += [np.zeros(pause * HOP, np.float32), sound[:count * HOP] * augment.db(rng.uniform(-6, 0))]
        rows += [_rest(pause), targets[:count]]
        length += pause + count
    return np.concatenate(sounds)[:steps * HOP], np.concatenate(rows)[:steps]


def _around(voice: np.ndarray, pool: Pool, rng: np.random.Generator) -> np.ndarray:
    """The voice in a room, with what else is heard there."""
    power = np.sqrt((voice[np.abs(voice) > 0.01] ** 2).mean()) if (np.abs(voice) > 0.01).any() else 0.1
    sound = augment.coloured(voice, rng)
    if rng.random() < CLEAN:
        return sound
    loud = lambda least, most: power * augment.db(-rng.uniform(least, most))
    if rng.random() < 0.7:
        sound = sound + augment.noise(len(sound), rng) * loud(0, 35)
    if rng.random() < 0.25:
        sound = sound + _crowd(len(sound), pool, rng) * loud(4, 28)
    if rng.random() < 0.15:
        sound = sound + augment.music(len(sound), rng) * loud(4, 28)
    for _ in range(int(rng.integers(0, 3))):
        at, count = int(rng.integers(len(sound) - RATE)), int(rng.integers(RATE // 8, RATE // 2))
        if np.abs(voice[at:at + count]).max() < 0.01:
            sound[at:at + count] += augment.breath(count, rng) * loud(8, 26)
    return sound


def _crowd(count: int, pool: Pool, rng: np.random.Generator) -> np.ndarray:
    """(count,) of power about 1: three to seven others at once."""
    made = np.zeros(count, np.float32)
    for _ in range(int(rng.integers(3, 8))):
        other = pool.get(int(rng.integers(len(pool))))[0]
        made += np.tile(other, count // len(other) + 1)[:count] * augment.db(rng.uniform(-8, 0))
    made = augment.coloured(made, rng)
    return made / (np.sqrt((made ** 2).mean()) + 1e-9)


def _speechless(count: int, pool: Pool, rng: np.random.Generator) -> np.ndarray:
    kind = rng.random()
    made = augment.noise(count, rng)
    if kind < 0.35:
        made = made * 0.1 + augment.music(count, rng)
    elif kind < 0.5:
        for _ in range(6):
            at, length = int(rng.integers(count - RATE)), int(rng.integers(RATE // 20, RATE))
            made[at:at + length] += augment.breath(length, rng) * 6
    return augment.coloured(made, rng) * 0.1
