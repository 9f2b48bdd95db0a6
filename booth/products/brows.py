"""Drawn brows, found in a close-up."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import curve, smoothstep
from booth.products.closeup import INK, SIDE, Closeup, grown
from booth.puppet.rig import Brow


@dataclass(frozen=True, eq=False, slots=True)
class SeenBrow:
    """``ink`` (3,) CIELAB · ``band`` (S, S) bool: where it lies."""

    part: Brow
    ink: np.ndarray
    band: np.ndarray


def snap_brow(view: Closeup, unlike: np.ndarray, eye: fm.Eye, drawn: np.ndarray) -> SeenBrow:
    """The brow: where strokes unlike the skin lie around the mesh's brow, and above an eye that is ``drawn`` (S, S) bool much larger
    than the mesh has it (else none)."""
    p = view.points[:, :2]
    upper, lower = curve(p[list(eye.brow_upper)], 25), curve(p[list(eye.brow_lower)], 25)
    wide = float(np.linalg.norm(p[eye.outer] - p[eye.inner]))
    reach = 0.22 * wide
    top = np.flatnonzero(drawn.any(1))
    low = max(float(lower[:, 1].max()) - float(top[0]) + 0.06 * wide, 0.0) if len(top) else 0.0
    middle = (upper + lower) / 2 - [0, min(low, 0.4 * wide)]
    room = min(reach, 0.8 * float(np.min(p[list(eye.upper), 1]) - lower[:, 1].max()) + 0.1 * wide)
    steps = np.arange(-reach, max(room, 0.06 * wide), 0.5)
    x = np.clip(np.repeat(middle[:, :1], len(steps), 1), 0, SIDE - 1).astype(np.float32)
    y = np.clip(middle[:, 1:] + steps, 0, SIDE - 1).astype(np.float32)
    ink = np.minimum(np.maximum(view.thin, unlike - 0.5 * INK), 30) * ~(view.over | grown(drawn, 2))
    dark = cv2.remap(ink.astype(np.float32), x, y, cv2.INTER_LINEAR) * np.exp(-0.5 * (steps / reach) ** 2)
    weight = np.where(dark > max(4.0, 0.4 * float(np.percentile(dark, 97))), dark, 0)
    total = weight.sum(1)
    seen = total > 0.25 * np.median(total[total > 0]) if (total > 0).any() else total > 0
    sure = float(seen.mean()) * float(smoothstep(4, 14, np.percentile(dark, 95)))
    move = np.zeros(25)
    thick = float(np.median(np.linalg.norm(upper - lower, axis=1)))
    if seen.sum() >= 8:
        centre = (weight * steps).sum(1) / np.maximum(total, 1e-6)
        fit = np.polynomial.Polynomial.fit(np.flatnonzero(seen), centre[seen], 3)
        move = np.clip(fit(np.arange(25)), -reach, reach)
        thick = float(np.median(((weight > 0).sum(1) * 0.5)[seen]))
    line = middle + np.stack([np.zeros(25), move], 1)
    ink = view.lab[np.clip(line[:, 1].round().astype(int), 0, SIDE - 1), np.clip(line[:, 0].round().astype(int), 0, SIDE - 1)]
    ends = np.flatnonzero(seen)[[0, -1]] if seen.sum() >= 8 else (1, 23)
    five = line[np.linspace(*ends, 5).round().astype(int)]
    band = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(band, [np.round(five).astype(np.int32)], False, 1, max(1, round(thick + 2)))
    part = Brow(confidence=round(sure, 3), line=view.still(five), thick=max(round(thick * view.scale, 2), 0.1))
    return SeenBrow(part, np.median(ink[ink[:, 0] <= np.median(ink[:, 0])], axis=0), band > 0)
