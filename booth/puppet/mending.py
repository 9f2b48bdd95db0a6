"""A rig mended by hand: its lines as handles, and the rig after one of them was dragged."""

from __future__ import annotations

from typing import Any

import numpy as np

from booth.puppet.rig import Line, Rig

REACH = 0.12
"""How far along a part its other points follow a dragged one, in distances between the outer eye corners."""
LINES: dict[str, tuple[str, ...]] = {
    "eye": ("upper", "lower"), "brow": ("line",), "lips": ("upper_outer", "upper_inner", "lower_inner", "lower_outer")}
PARTS = ("right eye", "left eye", "right brow", "left brow", "lips")


def handles(rig: Rig) -> dict[tuple[str, str], np.ndarray]:
    """(N, 2) float64 points of every line that can be dragged, by (part, line); an eye's iris is a line of one point."""
    found = {}
    for part in PARTS:
        shape = _shape(rig, part)
        for line in LINES[part.split()[-1]]:
            found[part, line] = np.array(getattr(shape, line), float)
        if part.endswith("eye"):
            found[part, "iris"] = np.array([shape.iris], float)
    return found


def dragged(rig: Rig, part: str, line: str, index: int, to: tuple[float, float], whole: bool = False) -> Rig:
    """The rig after point ``index`` of a ``line`` was dragged ``to`` (x, y) in the still. Points near it follow softly; with ``whole``
    all of the part goes along. What is covered of the part (its area) follows too. A part that a person has placed is sure."""
    shape = _shape(rig, part)
    lines = {name: np.array(getattr(shape, name), float) for name in LINES[part.split()[-1]]}
    point = np.array(shape.iris, float) if line == "iris" else lines[line][index]
    limit = np.array([rig.width, rig.height], float)
    by = np.clip(np.array(to, float), 0, limit) - point
    changes: dict[str, Any] = {"confidence": 1.0}
    if line == "iris" and not whole:
        changes["iris"] = _pair(point + by)
    else:
        reach = REACH * rig.eye_distance
        for name, points in lines.items():
            share = np.ones(len(points)) if whole else np.exp(-((points - point) ** 2).sum(1) / (2 * reach ** 2))
            changes[name] = _line(np.clip(points + share[:, None] * by, 0, limit))
        if "area" in type(shape).model_fields:
            area = np.array(shape.area, float)
            share = np.ones(len(area)) if whole else np.exp(-((area - point) ** 2).sum(1) / (2 * reach ** 2))
            changes["area"] = _line(np.clip(area + share[:, None] * by, 0, limit))
        if whole and part.endswith("eye"):
            changes["iris"] = _pair(np.clip(np.array(shape.iris) + by, 0, limit))
    return _with(rig, part, shape.model_copy(update=changes))


def resized(rig: Rig, part: str, factor: float) -> Rig:
    """The rig with the iris of an eye ``factor`` times as large."""
    shape = _shape(rig, part)
    return _with(rig, part, shape.model_copy(update={"radius": max(0.5, shape.radius * factor)}))


def _shape(rig: Rig, part: str) -> Any:
    match part:
        case "right eye":
            return rig.eyes[0]
        case "left eye":
            return rig.eyes[1]
        case "right brow":
            return rig.brows[0]
        case "left brow":
            return rig.brows[1]
        case _:
            return rig.lips


def _with(rig: Rig, part: str, shape: Any) -> Rig:
    if part == "lips":
        return rig.model_copy(update={"lips": shape})
    field, at = part.split()[-1] + "s", 0 if part.startswith("right") else 1
    pair = list(getattr(rig, field))
    pair[at] = shape
    return rig.model_copy(update={field: tuple(pair)})


def _pair(point: np.ndarray) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _line(points: np.ndarray) -> Line:
    return tuple(_pair(point) for point in points)
