"""One-Euro filter: steady when still, quick when moving (Casiez, Roussel, Vogel 2012)."""

from __future__ import annotations

import numpy as np


class OneEuro:
    """Filters an array of any shape. ``min_cutoff`` Hz at rest; ``beta`` raises it with speed (in units per second).

    A gap longer than ``gap_s`` starts anew.
    """

    def __init__(self, min_cutoff: float = 1.5, beta: float = 0.02, speed_cutoff: float = 1.0, gap_s: float = 0.5) -> None:
        self._min, self._beta, self._speed_cutoff, self._gap = min_cutoff, beta, speed_cutoff, gap_s
        self._value: np.ndarray | None = None
        self._speed: np.ndarray | None = None
        self._time = 0.0

    def __call__(self, x: np.ndarray, t: float) -> np.ndarray:
        if self._value is None or self._speed is None or t - self._time > self._gap or t < self._time:
            self._value, self._speed, self._time = x.copy(), np.zeros_like(x), t
            return self._value
        dt = max(t - self._time, 1e-3)
        speed = (x - self._value) / dt
        self._speed = self._speed + _gain(self._speed_cutoff, dt) * (speed - self._speed)
        pace = np.linalg.norm(self._speed, axis=-1, keepdims=True)
        self._value = self._value + _gain(self._min + self._beta * pace, dt) * (x - self._value)
        self._time = t
        return self._value


def _gain(cutoff, dt: float):
    """Weight of the new sample of a first-order low-pass at ``cutoff`` Hz."""
    r = 2 * np.pi * cutoff * dt
    return r / (r + 1)
