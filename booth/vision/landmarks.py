"""The face mesh of each track, steadied over time."""

from __future__ import annotations

import numpy as np

from booth.frame import Face, Frame, Track, frozen
from booth.vision.mesh import FaceMesh
from booth.vision.motion import Motion
from booth.vision.steadypoints import steadied

FORGET_S = 6.0
LONGEST_CARRY_S = 0.3
"""Motion between pictures further apart than this is not believed."""
AT_ONCE = 2
"""Faces whose mesh is found in one picture."""


def _hidden(track: Track, tracks: list[Track]) -> bool:
    """Whether a face seen now stands where this unseen one is thought to be."""
    centre, size = (track.box[:2] + track.box[2:]) / 2, float(track.box[3] - track.box[1])
    return any(np.linalg.norm((t.box[:2] + t.box[2:]) / 2 - centre) < 0.8 * size for t in tracks if t.seen)


class _Visitor:
    def __init__(self) -> None:
        self.motion = Motion()
        self.last = self.at = 0.0
        self.face: Face | None = None


class Landmarker:
    """Owned by one thread."""

    def __init__(self) -> None:
        self._visitors: dict[int, _Visitor] = {}
        self._mesh = FaceMesh()

    def find(self, frame: Frame, tracks: list[Track], at_once: int = AT_ONCE) -> list[Face]:
        """A face for each live track whose mesh is found; their order is the tracks'.

        A track that the detector missed just now is looked for where it should be, unless somebody else is there. With more
        than ``at_once`` faces those wait that were looked at last; meanwhile their points move with the picture.
        """
        wanted = [t for t in tracks if t.live and (t.seen or not _hidden(t, tracks))]
        self._release(frame.captured_at, {t.id for t in wanted})
        visitors = [self._visitors.setdefault(t.id, _Visitor()) for t in wanted]
        carried = [self._carried(v, frame) for v in visitors]
        waiting = sorted(range(len(wanted)), key=lambda i: visitors[i].last)
        due = [i for k, i in enumerate(waiting) if k < at_once or visitors[i].face is None]
        points = dict(enumerate(carried))
        for i, mesh in zip(due, self._mesh.find_all(frame.image, [(wanted[i].box, carried[i]) for i in due]), strict=True):
            visitors[i].last = frame.captured_at
            moved = carried[i]
            points[i] = mesh if mesh is None or moved is None else steadied(mesh, moved)
        faces = [self._keep(v, t, points[i], frame) for i, (v, t) in enumerate(zip(visitors, wanted, strict=True))]
        return [face for face in faces if face is not None]

    def _carried(self, visitor: _Visitor, frame: Frame) -> np.ndarray | None:
        """The last picture's points where they are now."""
        if visitor.face is None or frame.captured_at - visitor.at >= LONGEST_CARRY_S:
            return None
        return visitor.motion.carry(frame.image, visitor.face.points)

    def _keep(self, visitor: _Visitor, track: Track, points: np.ndarray | None, frame: Frame) -> Face | None:
        visitor.face = None if points is None else Face(track.id, track.box, frozen(points))
        if points is not None:
            visitor.motion.keep(frame.image, points)
            visitor.at = frame.captured_at
        return visitor.face

    def _release(self, now: float, present: set[int]) -> None:
        for track_id in [k for k, v in self._visitors.items() if k not in present and now - v.last > FORGET_S]:
            del self._visitors[track_id]
