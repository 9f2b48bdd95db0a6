"""A puppet on the signage: it idles while nobody is there, and somebody's face can move it, live."""

from __future__ import annotations

import cv2
import numpy as np

from booth.pose import Pose
from booth.puppet.mimic import Mimic
from booth.puppet.moods import Mood
from booth.puppet.motion import Live
from booth.puppet.puppet import Puppet
from booth.puppet.rig import Rig

MOST_PX = 720
"""Drawn no larger, and enlarged: at full height two cores would draw twelve pictures a second."""
ALONE_S = 6.0
"""So long nobody has been seen before it idles."""
MARGIN, FRAME = 0.04, 0.006
"""Of the picture's shorter side: around the panel, and its ink."""
PAPER, INK = (252, 250, 246), (34, 30, 30)


class Performer:
    """``always``: it is there all the time and copies who is nearest; otherwise only while nobody has been there for a while.
    Owned by one thread."""

    def __init__(self, still: np.ndarray, rig: Rig, mood: Mood, always: bool, seed: int = 1) -> None:
        self._still, self._rig, self.always = still, rig, always
        self._mimic, self._idle = Mimic(), Live(mood, seed)
        self._puppet: Puppet | None = None
        self._canvas: np.ndarray | None = None
        self._seen_at: float | None = None

    def on(self, anybody: bool, now: float) -> bool:
        """Whether it has the picture at ``now`` (monotonic seconds)."""
        if anybody or self._seen_at is None:
            self._seen_at = now
        return self.always or now - self._seen_at >= ALONE_S

    def draw(self, points: np.ndarray | None, now: float, seen_in: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
        """A picture of ``size`` (width, height), (H, W, 3) uint8: the puppet copies the mesh ``points`` (478, 3) in pixels of a picture
        ``seen_in`` (width, height), and idles without one."""
        idle = self._idle.step(now, None, -100.0)
        pose = self._mimic.see(points, now, seen_in)
        return self._framed(idle if points is None else _alive(pose, idle), size)

    def _framed(self, pose: Pose, size: tuple[int, int]) -> np.ndarray:
        width, height = size
        margin = round(MARGIN * min(size))
        side = min(size) - 2 * margin
        if self._puppet is None or self._canvas is None or self._canvas.shape[:2] != (height, width):
            self._puppet = Puppet(self._still, self._rig, max(128, min(side, MOST_PX) // 2 * 2))
            self._canvas = _surroundings(self._puppet.draw(Pose()), size, side)
        canvas = self._canvas.copy()
        x, y = (width - side) // 2, (height - side) // 2
        canvas[y:y + side, x:x + side] = cv2.resize(self._puppet.draw(pose), (side, side), interpolation=cv2.INTER_LINEAR)
        return canvas


def _alive(pose: Pose, idle: Pose) -> Pose:
    """Hair and breath of its own; all else is the face's."""
    return Pose(pose.mouth, pose.lids, pose.brows, pose.frown, pose.gaze, pose.yaw, pose.pitch, pose.roll, idle.breath, pose.hair, pose.shift)


def _surroundings(portrait: np.ndarray, size: tuple[int, int], side: int) -> np.ndarray:
    """The portrait's own colours, pale and out of focus, around a panel with an inked border."""
    width, height = size
    small = cv2.resize(portrait, (32, 32), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 5)
    canvas = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
    canvas = cv2.addWeighted(canvas, 0.45, np.full_like(canvas, PAPER), 0.55, 0)
    ink = max(2, round(FRAME * min(size)))
    corner = np.array([(width - side) // 2, (height - side) // 2])
    for out, colour in ((3 * ink, INK), (2 * ink, PAPER), (ink, INK)):
        low, high = corner - out, corner + side - 1 + out
        cv2.rectangle(canvas, tuple(int(v) for v in low), tuple(int(v) for v in high), colour, -1)
    return canvas
