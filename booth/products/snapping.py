"""Drawn eyes, found in a close-up: the face mesh says where to look, the line art where they are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.geometry import curve, f32, smoothstep
from booth.products.brows import SeenBrow, snap_brow
from booth.products.closeup import INK, SIDE, Closeup, filled, grown, oval, touching
from booth.puppet.rig import Eye

SHUT = 0.10
"""Lid gap over eye width below which an eye is shut."""
LARGE = 1.4
"""Eyes drawn wider than this in mesh eyes reach up to where the mesh has its brow."""
FALLOFF = 0.35
"""How far the drawn lid may be from the mesh's before the mesh is not asked any more, in eye widths."""


@dataclass(frozen=True, eq=False, slots=True)
class SeenEye:
    """``lash``, ``lid`` and ``white`` of the eyeball (3,) CIELAB; no white: NaN."""

    part: Eye
    lash: np.ndarray
    lid: np.ndarray
    white: np.ndarray


def snap_eyes(view: Closeup, line: float) -> tuple[tuple[SeenEye, SeenBrow], tuple[SeenEye, SeenBrow]]:
    """The person's right eye with its brow, and the left one; ``line``: width of a fine line, in close-up pixels."""
    unlike = view.unlike_skin(_away_from_eyes(view))
    return _snap(view, unlike, fm.RIGHT_EYE, line), _snap(view, unlike, fm.LEFT_EYE, line)


def _snap(view: Closeup, unlike: np.ndarray, eye: fm.Eye, line: float) -> tuple[SeenEye, SeenBrow]:
    p = view.points[:, :2]
    inner, outer = p[eye.inner], p[eye.outer]
    wide = max(float(np.linalg.norm(outer - inner)), 8.0)
    centre = (p[list(eye.upper)].mean(0) + p[list(eye.lower)].mean(0)) / 2
    drawn, thick, crease = _ink(view, unlike, eye, centre, wide, line)
    larger = np.count_nonzero(drawn.any(0)) > LARGE * wide
    brow = snap_brow(view, unlike, eye, drawn if larger else np.zeros_like(drawn))
    upper_mesh, lower_mesh = curve(p[list(eye.upper)], 9), curve(p[list(eye.lower)], 9)
    corners, found = _corners(thick, inner, outer, line)
    ends = sorted(corners[:, 0])
    drawn[:, :int(max(ends[0] - 0.25 * wide, 0))] = False
    drawn[:, int(np.clip(ends[1] + 0.25 * wide, 0, SIDE)):] = False
    stretch = float(np.linalg.norm(corners[1] - corners[0]) + 1e-6) / wide
    place = lambda line_: corners[0] + (line_ - inner) @ _turn(inner, outer, corners).T
    upper, lower = place(upper_mesh), place(lower_mesh)
    lash_px = _lash(view, drawn, upper, lower, line)
    upper, up_sure = _edge(thick, upper, (upper + lower) / 2, -1, wide * stretch, lash_px / 2)
    lower, low_sure = _edge(thick, lower, (upper + lower) / 2, 1, wide * stretch, line / 2)
    gap = np.clip((lower - upper)[2:7, 1] - lash_px / 2, 0, None)
    openness = float(np.median(gap) / (wide * stretch))
    if openness < SHUT:
        upper = lower = (upper + lower) / 2
    if (shut := _shut(unlike, view, drawn, upper, lower, wide)) is not None:
        upper = lower = shut
        openness, up_sure, low_sure, found = 0.0, 0.8, 0.8, True
        drawn = grown(_curve_band(shut, 2 * lash_px), 1)
    iris, radius, contrast, white = _iris(view, upper, lower, p[eye.iris], lash_px)
    eyeball = filled(np.vstack([upper, lower[::-1]]))
    keep = (view.over & ~grown(eyeball, 1.2 * lash_px) & ~_hull(drawn)) | (brow.band & ~grown(eyeball, 0.8 * lash_px))
    area = _area(drawn | crease | grown(eyeball, 1), keep, line)
    sure = 0.35 * up_sure + 0.25 * low_sure + 0.2 * float(found) + 0.2 * (contrast if openness >= SHUT else 1.0)
    lash, lid = _colours(view, upper, area, wide, line)
    part = Eye(confidence=round(float(np.clip(sure, 0, 1)), 3), upper=view.still(upper), lower=view.still(lower), iris=view.still(iris[None])[0],
               radius=max(round(radius * view.scale, 2), 0.1), area=view.still(area), open=round(openness, 4))
    return SeenEye(part, lash, lid, white), brow


def _away_from_eyes(view: Closeup) -> np.ndarray:
    """(S, S) bool: the upper face without a wide room around the eyes, which may be drawn much larger than the mesh has them."""
    p = view.points[:, :2]
    away = np.zeros((SIDE, SIDE), bool)
    away[:int(np.clip(p[fm.NOSE_BASE, 1], 1, SIDE))] = True
    for eye in fm.EYES:
        wide = float(np.linalg.norm(p[eye.outer] - p[eye.inner]))
        away &= ~oval(p[[eye.inner, eye.outer]].mean(0), 1.05 * wide, 0.95 * wide)
    return away


def _curve_band(line: np.ndarray, thick: float) -> np.ndarray:
    """(S, S) bool: a stroke ``thick`` wide along ``line``."""
    band = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(band, [np.round(line).astype(np.int32)], False, 1, max(1, round(thick)))
    return band > 0


def _shut(unlike: np.ndarray, view: Closeup, drawn: np.ndarray, upper: np.ndarray, lower: np.ndarray, wide: float) -> np.ndarray | None:
    """(9, 2) the stroke of an eye that is drawn shut; None where the mesh's opening holds ink, or no stroke is near it."""
    centre = (upper + lower).mean(0) / 2
    opening = filled(np.vstack([upper, lower[::-1]]))
    if opening.any() and (unlike[opening] > INK).mean() > 0.25:
        return None
    strokes = (unlike > INK) & oval(centre, 1.0 * wide, 0.95 * wide) & ~view.over
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    if count < 2:
        return None
    best = 1 + int(np.argmax(stats[1:, 2] - np.abs(stats[1:, 1] + stats[1:, 3] / 2 - centre[1] - 0.3 * wide)))
    left, _, width, height, _ = stats[best]
    if width < 0.5 * wide or height > 0.8 * width:
        return None
    x = np.arange(left, left + width)
    y = np.array([np.flatnonzero(labels[:, c] == best).mean() for c in x])
    fit = np.polynomial.Polynomial.fit(x, y, 2)
    at = np.linspace(x[0], x[-1], 9)
    at = at if (upper[-1, 0] > upper[0, 0]) else at[::-1]
    return np.stack([at, fit(at)], 1)


def _ink(view: Closeup, unlike: np.ndarray, eye: fm.Eye, centre: np.ndarray, wide: float, line: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(S, S) bool each: all that is drawn of the eye in one piece; the same without lashes' ends; the crease above it."""
    p = view.points[:, :2]
    brow = p[list(eye.brow_lower), 1].mean()
    nose = abs(centre[0] - p[168, 0])
    rise, fall = np.clip(centre[1] - brow - 0.04 * wide, 0.55 * wide, 0.9 * wide), 0.9 * wide
    reach = min(0.95 * wide, 0.97 * nose)
    y = np.arange(SIDE)[:, None]
    room = np.where(y < centre[1], oval(centre, reach, rise), oval(centre, reach, fall))
    ink = (unlike > INK) & room
    seed = filled(np.vstack([p[list(eye.upper)], p[list(eye.lower)][::-1]]))
    over = view.over & ~grown(seed, 0.05 * wide)
    bridge = over & oval(centre, 0.62 * wide, 0.55 * wide)              # a rim that crosses the eye does not end it
    whole = touching((ink & ~over) | seed | bridge, seed) & (~over | seed)
    whole = _without_holes(whole | (bridge & _hull(whole)))
    thick = grown(grown(whole, -0.9 * line), 0.9 * line)
    thick = touching(thick | seed, seed)
    whole &= grown(thick, 0.14 * wide)
    above = room & ink & ~over & ~whole & (y < centre[1]) & grown(whole, 0.3 * wide)
    return whole, thick, _strokes(above, whole, wide)


def _strokes(above: np.ndarray, whole: np.ndarray, wide: float) -> np.ndarray:
    """Of the strokes above an eye those that lie over it and are thin: its crease, not a strand of hair."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(above.astype(np.uint8), connectivity=8)
    x = np.flatnonzero(whole.any(0))
    out = np.zeros_like(above)
    for i in range(1, count):
        left, _, width, height, area = stats[i]
        over = min(left + width, x[-1]) - max(left, x[0]) if len(x) else 0
        if over > 0.6 * width and width > 0.2 * wide and height < 0.35 * wide and area < 0.12 * wide * width:
            out |= labels == i
    return out


def _without_holes(mask: np.ndarray) -> np.ndarray:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(out, contours, -1, 1, cv2.FILLED)
    return out > 0


def _area(drawn: np.ndarray, over: np.ndarray, line: float) -> np.ndarray:
    """(N, 2) outline of the hull of ``drawn``, a line's width larger, without ``over``."""
    return outline_of(grown(_hull(drawn), line + 1) & ~over)


def _hull(mask: np.ndarray) -> np.ndarray:
    """(S, S) bool: the convex hull of ``mask``."""
    y, x = np.nonzero(mask)
    return filled(cv2.convexHull(np.stack([x, y], 1).astype(np.float32))[:, 0]) if len(x) >= 3 else mask


def outline_of(mask: np.ndarray, detail: float = 0.7) -> np.ndarray:
    """(N ≥ 3, 2) float32: outline of the largest piece, through the middle of its border's pixels."""
    smooth = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) > 0.5
    contours, _ = cv2.findContours((smooth if smooth.any() else mask).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return f32([[0, 0], [1, 0], [0, 1]])
    largest = max(contours, key=cv2.contourArea)
    poly = cv2.approxPolyDP(largest, detail, True)[:, 0].astype(np.float32)
    return poly if len(poly) >= 3 else np.vstack([poly, poly[:1] + [1, 0], poly[:1] + [0, 1]]).astype(np.float32)


def _corners(thick: np.ndarray, inner: np.ndarray, outer: np.ndarray, line: float) -> tuple[np.ndarray, bool]:
    """(2, 2) the drawn eye's inner and outer corner, and whether the drawing showed them: the ends of the eye where it is still
    higher than two lines."""
    high = thick.sum(0) > 2.2 * line
    x = np.flatnonzero(high)
    wide = abs(outer[0] - inner[0])
    corners = np.stack([inner, outer]).astype(np.float64)
    if len(x) < 0.5 * wide:
        return corners, False
    ends = np.array([x[0], x[-1]], float)
    if inner[0] > outer[0]:
        ends = ends[::-1]
    grow = (ends - corners[:, 0]) * np.sign([inner[0] - outer[0], outer[0] - inner[0]])
    for near, far in ((0, 1), (1, 0)):
        if grow[far] > 0.2 * wide and grow[near] < 0.08 * wide:          # it ran into hair or a shadow: an eye grows to both sides
            ends[far] -= np.sign(corners[far, 0] - corners[near, 0]) * (grow[far] - 0.1 * wide)
    found = bool(np.all(np.abs(ends - corners[:, 0]) < FALLOFF * wide))
    lean = (outer[1] - inner[1]) / (outer[0] - inner[0] + 1e-6)
    shift = np.median([np.flatnonzero(thick[:, int(c)]).mean() - (inner[1] + lean * (c - inner[0])) for c in x[::4]])
    corners[:, 0] = ends
    corners[:, 1] = inner[1] + lean * (ends - inner[0]) + np.clip(shift, -0.2 * wide, 0.2 * wide) * 0.5
    return corners, found


def _turn(inner: np.ndarray, outer: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(2, 2) similarity that takes the mesh's eye axis to the drawn one's."""
    a, b = outer - inner, corners[1] - corners[0]
    c = complex(*b) / complex(*a)
    return np.array([[c.real, -c.imag], [c.imag, c.real]])


def _lash(view: Closeup, drawn: np.ndarray, upper: np.ndarray, lower: np.ndarray, line: float) -> float:
    """Thickness of the drawn upper lid: the median run of dark pixels where there is white below it."""
    light = view.lab[..., 0]
    inside = light[filled(np.vstack([upper, lower[::-1]])) & drawn]
    if len(inside) < 20:
        return 2 * line
    middle = (float(np.percentile(inside, 8)) + float(np.percentile(inside, 92))) / 2
    runs = []
    for x in np.linspace(upper[1, 0], upper[-2, 0], 24).astype(int):
        y = np.flatnonzero(drawn[:, np.clip(x, 0, SIDE - 1)])
        if len(y) < 3:
            continue
        dark = light[y[0]:y[-1] + 1, np.clip(x, 0, SIDE - 1)] < middle
        start = int(np.argmax(dark))
        run = int(np.argmin(dark[start:])) if not dark[start:].all() else 0
        if 0 < run < 0.5 * len(dark):
            runs.append(run)
    return float(np.clip(np.median(runs), line, 5 * line)) if len(runs) >= 4 else 2 * line


def _edge(drawn: np.ndarray, lid: np.ndarray, middle: np.ndarray, side: int, wide: float, inset: float) -> tuple[np.ndarray, float]:
    """The lid moved to the drawn eye's border, ``inset`` inside of it; and the share of its points that the drawing held, 0 … 1.

    The border is read in every column, the moves are fitted by a quadratic that the columns which agree decide."""
    at = np.linspace(0, 1, 25)
    line, core = curve(lid, 25), curve(middle, 25)
    moves, ok = np.zeros(25), np.zeros(25, bool)
    for i, ((x, y), (_, start)) in enumerate(zip(line, core, strict=True)):
        column = drawn[:, int(np.clip(round(x), 0, SIDE - 1))]
        at_y = int(np.clip(round(start), 0, SIDE - 1))
        if not column[at_y]:
            continue
        rest = column[at_y::side]
        end = at_y + side * (int(np.argmin(rest)) if not rest.all() else len(rest))
        moves[i], ok[i] = end - side * inset - y, abs(end - y) < 0.6 * wide
    ok &= (at > 0.08) & (at < 0.92)
    weight = np.where(ok, 1.0, 0.0)
    basis = np.stack([np.ones(25), at, at**2, at**3], 1)
    fit = np.zeros(25)
    if ok.sum() >= 6:
        for _ in range(4):
            w = weight[:, None] * basis
            fit = basis @ np.linalg.solve(basis.T @ w + np.diag([0.02, 0.05, 0.05, 0.05]), w.T @ moves)
            weight = ok / (1 + ((moves - fit) / (0.04 * wide)) ** 2)
    agree = ok & (np.abs(moves - fit) < 0.05 * wide)
    fit = fit * smoothstep(0.2, 0.5, float(agree.mean()))
    moved = lid.copy()
    moved[:, 1] += np.interp(np.linspace(0, 1, len(lid)), at, fit * smoothstep(0, 0.08, at) * smoothstep(0, 0.08, 1 - at))
    return moved, float(agree.sum() / 21)


def _iris(view: Closeup, upper: np.ndarray, lower: np.ndarray, guess: np.ndarray, lash_px: float) -> tuple[np.ndarray, float, float, np.ndarray]:
    """Centre, radius and certainty 0 … 1 of the disc whose sides are where the white of the corners ends, whatever glints there are; and
    that white's colour (3,)."""
    left, right = min(upper[0, 0], upper[-1, 0]), max(upper[0, 0], upper[-1, 0])
    wide, tall = right - left, float(np.median((lower - upper)[3:6, 1]))
    middle = (upper[4] + lower[4]) / 2
    guess = np.array([np.clip(guess[0], left + 0.3 * wide, right - 0.3 * wide), middle[1]])
    usual = float(np.clip(0.55 * tall, 0.16 * wide, 0.4 * wide))
    inside = filled(np.vstack([upper + [0, lash_px / 2 + 1], lower[::-1] - [0, 1]]))
    values = view.lab[..., 0][inside]
    if tall < 4 or len(values) < 40:
        return guess, usual, 0.0, np.full(3, np.nan)
    bright = inside & (view.lab[..., 0] > 0.45 * np.percentile(values, 15) + 0.55 * np.percentile(values, 93))
    white = _sclera(bright, left, right)
    colour = np.median(view.lab[white], axis=0) if white.sum() > 20 else np.full(3, np.nan)
    sides = []
    for y in range(int(middle[1] - 0.2 * tall), int(middle[1] + 0.45 * tall)):
        x = np.flatnonzero(inside[np.clip(y, 0, SIDE - 1)])
        if len(x) < 0.3 * wide:
            continue
        row = white[y, x[0]:x[-1] + 1]
        for run, start, step in ((row, x[0], 1), (row[::-1], x[-1], -1)):
            first = int(np.argmax(run))
            if run.any() and first < 0.12 * wide:
                length = int(np.argmin(run[first:])) if not run[first:].all() else 0
                if 2 <= length < 0.45 * wide:
                    sides.append((start + step * (first + length - 0.5), float(y), step))
    if len(sides) < 6:
        return guess, usual, 0.3, colour
    at = np.array(sides)
    r, dx, dy = np.meshgrid(np.linspace(0.13, 0.48, 22) * wide, np.linspace(-0.28, 0.28, 29) * wide, np.linspace(-0.25, 0.2, 10) * tall,
                            indexing="ij")
    cx, cy = middle[0] + dx[..., None], middle[1] + dy[..., None]
    away = (np.hypot(at[:, 0] - cx, at[:, 1] - cy) - r[..., None]) / (0.03 * wide)
    wrong = np.sign(at[:, 0] - cx) == at[:, 2]                       # a left side right of the middle
    cost = np.mean(np.minimum(np.where(wrong, 9, away**2), 9), -1)
    cost += 0.3 * np.square(dy / tall / 0.2) + 0.3 * np.square((r - usual) / (0.15 * wide))
    cost += 0.2 * np.square((middle[0] + dx - guess[0]) / (0.2 * wide))
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    return middle + [dx[best], dy[best]], float(r[best]), float(np.clip(1.2 - cost[best] / 4, 0.3, 1)), colour


def _sclera(bright: np.ndarray, left: float, right: float) -> np.ndarray:
    """Of the bright pieces of an eye those in its corners."""
    count, labels, stats, middles = cv2.connectedComponentsWithStats(bright.astype(np.uint8), connectivity=4)
    wide = right - left
    out = np.zeros_like(bright)
    for i in range(1, count):
        x0, x1, x = stats[i][0], stats[i][0] + stats[i][2], middles[i][0]
        if (x0 < left + 0.14 * wide and x < left + 0.36 * wide) or (x1 > right - 0.14 * wide and x > right - 0.36 * wide):
            out |= labels == i
    return out


def _colours(view: Closeup, upper: np.ndarray, area: np.ndarray, wide: float, line: float) -> tuple[np.ndarray, np.ndarray]:
    """CIELAB of the lash (the darker half along the upper lid) and of the skin around the eye."""
    band = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(band, [np.round(upper).astype(np.int32)], False, 1, max(1, round(1.5 * line)))
    lash = view.lab[band > 0]
    lash = lash[lash[:, 0] <= np.percentile(lash[:, 0], 45)]
    inside = filled(area)
    around = grown(inside, 0.2 * wide) & ~grown(inside, 2) & ~view.over & (view.thin < 6)
    skin = view.lab[around & view.plain]
    skin = skin if len(skin) > 40 else view.lab[view.plain] if view.plain.any() else view.lab[around]
    return np.median(lash, axis=0), np.median(skin, axis=0) if len(skin) else f32([70, 12, 18])
