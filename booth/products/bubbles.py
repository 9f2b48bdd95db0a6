"""Speech bubbles and the lettering of sounds, as tiles to lay on a page."""

from __future__ import annotations

import math

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageDraw

from booth.geometry import f32
from booth.products.layout import Bubble, Language, Sound
from booth.products.lettering import best_face, clean, draw_lines, fit, font_of

FINE = 4
"""Shapes are filled this many times finer and averaged."""
ROOM = {"round": (0.78, 0.74), "shout": (0.66, 0.66), "thought": (0.74, 0.72), "box": (0.92, 0.9)}
"""Width and height of the text's box over its bubble's."""
Tile = tuple[Image.Image, int, int]
"""An RGBA picture and where its left upper corner goes on the page, in pixels."""


def bubble_tile(bubble: Bubble, text: str, language: Language, px: float) -> Tile | None:
    """``bubble`` with ``text`` in it; None when nothing is said. ``px``: pixels in one unit of the layout."""
    text = clean(text, bubble.characters)
    if not text:
        return None
    line = bubble.line * px
    outlines = [points * px for points in [_outline(bubble), *_tail(bubble)]]
    low = np.floor(np.min([p.min(0) for p in outlines], 0) - line - 1)
    high = np.ceil(np.max([p.max(0) for p in outlines], 0) + line + 1)
    tile = _filled([p - low for p in outlines], (high - low).astype(int), line, bubble)
    share = ROOM[bubble.shape]
    width, height = bubble.width * px * share[0], bubble.height * px * share[1]
    fitted = fit(text, language, (width, height), bubble.size * px, bubble.size * px * 0.5)
    centre = (bubble.x + bubble.width / 2) * px - low[0], (bubble.y + bubble.height / 2) * px - low[1]
    draw_lines(tile, fitted, (centre[0] - width / 2, centre[1] - height / 2, width, height), "centre", bubble.ink)
    return tile, int(low[0]), int(low[1])


def _filled(outlines: list[np.ndarray], size: np.ndarray, line: float, bubble: Bubble) -> Image.Image:
    """All outlines as one shape with a line around it: lines first, then every filling over them."""
    ink = np.zeros((size[1] * FINE, size[0] * FINE), np.uint8)
    fill = np.zeros_like(ink)
    for points in outlines:
        fine = np.round(points * FINE).astype(np.int32)
        cv2.polylines(ink, [fine], True, 255, max(1, round(2 * line * FINE)))
        cv2.fillPoly(fill, [fine], 255)
    small = lambda mask: cv2.resize(mask, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    white, all_of_it = small(fill), small(np.maximum(ink, fill))
    share = white[..., None] / np.maximum(all_of_it[..., None], 1)
    colour = f32(bubble.ink) + (f32(bubble.fill) - f32(bubble.ink)) * share
    return Image.fromarray(np.dstack([colour.round().astype(np.uint8), all_of_it]), "RGBA")


def _outline(bubble: Bubble) -> np.ndarray:
    """(N, 2) points in the layout's unit."""
    centre = np.array([bubble.x + bubble.width / 2, bubble.y + bubble.height / 2])
    half = np.array([bubble.width / 2, bubble.height / 2])
    angle = np.linspace(0, 2 * math.pi, 361)[:-1]
    if bubble.shape == "box":
        return centre + half * _superellipse(angle, 14.0)
    if bubble.shape == "thought":
        bumps = 2 * round(4 + half[0] / half[1])
        return centre + half * _superellipse(angle, 2.3) * (0.9 + 0.1 * np.abs(np.sin(angle * bumps / 2)))[:, None]
    if bubble.shape == "shout":
        return centre + half * _spikes(18 + 2 * round(half[0] / half[1]))
    return centre + half * _superellipse(angle, 2.5)


def _superellipse(angle: np.ndarray, power: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([np.sign(c) * np.abs(c) ** (2 / power), np.sign(s) * np.abs(s) ** (2 / power)], -1)


def _spikes(count: int) -> np.ndarray:
    """A burst: spikes of uneven length, the sides between them bent inwards. The same every time."""
    points = []
    reach = 1.0 + 0.13 * np.sin(np.arange(count) * 2.4) - 0.06 * np.cos(np.arange(count) * 5.1)
    for n in range(count):
        here, there = 2 * math.pi * n / count, 2 * math.pi * (n + 1) / count
        for t in np.linspace(0, 1, 9)[:-1]:
            radius = (1 - t) * reach[n] + t * reach[(n + 1) % count] - 0.24 * (4 * t * (1 - t)) ** 0.55
            angle = here + t * (there - here)
            points.append((radius * math.cos(angle), radius * math.sin(angle)))
    return np.array(points)


def _tail(bubble: Bubble) -> list[np.ndarray]:
    """Outlines of the tail: a bent wedge, or for thoughts three small clouds."""
    if bubble.tail is None:
        return []
    centre, tip = np.array([bubble.x + bubble.width / 2, bubble.y + bubble.height / 2]), np.array(bubble.tail)
    half = np.array([bubble.width, bubble.height]) / 2
    way = (tip - centre) / half
    edge = centre + (tip - centre) / max(1.0, float(np.hypot(*way)))
    if bubble.shape == "thought":
        circle = _superellipse(np.linspace(0, 2 * math.pi, 61)[:-1], 2.0)
        return [edge + (tip - edge) * t + circle * half.min() * r for t, r in ((0.3, 0.2), (0.66, 0.13), (1.0, 0.08))]
    along = tip - edge
    across = np.array([-along[1], along[0]]) / max(1e-6, float(np.hypot(*along)))
    root = centre + (edge - centre) * 0.8
    wide = half.min() * 0.3
    bend = (root + tip) / 2 + across * float(np.hypot(*along)) * 0.22
    t = np.linspace(0, 1, 24)[:, None]
    curve = (1 - t) ** 2 * root + 2 * t * (1 - t) * bend + t ** 2 * tip
    return [np.concatenate([curve + across * wide * (1 - t), (curve - across * wide * (1 - t))[::-1]])]


def sound_tile(sound: Sound, language: Language, px: float) -> Tile | None:
    """The sound's letters, one after another, growing, leaning, turned, scaled into their box; None when there are none."""
    text = clean(sound.words.of(language), 40)
    if not text:
        return None
    width, height = sound.width * px, sound.height * px
    inner, outer = _letters(text, sound, language, height, round(sound.edge * px))
    box = outer.getbbox() or (0, 0, 1, 1)
    shrink = min(1.0, width / (box[2] - box[0]), height / (box[3] - box[1]))
    size = max(1, round((box[2] - box[0]) * shrink)), max(1, round((box[3] - box[1]) * shrink))
    tile = Image.new("RGBA", size, (*sound.edge_colour, 0))
    tile.putalpha(outer.resize(size, Image.Resampling.LANCZOS, box))
    front = Image.new("RGBA", size, (*sound.colour, 0))
    front.putalpha(inner.resize(size, Image.Resampling.LANCZOS, box))
    tile.alpha_composite(front)
    if sound.degrees:
        tile = tile.rotate(-sound.degrees, Image.Resampling.BICUBIC, expand=True)
    centre = (sound.x + sound.width / 2) * px, (sound.y + sound.height / 2) * px
    return tile, round(centre[0] - tile.width / 2), round(centre[1] - tile.height / 2)


def _letters(text: str, sound: Sound, language: Language, height: float, edge: int) -> tuple[Image.Image, Image.Image]:
    """Coverage of the letters, and of the letters with their edge. Letters are fattened: a sound is not a text."""
    face = best_face(text, language)
    sizes = [max(8, round(height * (1 + sound.grow * (n / max(1, len(text) - 1) - 0.5)))) for n in range(len(text))]
    fat, most = max(1, round(height * 0.025)), max(sizes)
    inner = Image.new("L", (round(sum(sizes) * 1.3 + most), round(2.4 * most)))
    outer = inner.copy()
    x = most * 0.5
    for number, (char, size) in enumerate(zip(text, sizes, strict=True)):
        font = font_of(face, size)
        at = (x, 1.5 * most + (0.05 if number % 2 else -0.05) * size)
        ImageDraw.Draw(outer).text(at, char, 255, font, anchor="ls", stroke_width=fat + edge)
        ImageDraw.Draw(inner).text(at, char, 255, font, anchor="ls", stroke_width=fat)
        x += font.getlength(char) * 0.97 + fat
    if sound.slant:
        lean = (1, sound.slant, -1.5 * most * sound.slant, 0, 1, 0)
        inner, outer = (m.transform(m.size, Image.Transform.AFFINE, lean, Image.Resampling.BICUBIC) for m in (inner, outer))
    return inner, ImageChops.lighter(inner, outer)
