"""How loud a sound is to the ear, and speech brought to one loudness.

Loudness follows ITU-R BS.1770-4 (K-weighting, gating at −70 LUFS and 10 LU below what is left) as EBU R 128 uses it. **One channel counts
as two**: a visitor's voice plays from both loudspeakers, so a 1 kHz sine that peaks at −23 dB below full scale is −23 LUFS, as EBU Tech 3341
asks of a stereo one (FFmpeg calls this ``dualmono``; a meter that counts the one channel alone shows 3 LU less).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import scipy

from booth.audio.soundfile import RATE, Sound, resampled

# ``scipy.signal`` is loaded when it is first used: it would add a second to every start
TARGET_LUFS = -16.0
"""What phones and streaming of speech are made for."""
PEAK_DB = -1.0
MOST_GAIN_DB = 20.0
"""Silence is not made loud."""

K_WEIGHTING = np.array([
    [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],      # the head: more of the treble
    [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],                                             # the ear: less of the bass
])
"""Two second-order sections at 48 kHz: BS.1770-4, tables 1 and 2."""
BLOCK = RATE * 4 // 10
"""400 ms, of which …"""
HOP = BLOCK // 4
"""… every next begins 100 ms later."""

Fault = Literal["silent", "clipped", "quiet", "short"]
SILENT_LUFS = -55.0
QUIET_LUFS = TARGET_LUFS - MOST_GAIN_DB
CLIPPED = 0.995
"""A sample is at the stop from here on …"""
CLIPPED_RUN = 3
"""… when so many follow each other …"""
CLIPPED_RUNS_S = 2.0
"""… and a sound is clipped when that happens so often a second."""
SHORT_S = 0.5
"""Speech shorter than this is nobody's sentence."""

STEP = RATE // 200
"""The gate looks every 5 ms."""
OPEN_OVER_DB, SHUT_OVER_DB = 12.0, 6.0
"""Over the noise: the gate opens above the one and shuts below the other."""
HOLD_S = 0.15
ATTACK_S, RELEASE_S = 0.02, 0.15
SHUT_DB = -18.0
"""A shut gate: the room stays, softly, so that its coming and going is not heard."""


def decibels(amplitude: float) -> float:
    """dB below full scale of an amplitude; −inf of none."""
    return float(20 * np.log10(amplitude)) if amplitude > 0 else -np.inf


def loudness(sound: Sound) -> float:
    """Integrated loudness in LUFS; −inf where nothing is above −70. A sound under 400 ms is measured as one block."""
    weighted = _weighted(_at_48_khz(sound))
    sums = np.concatenate([[0.0], np.cumsum(weighted ** 2)])
    starts = np.arange(0, max(1, len(weighted) - BLOCK + 1), HOP)
    length = min(BLOCK, len(weighted))
    power = 2 * (sums[starts + length] - sums[starts]) / max(1, length)         # two channels with the same sound
    power = power[power > _power(-70.0)]
    if not len(power):
        return -np.inf
    power = power[power > power.mean() / 10]
    return float(-0.691 + 10 * np.log10(power.mean()))


def _weighted(samples: np.ndarray) -> np.ndarray:
    return scipy.signal.sosfilt(K_WEIGHTING, samples) if len(samples) else samples


def _power(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def true_peak(sound: Sound) -> float:
    """Highest amplitude between the samples as well, in dB (BS.1770-4, annex 2: four times as many samples); −inf of silence."""
    return decibels(float(_between(_at_48_khz(sound)).max(initial=0.0)))


def _between(samples: np.ndarray) -> np.ndarray:
    """(N,) highest amplitude around each sample, of four times as many."""
    if not len(samples):
        return np.zeros(0)
    return np.maximum(np.abs(scipy.signal.resample_poly(samples, 4, 1)).reshape(-1, 4).max(axis=1), np.abs(samples))


def normalised(sound: Sound, target: float = TARGET_LUFS, peak: float = PEAK_DB) -> Sound:
    """``sound`` at 48 kHz with the loudness ``target`` (LUFS) and no true peak above ``peak`` (dB).

    It is raised by ``MOST_GAIN_DB`` at most, and silence not at all. Peaks that stand out are turned down for some milliseconds around them
    rather than holding all the rest down.
    """
    sound = replace(sound, samples=_at_48_khz(sound), rate=RATE)
    gain = 0.0
    loud = sound
    for _ in range(3):                                                      # turned-down peaks take a little loudness with them
        error = target - loudness(loud)
        if not np.isfinite(error) or abs(error) < 0.05:
            break
        gain = min(gain + error, MOST_GAIN_DB)
        loud = replace(sound, samples=_limited(sound.samples * 10 ** (gain / 20), 10 ** (peak / 20)))
    return loud


def _limited(samples: np.ndarray, most: float, window: int = RATE // 50) -> np.ndarray:
    """Turned down smoothly, within ``window`` samples, wherever it would exceed ``most``."""
    wanted = np.minimum(1.0, most / np.maximum(_between(samples), 1e-9))
    if wanted.min(initial=1.0) >= 1.0:
        return samples
    shape = np.hanning(window + 1)
    return samples * scipy.ndimage.convolve1d(scipy.ndimage.minimum_filter1d(wanted, window + 1), shape / shape.sum(), mode="nearest")


def gated(sound: Sound) -> Sound:
    """``sound`` at 48 kHz, turned down by ``SHUT_DB`` where only the room is heard.

    The room is the quietest tenth of the sound. The gate looks ahead, so that no word loses its beginning; where the room is as loud as
    what is said, and in a sound without pauses, it stays open.
    """
    samples = _at_48_khz(sound)
    level = _levels(samples)
    gain = np.where(_opened(level), 0.0, SHUT_DB)
    ahead = round(ATTACK_S * RATE / STEP)
    gain = scipy.ndimage.maximum_filter1d(gain, 2 * ahead + 1)
    smooth, rise, fall = np.empty_like(gain), 1 / ahead, 1 / (RELEASE_S * RATE / STEP)
    now = gain[0] if len(gain) else 0.0
    for n, wanted in enumerate(gain):
        now += np.clip(wanted - now, SHUT_DB * fall, -SHUT_DB * rise)
        smooth[n] = now
    at = (np.arange(len(level)) + 0.5) * STEP
    curve = np.interp(np.arange(len(samples)), at, smooth) if len(level) else np.zeros(len(samples))
    return replace(sound, samples=samples * 10 ** (curve / 20), rate=RATE)


def _levels(samples: np.ndarray) -> np.ndarray:
    """dB of every whole ``STEP``, −100 at least; of what the ear hears, so that a fan's rumble is no voice."""
    blocks = _weighted(samples)[:len(samples) // STEP * STEP].reshape(-1, STEP)
    return 10 * np.log10((blocks ** 2).mean(axis=1) + 1e-10)


def _opened(level: np.ndarray) -> np.ndarray:
    """(M,) bool from dB of every step: open above one threshold, shut below a lower one, and never shut for less than a moment."""
    room = max(-70.0, float(np.percentile(level, 10))) if len(level) else 0.0
    if not len(level) or level.max() < room + OPEN_OVER_DB:
        return np.ones(len(level), bool)
    hold, is_open, quiet = round(HOLD_S * RATE / STEP), False, 0
    out = np.empty(len(level), bool)
    for n, db in enumerate(level):
        quiet = 0 if db > room + SHUT_OVER_DB else quiet + 1
        is_open = db > room + OPEN_OVER_DB or (is_open and quiet <= hold)
        out[n] = is_open
    return out


def judge(sound: Sound) -> tuple[Fault, ...]:
    """What is wrong with a recording of somebody who spoke, the worst first; () when nothing is.

    ``silent`` nothing was heard (no further fault is named) · ``short`` less than ``SHORT_S`` stands out of the silence · ``clipped`` the
    microphone was too loud · ``quiet`` too soft to be brought to ``TARGET_LUFS``.
    """
    heard = loudness(sound)
    if heard < SILENT_LUFS:
        return ("silent",)
    samples = _at_48_khz(sound)
    faults: list[Fault] = []
    if _opened(_levels(samples)).sum() * STEP / RATE < SHORT_S:
        faults.append("short")
    if clipped_runs(sound.samples) > CLIPPED_RUNS_S * sound.seconds:
        faults.append("clipped")
    if heard < QUIET_LUFS:
        faults.append("quiet")
    return tuple(faults)


def clipped_runs(samples: np.ndarray) -> int:
    """How often ``samples`` (N,) stay at the stop."""
    if len(samples) < CLIPPED_RUN:
        return 0
    at_the_stop = scipy.ndimage.minimum_filter1d(np.abs(samples) >= CLIPPED, CLIPPED_RUN, mode="constant", cval=0)
    return int(np.count_nonzero(np.diff(at_the_stop.astype(np.int8), prepend=0) == 1))


def _at_48_khz(sound: Sound) -> np.ndarray:
    return resampled(sound.samples, sound.rate)
