"""What the last network makes of a portrait, to correct the teacher: masks are its strength, and its own errors differ.

The areas of a portrait are looked at in three sizes and mirrored; where network and heuristics agree, their mean is the
label; where they do not, the network's answer is kept but does not count (``agree`` 0). Real glasses, which the heuristics
cannot see at all, are fitted as a pair of rims (``booth.render.glasses``) to the network's answer and to dark thin lines.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import openvino as ov

from booth import facemap as fm
from booth.geometry import polygon_mask, smoothstep
from booth.render import glasses as rims
from models.teacher.portrait import SIZE, Portrait
from models.teacher.regions import blur, guided_filter, lab

SIDES = (288, 320, 352)
"""An aligned portrait shows 1.25 times what a crop of 256 does: 320 is the network's own scale."""
APART = 0.5
"""Half the L1 distance of two area labels above which they disagree."""


class Consensus:
    """The exported network at ``onnx``. Not thread-safe."""

    def __init__(self, onnx: Path) -> None:
        core = ov.Core()
        self._nets = []
        for side in SIDES:
            model = core.read_model(onnx)
            model.reshape([1, side, side, 3])
            self._nets.append(core.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}))

    def layers(self, portrait: Portrait) -> np.ndarray:
        """(SIZE, SIZE, 8) float32 0 … 1 in the order of the network's outputs: mean of all looks."""
        total = np.zeros((SIZE, SIZE, 8), np.float32)
        for side, net in zip(SIDES, self._nets, strict=True):
            small = cv2.resize(portrait.rgb, (side, side), interpolation=cv2.INTER_AREA)
            for mirrored in (False, True):
                seen = small[:, ::-1] if mirrored else small
                answer = net([np.ascontiguousarray(seen)[None]])[0][0].astype(np.float32) / 255
                answer = answer[:, ::-1] if mirrored else answer
                total += np.stack([cv2.resize(np.ascontiguousarray(c), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
                                   for c in np.moveaxis(answer, -1, 0)], -1)
        return (total / (2 * len(self._nets))).clip(0, 1)

    def areas(self, portrait: Portrait, seen: np.ndarray, heuristic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corrected areas (4, SIZE, SIZE) that sum to 1, and where both agree (SIZE, SIZE) 0 … 1."""
        head, hair, cloth = (seen[..., i] for i in range(3))
        network = np.stack([1 - head - cloth, head - hair, hair, cloth]).clip(0, 1)
        network /= network.sum(0) + 1e-6
        apart = 0.5 * np.abs(blur_all(network, 2) - blur_all(heuristic, 2)).sum(0)
        agree = 1 - smoothstep(APART - 0.1, APART + 0.1, apart)
        weight = 0.65 + 0.35 * (1 - agree)
        merged = network * weight + heuristic * (1 - weight)
        guide = lab(cv2.bilateralFilter(portrait.rgb, 5, 20, 3)) / 100
        merged = np.clip(guided_filter(guide, merged, 4, 4e-4), 0, 1)
        return (merged / (merged.sum(0) + 1e-6)).astype(np.float32), agree.astype(np.float32)


def blur_all(maps: np.ndarray, sigma: float) -> np.ndarray:
    return np.stack([blur(m, sigma) for m in maps])


def glasses_evidence(portrait: Portrait, seen: np.ndarray) -> np.ndarray:
    """(SIZE, SIZE) float32 0 … 1: the network's glasses, and dark thin lines around the eyes that are no brow or lash."""
    grey = cv2.cvtColor(portrait.rgb, cv2.COLOR_RGB2GRAY)
    line = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))).astype(np.float32)
    p = portrait.points[:, :2]
    known = np.zeros((SIZE, SIZE), np.float32)
    for eye in fm.EYES:
        for part in ((*eye.upper, *eye.lower), (*eye.brow_upper, *eye.brow_lower)):
            known = np.maximum(known, polygon_mask(cv2.convexHull(p[list(part)].astype(np.float32))[:, 0], SIZE))
    known = cv2.dilate(known, np.ones((7, 7)))
    axes = rims.Axes(p)
    reach = polygon_mask(np.vstack([axes.place(np.array([-0.62, 0.75, 0.75, -0.62]), np.array([-0.5, -0.5, 0.62, 0.62]), 0),
                                    axes.place(np.array([-0.62, 0.75, 0.75, -0.62]), np.array([-0.5, -0.5, 0.62, 0.62]), 1)])[[1, 2, 6, 5]], SIZE)
    strong = max(float(np.percentile(line[reach > 0.5], 97)), 12.0) if (reach > 0.5).any() else 12.0
    return np.maximum(seen[..., 7] * 1.2, 0.6 * (line / strong).clip(0, 1) * (1 - known) * reach).clip(0, 1).astype(np.float32)
