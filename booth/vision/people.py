"""Where in the picture people are: mediapipe's person mask, steadied over time."""

from __future__ import annotations

import cv2
import numpy as np

from booth.frame import Frame, frozen
from booth.vision.tflite import compile_network

SIZE = (256, 144)
"""What the network looks at, width and height."""
LOOK_EVERY = 3


class People:
    """Owned by one thread."""

    def __init__(self) -> None:
        self._request = compile_network("selfie_segmentation/selfie_segmentation_landscape").create_infer_request()
        self._mean: np.ndarray | None = None
        self._count = 0

    def find(self, frame: Frame) -> np.ndarray:
        """(144, 256) uint8, 255 where a person surely is; of every third picture, between them the last one's."""
        if self._mean is None or self._count % LOOK_EVERY == 0:
            seen = self._look(frame)
            self._mean = seen.copy() if self._mean is None else self._mean + (seen - self._mean) * np.float32(0.5)
        self._count += 1
        return frozen(cv2.convertScaleAbs(self._mean, alpha=255))

    def find_once(self, frame: Frame) -> np.ndarray:
        """Like ``find``, of this picture alone."""
        return frozen(cv2.convertScaleAbs(self._look(frame), alpha=255))

    def _look(self, frame: Frame) -> np.ndarray:
        """(144, 256) float32 0 … 1, valid until the next look."""
        image = frame.image
        while image.shape[1] >= 4 * SIZE[0]:
            image = image[::2, ::2]
        self._request.infer([(cv2.resize(image, SIZE, interpolation=cv2.INTER_LINEAR) * np.float32(1 / 255))[None]])
        return self._request.get_output_tensor().data[0, ..., 0]
