"""Sound out of any file that FFmpeg reads, and into a WAV file."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from booth.errors import UsageError
from booth.files import write_atomic

RATE = 48_000
"""Samples a second of every sound inside the booth."""
MOST_S = 15.0
"""Longest speech of a clip."""


@dataclass(frozen=True, eq=False, slots=True)
class Sound:
    """``samples`` (N,) float32 −1 … 1, one channel, read-only · ``rate`` samples a second · ``cut``: there was more than was wanted.

    What is not a number becomes 0, what is louder than full scale is limited to it. Raises ``UsageError`` for another shape.
    """

    samples: np.ndarray
    rate: int = RATE
    cut: bool = False

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.rate <= 0:
            raise UsageError(f"a sound is one row of samples, not {self.samples.shape} at {self.rate} a second; mix its channels first")
        samples = np.clip(np.nan_to_num(np.asarray(self.samples, np.float32), nan=0.0), -1, 1)
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def read_sound(source: Path | bytes, most_s: float | None = MOST_S) -> Sound:
    """The first sound track of a file of any kind (or of its contents) as one channel at 48 kHz, at most ``most_s`` seconds of it.

    Of a film, second 0 is its first picture: sound that begins later has silence before it. Channels are averaged. Damaged pieces are left
    out. Raises ``UsageError`` when there is no such file, when it is no recording, and when there is no sound in it.
    """
    name = "this recording" if isinstance(source, bytes) else str(source)
    if most_s is not None and not most_s > 0:
        raise UsageError(f"cannot read {most_s} seconds of {name}; ask for more than 0")
    if isinstance(source, Path) and not source.is_file():
        raise UsageError(f"no such file: {source}")
    try:
        with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r", metadata_errors="replace") as container:
            if not container.streams.audio:
                raise UsageError(f"{name} has no sound in it; record it again with a microphone, or choose another file")
            samples, cut = _gathered(container, None if most_s is None else round(most_s * RATE))
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"{name} is not a sound that can be read ({error.strerror}); save it as WAV, MP3 or M4A") from error
    if not len(samples):
        raise UsageError(f"{name} has no sound in it, it is empty; record it again, or choose another file")
    return Sound(samples, RATE, cut)


def _gathered(container: av.container.InputContainer, most: int | None) -> tuple[np.ndarray, bool]:
    """The first ``most`` samples of the first sound track, and whether there are more."""
    blocks: list[np.ndarray] = []
    length = 0
    for block in _blocks(container):
        blocks.append(block)
        length += len(block)
        if most is not None and length > most:
            break
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return samples[:most], most is not None and length > most


def _blocks(container: av.container.InputContainer) -> Iterator[np.ndarray]:
    """(N,) float32 at 48 kHz, one after another."""
    track = container.streams.audio[0]
    resampler: av.AudioResampler | None = None
    for packet in container.demux(track):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if resampler is None:
                # FFmpeg would raise what both channels share by 3 dB on the way to one: it only brings many down to two
                resampler = av.AudioResampler("fltp", "mono" if frame.layout.nb_channels == 1 else "stereo", RATE)
                late = round((_time(frame) - _beginning(container, frame)) * RATE)
                if late > 0:
                    yield np.zeros(late, np.float32)
            for done in resampler.resample(frame):
                yield done.to_ndarray().mean(axis=0)[max(0, -late):]
                late = min(0, late + done.samples)
    if resampler is not None:
        for done in resampler.resample(None):
            yield done.to_ndarray().mean(axis=0)


def _time(frame: Any) -> float:
    return float(frame.time or 0.0)


def _beginning(container: av.container.InputContainer, first: Any) -> float:
    """Second at which a film's picture begins; where there is none (or only a record's cover), the sound itself."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic and stream.start_time is not None and stream.time_base is not None:
            return float(stream.start_time * stream.time_base)
    return _time(first)


def resampled(samples: np.ndarray, rate: float) -> np.ndarray:
    """``samples`` (N,) float32 of ``rate`` a second at 48 kHz; the first sample stays the first."""
    if rate == RATE or not len(samples):
        return samples.astype(np.float32)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate = round(rate)
    resampler = av.AudioResampler("fltp", "mono", RATE)
    return np.concatenate([done.to_ndarray()[0] for done in (*resampler.resample(frame), *resampler.resample(None))])


def wav(sound: Sound) -> bytes:
    """A WAV file's contents: one channel, 16 bit, the sound's own rate."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, sound.rate, 0, "NONE", ""))
        file.writeframes(np.clip(np.round(sound.samples * 32768), -32768, 32767).astype("<i2").tobytes())
    return data.getvalue()


def write_wav(path: Path, sound: Sound) -> None:
    """``wav`` into ``path``: whole, or not at all. Replaces an existing file."""
    write_atomic(path, wav(sound))
