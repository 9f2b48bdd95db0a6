"""mediapipe's short- and full-range face detectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
import openvino as ov

from booth.geometry import f32
from booth.vision.tflite import compile_network

FILES = {"near": "face_detection/face_detection_short_range", "far": "face_detection/face_detection_full_range_sparse"}
CELLS = {"near": ((16, 2), (8, 6)), "far": ((48, 1),)}
"""Cells along a side, and answers in each, of the network's grids."""
SAME = 0.3
"""Answers that overlap more are about one face, and their mean, weighted by certainty, is its box."""


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two (4,) boxes."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return float(both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both))


class Faces:
    """One detector. Owned by one thread."""

    def __init__(self, reach: Literal["near", "far"], least_score: float) -> None:
        self._least = least_score
        self._network = compile_network(FILES[reach], side_by_side=2)
        self._requests: list[ov.InferRequest] = []
        self._side = self._network.input(0).shape[1]
        self._middles = np.concatenate([_middles(cells, each) for cells, each in CELLS[reach]])

    def find(self, image: np.ndarray) -> list[tuple[float, np.ndarray]]:
        """Score 0 … 1 and box (4,) float32, in fractions of ``image`` (H, W, 3) uint8 RGB, of every face; best first."""
        return self.find_all([image])[0]

    def find_all(self, images: Sequence[np.ndarray]) -> list[list[tuple[float, np.ndarray]]]:
        """``find`` in several pictures, two side by side."""
        while len(self._requests) < len(images):
            self._requests.append(self._network.create_infer_request())
        places = []
        for request, image in zip(self._requests, images, strict=False):
            square, low, size = _boxed(image, self._side)
            places.append((low, size))
            request.start_async([(square * np.float32(1 / 127.5) - 1)[None]])
        return [self._collect(request, *place) for request, place in zip(self._requests, places, strict=False)]

    def _collect(self, request: ov.InferRequest, low: np.ndarray, size: np.ndarray) -> list[tuple[float, np.ndarray]]:
        request.wait()
        boxes, logits = (request.get_output_tensor(i).data[0] for i in (0, 1))
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -80, 80)))
        sure = np.flatnonzero(scores >= self._least)
        if not len(sure):
            return []
        middle, half = boxes[sure, :2] / self._side + self._middles[sure], boxes[sure, 2:4] / self._side / 2
        found = np.hstack([middle - half, middle + half])
        return _merged(scores[sure], ((found - np.tile(low, 2)) / np.tile(size, 2)).astype(np.float32))


def _middles(cells: int, each: int) -> np.ndarray:
    """(cells² · each, 2): where the network's answers count from, in fractions of its picture."""
    y, x = np.mgrid[:cells, :cells]
    return np.repeat(((np.stack([x, y], -1) + 0.5) / cells).reshape(-1, 2), each, axis=0)


def _boxed(image: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``image`` in the middle of a black square of ``side``, and in fractions of that where it begins and its size. Sampled as
    mediapipe does: the networks' scores depend on it."""
    size = np.array(image.shape[1::-1])
    scale = side / size.max()
    low = (side - size * scale) / 2
    affine = f32([[scale, 0, low[0]], [0, scale, low[1]]])
    return cv2.warpAffine(image, affine, (side, side), flags=cv2.INTER_LINEAR), low / side, size * scale / side


def _merged(scores: np.ndarray, boxes: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Answers about one face become one (weighted non-maximum suppression, as mediapipe has it)."""
    left, found = list(np.argsort(-scores)), []
    while left:
        best = left[0]
        group = [i for i in left if overlap(boxes[best], boxes[i]) > SAME or i == best]
        found.append((float(scores[best]), np.average(boxes[group], axis=0, weights=scores[group]).astype(np.float32)))
        left = [i for i in left if i not in group]
    return found
