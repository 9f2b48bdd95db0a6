"""The face mesh of each track: one mediapipe mesh per visitor, fed with a square around the face, smoothed over time."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import mediapipe as mp
import numpy as np

from booth.frame import Face, Frame, Track, frozen
from booth.geometry import f32
from booth.vision.motion import Motion
from booth.vision.steadypoints import steadied

SIDE = 256
"""Side of the square that the mesh looks at."""
MARGIN = 1.9
"""Its size in face boxes."""
FORGET_S = 6.0
LONGEST_CARRY_S = 0.3
"""Motion between pictures further apart than this is not believed."""


def make_mesh(static: bool = False):
    """A mediapipe mesh for one face with irises. ``static`` forgets between pictures."""
    return mp.solutions.face_mesh.FaceMesh(static_image_mode=static, max_num_faces=1, refine_landmarks=True,
                                           min_detection_confidence=0.35, min_tracking_confidence=0.5)


def find_mesh(mesh, image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
    """(478, 3) float32 points in ``image`` pixels of the face in ``box`` (4,), or None."""
    centre, side = (box[:2] + box[2:]) / 2, MARGIN * float(max(box[2] - box[0], box[3] - box[1]))
    scale = SIDE / side
    affine = f32([[scale, 0, SIDE / 2 - scale * centre[0]], [0, scale, SIDE / 2 - scale * centre[1]]])
    found = mesh.process(cv2.warpAffine(image, affine, (SIDE, SIDE), flags=cv2.INTER_LINEAR)).multi_face_landmarks
    if not found:
        return None
    points = np.array([(p.x, p.y, p.z) for p in found[0].landmark], np.float32) * (SIDE / scale)
    points[:, :2] += centre - SIDE / 2 / scale
    middle = points[[10, 152, 234, 454], :2].mean(0)
    if np.linalg.norm(middle - centre) > 0.5 * float(box[3] - box[1]):      # it followed somebody else
        return None
    return points


def _hidden(track: Track, tracks: list[Track]) -> bool:
    """Whether a face seen now stands where this unseen one is thought to be."""
    centre, size = (track.box[:2] + track.box[2:]) / 2, float(track.box[3] - track.box[1])
    return any(np.linalg.norm((t.box[:2] + t.box[2:]) / 2 - centre) < 0.8 * size for t in tracks if t.seen)


class _Visitor:
    def __init__(self, mesh) -> None:
        self.mesh = mesh
        self.motion = Motion()
        self.last = self.at = 0.0
        self.face: Face | None = None


class Landmarker:
    """Keeps a pool of meshes, one per visitor present. Owned by one thread; meshes run side by side on ``threads``."""

    def __init__(self, threads: int = 2) -> None:
        self._visitors: dict[int, _Visitor] = {}
        self._spare = [make_mesh() for _ in range(3)]
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="mesh")

    def find(self, frame: Frame, tracks: list[Track]) -> list[Face]:
        """A face for each live track whose mesh is found; their order is the tracks'.

        A track that the detector missed just now is looked for where it should be, unless somebody else is there.
        """
        wanted = [t for t in tracks if t.live and (t.seen or not _hidden(t, tracks))]
        self._release(frame.captured_at, {t.id for t in wanted})
        for track in wanted:
            if track.id not in self._visitors:
                self._visitors[track.id] = _Visitor(self._spare.pop() if self._spare else make_mesh())
        # with many faces those wait that were looked at last; meanwhile their points move with the picture
        waiting = sorted(wanted, key=lambda t: self._visitors[t.id].last)
        due = [t for i, t in enumerate(waiting) if i < self._threads or self._visitors[t.id].face is None]
        found = self._pool.map(lambda t: find_mesh(self._visitors[t.id].mesh, frame.image, t.box), due)
        fresh = dict(zip([t.id for t in due], found, strict=True))
        return [face for t in wanted if (face := self._face(t, fresh, frame)) is not None]

    def _face(self, track: Track, fresh: dict[int, np.ndarray | None], frame: Frame) -> Face | None:
        visitor, now = self._visitors[track.id], frame.captured_at
        points: np.ndarray | None = None
        if visitor.face is not None and now - visitor.at < LONGEST_CARRY_S:
            points = visitor.motion.carry(frame.image, visitor.face.points)
        if track.id in fresh:
            mesh = fresh[track.id]
            visitor.last = now
            points = mesh if mesh is None or points is None else steadied(mesh, points)
        visitor.face = None if points is None else Face(track.id, track.box, frozen(points))
        if points is not None:
            visitor.motion.keep(frame.image, points)
            visitor.at = now
        return visitor.face

    def _release(self, now: float, present: set[int]) -> None:
        for track_id in [k for k, v in self._visitors.items() if k not in present and now - v.last > FORGET_S]:
            self._spare.append(self._visitors.pop(track_id).mesh)

    def close(self) -> None:
        self._pool.shutdown()
        for mesh in [*self._spare, *(v.mesh for v in self._visitors.values())]:
            mesh.close()
