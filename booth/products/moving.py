"""The same four-cut, moving: the second before each shot, all cuts at once, as GIF, MP4 and WebP."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from booth.errors import UsageError
from booth.frame import Drawn
from booth.products.layout import Layout
from booth.products.strip import Composer, Window, Words, window_of

MOST_PICTURES = 60
"""Longer clips are cut after so many: Pillow keeps all pictures of a GIF and of a WebP until it has written them."""
VIDEO_PX = 720
"""Longest width of the video …"""
SMALL_PX = 480
"""… and of GIF and WebP."""
TALL_PX = 2400
"""Longest height of any of them."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The files' contents."""

    gif: bytes
    mp4: bytes
    webp: bytes


def moving(layout: Layout, clips: Sequence[Sequence[Drawn]], words: Words, rate: float, boomerang: bool = True) -> Moving:
    """``clips``: for each of the layout's pictures what was seen before its shot, oldest first, ``rate`` pictures a second. A shorter
    clip waits on its last picture; with ``boomerang`` all run back to their beginning. Raises ``UsageError`` without any picture.

    Memory does not grow with length: pictures are composed one at a time, at most ``MOST_PICTURES`` of them.
    """
    if not clips or not all(clips):
        raise UsageError("a moving four-cut needs at least one picture in every clip")
    video = _composed(layout, clips, words, VIDEO_PX, boomerang)
    mp4 = _mp4(video, rate)
    small = [Image.fromarray(picture) for picture in _composed(layout, clips, words, SMALL_PX, boomerang)]
    return Moving(_gif(small, rate), mp4, _webp(small, rate))


def _order(length: int, boomerang: bool) -> list[int]:
    """0 1 2 3, and with ``boomerang`` 2 1 after it: the loop's seam is not seen."""
    there = list(range(min(length, MOST_PICTURES // 2 + 1 if boomerang else MOST_PICTURES)))
    return there + there[-2:0:-1] if boomerang else there


def _composed(layout: Layout, clips: Sequence[Sequence[Drawn]], words: Words, widest: int, boomerang: bool) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 with even sides, one after another."""
    width, height = layout.size_px
    composer = Composer(layout, words, min(1.0, widest / width, TALL_PX / height))
    windows = _windows(layout, clips)
    for at in _order(max(map(len, clips)), boomerang):
        picture = composer.compose([clip[min(at, len(clip) - 1)] for clip in clips], windows)
        yield np.ascontiguousarray(picture[:picture.shape[0] // 2 * 2, :picture.shape[1] // 2 * 2])


def _windows(layout: Layout, clips: Sequence[Sequence[Drawn]]) -> list[Window]:
    """One for each slot and the whole clip, so that the cut does not shake with the faces."""
    found = []
    for slot in layout.slots:
        if slot.picture > len(clips):
            found.append((0.0, 0.0, 1.0, 1.0))
            continue
        clip = clips[slot.picture - 1]
        last = clip[-1]
        same = [drawn for drawn in clip if len(drawn.boxes) == len(last.boxes) > 0]
        steady = np.mean([_by_x(drawn.boxes) for drawn in same], axis=0, dtype=np.float32) if same else last.boxes
        found.append(window_of(slot, Drawn(last.image, steady, last.people)))
    return found


def _by_x(boxes: np.ndarray) -> np.ndarray:
    return boxes[np.argsort(boxes[:, 0])]


def _mp4(pictures: Iterator[np.ndarray], rate: float) -> bytes:
    """H.264, playable while it loads. Through a file: the index is moved to the front by reading the film again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "moving.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            stream = None
            for picture in pictures:
                if stream is None:
                    stream = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001), options={"preset": "veryfast", "crf": "20"})
                    stream.height, stream.width, stream.pix_fmt = picture.shape[0], picture.shape[1], "yuv420p"
                    stream.codec_context.colorspace = stream.codec_context.color_primaries = stream.codec_context.color_trc = 1    # BT.709
                    stream.codec_context.thread_count = 1
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
                container.mux(stream.encode(frame))
            if stream is not None:
                container.mux(stream.encode())
        return path.read_bytes()


def _gif(pictures: list[Image.Image], rate: float) -> bytes:
    """One palette for all pictures, found from some of them side by side; no dither: drawings are flat, and it would crawl."""
    some = pictures[::max(1, len(pictures) // 4)]
    mosaic = Image.fromarray(np.concatenate([np.asarray(p.resize((p.width // 2, p.height // 2))) for p in some], axis=1))
    palette = mosaic.quantize(255, Image.Quantize.MEDIANCUT, kmeans=1)
    first, *rest = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    data = io.BytesIO()
    colours = bytes(palette.getpalette() or [])                 # named again, or Pillow writes a table for every picture
    first.save(data, "GIF", save_all=True, append_images=rest, palette=colours, optimize=True, duration=max(20, round(100 / rate) * 10), loop=0)
    return data.getvalue()


def _webp(pictures: list[Image.Image], rate: float) -> bytes:
    data = io.BytesIO()
    pictures[0].save(data, "WEBP", save_all=True, append_images=pictures[1:], duration=round(1000 / rate), loop=0, quality=80, method=2)
    return data.getvalue()
