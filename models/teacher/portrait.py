"""A photo of one face, aligned and measured: what every teacher step starts from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import mediapipe as mp
import numpy as np

from booth import geometry

SIZE = 384
"""Side of an aligned portrait in pixels."""
SPAN = geometry.CROP_SPAN * 1.25
"""Face heights across an aligned portrait: wider than the network's crop, so that training can shift and turn it."""


@dataclass(frozen=True, eq=False, slots=True)
class Portrait:
    """``rgb`` (SIZE, SIZE, 3) uint8 · ``points`` (478, 3) float32 pixels · ``person`` and ``inside`` (SIZE, SIZE)
    float32 0 … 1: how surely a person, and whether the pixel was in the photo at all · ``tags`` set by eye."""

    name: str
    rgb: np.ndarray
    points: np.ndarray
    person: np.ndarray
    inside: np.ndarray
    tags: frozenset[str]


class Aligner:
    """Finds the face and the person in a photo. Not thread-safe: owns two mediapipe graphs."""

    def __init__(self) -> None:
        solutions = mp.solutions
        self._mesh = solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1,
                                                  min_detection_confidence=0.3)
        self._person = solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)

    def align(self, rgb: np.ndarray, name: str = "", tags: frozenset[str] = frozenset()) -> Portrait | None:
        """Portrait of the face in ``rgb`` (H, W, 3) uint8, or None when no face mesh is found."""
        found = self._mesh.process(rgb).multi_face_landmarks
        if not found:
            return None
        h, w = rgb.shape[:2]
        points = np.array([[p.x * w, p.y * h, p.z * w] for p in found[0].landmark], np.float32)
        person = np.asarray(self._person.process(rgb).segmentation_mask, np.float32)
        affine = geometry.crop_affine(points, SIZE, SPAN)
        warp = lambda x, border: cv2.warpAffine(x, affine, (SIZE, SIZE), flags=cv2.INTER_AREA, borderMode=border)
        return Portrait(
            name=name, rgb=warp(rgb, cv2.BORDER_REPLICATE), points=geometry.transform(affine, points),
            person=warp(person, cv2.BORDER_REPLICATE).clip(0, 1),
            inside=(warp(np.full((h, w), 255, np.uint8), cv2.BORDER_CONSTANT) > 250).astype(np.float32), tags=tags)


def load_rgb(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB; raises OSError when the file is no picture."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise OSError(f"{path} is not a picture")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
