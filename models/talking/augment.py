"""What happens to a voice on its way to a booth's microphone: other heads, rooms, crowds, machines, telephones, bad levels."""

from __future__ import annotations

import numpy as np
import torch

from booth.audio.features import RATE

MOST_WARP = 0.15
"""Played faster or slower by up to this (natural logarithm): pitch and formants together, a larger or a smaller head."""


def db(value: float) -> float:
    return float(10 ** (value / 20))


def warped(sound: np.ndarray, targets: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Sound (N,) and targets (T, C) played ``factor`` times as fast."""
    count = int(len(sound) / factor)
    steps = count * len(targets) // max(len(sound), 1)
    sound = np.interp(np.arange(count) * factor, np.arange(len(sound)), sound).astype(np.float32)
    return sound, targets[np.minimum((np.arange(steps) * len(targets) / max(steps, 1)).round().astype(int), len(targets) - 1)]


def coloured(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random equaliser, and (every other time) a synthetic room: noise that dies away, at once quieter than the direct sound."""
    size = 1 << int(np.ceil(np.log2(len(sound))))                   # what a room's tail wraps around is too little to matter
    hz = np.linspace(0, RATE / 2, 513)
    octaves = np.log2(np.maximum(hz, 40) / 40)
    gain = np.interp(octaves, np.linspace(0, 7.65, 9), np.cumsum(rng.normal(0, 2.2, 9)))
    gain += rng.uniform(-2.0, 1.5) * (octaves - 4)
    response = 10 ** ((gain - gain.mean()) / 20)
    if rng.random() < 0.3:                                          # a telephone, a cheap codec, a thick mask
        top, low = rng.uniform(3200, 6500), rng.uniform(60, 300)
        response *= 1 / np.sqrt(1 + (hz / top) ** 16) / np.sqrt(1 + (low / np.maximum(hz, 1)) ** 4)
    response = np.interp(np.linspace(0, RATE / 2, size // 2 + 1), hz, response).astype(np.float32) + 0j
    if rng.random() < 0.55:
        fades_s, t = rng.uniform(0.08, 0.55), np.arange(RATE // 2) / RATE
        tail = rng.normal(0, 1, len(t)) * np.exp(-6.9 * t / fades_s) * (t > rng.uniform(0.001, 0.01))
        tail *= db(rng.uniform(-18, 2)) / np.sqrt((tail ** 2).sum() + 1e-9)
        tail[0] += 1
        response = response * _spectrum(tail, size)
    return _sound(_spectrum(sound, size) * response, size)[:len(sound)]


def _spectrum(sound: np.ndarray, size: int) -> np.ndarray:
    """torch's transform: single precision, several times faster than numpy's."""
    return torch.fft.rfft(torch.from_numpy(np.ascontiguousarray(sound, np.float32)), size).numpy()


def _sound(spectrum: np.ndarray, size: int) -> np.ndarray:
    return torch.fft.irfft(torch.from_numpy(spectrum.astype(np.complex64)), size).numpy()


def noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) of power about 1: coloured noise, slowly swelling, now and then hum."""
    size = 1 << int(np.ceil(np.log2(count)))
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20).astype(np.float32)
    spectrum = rng.standard_normal((len(hz), 2), np.float32).view(np.complex64)[:, 0] * hz ** np.float32(rng.uniform(-1.1, 0.3))
    if rng.random() < 0.3:
        spectrum *= np.exp(-0.5 * (np.log2(hz / rng.uniform(200, 4000)) / rng.uniform(0.3, 1.5)) ** 2)
    made = _sound(spectrum, size)[:count].copy()
    if rng.random() < 0.4:
        made *= np.interp(np.arange(count), np.linspace(0, count, 12), rng.uniform(0.1, 1.5, 12))
    made /= np.sqrt((made ** 2).mean()) + 1e-9
    if rng.random() < 0.2:
        made += 0.5 * np.sin(2 * np.pi * rng.choice([50, 60, 100, 120]) * np.arange(count) / RATE)
    return made.astype(np.float32)


def music(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) of power about 1: plucked and held chords, and a drum."""
    made, t = np.zeros(count), np.arange(count) / RATE
    beat = rng.uniform(0.2, 0.7)
    for start in np.arange(0, count / RATE, beat):
        held = slice(int(start * RATE), int((start + 3 * beat) * RATE))
        since = t[held] - start
        for note in rng.choice([0, 3, 4, 7, 9, 12], size=int(rng.integers(1, 4))):
            hz = rng.choice([110, 147, 196, 262]) * 2 ** (note / 12)
            for k in range(1, int(rng.integers(2, 8))):
                made[held] += np.sin(2 * np.pi * hz * k * since) * np.exp(-since * rng.uniform(1, 8)) / k
        if rng.random() < 0.5:
            made[held] += rng.normal(0, 1, len(since)) * np.exp(-since * rng.uniform(20, 60)) * 2
    return (made / (np.sqrt((made ** 2).mean()) + 1e-9)).astype(np.float32)


def breath(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count,) of power about 1: air drawn in."""
    made = np.diff(noise(count + 1, rng)) * np.sin(np.linspace(0, np.pi, count))
    return (made / (np.sqrt((made ** 2).mean()) + 1e-9)).astype(np.float32)


def damaged(sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Level, clipping, µ-law, few bits."""
    peak = np.abs(sound).max() + 1e-6
    sound = sound / peak
    if rng.random() < 0.12:
        sound = np.clip(sound * db(rng.uniform(3, 14)), -1, 1)
    if rng.random() < 0.1:
        levels = 127.0
        squeezed = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
        sound = np.sign(squeezed) * np.expm1(np.abs(np.round(squeezed * levels) / levels) * np.log(256)) / 255
    sound = sound * db(rng.uniform(-34, -0.5))
    return sound.astype(np.float32)
