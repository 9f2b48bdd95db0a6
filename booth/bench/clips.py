"""A still and a clip, as visitors and event teams get them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np

from booth.characters import load_character
from booth.film import draw_film
from booth.products.still import Studio
from booth.settings import Engine, Settings

SHORT_S, LONG_S = 4.0, 16.0
"""Lengths of the two pieces of film."""
RATE = 30


def still_ms(picture: np.ndarray, engine: Engine, times: int = 5) -> float:
    """Median milliseconds from a camera picture (H, W, 3) to its drawing by the print network, everything loaded."""
    studio, style = Studio(engine), load_character("romance", None)
    studio.draw(picture, style)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        studio.draw(picture, style)
        taken.append((time.perf_counter() - began) * 1e3)
    studio.close()
    return float(np.median(taken))


def minute_s(picture_at: Callable[[float], np.ndarray], engine: Engine, short_s: float, long_s: float) -> float:
    """Seconds for a minute of 1080p film with sound: the line through what a short and a longer piece take, start-up included."""
    short, long = (_clip_s(picture_at, engine, seconds) for seconds in (short_s, long_s))
    return short + (long - short) / (long_s - short_s) * (60 - short_s)


def _clip_s(picture_at: Callable[[float], np.ndarray], engine: Engine, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.mp4"
        write_clip(source, (picture_at(k / RATE) for k in range(int(seconds * RATE))), seconds)
        began = time.perf_counter()
        draw_film(source, Path(folder) / "out.mp4", Settings(engine=engine))
        return time.perf_counter() - began


def write_clip(path: Path, pictures: Iterator[np.ndarray], seconds: float) -> None:
    """A film with a tone."""
    with av.open(str(path), "w") as out:
        video, audio = out.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "18"}), out.add_stream("aac", rate=48000)
        video.width, video.height, video.pix_fmt = 1920, 1080, "yuv420p"
        for picture in pictures:
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode())
        wave = (np.sin(np.arange(int(seconds * 48000)) / 48000 * 2 * np.pi * 440) * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        frame.rate = 48000
        out.mux(audio.encode(frame))
        out.mux(audio.encode())
