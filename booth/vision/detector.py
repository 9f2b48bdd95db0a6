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
NEAR_EVERY = 3
"""The far detector finds all but the largest faces (a tenth of the picture's width and less are beyond the near one),
so it looks at every picture, the near one at every third."""


class Detector:
    """Owned by one thread. ``least_score`` 0 … 1; boxes of both detectors that overlap are one face."""

    def __init__(self, least_score: float = 0.5, region: Region | None = None, least_px: int = 36) -> None:
        solution = mp.solutions.face_detection.FaceDetection
        self._near = solution(model_selection=0, min_detection_confidence=least_score)
        self._far = solution(model_selection=1, min_detection_confidence=least_score)
        self._region = region or Region()
        self._least_px = least_px
        self._count = 0
        self._looks = Looks()

    def detect(self, frame: Frame) -> list[Detection]:
        """Faces in ``frame``, best first, inside the region and large enough."""
        height, width = frame.image.shape[:2]
        scale = min(1.0, WORK_WIDTH / width)
        small = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else frame.image
        found = self._run(self._far, small)
        if self._count % NEAR_EVERY == 0:
            found += self._run(self._near, small)
        self._count += 1
        size = np.array([width, height, width, height], np.float32)
        boxes = [(score, box * size) for score, box in found]
        boxes = [(s, b) for s, b in _distinct(boxes) if self._takes_part(b, size)]
        looks = self._looks.of(small, [b * scale for _, b in boxes])
        return [Detection(frozen(b), s, look) for (s, b), look in zip(boxes, looks, strict=True)]

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
