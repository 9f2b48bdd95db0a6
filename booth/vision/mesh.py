"""mediapipe's face mesh with attention: 468 points of a face, lids and lips refined, and ten of the irises.

It looks at an upright square around the face, 192 pixels wide; where that lies follows from the points themselves, so the
points of the last picture say where to look in this one (mediapipe's own rule: half as large again as the points reach, turned
by the line between the eyes' outer corners).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import openvino as ov

from booth.geometry import f32, invert, shrunk, similarity, transform
from booth.vision.tflite import compile_network

SIDE = 192
REACH = 1.5
SURE = 0.5
"""The network's own certainty, 0 … 1, below which there is no face."""
AFRESH = 2
"""Looks from a box alone: size and turn of the face are known after the first. A third one drew no better."""
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95, 88, 178, 87, 14, 317, 402, 318, 324,
        308, 191, 80, 81, 82, 13, 312, 311, 310, 415, 76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
        62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27,
             28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117,
             118, 119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107, 55, 193)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260,
            259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295,
            372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417)
REFINED = (LIPS, RIGHT_EYE, LEFT_EYE, range(468, 473), range(473, 478))
"""Which points the network's second to sixth answer are, in the file's order."""
EYES = (RIGHT_EYE[:16], LEFT_EYE[:16])


class FaceMesh:
    """Owned by one thread. Two faces are looked at side by side, one core each."""

    def __init__(self) -> None:
        self._network = compile_network("face_landmark/face_landmark_with_attention", side_by_side=2)
        self._requests: list[ov.InferRequest] = []

    def find(self, image: np.ndarray, box: np.ndarray) -> np.ndarray | None:
        """(478, 3) float32 points in pixels of ``image`` (H, W, 3) uint8 RGB, of the face in ``box`` (4,); None without one."""
        return self.find_afresh(image, [box])[0]

    def find_afresh(self, image: np.ndarray, boxes: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        """Like ``find``, for several faces."""
        places = {i: _around(box) for i, box in enumerate(boxes)}
        found: dict[int, np.ndarray | None] = {}
        for _ in range(AFRESH):
            found.update(zip(places, self._look(image, list(places.values())), strict=True))
            places = {i: _of(points) for i in places if (points := found[i]) is not None}
        return [found[i] if _in(box, found[i]) else None for i, box in enumerate(boxes)]

    def find_all(self, image: np.ndarray, wanted: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> list[np.ndarray | None]:
        """Like ``find``, for each box and, where they are known, the face's points in the last picture moved to this one."""
        known = [(i, points) for i, (_, points) in enumerate(wanted) if points is not None]
        found: dict[int, np.ndarray | None] = dict(zip([i for i, _ in known], self._look(image, [_of(points) for _, points in known]), strict=True))
        lost = [i for i, (box, _) in enumerate(wanted) if not _in(box, found.get(i))]
        found |= zip(lost, self.find_afresh(image, [wanted[i][0] for i in lost]), strict=True)
        return [found[i] for i in range(len(wanted))]

    def _look(self, image: np.ndarray, places: list[np.ndarray]) -> list[np.ndarray | None]:
        while len(self._requests) < len(places):
            self._requests.append(self._network.create_infer_request())
        for request, affine in zip(self._requests, places, strict=False):
            source, there = shrunk(image, affine, SIDE)
            square = cv2.warpAffine(source, there, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
            request.start_async([(square * np.float32(1 / 255))[None]])
        return [_points(request, affine) for request, affine in zip(self._requests, places, strict=False)]


def _points(request: ov.InferRequest, affine: np.ndarray) -> np.ndarray | None:
    request.wait()
    answers = [request.get_output_tensor(i).data.ravel() for i in range(7)]
    if 1 / (1 + np.exp(-float(answers[6][0]))) < SURE:
        return None
    points = np.zeros((478, 3), np.float32)
    points[:468] = answers[0].reshape(468, 3)
    for indices, answer in zip(REFINED, answers[1:6], strict=True):
        points[list(indices), :2] = answer.reshape(-1, 2)
    for eye, iris in zip(EYES, (slice(468, 473), slice(473, 478)), strict=True):
        points[iris, 2] = points[list(eye), 2].mean()
    return transform(invert(affine), points)


def _around(box: np.ndarray) -> np.ndarray:
    """(2, 3): from the picture to the square around a detector's box."""
    side = REACH * float(max(box[2] - box[0], box[3] - box[1]))
    return similarity((box[:2] + box[2:]) / 2, 0.0, SIDE / side, SIDE)


def _of(points: np.ndarray) -> np.ndarray:
    """(2, 3): from the picture to the square around known points."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    across = points[263, :2] - points[33, :2]
    return similarity((low + high) / 2, float(np.arctan2(across[1], across[0])), SIDE / (REACH * max(float((high - low).max()), 4.0)), SIDE)


def _in(box: np.ndarray, points: np.ndarray | None) -> bool:
    """Whether these are points of the face in ``box``, and not of somebody else's beside it."""
    if points is None:
        return False
    apart = np.linalg.norm(points[[10, 152, 234, 454], :2].mean(0) - f32(box[:2] + box[2:]) / 2)
    return bool(apart <= 0.5 * float(box[3] - box[1]))
