"""A four-cut: pictures laid into a layout, with art, words and bubbles, ready for the printer and the phone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms

from booth.brand import BLACK, RGB, WHITE, as_legible, legible, sized
from booth.characters import load_character
from booth.errors import UsageError
from booth.files import write_atomic
from booth.frame import Drawn
from booth.geometry import f32
from booth.products.bubbles import bubble_tile, sound_tile
from booth.products.layout import DPI, Art, Bubble, Cutout, Language, Layout, Picture, Sound, Text, load_layout
from booth.products.lettering import clean, draw_lines, fit
from booth.products.still import FORMATS, Studio, load_photo

WAITING = (232, 230, 236)
"""A slot whose picture has not been taken yet."""
HAIR = (0.32, 0.6, 0.22)
"""What a head has beside, above and below its face, in face widths and heights."""
BEYOND = 2.2
"""A crop may be so many times larger than the picture allows, to keep a group together in a narrow slot."""
TALLEST = 1.4
"""Drawn hair is looked for so far above a face, in face heights."""
LOGO_SHARE, LOGO_GAP = 0.5, 0.3
"""Of the width that a logo may take beside the event's name · between them, in heights."""
Window = tuple[float, float, float, float]
"""Part of a picture that a slot shows: x0, y0, x1, y1 in its pixels; of a cut-out it may reach beyond the picture."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is written on a strip. ``bubbles``: in the layout's order; None says the layout's words, "" says nothing and hides
    the bubble; where there are fewer, the rest say the layout's · ``logo``: RGBA, before the event's name · ``accent``: for what the
    layout leaves to the event."""

    event: str = ""
    date: str = ""
    language: Language = "ko"
    bubbles: tuple[str | None, ...] = ()
    logo: Image.Image | None = None
    accent: RGB | None = None


def compose(layout: Layout, pictures: Sequence[Drawn], words: Words, scale: float = 1.0) -> np.ndarray:
    """(H, W, 3) uint8 RGB, the layout's size times ``scale``. Slots whose picture is missing are left plain."""
    return Composer(layout, words, scale).compose(pictures)


class Composer:
    """A layout with its words, ready for many sets of pictures: all that does not move is drawn once."""

    def __init__(self, layout: Layout, words: Words, scale: float = 1.0) -> None:
        self._px = layout.px * scale
        self._size = max(1, round(layout.size_px[0] * scale)), max(1, round(layout.size_px[1] * scale))
        self._paper = layout.paper
        self._said = _said(layout.bubbles, words)
        self._layers: list[Image.Image | Picture | Cutout] = []
        for layer in layout.layers:
            if isinstance(layer, Picture) and layer.accent and words.accent is not None:
                self._layers.append(layer.model_copy(update={"border_colour": words.accent}))
            elif isinstance(layer, Picture | Cutout):
                self._layers.append(layer)
            else:
                self._draw(layer, words)

    def compose(self, pictures: Sequence[Drawn], windows: Sequence[Window] | None = None) -> np.ndarray:
        """(H, W, 3) uint8 RGB. ``windows``: what each slot shows, in the layout's order; found from the faces by default."""
        page = Image.new("RGB", self._size, self._paper)
        number = 0
        for layer in self._layers:
            if isinstance(layer, Image.Image):
                page.paste(layer, (0, 0), layer)
                continue
            tile = self._slot(layer, pictures, windows[number] if windows else None)
            number += 1
            if layer.degrees:
                tile = tile.rotate(-layer.degrees, Image.Resampling.BICUBIC, expand=True)
            x, y = (layer.x + layer.width / 2) * self._px, (layer.y + layer.height / 2) * self._px
            page.paste(tile, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)
        return np.array(page)

    def _draw(self, layer: Art | Text | Bubble | Sound, words: Words) -> None:
        """Onto the still picture that lies uppermost, or a new one above the last slot."""
        if not self._layers or not isinstance(self._layers[-1], Image.Image):
            self._layers.append(Image.new("RGBA", self._size))
        page = self._layers[-1]
        assert isinstance(page, Image.Image)
        if isinstance(layer, Art):
            page.alpha_composite(_load_art(layer, self._size))
        elif isinstance(layer, Text):
            _write(page, layer, words, self._px)
        else:
            tile = (bubble_tile(layer, self._said.pop(0), words.language, self._px) if isinstance(layer, Bubble)
                    else sound_tile(layer, words.language, self._px))
            if tile is not None:
                picture, x, y = tile
                page.alpha_composite(picture, (max(x, 0), max(y, 0)), (max(-x, 0), max(-y, 0)))

    def _slot(self, slot: Picture | Cutout, pictures: Sequence[Drawn], window: Window | None) -> Image.Image:
        size = max(1, round(slot.width * self._px)), max(1, round(slot.height * self._px))
        if slot.picture > len(pictures):
            return _framed(Image.new("RGB", size, WAITING), slot, self._px) if isinstance(slot, Picture) else Image.new("RGBA", size)
        drawn = pictures[slot.picture - 1]
        window = window or window_of(slot, drawn)
        if isinstance(slot, Picture):
            return _framed(_cut(drawn.image, window, size), slot, self._px)
        return _stand(slot, drawn, window, size, self._px)


def _said(bubbles: Sequence[Bubble], words: Words) -> list[str]:
    own = [*words.bubbles, *[None] * len(bubbles)]
    return [bubble.words.of(words.language) if text is None else text for bubble, text in zip(bubbles, own)]


def _load_art(art: Art, size: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(art.file) as image:
            picture = image.convert("RGBA")
    except OSError as error:
        raise UsageError(f"{art.file} cannot be read; put the layout's art back") from error
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _write(page: Image.Image, text: Text, words: Words, px: float) -> None:
    logo = words.logo if text.shows == "event" else None
    own = {"date": words.date, "event": words.event, "words": ""}[text.shows]
    shown = clean(own or (text.words.of(words.language) if text.words and logo is None else ""), 200)
    if not shown and logo is None:
        return
    box = text.width * px, text.height * px
    if not text.degrees:
        _letter(page, text, words, shown, logo, (text.x * px, text.y * px, *box), px)
        return
    tile = Image.new("RGBA", (round(box[0]), round(box[1])))
    _letter(tile, text, words, shown, logo, (0, 0, *box), px)
    tile = tile.rotate(-text.degrees, Image.Resampling.BICUBIC, expand=True)
    x, y = round((text.x + text.width / 2) * px - tile.width / 2), round((text.y + text.height / 2) * px - tile.height / 2)
    page.alpha_composite(tile, (max(x, 0), max(y, 0)), (max(-x, 0), max(-y, 0)))


def _letter(page: Image.Image, text: Text, words: Words, shown: str, logo: Image.Image | None, box: Window, px: float) -> None:
    """``shown``, behind the logo where there is one, into the box left, top, width, height of ``page``."""
    x, y, width, height = box
    ground = WHITE if legible(text.colour, WHITE) else BLACK                        # that the layout's own colour is meant for
    colour = words.accent if text.accent and words.accent is not None and as_legible(words.accent, text.colour, ground) else text.colour
    align, taken = text.align, 0.0
    tile = None if logo is None else sized(logo, width * (LOGO_SHARE if shown else 1), height, ground)
    if tile is not None:
        taken = tile.width + (LOGO_GAP * height if shown else 0)
    lines = text.lines + (tile is not None)                                         # beside a logo, a name may need two
    fitted = fit(shown, words.language, (width - taken, height), text.size * px, (text.least or text.size / 2) * px, lines)
    if tile is not None:
        free = width - taken - max(map(fitted.font.getlength, fitted.lines), default=0)
        x += {"left": 0, "centre": free / 2, "right": free}[align]
        left, top = round(x), round(y + (height - tile.height) / 2)
        page.alpha_composite(tile, (max(left, 0), max(top, 0)), (max(-left, 0), max(-top, 0)))
        align = "left"
    draw_lines(page, fitted, (x + taken, y, width - taken, height), align, colour)


def _cut(image: np.ndarray, window: Window, size: tuple[int, int]) -> Image.Image:
    """``window`` of ``image`` in ``size`` pixels. Where it reaches beyond, the edge's colours go on, softly."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = window
    inside = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
    if inside == window:
        return Image.fromarray(image).resize(size, Image.Resampling.LANCZOS, window, reducing_gap=3.0)
    across, down = size[0] / (x1 - x0), size[1] / (y1 - y0)
    left, top = round((inside[0] - x0) * across), round((inside[1] - y0) * down)
    right, bottom = min(size[0], round((inside[2] - x0) * across)), min(size[1], round((inside[3] - y0) * down))
    part = np.asarray(Image.fromarray(image).resize((right - left, bottom - top), Image.Resampling.LANCZOS, inside, reducing_gap=3.0))
    whole = cv2.copyMakeBorder(part, top, size[1] - bottom, left, size[0] - right, cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(whole, (0, 0), max(1.0, max(size) / 24))
    soft[top:bottom, left:right] = part
    return Image.fromarray(soft)


def _framed(cut: Image.Image, slot: Picture, px: float) -> Image.Image:
    """The cut with its border of ink and its round or slanted corners, RGBA."""
    border, radius = slot.border * px, slot.radius * px
    tile = np.asarray(cut)
    if border:
        inside = _rounded(cut.size, max(0.0, radius - border), border)[..., None]
        tile = (tile * inside + f32(slot.border_colour) * (1 - inside) + 0.5).astype(np.uint8)
    alpha = (_rounded(cut.size, radius, 0) * 255 + 0.5).astype(np.uint8)
    if slot.corners:
        fine = np.zeros((cut.height * 4, cut.width * 4), np.uint8)
        cv2.fillPoly(fine, [np.round((f32(slot.corners) - (slot.x, slot.y)) * px * 4).astype(np.int32)], 255)
        alpha = np.minimum(alpha, cv2.resize(fine, cut.size, interpolation=cv2.INTER_AREA))
    return Image.fromarray(np.dstack([tile, alpha]), "RGBA")


def _rounded(size: tuple[int, int], radius: float, inset: float) -> np.ndarray:
    """(H, W) float32 0 … 1: a rectangle with round corners, ``inset`` from the edges, by distance to its border."""
    x, y = (np.abs(np.arange(n, dtype=np.float32) + 0.5 - n / 2) - (n / 2 - inset - radius) for n in size)
    x, y = x[None, :], y[:, None]
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - radius
    return np.clip(0.5 - outside, 0, 1)


def _stand(slot: Cutout, drawn: Drawn, window: Window, size: tuple[int, int], px: float) -> Image.Image:
    """The visitors within ``window``, with outline and shadow, RGBA."""
    bounds = round(window[0]), round(window[1]), max(round(window[2]), round(window[0]) + 1), max(round(window[3]), round(window[1]) + 1)
    part = lambda array: Image.fromarray(array).crop(bounds).resize(size, Image.Resampling.LANCZOS)
    people = cv2.GaussianBlur(np.asarray(part(_visitors(drawn))), (0, 0), max(0.5, 0.3 * px))
    people = ((people.astype(np.float32) - 127.5) * 2.5 + 127.5).clip(0, 255)         # the mask's small teeth are rounded off
    colours = np.asarray(part(drawn.image)) * (f32(slot.light) / 255)
    away = cv2.distanceTransform((people < 128).astype(np.uint8), cv2.DIST_L2, 5)
    line = np.clip(slot.outline * px + 0.5 - away, 0, 1) if slot.outline else np.zeros(people.shape, np.float32)
    body = people / 255
    solid = np.maximum(body, line)
    shadow = _shadow(solid) * slot.shadow * (1 - solid)
    colours = colours * body[..., None] + f32(slot.outline_colour) * (1 - body[..., None])
    colours = np.where(solid[..., None] > 0, colours, 0) * solid[..., None]
    alpha = solid + shadow
    ink = f32((26, 20, 44)) * shadow[..., None]
    straight = (colours + ink) / np.maximum(alpha, 1e-3)[..., None]
    return Image.fromarray(np.dstack([straight.clip(0, 255), alpha * 255]).round().astype(np.uint8), "RGBA")


def _shadow(solid: np.ndarray) -> np.ndarray:
    """Soft, a little to the right and below, stronger towards the ground: (H, W) float32 0 … 1."""
    height, width = solid.shape
    small = cv2.resize(solid, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    move = f32([[1, 0, height / 4 * 0.025], [0, 1, height / 4 * 0.01]])
    moved = cv2.warpAffine(small, move, small.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(moved, (0, 0), max(1.0, height / 4 * 0.022))
    return cv2.resize(soft, (width, height)) * np.linspace(0.55, 1, height, dtype=np.float32)[:, None]


def _visitors(drawn: Drawn) -> np.ndarray:
    """(H, W) uint8: ``people`` without islands in which there is no face: flags, bags, passers-by."""
    if not len(drawn.boxes):
        return drawn.people
    small = cv2.resize(drawn.people, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    _, islands = cv2.connectedComponents((small > 127).astype(np.uint8))
    kept = np.zeros(islands.max() + 1, np.uint8)
    for x0, y0, x1, y1 in (drawn.boxes / 4).astype(int).clip(0):
        kept[islands[y0:y1 + 1, x0:x1 + 1]] = 255
    kept[0] = 0
    near = cv2.dilate(kept[islands], np.ones((3, 3), np.uint8))
    return np.minimum(drawn.people, cv2.resize(near, drawn.people.shape[::-1], interpolation=cv2.INTER_NEAREST))


def heads(drawn: Drawn) -> np.ndarray:
    """(N, 4) float32: faces with their hair, inside the picture; upwards as far as the people mask knows of hair."""
    height, width = drawn.people.shape
    boxes = drawn.boxes.reshape(-1, 4).astype(np.float32)
    side, up, down = HAIR
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    out = boxes + np.stack([-side * wide, -up * high, side * wide, down * high], 1)
    for head, (x0, y0, x1, _), tall in zip(out, boxes, high, strict=True):
        start = max(0, int(y0 - TALLEST * tall))
        above = (drawn.people[start:max(0, int(y0)), max(0, int(x0)):max(1, int(x1))] > 127).any(1)
        free = np.flatnonzero(~above)
        if above.size and free.size < above.size:
            head[1] = min(head[1], start + (free[-1] + 1 if free.size else 0) - 0.08 * tall)
    return out.clip(0, [width, height, width, height])


def window_of(slot: Picture | Cutout, drawn: Drawn) -> Window:
    """What ``slot`` shows of ``drawn``: the slot's shape exactly, heads whole wherever they can be."""
    return _standing(slot, drawn) if isinstance(slot, Cutout) else _cropped(slot, drawn)


def _cropped(slot: Picture, drawn: Drawn) -> Window:
    height, width = drawn.image.shape[:2]
    aspect = slot.width / slot.height
    largest = min(height, width / aspect)
    kept = _together(heads(drawn), BEYOND * largest * aspect, BEYOND * largest) if slot.crop == "face" else None
    if kept is None:
        kept = f32([width / 2, height * 0.45, width / 2, height * 0.45])
    needed = 1.06 * max(kept[3] - kept[1], (kept[2] - kept[0]) / aspect)
    high = min(max(largest / slot.zoom, needed), BEYOND * largest)
    focus = slot.focus if slot.crop == "face" else (0.5, 0.45)
    x0 = _start(kept[0], kept[2], high * aspect, width, focus[0])
    y0 = _start(kept[1], kept[3], high, height, focus[1])
    return x0, y0, x0 + high * aspect, y0 + high


def _together(found: np.ndarray, width: float, height: float) -> np.ndarray | None:
    """Box around all heads; where they do not fit, around the largest and whoever fits beside."""
    kept: np.ndarray | None = None
    for head in sorted(found, key=lambda h: -(h[2] - h[0]) * (h[3] - h[1])):
        both = head if kept is None else np.concatenate([np.minimum(kept[:2], head[:2]), np.maximum(kept[2:], head[2:])])
        if kept is None or (both[2] - both[0] <= width and both[3] - both[1] <= height):
            kept = both
    return kept


def _start(low: float, high: float, span: float, whole: float, focus: float) -> float:
    """Where a window of ``span`` begins: low … high lies about ``focus``, inside the window, and the window inside the picture,
    or the picture at the window's end: then it is its foot that is seen whole."""
    start = (low + high) / 2 - focus * span
    start = min(max(start, high - span), low) if high - low <= span else (low + high - span) / 2
    return float(min(max(start, 0.0), whole - span))


def _standing(slot: Cutout, drawn: Drawn) -> Window:
    """Faces as large as the slot asks; an edge of the picture that cuts through people is never seen beside them."""
    height, width = drawn.people.shape
    aspect = slot.width / slot.height
    people = _visitors(drawn) > 127
    rows = np.flatnonzero(people.any(1))
    ground = float(rows[-1] + 1) if rows.size else float(height)
    cut_left, cut_right = (bool(people[:, column].any()) for column in (0, -1))
    found = heads(drawn)
    kept = _together(found, width, height)
    if kept is None:
        kept = f32([width / 2, height * 0.3, width / 2, height * 0.3])
    face = float(np.median(drawn.boxes[:, 3] - drawn.boxes[:, 1])) if len(drawn.boxes) else height * slot.face
    high = max(face / slot.face, 1.08 * (kept[3] - kept[1]), 1.04 * (kept[2] - kept[0]) / aspect)
    if cut_left or cut_right:
        high = min(high, width / aspect)
    wide = high * aspect
    x0 = float((kept[0] + kept[2]) / 2 - slot.focus[0] * wide)
    x0 = min(x0, width - wide) if cut_right else x0
    x0 = max(x0, 0.0) if cut_left else x0
    y0 = min(ground - high, float(kept[1]) - 0.05 * high)
    return x0, y0, x0 + wide, y0 + high


def sheet(strip: np.ndarray) -> np.ndarray:
    """Two 2 × 6 inch strips (H, W, 3) side by side on a 4 × 6 inch sheet: (H, 2 W, 3)."""
    return np.concatenate([strip, strip], axis=1)


def encode(image: np.ndarray, layout: Layout, kind: str) -> bytes:
    """``image`` (H, W, 3) uint8 sRGB as PNG, JPEG or WEBP, with its colour profile and the resolution that prints it in size."""
    data = io.BytesIO()
    dpi = round(DPI * image.shape[1] / layout.size_px[0]) if layout.unit == "mm" else DPI
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    extras = {"JPEG": {"quality": 95, "subsampling": 0}, "PNG": {"compress_level": 4}, "WEBP": {"quality": 95}}[kind]
    Image.fromarray(image).save(data, kind, dpi=(dpi, dpi), icc_profile=profile, **extras)
    return data.getvalue()


def strip_files(sources: list[Path], target: Path, layout_name: str, style_name: str,
                layouts: Path | None = None, styles: Path | None = None, words: Words | None = None) -> int:
    """Draw the photos ``sources`` into a four-cut ``target``; returns the number of faces. Raises ``UsageError``."""
    style = load_character(style_name, styles)
    layout = load_layout(layout_name, layouts)
    kind = FORMATS.get(target.suffix.lower())
    if kind is None:
        raise UsageError(f"cannot write {target.name}: the name must end in {', '.join(FORMATS)}")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} to write into")
    if len(sources) != layout.pictures:
        raise UsageError(f"the layout {layout_name} needs {layout.pictures} photos, {len(sources)} are named")
    photos = [load_photo(source) for source in sources]
    studio = Studio(engine="auto")
    try:
        pictures = [studio.draw(photo, style) for photo in photos]
    finally:
        studio.close()
    write_atomic(target, encode(compose(layout, pictures, words or Words()), layout, kind))
    return sum(len(drawn.boxes) for drawn in pictures)
