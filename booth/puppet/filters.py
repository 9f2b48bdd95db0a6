"""What smooths and what swings: a One-Euro filter and a damped spring, over arrays of any shape."""

from __future__ import annotations

import math

import numpy as np


class OneEuro:
    """Casiez, Roussel, Vogel: "1 € Filter", CHI 2012. A low-pass whose cut-off rises with speed: still when the face is still,
    prompt when it moves. ``least_hz`` at rest; ``beta`` Hz more for each unit a second; both a number or one for each value."""

    SPEED_HZ = 3.0
    """Cut-off of the speed's own low-pass."""

    def __init__(self, least_hz: np.ndarray | float, beta: np.ndarray | float) -> None:
        self._least, self._beta = np.asarray(least_hz, np.float64), np.asarray(beta, np.float64)
        self._at: np.ndarray | None = None
        self._speed: np.ndarray | None = None

    def reset(self) -> None:
        """The next value is taken as it is."""
        self._at = None

    def step(self, value: np.ndarray, dt: float) -> np.ndarray:
        """The smoothed ``value``, ``dt`` > 0 seconds after the last one."""
        if self._at is None or self._speed is None:
            self._at, self._speed = np.array(value, np.float64), np.zeros(np.shape(value))
            return self._at.copy()
        self._speed += _share(np.asarray(self.SPEED_HZ), dt) * ((value - self._at) / dt - self._speed)
        self._at += _share(self._least + self._beta * np.abs(self._speed), dt) * (value - self._at)
        return self._at.copy()


def _share(hz: np.ndarray, dt: float) -> np.ndarray:
    """How much of a new value a first-order low-pass takes."""
    return 1 / (1 + 1 / (2 * math.pi * hz * dt))


class Spring:
    """A damped spring, x″ = ω²(target − x) − 2ζω x′, solved exactly for a target that stands still during a step: it cannot
    blow up, however long the step. ``hz`` undamped; ``damping`` ζ < 1."""

    def __init__(self, hz: float, damping: float, size: int = 2) -> None:
        self._w, self._z = 2 * math.pi * hz, damping
        self.x, self._v = np.zeros(size), np.zeros(size)

    def step(self, target: np.ndarray, dt: float) -> np.ndarray:
        """Where it is ``dt`` seconds later."""
        decay, turn = self._z * self._w, self._w * math.sqrt(1 - self._z**2)
        off = self.x - target
        c, s, e = math.cos(turn * dt), math.sin(turn * dt), math.exp(-decay * dt)
        push = (self._v + decay * off) / turn
        self.x = target + e * (off * c + push * s)
        self._v = e * (self._v * c - (decay * push + turn * off) * s)
        return self.x


class Hair:
    """The ends of the hair hang on the head by a spring of 1.5 Hz with ζ = 0.35: they stay behind, overshoot and come to rest."""

    REACH = 0.25
    """At most about so far from where they hang, in distances between the outer eye corners."""
    _PLACE = np.array([[0.022, 0.0, 0.012], [0.0, 0.02, 0.0]])
    """How far a degree of yaw, pitch, roll carries them, in the same unit."""

    def __init__(self) -> None:
        self._spring: Spring | None = None

    def step(self, head: np.ndarray, shift: np.ndarray, dt: float) -> np.ndarray:
        """(2,) displacement for a head that now has the angles ``head`` (3,) and the ``shift`` (2,), as in ``Pose``."""
        place = self._PLACE @ head + shift
        if self._spring is None:
            self._spring = Spring(1.5, 0.35)
            self._spring.x = place.copy()
        return self.REACH * np.tanh((self._spring.step(place, dt) - place) / self.REACH)
