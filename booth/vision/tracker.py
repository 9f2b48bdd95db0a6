"""Visitors over time: norfair's Kalman tracker, with re-identification by look for those who were covered or away."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType

# one of norfair's filters, which is not used here, would load all of scipy.stats: a second of every start
sys.modules.setdefault("filterpy.kalman", ModuleType("filterpy.kalman")).__dict__.setdefault("KalmanFilter", None)

import numpy as np
from norfair import Detection as NorfairDetection
from norfair import Tracker as Norfair
from norfair.distances import ScalarDistance
from norfair.filter import OptimizedKalmanFilterFactory

from booth.frame import Detection, Frame, Track, frozen
from booth.settings import VisionSettings

LOOK_WEIGHT = 0.9
"""What a wholly different look adds to the distance; positions count in face sizes."""
FARTHEST = 1.1
"""A detection this far from a track (face sizes + look) is somebody else."""
SAME_LOOK = 0.16
"""Returning visitors: cosine distance of looks below which they are the same person."""
MOVED = 0.018
"""Face sizes that a face must have gone to be alive rather than a picture."""
STEADY = 6
"""Boxes averaged for that: the detectors' boxes differ a little from look to look."""


@dataclass
class _Memory:
    """What is kept of one visitor between pictures."""

    last_seen: float
    box: np.ndarray
    estimate: np.ndarray
    seen: bool = False
    score: float = 0.0
    alive: bool = False
    hits: int = 0
    path: list[np.ndarray] = field(default_factory=list)


def _distance(detection: NorfairDetection, tracked) -> float:
    """Centre and size difference in face sizes, plus difference of looks."""
    a, b = detection.points, tracked.estimate
    size = max(float(np.linalg.norm(b[1] - b[0])), 1.0)
    place = float(np.linalg.norm(a - b, axis=1).mean()) / size * 1.6
    look = tracked.last_detection.embedding
    return place + LOOK_WEIGHT * float(1 - detection.embedding @ look)


def _same_person(new, old) -> float:
    """Distance between a track that is being born and one that was lost: how different they look."""
    looks = [d.embedding for d in (old.past_detections or [old.last_detection]) if d is not None]
    return float(min(1 - new.last_detection.embedding @ look for look in looks))


class Tracker:
    """Feeds norfair and decides who takes part. Owned by one thread.

    A track is *live* when it has been seen ``birth_frames`` times and has moved as pictures on walls do not; a visitor
    known from before is live at once. Lost visitors keep their id for ``memory_s``.
    """

    def __init__(self, settings: VisionSettings, rate: float = 30.0, period: int = 1) -> None:
        """``rate``: pictures per second to expect; ``period``: pictures from one look of the detector to the next."""
        self._settings, self._period = settings, period
        patience = max(3 * period, round(0.7 * rate))
        # a track is born at its second hit, not its first: only then does norfair ask whether it is somebody known
        self._norfair = Norfair(
            distance_function="euclidean", distance_threshold=FARTHEST, hit_counter_max=patience, initialization_delay=period,
            pointwise_hit_counter_max=4, filter_factory=OptimizedKalmanFilterFactory(R=2.0, Q=0.15),
            past_detections_length=8, reid_distance_function=_same_person, reid_distance_threshold=SAME_LOOK,
            reid_hit_counter_max=max(1, round(settings.memory_s * rate) + patience))
        # given as an argument, a function of one pair would be warned about at every start: few faces, nothing to speed up
        self._norfair.distance_function = ScalarDistance(_distance)  # type: ignore[assignment]
        self._known: dict[int, _Memory] = {}

    def update(self, detections: list[Detection] | None, frame: Frame) -> list[Track]:
        """Tracks seen at the last look or a moment ago (their box then is a guess), largest first, at most ``most_faces``.

        ``detections`` is None between two looks: everyone is moved on to where they should be.
        """
        now = frame.captured_at
        offered = [NorfairDetection(points=d.box.reshape(2, 2), embedding=d.look, data=d) for d in detections or []]
        tracks = []
        for tracked in self._norfair.update(offered or None, period=self._period):
            memory = self._memory(tracked, now)
            if detections is not None:
                memory.seen = any(tracked.last_detection is d for d in offered)
            self._remember(memory, tracked, now, hit=detections is not None and memory.seen)
            tracks.append(Track(int(tracked.id or 0), frozen(memory.box), memory.score, memory.seen,
                                memory.alive and memory.hits >= self._settings.birth_frames))
        self._forget(now)
        tracks.sort(key=lambda t: -(t.box[2] - t.box[0]))
        return tracks[:self._settings.most_faces]

    def _memory(self, tracked, now: float) -> _Memory:
        if tracked.id not in self._known:
            estimate = tracked.estimate.reshape(4).astype(np.float32)
            self._known[tracked.id] = _Memory(now, estimate, estimate)
        return self._known[tracked.id]

    def _remember(self, memory: _Memory, tracked, now: float, hit: bool) -> None:
        """A hit is believed as it is; between hits the box moves with the filter's estimate."""
        estimate = tracked.estimate.reshape(4).astype(np.float32)
        if hit:
            detection: Detection = tracked.last_detection.data
            memory.box, memory.score, memory.last_seen = detection.box.copy(), detection.score, now
            memory.hits += 1
            memory.alive = memory.alive or self._moves(memory)
        else:
            memory.box = memory.box + (estimate - memory.estimate)
        memory.estimate = estimate

    def _moves(self, memory: _Memory) -> bool:
        """Whether this is a living face: still_s = 0 believes every face; else its smoothed centre must have travelled."""
        if self._settings.still_s == 0:
            return True
        memory.path.append((memory.box[:2] + memory.box[2:]) / 2)
        size = float(memory.box[3] - memory.box[1])
        if np.ptp(memory.path, axis=0).max() > 4 * MOVED * size:      # plainly walking: no need to wait
            return True
        if len(memory.path) <= STEADY:
            return False
        smooth = np.array([np.mean(memory.path[i:i + STEADY], 0) for i in range(len(memory.path) - STEADY + 1)])
        del memory.path[:-300]
        return bool(np.ptp(smooth, axis=0).max() > MOVED * size)

    def _forget(self, now: float) -> None:
        for track_id in [k for k, m in self._known.items() if now - m.last_seen > self._settings.memory_s + 2]:
            del self._known[track_id]
