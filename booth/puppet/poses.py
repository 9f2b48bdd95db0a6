"""Poses as rows of numbers, for what mixes, filters and measures many of them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum, auto

import numpy as np

from booth.pose import Mouth, Pose


class Column(IntEnum):
    """Of a row, in the order of ``Pose``; pairs take two columns."""

    JAW = 0
    WIDTH = auto()
    ROUND = auto()
    PRESS = auto()
    TEETH = auto()
    TONGUE = auto()
    SMILE = auto()
    LID_R = auto()
    LID_L = auto()
    BROW_R = auto()
    BROW_L = auto()
    FROWN = auto()
    GAZE_X = auto()
    GAZE_Y = auto()
    YAW = auto()
    PITCH = auto()
    ROLL = auto()
    BREATH = auto()
    HAIR_X = auto()
    HAIR_Y = auto()
    SHIFT_X = auto()
    SHIFT_Y = auto()


COLUMNS = len(Column)
LIPS = slice(Column.JAW, Column.TONGUE + 1)
"""What speech moves; the smile is the mood's."""
LIDS = slice(Column.LID_R, Column.LID_L + 1)
BROWS = slice(Column.BROW_R, Column.BROW_L + 1)
GAZE = slice(Column.GAZE_X, Column.GAZE_Y + 1)
HEAD = slice(Column.YAW, Column.ROLL + 1)
HAIR = slice(Column.HAIR_X, Column.HAIR_Y + 1)
SHIFT = slice(Column.SHIFT_X, Column.SHIFT_Y + 1)


def pose_row(pose: Pose) -> np.ndarray:
    """(``COLUMNS``,) float64."""
    m = pose.mouth
    return np.array([m.jaw, m.width, m.round, m.press, m.teeth, m.tongue, m.smile, *pose.lids, *pose.brows, pose.frown, *pose.gaze,
                     pose.yaw, pose.pitch, pose.roll, pose.breath, *pose.hair, *pose.shift])


def pose_rows(poses: Iterable[Pose]) -> np.ndarray:
    """(N, ``COLUMNS``) float64."""
    return np.array([pose_row(pose) for pose in poses]).reshape(-1, COLUMNS)


def row_pose(row: np.ndarray) -> Pose:
    """The pose of a row that ``pose_row`` made."""
    v = [float(x) for x in row]
    return Pose(Mouth(*v[:7]), (v[7], v[8]), (v[9], v[10]), v[11], (v[12], v[13]), v[14], v[15], v[16], v[17], (v[18], v[19]), (v[20], v[21]))
