"""Two networks on the same faces, their layers averaged: for stills, where time is not short.

The print network sees finer things (thin rims, stubble, strands), the live one, which sees a face whole, is calmer.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from booth.frame import Crop, Stylized, frozen
from booth.translators import Translator

BEARD = 2
"""Channel of ``Stylized.maps``."""


class Together:
    """``fine`` answers at the crops' size; ``coarse`` looks at the same crops ``side`` pixels wide."""

    def __init__(self, fine: Translator, coarse: Translator, side: int) -> None:
        self._fine, self._coarse, self._side = fine, coarse, side

    @property
    def name(self) -> str:
        return self._fine.name

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        small = [replace(c, image=frozen(cv2.resize(c.image, (self._side, self._side), interpolation=cv2.INTER_AREA))) for c in crops]
        return [_mean(f, c) for f, c in zip(self._fine.translate(crops), self._coarse.translate(small), strict=True)]

    def close(self) -> None:
        self._fine.close()
        self._coarse.close()


def _mean(fine: Stylized, coarse: Stylized) -> Stylized:
    size = fine.areas.shape[1::-1]
    half = lambda a, b: frozen(cv2.addWeighted(a, 0.5, cv2.resize(b, size, interpolation=cv2.INTER_CUBIC), 0.5, 0))
    maps = half(fine.maps, coarse.maps).copy()
    maps[..., BEARD] = cv2.max(fine.maps[..., BEARD].copy(), cv2.resize(coarse.maps[..., BEARD].copy(), size))   # half a beard looks like dirt
    return replace(fine, areas=half(fine.areas, coarse.areas), maps=frozen(maps),
                   traits=frozen(((fine.traits + coarse.traits) / 2).astype(np.float32)))
