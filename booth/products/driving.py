"""A video whose face drives a puppet: its mesh, picture by picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from booth.errors import UsageError
from booth.frame import Frame, frozen
from booth.geometry import face_height
from booth.vision.detector import Detector
from booth.vision.mesh import FaceMesh

LOOK_AGAIN = 5
"""A lost face is looked for in every so many pictures."""
RATES = 10.0, 30.0


@dataclass(frozen=True, eq=False, slots=True)
class Driven:
    """``points``: (478, 3) float32 in the video's pixels, None while there is no face, ``rate`` a second · ``size`` (width, height) ·
    ``cut``: the video is longer than was wanted."""

    points: tuple[np.ndarray | None, ...]
    rate: float
    size: tuple[int, int]
    cut: bool

    @property
    def seconds(self) -> float:
        return len(self.points) / self.rate


def follow(path: Path, most_s: float, progress: Callable[[float], None] = lambda seconds: None) -> Driven:
    """The largest face of the first ``most_s`` seconds of a video. ``progress`` is told the second reached. Raises ``UsageError`` when it is
    no video, and when there is no face in it."""
    if not path.is_file():
        raise UsageError(f"no such file: {path}")
    detector, mesh = Detector(least_px=24), FaceMesh()
    found: list[np.ndarray | None] = []
    size, rate, cut, last = (1, 1), 30.0, False, None
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            if not container.streams.video:
                raise UsageError(f"{path} has no picture in it; a face is needed to drive with")
            rate = float(np.clip(container.streams.video[0].average_rate or Fraction(30), *RATES))
            for at, image in _evenly(container, rate):
                if at >= most_s:
                    cut = True
                    break
                size = image.shape[1], image.shape[0]
                last = mesh.find_all(image, [(_around(last), last)])[0] if last is not None else None
                if last is None and len(found) % LOOK_AGAIN == 0:
                    last = _largest(detector, mesh, image)
                found.append(None if last is None else frozen(last))
                progress(at)
    except (av.FFmpegError, OSError) as error:
        raise UsageError(f"{path} is not a video that can be read") from error
    if all(points is None for points in found):
        raise UsageError(f"no face was found in {path}; use a video of one person from the front")
    return Driven(tuple(found), rate, size, cut)


def _evenly(container: av.container.InputContainer, rate: float) -> Iterator[tuple[float, np.ndarray]]:
    """(second, (H, W, 3) uint8 RGB) at ``rate`` a second, whatever the video's own time stamps; damaged pictures are left out."""
    count, first = 0, None
    for packet in container.demux(container.streams.video[0]):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            time = float(frame.time) if frame.time is not None else count / rate
            first = time if first is None else first
            image = None
            while count / rate <= time - first + 0.5 / rate:
                if image is None:
                    turned = np.rot90(frame.to_ndarray(format="rgb24"), -frame.rotation // 90 % 4)
                    image = np.ascontiguousarray(turned)
                yield count / rate, image
                count += 1


def _largest(detector: Detector, mesh: FaceMesh, image: np.ndarray) -> np.ndarray | None:
    boxes = [detection.box for detection in detector.look(Frame(frozen(image), 0, 0.0))]
    meshes = [points for points in mesh.find_afresh(image, boxes) if points is not None]
    return max(meshes, key=face_height) if meshes else None


def _around(points: np.ndarray) -> np.ndarray:
    """The box (4,) of a face found one picture before."""
    flat = points[:, :2]
    return np.concatenate([flat.min(0), flat.max(0)]).astype(np.float32)
