"""Where in the picture people are: mediapipe's person mask, steadied over time."""

from __future__ import annotations

import os

os.environ.setdefault("GLOG_minloglevel", "3")

import cv2
import mediapipe as mp
import numpy as np

from booth.frame import Frame, frozen

SIZE = (256, 144)
"""What the network looks at, width and height."""
LOOK_EVERY = 3


class People:
    """Owned by one thread."""

    def __init__(self) -> None:
        self._network = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=1)
        self._mean: np.ndarray | None = None
        self._count = 0

    def find(self, frame: Frame) -> np.ndarray:
        """(144, 256) uint8, 255 where a person surely is; of every third picture, between them the last one's."""
        if self._mean is None or self._count % LOOK_EVERY == 0:
            image = frame.image
            while image.shape[1] >= 4 * SIZE[0]:
                image = image[::2, ::2]
            seen = self._network.process(cv2.resize(image, SIZE, interpolation=cv2.INTER_LINEAR)).segmentation_mask
            seen = np.asarray(seen, np.float32)
            self._mean = seen.copy() if self._mean is None else self._mean + (seen - self._mean) * np.float32(0.5)
        self._count += 1
        return frozen(cv2.convertScaleAbs(self._mean, alpha=255))

    def close(self) -> None:
        self._network.close()
