"""Faces near and far: mediapipe's short- and full-range detectors, joined."""

from __future__ import annotations

import os

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import mediapipe as mp
import numpy as np

from booth.frame import Detection, Frame, frozen
from booth.settings import Region
from booth.vision.look import Looks

WORK_WIDTH = 640
"""The detectors look at a copy this wide; their own input is 128² and 192²."""
NEAR_SCORE = 0.65
"""The near detector takes pale things for large faces below this score …"""
CLOSER_SCORE = 0.75
"""… and the far detector in a tile takes stars on a flag for small ones below this."""
TILES = tuple((x, y) for y in (0.0, 1.0) for x in (0.0, 1 / 3, 2 / 3, 1.0))
"""Where squares of two thirds of the picture's height lie, 0 … 1 of the room they have. In them the far detector looks
closer: four metres away a face is 60 pixels of 1920, too few in a whole picture shrunk to its 192."""
CYCLE = 2 * len(TILES)
"""The far detector sees every picture; in so many pictures the near one looks once and every tile gets a look."""


class Detector:
    """Owned by one thread. ``least_score`` 0 … 1; boxes of both detectors that overlap are one face."""

    def __init__(self, least_score: float = 0.5, region: Region | None = None, least_px: int = 36) -> None:
        solution = mp.solutions.face_detection.FaceDetection
        self._near = solution(model_selection=0, min_detection_confidence=least_score)
        self._far = solution(model_selection=1, min_detection_confidence=least_score)
        self._region = region or Region()
        self._least_px = least_px
        self._count = 0
        self._again: int | None = None
        self._looks = Looks()

    def detect(self, frame: Frame) -> list[Detection]:
        """Faces in ``frame``, best first, inside the region and large enough."""
        height, width = frame.image.shape[:2]
        scale = min(1.0, WORK_WIDTH / width)
        small = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame.image
        found = self._run(self._far, small)
        turn, self._count = self._count % CYCLE, self._count + 1
        if turn == 1:
            found += [(score, box) for score, box in self._run(self._near, small) if score >= NEAR_SCORE]
        elif turn % 2 == 0:
            found += self._look_closer(frame.image, turn // 2, found)
        elif turn % 4 == 3 and self._again is not None:
            found += self._look_closer(frame.image, self._again, found)
        size = np.array([width, height, width, height], np.float32)
        boxes = [(score, box * size) for score, box in found]
        boxes = [(s, b) for s, b in _distinct(boxes) if self._takes_part(b, size)]
        looks = self._looks.of(small, [b * scale for _, b in boxes])
        return [Detection(frozen(b), s, look) for (s, b), look in zip(boxes, looks, strict=True)]

    def _look_closer(self, image: np.ndarray, tile: int, known: list[tuple[float, np.ndarray]]) -> list[tuple[float, np.ndarray]]:
        """The far detector in one tile. A tile with a face that the whole picture does not show is soon looked at again."""
        height, width = image.shape[:2]
        side = min(2 * height // 3, width)
        if side <= WORK_WIDTH * 9 // 16:
            return []
        x0, y0 = (round(share * room) for share, room in zip(TILES[tile], (width - side, height - side), strict=True))
        scale = min(1.0, WORK_WIDTH / side)
        square = cv2.resize(image[y0:y0 + side, x0:x0 + side], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        size, corner = np.tile([width, height], 2) / side, np.tile([x0, y0], 2) / np.tile([width, height], 2)
        found = [(score, (box / size + corner).astype(np.float32)) for score, box in self._run(self._far, square)
                 if score >= CLOSER_SCORE and box.min() > 0.01 and box.max() < 0.99]      # a face cut by the tile is no face
        if any(all(overlap(box, other) < 0.3 for _, other in known) for _, box in found):
            self._again = tile
        elif tile == self._again:
            self._again = None
        return found

    def _run(self, model, image: np.ndarray) -> list[tuple[float, np.ndarray]]:
        found = []
        for d in model.process(image).detections or []:
            b = d.location_data.relative_bounding_box
            found.append((float(d.score[0]), np.array([b.xmin, b.ymin, b.xmin + b.width, b.ymin + b.height], np.float32)))
        return found

    def _takes_part(self, box: np.ndarray, size: np.ndarray) -> bool:
        x, y = (box[0] + box[2]) / 2 / size[0], (box[1] + box[3]) / 2 / size[1]
        inside = self._region.left <= x <= self._region.right and self._region.top <= y <= self._region.bottom
        return inside and box[3] - box[1] >= self._least_px

    def close(self) -> None:
        self._near.close()
        self._far.close()


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two (4,) boxes."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return float(both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both))


def _distinct(boxes: list[tuple[float, np.ndarray]], most: float = 0.35) -> list[tuple[float, np.ndarray]]:
    kept: list[tuple[float, np.ndarray]] = []
    for score, box in sorted(boxes, key=lambda sb: -sb[0]):
        if all(overlap(box, other) < most for _, other in kept):
            kept.append((score, box))
    return kept
