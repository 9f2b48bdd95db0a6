"""Somebody before the camera."""

from __future__ import annotations

import cv2
import numpy as np


class Portrait:
    """One or more visitors, swaying a little, in a 1280×720 picture; ``people`` may be changed while it runs."""

    def __init__(self, photo: np.ndarray, people: int = 1) -> None:
        self._photo = cv2.resize(photo, (630, 630), interpolation=cv2.INTER_AREA)
        self.people = people

    def open(self) -> None:
        pass

    def picture_at(self, t: float) -> np.ndarray:
        hall = np.full((720, 1280, 3), 170, np.uint8)
        for k in range(self.people):
            x, y = round(40 + 560 * k + 6 * np.sin(3 * t + k)), round(80 + 4 * np.cos(2 * t))
            hall[y:y + 630, x:x + 630] = self._photo
        return hall

    def close(self) -> None:
        pass
