"""Make the booth's sounds: all synthesised here, nothing recorded.

    python -m models.art.sounds

Writes ``assets/sounds/<name>.wav``: 48 kHz, mono, int16; the same bytes every time.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable

import numpy as np

from booth import resources
from booth.files import write_atomic

RATE = 48_000
PARTIALS = ((1.0, 1.0, 1.0), (2.0, 0.22, 1.8), (3.93, 0.10, 3.2))
"""Of a struck wooden bar: times the pitch, how loud, how much faster it fades."""


def struck(pitch_hz: float, seconds: float, fade_s: float) -> np.ndarray:
    """A soft mallet on a bar: (N,) float64, about −1 … 1; ``fade_s`` until the pitch has fallen to 37 %."""
    t = np.arange(round(seconds * RATE)) / RATE
    return eased(sum(loud * np.sin(2 * np.pi * pitch_hz * times * t) * np.exp(-t * faster / fade_s) for times, loud, faster in PARTIALS))


def eased(sound: np.ndarray, attack_s: float = 0.004, release_s: float = 0.02) -> np.ndarray:
    """Begins and ends at zero, without a click."""
    attack, release = round(attack_s * RATE), round(release_s * RATE)
    out = sound.copy()
    out[:attack] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    out[-release:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, release + 1) / release)
    return out


def placed(notes: list[tuple[float, np.ndarray]], seconds: float) -> np.ndarray:
    """Notes begun at their times, together."""
    out = np.zeros(round(seconds * RATE))
    for at, note in notes:
        begin = round(at * RATE)
        out[begin:begin + len(note)] += note[:len(out) - begin]
    return eased(out)


def rustle(seconds: float, centre_hz: float, fade_s: float, seed: int) -> np.ndarray:
    """A short breath of noise around a pitch. RandomState: its numbers are promised never to change."""
    n = round(seconds * RATE)
    noise = np.fft.rfft(np.random.RandomState(seed).standard_normal(n))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(n, 1 / RATE), 1) / centre_hz)
    burst = np.fft.irfft(noise * np.exp(-0.5 * (octaves / 0.5) ** 2), n)
    return eased(burst / np.abs(burst).max() * np.exp(-np.arange(n) / RATE / fade_s), 0.002)


def tick() -> np.ndarray:
    return struck(880.0, 0.12, 0.030)


def last() -> np.ndarray:
    return struck(1318.5, 0.24, 0.065)


def shutter() -> np.ndarray:
    """Two leaves: one opens, one closes."""
    return placed([(0.0, rustle(0.06, 2600.0, 0.012, 1)), (0.07, 0.8 * rustle(0.08, 1900.0, 0.018, 2))], 0.16)


def done() -> np.ndarray:
    """C, E, G, C, going up."""
    return placed([(0.08 * i, struck(hz, 0.36, 0.12)) for i, hz in enumerate((523.25, 659.26, 783.99, 1046.5))], 0.6)


def tap() -> np.ndarray:
    return struck(1174.7, 0.06, 0.012)


def bye() -> np.ndarray:
    """G, E, C, going down slowly."""
    return placed([(0.14 * i, struck(hz, 0.38, 0.14)) for i, hz in enumerate((783.99, 659.26, 523.25))], 0.66)


SOUNDS: dict[str, tuple[Callable[[], np.ndarray], float]] = {
    "tick": (tick, 0.5), "last": (last, 0.6), "shutter": (shutter, 0.6), "done": (done, 0.7), "tap": (tap, 0.3), "bye": (bye, 0.5),
}
"""How each is made, and its peak."""


def samples(name: str) -> np.ndarray:
    """(N,) int16."""
    make, peak = SOUNDS[name]
    sound = make()
    return np.round(sound / np.abs(sound).max() * peak * 32767).astype("<i2")


def wav(name: str) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples(name).tobytes())
    return file.getvalue()


def main() -> None:
    for name in SOUNDS:
        path = resources.assets() / "sounds" / f"{name}.wav"
        write_atomic(path, wav(name))
        print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
