"""A drawn mouth, found in a close-up: its line or its opening, its lips, and what is inside of it.

The mouth is laid out straight first, corner to corner along the mesh's lips: a sheet in which the drawn lines run across, and
the best path through it (dynamic programming) is the line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import curve, even, f32, smoothstep
from booth.products.closeup import INK, SIDE, Closeup, filled, grown, oval, touching
from booth.products.snapping import outline_of
from booth.puppet.rig import Lips

COLUMNS, KNOTS = 65, 11
LEAST_GAP = 0.035
"""Inner gap over mouth width below which a mouth is drawn as one line."""


@dataclass(frozen=True, eq=False, slots=True)
class SeenMouth:
    """``line``, ``lips``, ``skin`` (3,) CIELAB; ``inside`` (N, 3) CIELAB of what is seen through the open mouth, ``above`` (M, 3) of
    its upper third; ``fine``: width of a fine line in close-up pixels."""

    part: Lips
    line: np.ndarray
    lips: np.ndarray
    skin: np.ndarray
    inside: np.ndarray
    above: np.ndarray
    fine: float


@dataclass(frozen=True, eq=False, slots=True)
class _Sheet:
    """The mouth laid out: ``at`` (C, 2) its middle, ``down`` (2,), ``steps`` (R,) pixels below it; pictures are (R, C)."""

    at: np.ndarray
    down: np.ndarray
    steps: np.ndarray

    def read(self, picture: np.ndarray) -> np.ndarray:
        x = self.at[None, :, 0] + self.steps[:, None] * self.down[0]
        y = self.at[None, :, 1] + self.steps[:, None] * self.down[1]
        return cv2.remap(picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def depth(self, line: np.ndarray) -> np.ndarray:
        """(C,) how far below the middle a line lies that has a point in each column."""
        return (line - self.at) @ self.down

    def line(self, depth: np.ndarray) -> np.ndarray:
        return self.at + depth[:, None] * self.down


def snap_lips(view: Closeup) -> SeenMouth:
    p = view.points[:, :2].astype(np.float64)
    mesh = [curve(p[list(i)], COLUMNS) for i in (fm.LIP_UPPER_OUTER, fm.LIP_UPPER_INNER, fm.LIP_LOWER_INNER, fm.LIP_LOWER_OUTER)]
    wide = max(float(np.linalg.norm(p[291] - p[61])), 10.0)
    across = (p[291] - p[61]) / wide
    sheet = _Sheet((mesh[1] + mesh[2]) / 2, np.array([-across[1], across[0]]), np.arange(-0.32 * wide, 0.65 * wide, 0.5))
    lab = sheet.read(view.lab)
    thin = sheet.read(view.thin)
    depth = [sheet.depth(m) for m in mesh]
    lower_face = np.zeros((SIDE, SIDE), bool)
    lower_face[int(np.clip(p[fm.NOSE_BASE, 1], 0, SIDE - 1)):] = True
    unlike_skin = view.unlike_skin(lower_face)

    light = cv2.GaussianBlur(lab[..., 0], (3, 5), 0)
    slope = cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=3) / 4
    stroke = np.clip(thin / 25, 0, 1)
    upper_proof = stroke + np.clip(-slope / 20, 0, 0.4)
    lower_proof = np.clip(np.abs(slope) / 15, 0, 0.7) + 0.4 * stroke
    skin = _median(view.lab[_around(view, p, wide)], view.lab[view.plain])
    upper = _path(upper_proof, sheet.steps, depth[1], wide)
    seen = _hollow(lab, sheet.steps, upper, skin, wide)
    lower = _path(lower_proof, sheet.steps, np.maximum(depth[2], upper) if seen is None else seen, wide, 1.2 if seen is None else 40.0)
    lower = np.maximum(lower, upper)
    inner = seen is not None or _opened(lab, sheet.read(unlike_skin), sheet.steps, upper, lower)
    openness = float(np.median((lower - upper)[24:41])) / wide
    fine = _width(thin, sheet.steps, upper)
    if not inner or openness < max(LEAST_GAP, 1.7 * fine / wide):
        upper = lower = _path(stroke + 0.1 * upper_proof, sheet.steps, (depth[1] + depth[2]) / 2, wide)
        openness = 0.0
    sure = float(np.mean(_at(stroke, sheet.steps, upper) > 0.2))

    drawn = sheet.read(unlike_skin)
    up_share, up_edge, up_lips, up_apart = _lip(sheet.steps, lab, drawn, upper, depth[0] - depth[1])
    low_share, low_edge, low_lips, low_apart = _lip(sheet.steps, lab, drawn, lower, depth[3] - depth[2])
    apart = (up_apart, low_apart)
    coloured = float(smoothstep(5, 14, max(apart)))
    outer_upper = upper + (depth[0] - depth[1]) * (up_share if coloured > 0.15 else 0.08)
    outer_lower = lower + (depth[3] - depth[2]) * (low_share if coloured > 0.15 else 0.08)
    lines = [sheet.line(d) for d in (np.minimum(outer_upper, upper), upper, lower, np.maximum(outer_lower, lower))]

    area = _area(view, unlike_skin, lines, p, wide, fine)
    sheet_inside = _between(sheet, lab, upper, lower, openness * wide)
    line = _lab_line(lab, sheet.steps, upper)
    knots = [view.still(one[np.round(even(KNOTS) * (COLUMNS - 1)).astype(int)]) for one in lines]
    part = Lips(confidence=round(float(np.clip(0.75 * sure + 0.25 * max(up_edge, low_edge, float(openness > 0)), 0, 1)), 3),
                upper_outer=knots[0], upper_inner=knots[1], lower_inner=knots[2], lower_outer=knots[3], area=view.still(area),
                open=round(openness, 4), filled=round(coloured, 3))
    lips = low_lips if apart[1] >= apart[0] else up_lips
    return SeenMouth(part, line, lips, skin, *sheet_inside, fine)


def _path(proof: np.ndarray, steps: np.ndarray, near: np.ndarray, wide: float, hold: float = 1.2) -> np.ndarray:
    """(C,) depth of the path through most ``proof`` (R, C), smooth and not far from ``near`` (C,), which ``hold``
    weighs."""
    cost = -proof + hold * ((steps[:, None] - near[None]) / (0.16 * wide)) ** 2
    reach = 4
    bend = 0.02 * np.arange(-reach, reach + 1) ** 2
    total = cost[:, 0].copy()
    back = np.zeros(cost.shape, np.int64)
    rows = np.arange(len(steps))
    drift = np.concatenate([[0], np.diff(near)]) / (steps[1] - steps[0])
    for c in range(1, cost.shape[1]):
        whole = round(float(drift[c]))
        from_ = np.clip(rows[:, None] - whole + np.arange(-reach, reach + 1), 0, len(steps) - 1)
        options = total[from_] + bend
        pick = options.argmin(1)
        back[:, c] = from_[rows, pick]
        total = options[rows, pick] + cost[:, c]
    out = np.empty(cost.shape[1])
    r = int(total.argmin())
    for c in range(cost.shape[1] - 1, -1, -1):
        out[c] = steps[r]
        r = back[r, c]
    return np.asarray(cv2.GaussianBlur(out[None], (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)[0])


def _at(sheet: np.ndarray, steps: np.ndarray, depth: np.ndarray, off: float = 0.0) -> np.ndarray:
    """What lies in each column at ``depth`` + ``off``."""
    rows = np.clip(np.round((depth + off - steps[0]) / (steps[1] - steps[0])).astype(int), 0, len(steps) - 1)
    return np.asarray(sheet[rows, np.arange(sheet.shape[1])])


def _run(column: np.ndarray) -> int:
    """How many of the first values are true."""
    return int(np.argmin(column)) if not column.all() else len(column) - 1


def _hollow(lab: np.ndarray, steps: np.ndarray, upper: np.ndarray, skin: np.ndarray, wide: float) -> np.ndarray | None:
    """(C,) where teeth, tongue or a dark hollow end that begin right below the upper line; None where most columns have none."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    own = float(np.hypot(skin[1], skin[2]))
    white = (lab[..., 0] > skin[0] + 6) & ((chroma < 0.75 * own + 2) | (lab[..., 2] < skin[2] - 8))
    white |= (lab[..., 0] > skin[0] - 4) & (chroma < 0.5 * own - 3)
    dark = lab[..., 0] < 0.45 * skin[0]
    deep = cv2.morphologyEx((white | dark).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 1), np.uint8)) > 0
    ends = np.full(COLUMNS, np.nan)
    for c in range(COLUMNS):
        first = int(np.clip(np.searchsorted(steps, upper[c]), 0, len(steps) - 2))
        rows = np.flatnonzero((white | dark)[first:first + 24, c])
        if not len(rows):
            continue
        start = first + int(rows[0])
        end = start + _run(white[start:, c])
        if end == start and white[start + _run(dark[start:, c]), c] and _run(dark[start:, c]) < 24:
            end = start + _run(dark[start:, c])
            end += _run(white[end:, c])                                    # the line above the teeth
        teeth = end - start
        hollow = _run(deep[end:, c])
        end += hollow if hollow > max(10, 0.2 * wide) else 0
        if end < len(steps) - 2 and (teeth >= 3 or hollow > max(10, 0.2 * wide)):        # else it is a beard or a dark tone
            ends[c] = steps[end]
    found = np.isfinite(ends)
    middle = slice(COLUMNS // 4, -COLUMNS // 4)
    if found[middle].mean() < 0.6:
        return None
    x = np.flatnonzero(found)
    whole = np.interp(np.arange(COLUMNS), np.concatenate([[0], x, [COLUMNS - 1]]), np.concatenate([upper[:1], ends[x], upper[-1:]]))
    return np.asarray(cv2.medianBlur(whole.astype(np.float32)[None], 5)[0])


def _opened(lab: np.ndarray, unlike_skin: np.ndarray, steps: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> bool:
    """Whether teeth or a dark hollow lie between the two lines in most of the middle columns, and not just the lip's own skin."""
    middle = slice(COLUMNS // 4, -COLUMNS // 4)
    half = (upper + lower) / 2
    inside, drawn = _at(lab, steps, half)[middle], _at(unlike_skin, steps, half)[middle]
    gap = (lower - upper)[middle]
    below = _at(lab, steps, lower, 4)[middle]
    other = np.linalg.norm(inside - below, axis=1) > 8
    return bool(np.mean((gap > 2) & (drawn > INK) & other) > 0.5 or np.mean((gap > 4) & other) > 0.7)


def _width(thin: np.ndarray, steps: np.ndarray, upper: np.ndarray) -> float:
    """Width at half its darkness of the line along ``upper``, in pixels."""
    runs = []
    for c in range(12, COLUMNS - 12):
        r = int(np.clip(np.searchsorted(steps, upper[c]), 4, len(steps) - 5))
        r += int(thin[r - 4:r + 5, c].argmax()) - 4
        half = thin[r, c] / 2
        if thin[r, c] < 6:
            continue
        above, below = thin[:r + 1, c][::-1] < half, thin[r:, c] < half
        if above.any() and below.any():
            runs.append((int(above.argmax()) + int(below.argmax()) - 1) * 0.5)
    return float(np.clip(np.median(runs), 1.0, 8.0)) if runs else 2.5


def _lip(steps: np.ndarray, lab: np.ndarray, drawn: np.ndarray, start: np.ndarray, full: np.ndarray) -> tuple[float, float, np.ndarray, float]:
    """How much of the mesh's lip is drawn (0 … 1.15 of its height), how clear its border is (0 … 1), its colour (3,) and how far that is
    from any skin's. ``drawn`` (R, C): distance from skin; a lip ends where that falls."""
    columns = slice(10, COLUMNS - 10)
    side = np.sign(np.median(full)) or 1.0
    shares = np.linspace(0.45, 1.15, 15)
    near, far = ([_at(drawn, steps, start + full * s + off * side)[columns] for s in shares] for off in (-2, 2))
    falls = [float(np.median(a - b)) for a, b in zip(near, far, strict=True)]
    best = int(np.argmax(np.minimum(falls, 15) - 12 * np.square(shares - 0.85)))
    share = float(shares[best]) if falls[best] > 2 else 0.8
    inside = [start + full * share * f for f in (0.5, 0.65, 0.8)]
    colour = np.median(np.concatenate([_at(lab, steps, at)[columns] for at in inside]), axis=0)
    return share, float(smoothstep(2, 9, falls[best])), colour, float(np.median(np.concatenate([_at(drawn, steps, at)[columns] for at in inside])))


def _around(view: Closeup, p: np.ndarray, wide: float) -> np.ndarray:
    """(S, S) bool: plain skin around the mouth."""
    centre = (p[61] + p[291]) / 2
    return view.plain & oval(centre, 1.1 * wide, 0.9 * wide)


def _median(samples: np.ndarray, instead: np.ndarray) -> np.ndarray:
    """The commonest colour, not the mean of two: of lit and shaded skin the one with more samples."""
    samples = samples if len(samples) > 50 else instead
    if not len(samples):
        return f32([70, 12, 18])
    light = np.histogram(samples[:, 0], bins=20)
    top = int(light[0].argmax())
    near = np.abs(samples[:, 0] - (light[1][top] + light[1][top + 1]) / 2) < 6
    return np.asarray(np.median(samples[near], axis=0))


def _area(view: Closeup, unlike_skin: np.ndarray, lines: list[np.ndarray], p: np.ndarray, wide: float, fine: float) -> np.ndarray:
    """(N, 2): the lips, a line's width more, and the ink that belongs to them: ends of the line, the shade below the lip."""
    lips = filled(np.vstack([lines[0], lines[3][::-1]])) | filled(np.vstack([lines[1], lines[2][::-1]]))
    for line in lines:
        band = np.zeros((SIDE, SIDE), np.uint8)
        cv2.polylines(band, [np.round(line).astype(np.int32)], False, 1, 1)
        lips |= band > 0
    lips = grown(lips, fine + 1.5)
    nose, chin = p[fm.NOSE_BASE, 1], p[fm.CHIN, 1]
    low = lines[3][:, 1].max()
    room = grown(lips, 0.1 * wide)
    room[:int(np.clip((nose + lines[0][:, 1].min()) / 2, 0, SIDE))] = False
    room[int(np.clip(min(low + 0.13 * wide, (low + chin) / 2 + 0.05 * wide), 0, SIDE)):] = False
    strokes = ((view.thin > 6) | (unlike_skin > INK)) & room
    near = touching(strokes | lips, lips) & grown(lips, 0.05 * wide)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((strokes & ~near).astype(np.uint8), connectivity=8)
    for i in range(1, count):
        if stats[i][2] < 0.8 * wide and stats[i][3] < 0.12 * wide and stats[i][1] > lines[2][:, 1].max():
            near |= labels == i
    y, x = np.nonzero(grown(near & room | lips, 1))
    hull = cv2.convexHull(np.stack([x, y], 1).astype(np.float32))[:, 0]
    return outline_of(filled(hull))


def _between(sheet: _Sheet, lab: np.ndarray, upper: np.ndarray, lower: np.ndarray, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) and (M, 3) CIELAB samples between the lines, and of their upper third; none when the mouth is shut."""
    if gap <= 0:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)
    columns = slice(COLUMNS // 5, -COLUMNS // 5)
    rows = [_at(lab, sheet.steps, upper + (lower - upper) * f)[columns] for f in np.linspace(0.25, 0.85, 13)]
    return np.concatenate(rows), np.concatenate(rows[:4])


def _lab_line(lab: np.ndarray, steps: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """(3,) the darker third of what lies along the line."""
    samples = np.concatenate([_at(lab, steps, upper, off)[8:-8] for off in (-1.0, 0.0, 1.0)])
    return np.asarray(np.median(samples[samples[:, 0] <= np.percentile(samples[:, 0], 33)], axis=0))


