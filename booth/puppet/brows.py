"""A drawn brow that moves: what it adds to plain skin is taken off and put on again somewhere else."""

from __future__ import annotations

import cv2
import numpy as np

from booth.geometry import curve, f32, polygon_mask, ribbon
from booth.puppet.plate import disc

RAISE, LOWER = 0.085, 0.035
"""Way of a brow raised and lowered all the way, in distances between the outer eye corners …"""
IN, DOWN, TILT = 0.03, 0.012, 9.0
"""… and of one that frowns: towards the nose, down, and the degrees by which its inner end turns down."""


def brow_mask(picture: np.ndarray, line: np.ndarray, thick: float, fine: float, brow: np.ndarray, skin: np.ndarray, barred: np.ndarray) -> np.ndarray:
    """(size, size) uint8: all that is drawn of a brow, 255 there. ``line`` (5, 2) and ``thick`` in pixels of ``picture``, ``fine`` the width of
    fine lines, ``brow`` and ``skin`` colours (3,), ``barred`` (size, size) bool: eyes, hair."""
    middle = curve(line.astype(np.float64), 25)
    ends = middle[[0, -1]] + 0.04 * (middle[[0, -1]] - middle[[-1, 0]])
    middle = np.concatenate([ends[:1], middle, ends[1:]])
    core, reach = (polygon_mask(ribbon(middle, width), (len(picture), len(picture))) > 0.5 for width in (0.7 * thick, 2.0 * thick + 3 * fine))
    way, off = f32(brow) - f32(skin), picture - f32(skin)
    long = max(float(way @ way), 1.0)
    share = off @ way / long
    aside = np.linalg.norm(off - share[..., None] * way, axis=-1)
    ink = (share > 0.22) & (aside < 0.3 * np.sqrt(long)) & reach & ~barred
    _, label = cv2.connectedComponents(ink.astype(np.uint8))
    mine = np.isin(label, np.unique(label[core & ink])) & ink
    return np.where(barred, 0, cv2.dilate(mine.astype(np.uint8) * 255, disc(1 + 0.5 * fine)))


class DrawnBrow:
    """``mask`` (size, size) uint8 mask and ``line`` (5, 2), inner end first, in portrait pixels; ``ex`` (2,) the face's axis to the picture's
    right, ``unit`` between the outer eye corners; ``own`` and ``plain`` the portrait ``fine`` times as large, (…, 4) uint8, with and
    without this brow."""

    def __init__(self, mask: np.ndarray, line: np.ndarray, ex: np.ndarray, unit: float, fine: int, own: np.ndarray, plain: np.ndarray) -> None:
        self._unit, self._ex, self._down = fine * unit, np.asarray(ex), np.array([-ex[1], ex[0]])
        room, limit = (RAISE + 0.03) * self._unit, np.array(own.shape[1::-1])
        x, y, width, height = cv2.boundingRect(mask)
        low = np.clip(np.floor(np.array([fine * x, fine * y]) - room).astype(int), 0, limit - 2)
        high = np.clip(np.ceil(np.array([fine * (x + width), fine * (y + height)]) + room).astype(int), low + 2, limit)
        self._box = slice(low[1], high[1]), slice(low[0], high[0])
        self._centre = fine * line.mean(0) - low
        self._inner = float(np.sign((line[0] - line[-1]) @ self._ex))
        self._plain = plain[self._box].copy()
        self._own = own[self._box].copy()
        self._lighter, self._darker = cv2.subtract(self._own, self._plain), cv2.subtract(self._plain, self._own)
        self._changed = np.where((self._own != self._plain).any(-1), 255, 0).astype(np.uint8)

    def reset(self, portrait: np.ndarray) -> None:
        """Into ``portrait``, in place: this part of it as in the still."""
        portrait[self._box] = self._own

    def take_off(self, portrait: np.ndarray) -> None:
        """The brow alone; the other one's part of the box stays."""
        cv2.copyTo(self._plain, self._changed, portrait[self._box])

    def put_on(self, portrait: np.ndarray, raised: float, frown: float) -> None:
        """``raised`` −1 … 1, ``frown`` 0 … 1."""
        way = self._unit * (frown * (IN * self._inner * self._ex + DOWN * self._down) - raised * (RAISE if raised > 0 else LOWER) * self._down)
        turn = cv2.getRotationMatrix2D(self._centre.tolist(), -self._inner * TILT * frown, 1.0) + np.column_stack([np.zeros((2, 2)), way])
        part = portrait[self._box]
        lighter, darker = (cv2.warpAffine(ink, turn, part.shape[1::-1], flags=cv2.INTER_LINEAR) for ink in (self._lighter, self._darker))
        part[:] = cv2.subtract(cv2.add(part, lighter), darker)
