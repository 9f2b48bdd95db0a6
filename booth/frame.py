"""The nouns of a frame's way through the booth. All are frozen; their arrays are read-only.

Pictures are RGB uint8 (H, W, 3). Coordinates are pixels of the camera frame, x right and y down, unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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

    ``areas``: head, hair, cloth, cover · ``maps``: shadow, tone, beard, glasses ·
    ``traits`` (4,) float32 0 … 1: how surely glasses, beard, moustache, stubble ·
    ``picture`` (256, 256, 3) uint8 RGB: the drawing of an image network, for visitors who wear one.
    """

    track_id: int
    affine: np.ndarray
    areas: np.ndarray
    maps: np.ndarray
    traits: np.ndarray
    picture: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Rims:
    """Shape of a pair of glasses. Lengths in distances between the eyes' centres; ``squareness`` is the superellipse's
    exponent (2 an ellipse, 4 nearly a rectangle); ``drop`` downwards and ``wide`` outwards from the eye's centre."""

    half_width: float = 0.42
    half_height: float = 0.28
    squareness: float = 2.6
    drop: float = 0.05
    wide: float = 0.04


@dataclass(frozen=True, slots=True)
class Glasses:
    """A fitted pair. ``thick`` in eye distances · ``lower`` 0 … 1: how much of a lower rim there is ·
    ``dark`` 0 … 1: how opaque the lenses are · ``score``: how well the evidence followed the rims, about 0 … 1."""

    rims: Rims = Rims()
    thick: float = 0.03
    lower: float = 1.0
    dark: float = 0.0
    score: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Appearance:
    """What is remembered of a person. Colours are (3,) float32 RGB 0 … 255; the rest is 0 … 1.

    ``skin``: mean of the photo's plain skin, of which ``shaded`` lies in the cel shadow · ``wears``, ``bearded``,
    ``moustache``, ``stubble``: how surely · ``makeup``: how far lips stand out · ``folds``: how deep beside the mouth ·
    ``light``: −1 from the picture's left … 1 from its right.
    """

    skin: np.ndarray
    shaded: float
    hair: np.ndarray
    brow: np.ndarray
    lips: np.ndarray
    iris: np.ndarray
    beard: np.ndarray
    frame: np.ndarray
    wears: float = 0.0
    bearded: float = 0.0
    moustache: float = 0.0
    stubble: float = 0.0
    makeup: float = 0.5
    light: float = 0.0
    folds: float = 0.0
    glasses: Glasses = Glasses()


@dataclass(frozen=True, eq=False, slots=True)
class Adapted:
    """A stylized face with its landmarks and what is remembered of the person: all that is needed to draw it."""

    stylized: Stylized
    face: Face
    person: Appearance


@dataclass(frozen=True, eq=False, slots=True)
class Take:
    """All that a picture was drawn from, so that it can be drawn again at print size with the same faces.

    ``covered``: boxes (4,) that stay hidden · ``people`` (h, w) uint8: where people are, small · ``wardrobe``: who wears which
    character (``booth.render.wardrobe``).
    """

    frame: Frame
    adapted: tuple[Adapted, ...]
    covered: tuple[np.ndarray, ...]
    people: np.ndarray
    wardrobe: Any


@dataclass(frozen=True, eq=False, slots=True)
class Composite:
    """The drawn picture. ``faces``: track ids drawn · ``covered``: faces hidden behind a placeholder ·
    ``calm``: nothing could be drawn; this is the "one moment" picture, and has no ``take``."""

    image: np.ndarray
    seq: int
    captured_at: float
    faces: tuple[int, ...] = ()
    covered: int = 0
    calm: bool = False
    stages_ms: dict[str, float] = field(default_factory=dict)
    take: Take | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """A photo drawn for keeping. ``image`` (H, W, 3) uint8 RGB · ``boxes`` (N, 4) float32: faces, in its pixels ·
    ``people`` (H, W) uint8: 255 where visitors are, heads included."""

    image: np.ndarray
    boxes: np.ndarray
    people: np.ndarray
