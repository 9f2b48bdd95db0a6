"""A head from its layers: flat skin and hair with crisp borders, cel shadow, tones, silhouette lines, then its ink.

Soft masks are enlarged to the picture's own resolution first and steepened after, so borders stay sharp at any size.
(Done inside the network's graph at a fixed 512², the same took three times as long on two cores and was softer.)
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from booth import facemap as fm
from booth.frame import Adapted, Appearance, Face, Stylized
from booth.geometry import LEVELS, curve, f32, invert, smoothstep, transform
from booth.render import shape
from booth.render.ink import draw_face
from booth.render.palette import Palette, make_palette
from booth.render.screen import print_dots
from booth.render.strands import combed
from booth.render.style import AnyStyle, ImageStyle, Style

STEEP = (smoothstep(0.40, 0.60, LEVELS) * 255 + 0.5).astype(np.uint8)
COVER = (smoothstep(0.4, 0.6, LEVELS) * 255 + 0.5).astype(np.uint8)
BEARD = smoothstep(0.38, 0.56, LEVELS).astype(np.float32)
AREA_HEAD = 0
MAP_SHADOW, MAP_TONE, MAP_BEARD, MAP_GLASSES = range(4)
SOLID = 250
"""Coverage above which a pixel is all head, and below whose rest it is all room."""
SHADE_STEP = (0.42, 0.56)
"""Where the soft shadow layer turns from lit to shaded skin."""
FAINT = 0.3
MOST_KEPT = 16


def _window(size: int) -> np.ndarray:
    """Soft square in which a crop may draw: 0 at its border, 255 within."""
    ramp = np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.07 * size)
    edge = smoothstep(0, 1, ramp)
    return (np.outer(edge, edge) * 255).astype(np.uint8)


def beard_weight(person: Appearance) -> float:
    """0 … 0.85: how strongly facial hair is drawn; it fades in with certainty. Stubble is a light tone."""
    full = float(smoothstep(0.28, 0.36, max(person.bearded, person.moustache)))
    return max(0.85 * full, 0.38 * float(smoothstep(0.45, 0.75, person.stubble)))


def glasses_weight(person: Appearance) -> float:
    """0 … 1: how strongly glasses are drawn; they fade in with certainty. Between the people of the training set who wear
    some and those who do not, few lie in between (see models/reports)."""
    return float(smoothstep(0.71, 0.77, person.wears))


@dataclass(frozen=True, eq=False, slots=True)
class Head:
    """A drawn head: ``image`` (h, w, 3) and ``alpha`` (h, w) uint8, whose upper left pixel goes to ``corner`` (x, y)."""

    face: Face
    corner: tuple[int, int]
    image: np.ndarray
    alpha: np.ndarray

    def put_on(self, canvas: np.ndarray) -> None:
        """Blend into ``canvas`` (H, W, 3) uint8, in place. Nearly all of a head is solid: that is copied, and only its soft
        border is calculated; blending all took three times as long."""
        (x, y), (height, width) = self.corner, self.alpha.shape
        part = canvas[y:y + height, x:x + width]
        part[:] = cv2.copyTo(self.image, cv2.compare(self.alpha, SOLID, cv2.CMP_GT), np.ascontiguousarray(part))
        soft = cv2.findNonZero(cv2.inRange(self.alpha, 255 - SOLID, SOLID))
        if soft is not None:
            columns, rows = soft[:, 0, 0], soft[:, 0, 1]
            share = self.alpha[rows, columns, None].astype(np.float32) / 255
            part[rows, columns] = (self.image[rows, columns] * share + part[rows, columns] * (1 - share) + 0.5).astype(np.uint8)


@dataclass(frozen=True, eq=False, slots=True)
class _Colours:
    """A palette and its colour maps, kept while person and style are the same objects."""

    person: Appearance
    style: Style
    palette: Palette
    skin: np.ndarray
    hair: np.ndarray
    ink: np.ndarray


class Painter:
    """Draws heads. Owned by one thread."""

    def __init__(self) -> None:
        self._windows: dict[int, np.ndarray] = {}
        self._folds: dict[int, tuple[np.ndarray, Style, np.ndarray, np.ndarray]] = {}
        self._colours: dict[int, _Colours] = {}
        self._shifts: dict[int, np.ndarray] = {}
        self._widths: dict[int, int] = {}

    def paint(self, size: tuple[int, int], adapted: Adapted, style: AnyStyle, scale: float = 1.0) -> Head | None:
        """One head with its ink, to be put on a canvas of ``size`` (width, height); None when it lies outside.

        Canvas pixels = ``scale`` × frame pixels.
        """
        if isinstance(style, ImageStyle):
            return self._paint_picture(size, adapted, style, scale)
        stylized = adapted.stylized
        before = transform(stylized.affine, adapted.face.points[:, :2])
        after = shape.reshape(before, style.face)
        layers, beard = self._folded(stylized, style, before, after, adapted.person.light)
        to_canvas = to_canvas_affine(stylized.affine, after, style.face.head, scale)
        placed = _place(layers[..., AREA_HEAD], to_canvas, size)
        if placed is None:
            return None
        to_box, area, (x0, y0) = placed
        warp = lambda layer: cv2.warpAffine(layer, to_box, area, flags=cv2.INTER_LINEAR)
        head, hair, shading, may = cv2.split(warp(layers))
        head, hair = cv2.LUT(head, STEEP), cv2.LUT(hair, STEEP)
        colours = self._coloured(stylized.track_id, adapted.person, style)
        weight = beard_weight(adapted.person)
        points = transform(to_box, after)
        kernel = self._pen(stylized.track_id, points, style.line.weight * style.line.outline)
        hair, around_hair = _grown(hair, kernel)
        _, outline = _grown(head, kernel)
        box = _flat(hair, shading, cv2.LUT(warp(beard), BEARD * np.float32(weight)) if weight > 0.02 else None, colours)
        box = cv2.subtract(box, cv2.applyColorMap(cv2.max(outline, around_hair), colours.ink), dst=box)
        if style.rim.strength:
            box = _rim(box, head, points, colours.palette, style)
        draw_face(box, points, colours.palette, style, adapted.person, glasses_weight(adapted.person))
        if style.screen.strength:
            box = print_dots(box, style.screen, size[1], tuple(points[1] + [x0, y0]), (x0, y0))
        return Head(adapted.face, (x0, y0), box, cv2.multiply(cv2.max(head, outline), may, scale=1 / 255))

    def _paint_picture(self, size: tuple[int, int], adapted: Adapted, style: ImageStyle, scale: float) -> Head | None:
        """The head out of an image network's drawing, its skin moved to the visitor's own tone (X + mean_src − mean_out)."""
        stylized, picture = adapted.stylized, adapted.stylized.picture
        if picture is None:
            return None
        head, hair, _, cover = cv2.split(cv2.GaussianBlur(stylized.areas, (5, 5), 0))
        may = cv2.min(self._window(head.shape[0]), 255 - cv2.LUT(cover, COVER))
        may[picture.max(-1) == 0] = 0                              # beyond what the network looked at
        placed = _place(head, to_canvas_affine(stylized.affine, adapted.face.points, 1.0, scale), size)
        if placed is None:
            return None
        to_box, area, corner = placed
        skin = (head.astype(np.int16) - hair > 200) & (may > 200)
        shift = (adapted.person.skin - picture[skin].mean(0)) * style.skin if skin.sum() > 200 else np.zeros(3)
        kept = self._shifts.get(stylized.track_id, shift)
        self._shifts[stylized.track_id] = kept = kept + (shift - kept) * 0.1
        _forget(self._shifts)
        moved = np.where(skin[..., None], kept, 0).astype(np.float32)
        toned = cv2.add(picture, cv2.GaussianBlur(moved, (9, 9), 0), dtype=cv2.CV_8U)
        box, head, may = (cv2.warpAffine(x, to_box, area, flags=cv2.INTER_CUBIC) for x in (toned, head, may))
        if style.screen.strength:
            box = print_dots(box, style.screen, size[1], (corner[0], corner[1]), corner)
        return Head(adapted.face, corner, box, cv2.multiply(cv2.LUT(head, STEEP), may, scale=1 / 255))

    def _coloured(self, track_id: int, person: Appearance, style: Style) -> _Colours:
        kept = self._colours.get(track_id)
        if kept is None or kept.person is not person or kept.style is not style:
            palette = make_palette(person, style)
            low, high = SHADE_STEP[0] - style.skin.reach, SHADE_STEP[1] - style.skin.reach
            deep, gloss = style.hair.deep, 1 - style.hair.gloss
            kept = self._colours[track_id] = _Colours(
                person, style, palette, _ramp((palette.skin, palette.shade), ((low, high),)),
                _ramp(palette.hair, ((deep - 0.03, deep + 0.03), (gloss - 0.03, gloss + 0.03))),
                _ramp((np.zeros(3), palette.skin - palette.skin_line), ((0.25, 0.75),)))
            _forget(self._colours)
        return kept

    def _folded(self, stylized: Stylized, style: Style, before: np.ndarray, after: np.ndarray, light: float) -> tuple[np.ndarray, np.ndarray]:
        """``_fold`` of these layers, kept while the same layers are drawn again (engines may answer every few pictures)."""
        kept = self._folds.get(stylized.track_id)
        if kept is None or kept[0] is not stylized.areas or kept[1] is not style:
            folded, beard = self._fold(stylized, style, before, light)
            if shape.moves_outline(style.face):
                folded, beard = shape.warp([folded, beard], before, after)
            kept = self._folds[stylized.track_id] = (stylized.areas, style, folded, beard)
            _forget(self._folds)
        return kept[2], kept[3]

    def _fold(self, stylized: Stylized, style: Style, points: np.ndarray, light: float) -> tuple[np.ndarray, np.ndarray]:
        """(S, S, 4) uint8: head, hair, shading, where the head may be drawn, so that one warp does for all; and the beard.

        Shading is hair's tone where there is hair and the cel shadow elsewhere; their seam lies under the outline.
        """
        head, hair, _, cover = cv2.split(cv2.GaussianBlur(stylized.areas, (5, 5), 0))    # borders are ragged by a pixel
        shadow, tone, beard, _ = cv2.split(cv2.GaussianBlur(stylized.maps, (7, 7), 0))
        head = _one_piece(head)
        size = head.shape[0]
        shadow = cel_shadow(shadow, points, light)
        tone = cv2.add(tone, combed(size, min(style.hair.contrast, 2.0), style.hair.shine), dtype=cv2.CV_8U)
        cv2.copyTo(tone, cv2.compare(hair, 127, cv2.CMP_GT), shadow)
        may = cv2.min(self._window(size), 255 - cv2.LUT(cover, COVER))
        return cv2.merge([head, cv2.min(hair, head), shadow, may]), beard

    def _pen(self, track_id: int, points: np.ndarray, weight: float) -> np.ndarray:
        """The kernel that draws silhouettes: about 0.9 % of the face's height across, at least 2 pixels. It grows only when
        the head plainly has: a line that changes by a pixel to and fro flickers."""
        wanted = max(2.0, 0.009 * float(np.linalg.norm(points[10] - points[152])) * weight + 0.6)
        width = self._widths.get(track_id, 0)
        if abs(wanted - width) > 0.8:
            width = self._widths[track_id] = round(wanted)
            _forget(self._widths)
        return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))

    def _window(self, size: int) -> np.ndarray:
        return self._windows.setdefault(size, _window(size))


def _forget(kept: dict) -> None:
    while len(kept) > MOST_KEPT:
        kept.pop(next(iter(kept)))


def _place(head: np.ndarray, to_canvas: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int], tuple[int, int]] | None:
    """Where on a canvas of ``size`` a crop's ``head`` (S, S) lies: crop → box affine, the box's (width, height), its corner."""
    left, top, right, bottom = _reach(head)
    corners = transform(to_canvas, f32([[left, top], [right, top], [left, bottom], [right, bottom]]))
    x0, y0 = (int(v) for v in np.maximum(np.floor(corners.min(0)), 0))
    x1, y1 = (int(v) for v in np.minimum(np.ceil(corners.max(0)), size))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return None
    to_box = to_canvas.copy()
    to_box[:, 2] -= [x0, y0]
    return to_box, (x1 - x0, y1 - y0), (x0, y0)


def to_canvas_affine(affine: np.ndarray, points: np.ndarray, size: float, scale: float) -> np.ndarray:
    """(2, 3) crop → canvas; a head of another ``size`` grows about the top of the neck."""
    full = np.vstack([invert(affine) * np.float32(scale), [0, 0, 1]])
    if size != 1:
        neck = points[152] + 0.25 * (points[152] - points[2])
        full = full @ shape.about(neck, size)
    return full[:2].astype(np.float32)


def cel_shadow(seen: np.ndarray, points: np.ndarray, light: float) -> np.ndarray:
    """(S, S) uint8: the shadow that is drawn, of the network's ``seen`` and the constructed side of the face. In the middle
    of a face only deep shadows count: faint patches there read as dirt."""
    middle = np.zeros_like(seen)
    cv2.fillConvexPoly(middle, cv2.convexHull(np.round(points[list(fm.MIDDLE)]).astype(np.int32)), 255)
    side = seen.shape[0] // 28
    faint = cv2.multiply(seen, cv2.blur(middle, (side, side)), scale=FAINT / 255)
    return cv2.max(cv2.subtract(seen, faint), side_plane(points, light, seen.shape[0]))


def side_plane(points: np.ndarray, light: float, size: int) -> np.ndarray:
    """(size, size) uint8: the plane of the cheek that lies away from the ``light`` (−1 from the left … 1), constructed:
    it gives a head its form more surely than the photo's own shading."""
    mask = np.zeros((size, size), np.uint8)
    contour = fm.CHEEK_SIDES[0 if light > 0 else 1]
    inner = points[list(contour[1])] * 0.5 + points[list(contour[0])][np.linspace(0, len(contour[0]) - 1, len(contour[1])).astype(int)] * 0.5
    outer = points[list(contour[0])]
    outer = outer + (outer - points[1]) * 0.12
    line = np.vstack([curve(outer, 24), curve(inner, 24)[::-1]])
    cv2.fillPoly(mask, [np.round(line * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return cv2.blur(mask, (size // 36, size // 36))


def _flat(hair: np.ndarray, shading: np.ndarray, beard: np.ndarray | None, colours: _Colours) -> np.ndarray:
    """Areas in their flat tones, (H, W, 3) uint8. The hard border of hair is covered by its line later."""
    skin = cv2.applyColorMap(shading, colours.skin)
    if beard is not None:
        skin = _tint(skin, colours.palette.beard, beard)
    return cv2.copyTo(cv2.applyColorMap(shading, colours.hair), cv2.compare(hair, 127, cv2.CMP_GT), skin)


def _grown(mask: np.ndarray, kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``mask`` (H, W) uint8 grown by half a line, and the line along its border."""
    grown = cv2.dilate(mask, kernel)
    return grown, cv2.subtract(grown, cv2.erode(mask, kernel))


def _rim(box: np.ndarray, head: np.ndarray, points: np.ndarray, palette: Palette, style: Style) -> np.ndarray:
    """A second light from one side: where the head, moved away from it, leaves its own border bare."""
    reach = style.rim.width * float(np.linalg.norm(points[10] - points[152]))
    angle = np.radians(style.rim.angle)
    move = f32([[1, 0, -reach * np.cos(angle)], [0, 1, -reach * np.sin(angle)]])
    moved = cv2.warpAffine(head, move, head.shape[::-1], flags=cv2.INTER_LINEAR)
    return _tint(box, palette.rim, cv2.LUT(cv2.subtract(head, moved), LEVELS * np.float32(style.rim.strength)))


def _one_piece(head: np.ndarray) -> np.ndarray:
    """``head`` (S, S) uint8 without patches that are not joined to its largest piece: somebody else's hair, a dark collar."""
    small = cv2.resize(head, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(cv2.compare(small, 64, cv2.CMP_GT), connectivity=4)
    if count <= 2:
        return head
    main = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    keep = cv2.dilate((parts == main).astype(np.uint8) * 255, np.ones((5, 5), np.uint8))
    return cv2.min(head, cv2.resize(keep, head.shape[::-1], interpolation=cv2.INTER_NEAREST))


def _reach(head: np.ndarray, margin: int = 6) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that is head in a crop, with room for its outline; a few pixels when there is none."""
    x, y, w, h = cv2.boundingRect((head > 8).astype(np.uint8))
    size = head.shape[0]
    return max(x - margin, 0), max(y - margin, 0), min(x + w + margin, size), min(y + h + margin, size)


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
