"""Faces near and far: mediapipe's short- and full-range detectors, joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from booth.frame import Detection, Frame, frozen
from booth.geometry import shrink
from booth.settings import Region
from booth.vision.faces import SAME, Faces, overlap
from booth.vision.look import Looks

WORK_WIDTH = 480
"""The detectors look at a copy this wide; their own input is 128² and 192²."""
NEAR_SCORE = 0.65
"""The near detector takes pale things for large faces below this score …"""
CLOSER_SCORE = 0.75
"""… and the far detector in a tile takes stars on a flag for small ones below this."""
TILES = tuple((x, y) for y in (0.0, 1.0) for x in (0.0, 1 / 3, 2 / 3, 1.0))
"""Where squares of two thirds of the picture's height lie, 0 … 1 of the room they have. In them the far detector looks
closer: four metres away a face is 60 pixels of 1920, too few in a whole picture shrunk to its 192."""
LOOK_EVERY = 3
"""The whole picture is looked at in every third one; between, the tracker predicts and the face mesh follows."""
GAP_S = 0.5
"""A picture so long after the last one shows others than that did."""
CYCLE = 2 * LOOK_EVERY * len(TILES)
"""In so many pictures every tile gets a look, in those between."""


class Detector:
    """Owned by one thread, which may set ``region`` between two pictures. ``least_score`` 0 … 1; boxes of both detectors
    that overlap are one face."""

    def __init__(self, least_score: float = 0.5, region: Region | None = None, least_px: int = 36) -> None:
        self._near, self._far = Faces("near", least_score), Faces("far", least_score)
        self.region = region or Region()
        self._least_px = least_px
        self._count = 0
        self._last: tuple[float, tuple[int, ...]] | None = None
        self._again: int | None = None
        self._shown: list[tuple[float, np.ndarray]] = []
        self._held: list[tuple[float, np.ndarray]] = []
        self._looks = Looks()

    def detect(self, frame: Frame) -> list[Detection] | None:
        """Faces in ``frame``, best first, inside the region and large enough; None when it did not look this time. It always looks at the
        first picture after a gap, and of another size: nobody knows who is in it."""
        before, self._last = self._last, (frame.captured_at, frame.image.shape)
        if before is None or frame.captured_at - before[0] > GAP_S or frame.image.shape != before[1]:
            self._count -= self._count % LOOK_EVERY
        round_, turn = divmod(self._count, LOOK_EVERY)
        self._count = (self._count + 1) % CYCLE
        if turn == 1:
            self._look_between(frame.image, round_)
        if turn:
            return None
        held, self._held = self._held, []
        return self._look_with(held, frame)

    def look(self, frame: Frame) -> list[Detection]:
        """Everything that all looks together find in one picture: for stills, slow."""
        tiles = [tile for n in range(len(TILES)) if (tile := _Tile.of(frame.image, n)) is not None]
        closer = self._far.find_all([tile.copy for tile in tiles])
        held = [found for tile, answers in zip(tiles, closer, strict=True) for found in tile.placed(answers)]
        return self._look_with(self._look_near(frame.image) + held, frame)

    def _look_with(self, held: list[tuple[float, np.ndarray]], frame: Frame) -> list[Detection]:
        """Detections in the whole picture, and of those ``held`` from other looks what it does not show."""
        height, width = frame.image.shape[:2]
        small = _copy(frame.image)
        self._shown = found = _distinct(self._far.find(small))
        found = found + [new for new in _distinct(held) if all(overlap(new[1], old) < SAME for _, old in found)]
        size = np.array([width, height, width, height], np.float32)
        boxes = [(score, box * size) for score, box in found]
        boxes = [(s, b) for s, b in boxes if self._takes_part(b, size)]
        looks = self._looks.of(small, [b * (small.shape[1] / width) for _, b in boxes])
        return [Detection(frozen(b), s, look) for (s, b), look in zip(boxes, looks, strict=True)]

    def _look_between(self, image: np.ndarray, round_: int) -> None:
        """Look for the very near and the very far; what is found joins the next look at the whole."""
        if round_ % 2 == 0:
            self._held += self._look_closer(image, round_ // 2)
        elif self._again is not None:
            self._held += self._look_closer(image, self._again)
        elif round_ % 4 == 1:
            self._held += self._look_near(image)

    def _look_near(self, image: np.ndarray) -> list[tuple[float, np.ndarray]]:
        return [(score, box) for score, box in self._near.find(_copy(image)) if score >= NEAR_SCORE]

    def _look_closer(self, image: np.ndarray, number: int) -> list[tuple[float, np.ndarray]]:
        """The far detector in one tile. A tile with a face that the whole picture did not show is soon looked at again."""
        tile = _Tile.of(image, number)
        if tile is None:
            return []
        found = tile.placed(self._far.find(tile.copy))
        if any(all(overlap(box, other) < SAME for _, other in self._shown) for _, box in found):
            self._again = number
        elif number == self._again:
            self._again = None
        return found

    def _takes_part(self, box: np.ndarray, size: np.ndarray) -> bool:
        x, y = (box[0] + box[2]) / 2 / size[0], (box[1] + box[3]) / 2 / size[1]
        inside = self.region.left <= x <= self.region.right and self.region.top <= y <= self.region.bottom
        return inside and box[3] - box[1] >= self._least_px


@dataclass(frozen=True, slots=True)
class _Tile:
    """A square of the picture, small; ``size`` (4,) and ``corner`` (4,) put its boxes into fractions of the picture."""

    copy: np.ndarray
    size: np.ndarray
    corner: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, number: int) -> _Tile | None:
        """None where a picture is so small that its tiles show no more than the whole."""
        height, width = image.shape[:2]
        side = min(2 * height // 3, width)
        if 2 * side <= WORK_WIDTH:
            return None
        x0, y0 = (round(share * room) for share, room in zip(TILES[number], (width - side, height - side), strict=True))
        whole = np.tile([width, height], 2)
        return cls(_copy(image[y0:y0 + side, x0:x0 + side]), whole / side, np.tile([x0, y0], 2) / whole)

    def placed(self, found: list[tuple[float, np.ndarray]]) -> list[tuple[float, np.ndarray]]:
        """What was found surely, and not cut by the tile's border: that is no face."""
        return [(score, (box / self.size + self.corner).astype(np.float32)) for score, box in found
                if score >= CLOSER_SCORE and box.min() > 0.01 and box.max() < 0.99]


def _copy(image: np.ndarray) -> np.ndarray:
    """What the detectors are shown: small, and in one piece of memory."""
    return np.ascontiguousarray(shrink(image, WORK_WIDTH))


def _distinct(boxes: list[tuple[float, np.ndarray]], most: float = SAME) -> list[tuple[float, np.ndarray]]:
    kept: list[tuple[float, np.ndarray]] = []
    for score, box in sorted(boxes, key=lambda sb: -sb[0]):
        if all(overlap(box, other) < most for _, other in kept):
            kept.append((score, box))
    return kept
