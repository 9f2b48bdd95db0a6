"""A video file or stream through PyAV, paced by its own time stamps."""

from __future__ import annotations

from collections.abc import Iterator

import av
import numpy as np

from booth.cameras.pace import Pace
from booth.errors import CameraLost, CameraUnusable
from booth.settings import VideoCamera

GAP_S = 1.0
"""A jump between time stamps longer than this is a cut, not a pause to be sat through."""


class Video:
    def __init__(self, settings: VideoCamera) -> None:
        self._source = settings.source
        self._is_stream = "://" in settings.source
        self._loop = settings.loop and not self._is_stream
        self._container: av.container.InputContainer | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._pace = Pace()

    def describe(self) -> str:
        return f"video {self._source}"

    def open(self) -> None:
        try:
            self._container = av.open(self._source, timeout=(5.0, 5.0))
        except FileNotFoundError as error:
            raise CameraUnusable(f"no such file: {self._source}") from error
        except (av.FFmpegError, OSError) as error:
            if self._is_stream:
                raise CameraLost(f"{self._source} does not answer ({error.strerror})") from error
            raise CameraUnusable(f"{self._source} is not a video that can be read; try another file") from error
        if not self._container.streams.video:
            self.close()
            raise CameraUnusable(f"{self._source} has no picture in it, only sound; try another file")
        stream = self._container.streams.video[0]
        stream.thread_type = "AUTO"
        self._rate = float(stream.average_rate or 30)
        self._frames = self._container.decode(stream)
        self._pace.reset()
        self._seen = 0
        self._clock = 0.0
        self._last_stamp: float | None = None

    def read(self) -> np.ndarray:
        frame = self._next()
        step = 1 / self._rate
        if frame.time is not None:
            if self._last_stamp is not None and 0 < frame.time - self._last_stamp <= GAP_S:
                step = frame.time - self._last_stamp
            self._last_stamp = frame.time
        self._clock += step
        self._pace.wait(self._clock)
        return frame.to_ndarray(format="rgb24")

    def _next(self) -> av.VideoFrame:
        assert self._container is not None
        for again in (self._loop, False):
            try:
                frame = next(self._frames)
                self._seen += 1
                return frame
            except (StopIteration, av.error.EOFError) as end:
                if self._is_stream:
                    raise CameraLost(f"{self._source} ended") from end
                if not self._seen:
                    raise CameraUnusable(f"{self._source} holds no readable picture; try another file") from end
                if not again:
                    raise CameraLost(f"{self._source} is over") from end
                self._container.seek(0)
                self._frames = self._container.decode(self._container.streams.video[0])
                self._last_stamp = None
            except av.FFmpegError as error:
                if not self._seen:
                    raise CameraUnusable(f"{self._source} is damaged: no picture could be read; try another file") from error
                raise CameraLost(f"{self._source} stopped ({error.strerror})") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None
