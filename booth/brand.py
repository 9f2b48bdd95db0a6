"""How an event looks: its name, its logo, its accent, and what can be read on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from booth.errors import UsageError
from booth.settings import EventSettings

RGB = tuple[int, int, int]
BLACK, WHITE = (29, 26, 26), (255, 255, 255)
LARGEST_PX, KEPT_PX = 4096, 1024
"""Sides of a logo: of the file at most, and of what is kept of it."""
MOST_BYTES = 20 * 2**20
FORMATS = ("PNG", "WEBP", "JPEG")
FAINT, LOST = 1.7, 0.25
"""A logo of whose area so much has less contrast than that is not seen …"""
LEGIBLE, SMALL = 3.0, 4.5
"""… and large letters, small ones with less contrast than that are not read."""


@dataclass(frozen=True, eq=False, slots=True)
class Brand:
    """``accent``: None where every place has its own · ``logo``: RGBA, without clear margins; None: there is none."""

    name: str = ""
    accent: RGB | None = None
    logo: Image.Image | None = None


def load_brand(event: EventSettings) -> Brand:
    """Raises ``UsageError`` for a logo that cannot be used."""
    return Brand(event.name, parse_accent(event.accent), None if event.logo is None else load_logo(event.logo))


def parse_accent(text: str | None) -> RGB | None:
    """``#d9421f``, as the settings have it."""
    if text is None:
        return None
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def css(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def load_logo(file: Path) -> Image.Image:
    """RGBA, at most ``KEPT_PX`` a side. Raises ``UsageError``."""
    try:
        if not file.is_file():
            raise UsageError(f"event.logo: there is no file {file}; choose another, or none")
        if file.stat().st_size > MOST_BYTES:
            raise UsageError(f"event.logo: {file} is too large; {MOST_BYTES // 2**20} MiB at most")
        with Image.open(file, formats=FORMATS) as image:
            if max(image.size) > LARGEST_PX:
                raise UsageError(f"event.logo: {file} is {image.width} × {image.height} pixels; {LARGEST_PX} a side at most")
            turned = ImageOps.exif_transpose(image)
            logo = turned.convert("RGBA") if turned.has_transparency_data else turned.convert("RGB").convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"event.logo: {file} is not a picture that can be read; save it as PNG") from error
    box = logo.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox()
    if box is None:
        raise UsageError(f"event.logo: {file} is clear all over; choose another")
    logo = logo.crop(box)
    logo.thumbnail((KEPT_PX, KEPT_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return logo


def sized(logo: Image.Image, width: float, height: float, ground: RGB) -> Image.Image:
    """RGBA, as large as fits into ``width`` × ``height`` pixels; on a plate where it could not be seen on ``ground``."""
    plate = WHITE if contrast(ground, WHITE) > contrast(ground, BLACK) else BLACK
    edge = round(0.12 * height) if _lost(logo, plate) < _lost(logo, ground) > LOST else 0
    scale = min(max(width - 2 * edge, 1) / logo.width, max(height - 2 * edge, 1) / logo.height)
    small = logo.resize((max(1, round(logo.width * scale)), max(1, round(logo.height * scale))), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if not edge:
        return small
    tile = Image.new("RGBA", (small.width + 2 * edge, small.height + 2 * edge))
    ImageDraw.Draw(tile).rounded_rectangle((0, 0, tile.width - 1, tile.height - 1), edge, (*plate, 255))
    tile.alpha_composite(small, (edge, edge))
    return tile


def text_on(colour: RGB) -> RGB:
    """Black or white, whichever is read better on ``colour``."""
    return max(BLACK, WHITE, key=lambda ink: contrast(ink, colour))


def legible(colour: RGB, ground: RGB) -> bool:
    """Whether large letters of ``colour`` can be read on ``ground``."""
    return contrast(colour, ground) >= LEGIBLE


def as_legible(colour: RGB, other: RGB, ground: RGB) -> bool:
    """Whether ``colour`` can be read on ``ground`` where ``other`` is read, in letters of any size."""
    return contrast(colour, ground) >= min(contrast(other, ground), SMALL)


def contrast(one: RGB, other: RGB) -> float:
    """1 … 21, as WCAG 2 counts it."""
    high, low = sorted((float(_light(np.array(one))), float(_light(np.array(other)))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _light(colours: np.ndarray) -> np.ndarray:
    """Relative luminance 0 … 1 of (…, 3) sRGB bytes."""
    share = colours / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ np.array([0.2126, 0.7152, 0.0722])


def _lost(logo: Image.Image, ground: RGB) -> float:
    """Share of the logo's area that cannot be told from ``ground``; one without clear parts brings its own."""
    small = logo.copy()
    small.thumbnail((96, 96))
    pixels = np.asarray(small)
    if pixels[..., 3].min() > 127:
        return 0.0
    light, under = _light(pixels[pixels[..., 3] > 127][:, :3]) + 0.05, float(_light(np.array(ground))) + 0.05
    return float((np.maximum(light, under) / np.minimum(light, under) < FAINT).mean()) if light.size else 0.0
