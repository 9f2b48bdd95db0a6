"""Named stand-ins, used in place of hardware and of luck."""

from __future__ import annotations

import numpy as np

from booth.errors import TranslationFailed
from booth.frame import Crop, Detection, Frame, Stylized, frozen


def frame_of(image: np.ndarray, seq: int = 0, at: float = 0.0) -> Frame:
    return Frame(frozen(np.ascontiguousarray(image).copy()), seq, at)


def look(kind: int) -> np.ndarray:
    """A unit vector unlike those of other kinds."""
    vector = np.full(60, 0.05, np.float32)
    vector[kind * 7 % 60] = 1.0
    return frozen(vector / np.linalg.norm(vector))


def detection(x: float, y: float, size: float = 100.0, kind: int = 0) -> Detection:
    box = np.float32([x - size / 2, y - size / 2, x + size / 2, y + size / 2])
    return Detection(frozen(box), 0.9, look(kind))


class FailingTranslator:
    """An engine that always refuses."""

    name = "failing"

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        raise TranslationFailed("on purpose")

    def close(self) -> None:
        pass


class CrashingTranslator(FailingTranslator):
    """An engine with a bug: it raises what nobody expects."""

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        raise ZeroDivisionError("on purpose")


class ListCamera:
    """A source for ``Faulty``: the same picture for ever."""

    def __init__(self, picture: np.ndarray) -> None:
        self._picture = picture

    def open(self) -> None:
        pass

    def picture_at(self, t: float) -> np.ndarray:
        return self._picture.copy()

    def close(self) -> None:
        pass
