"""A head from its layers: flat skin and hair with crisp borders, cel shadow, tones, silhouette lines, glasses.

Soft masks are enlarged to the picture's own resolution first and steepened after, so borders stay sharp at any size.
(Done inside the network's graph at a fixed 512², the same took three times as long on two cores and was softer.)
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth.frame import Adapted, Face, Stylized
from booth.geometry import f32, invert, smoothstep, transform
from booth.render.ink import draw_face
from booth.render.palette import Palette, make_palette
from booth.render.style import Style

LEVELS = np.arange(256, dtype=np.float32) / 255
STEEP = (smoothstep(0.36, 0.64, LEVELS) * 255 + 0.5).astype(np.uint8)
LINE = smoothstep(0.25, 0.75, LEVELS).astype(np.float32)
NO_LINE = 1 - LINE
COVER = (smoothstep(0.4, 0.6, LEVELS) * 255 + 0.5).astype(np.uint8)
GLASSES = smoothstep(0.30, 0.60, LEVELS).astype(np.float32)
BEARD = (0.85 * smoothstep(0.35, 0.65, LEVELS)).astype(np.float32)
AREA_HEAD = 0
MAP_SHADOW, MAP_TONE, MAP_BEARD, MAP_GLASSES = range(4)
INVERSE = 1 - LEVELS
SHADE_STEP = (0.42, 0.56)
"""Where the soft shadow layer turns from lit to shaded skin."""
MOST_FOLDS = 16
WEARS, BEARDED = 0.5, 0.3
"""Remembered certainty above which glasses and beards are drawn."""


def _window(size: int) -> np.ndarray:
    """Soft square in which a crop may draw: 0 at its border, 255 within."""
    ramp = np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.07 * size)
    edge = smoothstep(0, 1, ramp)
    return (np.outer(edge, edge) * 255).astype(np.uint8)


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """A drawn head: ``image`` (h, w, 3) and ``alpha`` (h, w) uint8, whose upper left pixel goes to ``corner`` (x, y)."""

    face: Face
    corner: tuple[int, int]
    image: np.ndarray
    alpha: np.ndarray

    def put_on(self, canvas: np.ndarray) -> None:
        """Blend into ``canvas`` (H, W, 3) uint8, in place."""
        (x, y), (height, width) = self.corner, self.alpha.shape
        part = canvas[y:y + height, x:x + width]
        part[:] = cv2.blendLinear(self.image, np.ascontiguousarray(part), cv2.LUT(self.alpha, LEVELS), cv2.LUT(self.alpha, INVERSE))


class Painter:
    """Draws heads. Owned by one thread."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self._windows: dict[int, np.ndarray] = {}
        self._folds: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def paint(self, size: tuple[int, int], adapted: Adapted, scale: float = 1.0) -> Head | None:
        """One head with its ink, to be put on a canvas of ``size`` (width, height); None when it lies outside.

        Canvas pixels = ``scale`` × frame pixels.
        """
        stylized = adapted.stylized
        layers = self._folded(stylized)
        left, top, right, bottom = _reach(layers[..., AREA_HEAD])
        to_canvas = invert(stylized.affine) * np.float32(scale)
        corners = transform(to_canvas, f32([[left, top], [right, top], [left, bottom], [right, bottom]]))
        x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int), size)
        if x1 - x0 < 8 or y1 - y0 < 8:
            return None
        to_box = to_canvas.copy()
        to_box[:, 2] -= [x0, y0]
        shape = (int(x1 - x0), int(y1 - y0))
        warp = lambda layers: cv2.warpAffine(layers, to_box, shape, flags=cv2.INTER_LINEAR)
        head, hair, shading, may = cv2.split(warp(layers))
        head, hair = cv2.LUT(head, STEEP), cv2.LUT(hair, STEEP)
        colours = adapted.colours
        palette = make_palette(colours, self.style)
        wears, bearded = colours.glasses > WEARS, colours.bearded > BEARDED
        beard = glasses = None
        if wears or bearded:
            beard, glasses = cv2.split(warp(stylized.maps[..., MAP_BEARD:].copy()))
        box = self._flat(hair, shading, beard if bearded else None, palette)
        points = adapted.face.points[:, :2] * scale - [x0, y0]
        box, outline = self._outline(box, head, hair, palette, _line_width(points, self.style.line.weight))
        draw_face(box, points, palette, self.style)
        if wears and glasses is not None:
            box = _tint(box, palette.frame, cv2.LUT(glasses, GLASSES))
        return Head(adapted.face, (int(x0), int(y0)), box, cv2.multiply(cv2.max(head, outline), may, scale=1 / 255))

    def _folded(self, stylized: Stylized) -> np.ndarray:
        """``_fold`` of these layers, kept while the same layers are drawn again (engines may answer every third picture)."""
        kept = self._folds.get(stylized.track_id)
        if kept is None or kept[0] is not stylized.areas:
            kept = self._folds[stylized.track_id] = (stylized.areas, self._fold(stylized))
            while len(self._folds) > MOST_FOLDS:
                self._folds.pop(next(iter(self._folds)))
        return kept[1]

    def _fold(self, stylized: Stylized) -> np.ndarray:
        """(S, S, 4) uint8: head, hair, shading, where the head may be drawn. One warp then does for all.

        Shading is hair's tone where there is hair and the cel shadow elsewhere; their seam lies under the outline.
        """
        head, hair, _, cover = cv2.split(cv2.GaussianBlur(stylized.areas, (3, 3), 0))    # borders are ragged by a pixel
        shadow, tone = cv2.split(stylized.maps)[:2]
        head = _one_piece(head)
        cv2.copyTo(tone, cv2.compare(hair, 127, cv2.CMP_GT), shadow)
        may = cv2.min(self._window(head.shape[0]), 255 - cv2.LUT(cover, COVER))
        return cv2.merge([head, cv2.min(hair, head), shadow, may])

    def _window(self, size: int) -> np.ndarray:
        return self._windows.setdefault(size, _window(size))

    def _flat(self, hair, shading, beard, palette: Palette) -> np.ndarray:
        """Areas in their flat tones, (H, W, 3) uint8. The hard border of hair is covered by its line later."""
        skin = cv2.applyColorMap(shading, _ramp((palette.skin, palette.shade), (SHADE_STEP,)))
        if beard is not None:
            skin = _tint(skin, palette.beard, cv2.LUT(beard, BEARD))
        dark, middle, light = palette.hair
        locks = cv2.applyColorMap(shading, _ramp((dark, middle, light), ((0.36, 0.42), (0.66, 0.72))))
        return cv2.copyTo(locks, cv2.compare(hair, 127, cv2.CMP_GT), skin)

    def _outline(self, box, head, hair, palette: Palette, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Lines along the borders of hair and head; the picture with them and their coverage (H, W) uint8."""
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        around_head = cv2.morphologyEx(head, cv2.MORPH_GRADIENT, kernel)
        around_hair = cv2.morphologyEx(hair, cv2.MORPH_GRADIENT, kernel)
        ink = cv2.applyColorMap(cv2.dilate(hair, kernel), _ramp((palette.skin_line, palette.hair_line), ((0.2, 0.8),)))
        lines = cv2.max(around_head, around_hair)
        return cv2.blendLinear(ink, box, cv2.LUT(lines, LINE), cv2.LUT(lines, NO_LINE)), around_head


def _one_piece(head: np.ndarray) -> np.ndarray:
    """``head`` (S, S) uint8 without patches that are not joined to its largest piece: somebody else's hair, a dark collar."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(cv2.compare(head, 64, cv2.CMP_GT), connectivity=4)
    if count <= 2:
        return head
    main = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    keep = cv2.dilate((parts == main).astype(np.uint8) * 255, np.ones((7, 7), np.uint8))
    return cv2.min(head, keep)


def _reach(head: np.ndarray, margin: int = 6) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that is head in a crop, with room for its outline; a few pixels when there is none."""
    x, y, w, h = cv2.boundingRect((head > 8).astype(np.uint8))
    size = head.shape[0]
    return max(x - margin, 0), max(y - margin, 0), min(x + w + margin, size), min(y + h + margin, size)


def _line_width(points: np.ndarray, weight: float) -> int:
    """Side of the kernel that draws silhouettes: about 0.9 % of the face's height, at least 2 pixels."""
    height = float(np.linalg.norm(points[10] - points[152]))
    return max(2, round(0.009 * height * weight + 0.6))


def _ramp(colours: tuple[np.ndarray, ...], steps: tuple[tuple[float, float], ...]) -> np.ndarray:
    """(256, 1, 3) colour map: flat tones with short soft steps between them."""
    ramp = np.broadcast_to(colours[0], (256, 3)).astype(np.float32)
    for colour, (low, high) in zip(colours[1:], steps, strict=True):
        t = smoothstep(low, high, LEVELS)[:, None]
        ramp = ramp + (colour - ramp) * t
    return (ramp.clip(0, 255) + 0.5).astype(np.uint8).reshape(256, 1, 3)


def _tint(image: np.ndarray, colour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Blend one colour over ``image`` by float32 ``weight`` (H, W)."""
    flat = np.empty_like(image)
    flat[:] = colour.clip(0, 255).astype(np.uint8)
    return cv2.blendLinear(flat, image, weight, 1 - weight)
