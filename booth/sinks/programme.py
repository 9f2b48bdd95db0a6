"""What goes out, to a file or to the air: pictures and sound, put on one clock and encoded as H.264 and AAC.

    Timeline    pictures as they came → 30 a second; sound → 48,000 samples a second; both from the same beginning
    Programme   ticks and samples → an encoder each → one container
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from booth.audio.clock import RATE as SOUND_RATE
from booth.audio.clock import OnClock
from booth.sinks.outlet import Heard, Shown

log = logging.getLogger(__name__)

RATE = 30
"""Pictures a second."""
PER_TICK = SOUND_RATE // RATE
KEY_TICKS = RATE
"""A whole picture each second: what is lost when the power goes, and how finely a film is cut."""
SLACK_S = 0.5
"""Pictures and sound may come so late; then the last picture, or silence, takes their place."""
HARDWARE = ("h264_nvenc", "h264_qsv", "h264_videotoolbox", "h264_amf")
"""Encoders that take pictures from plain memory, in the order they are tried. VA-API is not built into PyAV."""
BT601, LIMITED = 5, 1


class Timeline:
    """Ticks of 1/30 s and samples of 1/48,000 s since ``origin``, monotonic seconds. For one thread.

    ``tick``: the next one to be given out. All methods give out what is due by then, in order and without holes.
    """

    def __init__(self, origin: float, width: int, height: int, sound: bool) -> None:
        self.origin = origin
        self._size = width, height
        self._planes: np.ndarray | None = None
        self._sound = OnClock(origin) if sound else None
        self.tick = 0

    def show(self, shown: Shown) -> Iterator[tuple[int, np.ndarray]]:
        """(tick, planes): the picture before, again, for ticks that had none, and this one. One that is late is the next to be repeated."""
        due = math.floor((shown.at - self.origin) * RATE + 0.5)
        if self._planes is not None:
            yield from self._repeat(due)
        if due == self.tick - 1:
            return                                              # more than 30 a second
        self._planes = planes_of(shown.image, *self._size)
        yield from self._repeat(due + 1)

    def hear(self, heard: Heard) -> np.ndarray:
        """The next samples, (M,) float32."""
        assert self._sound is not None
        return self._sound.add(heard.samples, heard.at)

    def overdue(self, now: float) -> Iterator[tuple[int, np.ndarray]]:
        """Ticks for which no picture came in time."""
        yield from self._repeat(math.floor((now - SLACK_S - self.origin) * RATE))

    def silence(self, now: float) -> np.ndarray:
        """Samples, (M,) float32, for which no sound came in time."""
        assert self._sound is not None
        return self._sound.until(now - SLACK_S)

    def _repeat(self, until: int) -> Iterator[tuple[int, np.ndarray]]:
        while self._planes is not None and self.tick < until:
            self.tick += 1
            yield self.tick - 1, self._planes


def planes_of(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB → (height · 3/2, width) uint8 I420, BT.601 limited; the whole picture, in the middle of black."""
    if image.shape[:2] != (height, width):
        scale = min(width / image.shape[1], height / image.shape[0])
        w, h = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        small = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if scale <= 0.5 else cv2.INTER_LINEAR)     # 2 ms in place of 9
        x, y = (width - w) // 2, (height - h) // 2
        image = cv2.copyMakeBorder(small, y, height - h - y, x, width - w - x, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2YUV_I420)


@functools.cache
def encoder(hardware: bool = True) -> str:
    """The first hardware encoder that really encodes here, else x264."""
    return next((name for name in HARDWARE if _works(name)), "libx264") if hardware else "libx264"


def _works(name: str) -> bool:
    """Encode a few pictures: an encoder that is built in, and even opens, may have no chip."""
    try:
        context: Any = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = 1920, 1080, _format(name)
        context.framerate, context.time_base, context.options = Fraction(RATE), Fraction(1, RATE), _options(name, None, False)
        count = 0
        for tick in range(8):
            frame = av.VideoFrame(1920, 1080, context.pix_fmt)
            frame.pts = tick
            count += len(context.encode(frame))
        return count + len(context.encode(None)) == 8
    except (av.FFmpegError, ValueError) as error:
        log.debug("no %s here: %s", name, error)
        return False


class Programme:
    """One picture track and, with ``sound``, one sound track, encoded into ``container``. Ticks and samples count from its own
    beginning and come in order, without holes. For one thread. FFmpeg's and the file's errors pass through."""

    def __init__(self, container: Any, width: int, height: int, sound: bool, name: str = "libx264", kbit: int | None = None,
                 fine: bool = False) -> None:
        """``name``: of the encoder · ``kbit``: a steady rate in kbit/s, for the air; without it a steady quality, for files ·
        ``fine``: better and slower, for what is not live."""
        self._container = container
        options = _options(name, kbit, fine)
        self._video = container.add_stream(name, rate=RATE, options=options)
        self._video.width, self._video.height = width, height
        self._video.pix_fmt = _format(name)
        context = self._video.codec_context
        context.time_base = Fraction(1, RATE)
        context.gop_size, context.max_b_frames, context.thread_count = KEY_TICKS, 0, 1
        context.colorspace = context.color_primaries = context.color_trc = BT601
        context.color_range = LIMITED
        if kbit:
            context.bit_rate = kbit * 1000
        self._sound = container.add_stream("aac", rate=SOUND_RATE) if sound else None
        if self._sound is not None:
            self._sound.codec_context.layout = "mono"
            self._sound.codec_context.bit_rate = 128_000
        self.ticks = self.samples = 0
        container.start_encoding()

    def show(self, planes: np.ndarray) -> None:
        """The next tick: I420 planes."""
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if self._video.pix_fmt != "yuv420p":
            frame = frame.reformat(format=self._video.pix_fmt)
        self.show_frame(frame)

    def show_frame(self, frame: av.VideoFrame) -> None:
        """The next tick: a decoded picture of the same size and format."""
        frame.pts, frame.time_base = self.ticks, Fraction(1, RATE)
        frame.pict_type = av.video.frame.PictureType.NONE        # what it was in another film says nothing here
        self._container.mux(self._video.encode(frame))
        self.ticks += 1

    def hear(self, samples: np.ndarray) -> None:
        """The next samples, (N,) float32 −1 … 1."""
        if self._sound is None or not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(np.clip(samples, -1, 1)[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self.samples, Fraction(1, SOUND_RATE)
        self._container.mux(self._sound.encode(frame))
        self.samples += len(samples)

    def close(self) -> None:
        """Sound is made as long as the pictures; encoders give out what they hold."""
        if self._sound is not None:
            self.hear(np.zeros(max(0, self.ticks * PER_TICK - self.samples), np.float32))
            self._container.mux(self._sound.encode(None))
        self._container.mux(self._video.encode(None))
        self._container.close()


def _format(name: str) -> str:
    return "nv12" if name == "h264_qsv" else "yuv420p"


def _options(name: str, kbit: int | None, fine: bool) -> dict[str, str]:
    if name == "libx264":
        rate = {"nal-hrd": "cbr", "minrate": f"{kbit}k"} if kbit else {"crf": "20" if fine else "23"}
        most = f"{kbit or 12_000}k"
        return {"preset": "veryfast" if fine else "superfast" if kbit else "ultrafast", "tune": "zerolatency", "maxrate": most, "bufsize": most,
                "x264-params": f"keyint={KEY_TICKS}:min-keyint={KEY_TICKS}:scenecut=0", **rate}
    if name == "h264_nvenc":
        return {"preset": "p4", "tune": "ll", "forced-idr": "1", **({"rc": "cbr"} if kbit else {"rc": "vbr", "cq": "23", "b": "0"})}
    return {} if kbit else {"global_quality": "23"} if name == "h264_qsv" else {"b": "8M"}
