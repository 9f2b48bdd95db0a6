"""The same four-cut, moving: the second before each shot, all cuts at once, as GIF, MP4 and WebP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from booth.errors import UsageError
from booth.frame import Drawn
from booth.products.clip import clip_bytes, gif, webp
from booth.products.layout import Layout
from booth.products.strip import Composer, Window, Words, window_of

MOST_PICTURES = 60
"""Longer clips are cut after so many: Pillow keeps all pictures of a GIF and of a WebP until it has written them."""
VIDEO_PX = 720
"""Longest width of the video …"""
SMALL_PX = 480
"""… and of GIF and WebP."""
WEBP_QUALITY = 80
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
    mp4 = clip_bytes(video, rate, None, ".mp4")
    small = [Image.fromarray(picture) for picture in _composed(layout, clips, words, SMALL_PX, boomerang)]
    return Moving(gif(small, rate), mp4, webp(small, rate, WEBP_QUALITY))


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
