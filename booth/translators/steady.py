"""Layers steadied over time: a slow mean of each visitor's masks that moves along with what is seen.

In the face's own upright frame hair and skin move little from one picture to the next, and how they do is measured by
optical flow (DIS, Kroeger et al. 2016) between the two crops; so what still flickers is the network, not the visitor. What
comes before a face (a hand) is followed quickly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from booth.frame import Crop, Stylized, frozen
from booth.translators import Translator

WEIGHT, QUICK = 0.12, 0.6
"""Share of the newest answer in the mean of one picture after the other: of all layers, and of what covers the face."""
COVER = 3
"""Channel of ``Stylized.areas``."""
FLOW_SIZE = 128
STALE = 10
"""Translations after which a mean is too old to be gone on with."""
FORGET = 90
"""Translations after which a visitor who is gone is forgotten."""


@cache
def _grid(size: int) -> np.ndarray:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    return np.stack([x, y], -1)


@dataclass
class _Mean:
    areas: np.ndarray
    maps: np.ndarray
    seen: np.ndarray
    turn: int


class Steady:
    """Wraps an engine. A visitor who was away for a while begins anew."""

    def __init__(self, engine: Translator) -> None:
        self._engine = engine
        self._means: dict[int, _Mean] = {}
        self._turn = 0
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    @property
    def name(self) -> str:
        return self._engine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        self._turn += 1
        self._means = {k: m for k, m in self._means.items() if self._turn - m.turn < FORGET}
        return [self._steadied(s, c) for s, c in zip(self._engine.translate(crops), crops, strict=True)]

    def _steadied(self, fresh: Stylized, crop: Crop) -> Stylized:
        mean = self._means.get(fresh.track_id)
        seen = cv2.cvtColor(cv2.resize(crop.image, (FLOW_SIZE, FLOW_SIZE), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        if mean is None or self._turn - mean.turn > STALE or mean.areas.shape != fresh.areas.shape:
            self._means[fresh.track_id] = _Mean(fresh.areas, fresh.maps, seen, self._turn)
            return fresh
        mx, my = self._came_from(mean.seen, seen, fresh.areas.shape[0])
        weight = 1 - (1 - WEIGHT) ** (self._turn - mean.turn)       # who waits for a turn is not steadied longer
        mean.turn, mean.seen = self._turn, seen
        # in bytes: what differs by less than four of 255 is left as it is, and it takes a third of the time
        areas, maps = (cv2.remap(m, mx, my, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for m in (mean.areas, mean.maps))
        cover = cv2.addWeighted(cv2.extractChannel(areas, COVER), 1 - QUICK, cv2.extractChannel(fresh.areas, COVER), QUICK, 0)
        areas = cv2.addWeighted(areas, 1 - weight, fresh.areas, weight, 0)
        mean.areas = frozen(cv2.insertChannel(cover, areas, COVER))
        mean.maps = frozen(cv2.addWeighted(maps, 1 - weight, fresh.maps, weight, 0))
        return replace(fresh, areas=mean.areas, maps=mean.maps)

    def _came_from(self, before: np.ndarray, now: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Maps (size, size) for cv2.remap: where in the crop ``before`` each pixel of ``now`` was."""
        flow = cv2.resize(self._flow.calc(now, before, None), (size, size), interpolation=cv2.INTER_LINEAR) * (size / now.shape[0])
        at = flow + _grid(size)
        return np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])

    def close(self) -> None:
        self._engine.close()
