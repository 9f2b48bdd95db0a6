"""The nouns of a frame's way through the booth. All are frozen; their arrays are read-only.

Pictures are RGB uint8 (H, W, 3). Coordinates are pixels of the camera frame, x right and y down, unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


def frozen(array: np.ndarray) -> np.ndarray:
    """The same array, marked read-only."""
    array.flags.writeable = False
    return array


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """A camera picture. ``captured_at``: monotonic seconds. ``seq`` counts up by one for each picture taken."""

    image: np.ndarray
    seq: int
    captured_at: float


@dataclass(frozen=True, eq=False, slots=True)
class Detection:
    """A face in a picture: ``box`` (4,) float32 x0, y0, x1, y1 · ``score`` 0 … 1 ·
    ``look`` (D,) float32 unit vector: what re-identification compares."""

    box: np.ndarray
    score: float
    look: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Track:
    """A visitor over time. ``id`` stays the same while the visitor is here and for some seconds after.

    ``seen``: detected in this very frame · ``live``: has lived and moved long enough to take part.
    """

    id: int
    box: np.ndarray
    score: float
    seen: bool
    live: bool


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """A track with its mesh: ``points`` (478, 3) float32 in frame pixels, smoothed over time."""

    track_id: int
    box: np.ndarray
    points: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Crop:
    """An upright face cut out for the network: ``image`` (256, 256, 3) uint8; ``affine`` (2, 3) maps frame to crop."""

    track_id: int
    image: np.ndarray
    affine: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Stylized:
    """The network's layers for one crop, uint8 coverage (256, 256, 4) each.

    ``areas``: head, hair, cloth, cover · ``maps``: shadow, tone, beard, glasses.
    """

    track_id: int
    affine: np.ndarray
    areas: np.ndarray
    maps: np.ndarray


@dataclass(frozen=True, eq=False, slots=True)
class Colours:
    """What is remembered of a person's colours: float32 RGB 0 … 255, and how surely glasses and beard, 0 … 1."""

    skin: np.ndarray
    hair: np.ndarray
    brow: np.ndarray
    lips: np.ndarray
    iris: np.ndarray
    beard: np.ndarray
    frame: np.ndarray
    glasses: float
    bearded: float


@dataclass(frozen=True, eq=False, slots=True)
class Adapted:
    """A stylized face with its landmarks and colours under this light: all that the compositor needs to draw it."""

    stylized: Stylized
    face: Face
    colours: Colours


@dataclass(frozen=True, eq=False, slots=True)
class Composite:
    """The drawn picture. ``faces``: track ids drawn · ``covered``: faces hidden behind a placeholder ·
    ``calm``: nothing could be drawn; this is the "one moment" picture."""

    image: np.ndarray
    seq: int
    captured_at: float
    faces: tuple[int, ...] = ()
    covered: int = 0
    calm: bool = False
    stages_ms: dict[str, float] = field(default_factory=dict)
