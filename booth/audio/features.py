"""What the network of speech hears: 40 log-mel bands, 100 steps a second, against their own running mean.

Every value follows from sound up to 12.5 ms after its step, so that live and recorded sound give the same numbers.
"""

from __future__ import annotations

import numpy as np

from booth.errors import UsageError

RATE = 16_000
HOP, WINDOW, FFT = 160, 400, 512
BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 60.0, 7_600.0
FLOOR_DB = -90.0
"""Level of digital silence."""
LEAST_PEAK_DB = -60.0
PEAK_FALLS_DB = 0.02
"""The loudest moment is forgotten by so much a step: 2 dB a second."""
NEAR_DB = 25.0
"""What is so far below the loudest moment hardly counts for the mean."""
MEMORY = 300
"""Steps after which the mean has forgotten to 1/e."""
PRIOR = 60
"""So many steps of ordinary speech are taken to have been before."""
SPEECH = np.linspace(0.5, -3.5, BANDS)
"""Ordinary speech: natural logarithm of its bands' power against its loudest moment. A straight line is near enough for a start."""
DEEPEST, HIGHEST = -8.0, 8.0
SCALE = 0.5
_LN_DB = 10 / np.log(10)
_BLOCK = 400


def _mel_filters() -> np.ndarray:
    """(BANDS, FFT // 2 + 1) triangles, each of sum 1, on the scale mel = 2595 log10(1 + f / 700) (O'Shaughnessy 1987)."""
    mel = lambda hz: 2595 * np.log10(1 + hz / 700)
    edges = 700 * (10 ** (np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2) / 2595) - 1)
    at = np.arange(FFT // 2 + 1) * RATE / FFT
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    filters = np.clip(np.minimum((at - low) / (middle - low), (high - at) / (high - middle)), 0, None)
    empty = filters.sum(axis=1) == 0                                # narrower than the spectrum's own steps: the nearest one
    filters[empty, np.abs(at[None] - middle).argmin(axis=1)[empty]] = 1
    return filters / filters.sum(axis=1, keepdims=True)


_FILTERS = _mel_filters().T.astype(np.float32)
_WINDOW = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
_GAIN = float((_WINDOW ** 2).sum())


class LogMel:
    """A stream's features; owned by one thread. ``push`` as often as sound comes."""

    def __init__(self) -> None:
        self._left = np.zeros(WINDOW // 2, np.float32)              # step 0 looks at the sound around second 0
        self._peak = LEAST_PEAK_DB
        self._smooth = FLOOR_DB
        self._weight = float(PRIOR)
        self._sum = PRIOR * SPEECH

    def push(self, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, 40) float32 features and (n,) float32 level in dB of full scale (−90 … 0), of the steps that are complete.

        ``samples`` (N,) float at 16 kHz. Raises ``UsageError`` for another shape; what is not a number counts as silence.
        """
        if samples.ndim != 1:
            raise UsageError(f"speech is one row of samples, not {samples.shape}; mix its channels first")
        sound = np.concatenate([self._left, np.clip(np.nan_to_num(samples, nan=0.0), -1, 1).astype(np.float32)])
        count = max(0, (len(sound) - WINDOW) // HOP + 1)
        self._left = sound[count * HOP:]
        if not count:
            return np.zeros((0, BANDS), np.float32), np.zeros(0, np.float32)
        blocks = [self._steps(sound[i * HOP:], min(_BLOCK, count - i)) for i in range(0, count, _BLOCK)]
        return np.concatenate([features for features, _ in blocks]), np.concatenate([level for _, level in blocks])

    def _steps(self, sound: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[:(count - 1) * HOP + 1:HOP]
        level = np.maximum(_LN_DB * np.log((frames ** 2).mean(axis=1) + 1e-12), FLOOR_DB)
        spectrum = np.fft.rfft(frames * _WINDOW, FFT)
        power = (spectrum.real ** 2 + spectrum.imag ** 2).astype(np.float32) / _GAIN
        mel = np.log(power @ _FILTERS + 10 ** (FLOOR_DB / 10)).astype(np.float64)
        return self._against_mean(mel, self._peaks(level.astype(np.float64)), level), level.astype(np.float32)

    def _peaks(self, level: np.ndarray) -> np.ndarray:
        """The loudest moment so far (of the level over some 30 ms), slowly forgotten."""
        smooth = np.empty(len(level))
        for i, value in enumerate(level):
            self._smooth += 0.35 * (value - self._smooth)
            smooth[i] = self._smooth
        fall = PEAK_FALLS_DB * np.arange(1, len(level) + 1)
        peaks = np.maximum(np.maximum.accumulate(np.maximum(smooth, LEAST_PEAK_DB) + fall), self._peak) - fall
        self._peak = float(max(peaks[-1], LEAST_PEAK_DB))
        return np.maximum(peaks, LEAST_PEAK_DB)

    def _against_mean(self, mel: np.ndarray, peaks: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Bands minus their mean over the past; loud moments count most in the mean."""
        relative = np.clip(mel - peaks[:, None] / _LN_DB, -2 * HIGHEST, HIGHEST)
        weight = 1 / (1 + np.exp(-(level - peaks + NEAR_DB) / 3))
        # the sums fade by 1 − 1/MEMORY a step: as cumulative sums over a block of values scaled up
        grow = (1 - 1 / MEMORY) ** -np.arange(1.0, len(mel) + 1)
        weights = (self._weight + np.cumsum(weight * grow)) / grow
        sums = (self._sum + np.cumsum((weight * grow)[:, None] * relative, axis=0)) / grow[:, None]
        # the prior never fades away: after a long silence the mean returns to it
        self._weight, self._sum = float(weights[-1]), sums[-1]
        mean = (sums + SPEECH) / (weights + 1)[:, None]
        return (SCALE * np.clip(relative - mean, DEEPEST, HIGHEST)).astype(np.float32)

