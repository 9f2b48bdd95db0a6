"""Words on pictures: a font for each language, text made harmless, broken into lines as its script asks, shrunk to fit."""

from __future__ import annotations

import functools
import re
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from booth.products.layout import Colour, Language

NO_START = frozenset("、。，．・：；？！‼⁇）」』】〕〉》｝］’”ーっゃゅょゎぁぃぅぇぉッャュョヮァィゥェォヵヶ々ゝゞ…‥〜～,.:;?!)]}%‰°℃♥♪☆★")
"""Kinsoku: what never begins a line. Marks of feeling stay with their word too."""
NO_END = frozenset("（「『【〔〈《｛［‘“([{#$¥￥")
LEADING = 1.24
"""Distance of lines over size."""
KNOWN_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", {"ko": 1, "ja": 0, "en": 1}),            # Debian, Ubuntu
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", {"ko": 1, "ja": 0, "en": 1}),                 # Arch
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Bold.ttc", {"ko": 1, "ja": 0, "en": 1}),   # Fedora
    ("/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf", {"ko": 0, "en": 0}),
    ("C:/Windows/Fonts/malgunbd.ttf", {"ko": 0, "en": 0}),
    ("C:/Windows/Fonts/YuGothB.ttc", {"ja": 0}),
)

type_of = unicodedata.category
Face = tuple[str, int]
"""A font's file ("" for Pillow's own) and the number of the face in it."""


def korean_font() -> Path | None:
    """The font that Korean is lettered with, or None when the machine has none: then install fonts-noto-cjk."""
    face = _face_for("ko")
    return Path(face[0]) if face else None


@functools.cache
def _face_for(language: Language) -> Face | None:
    asked = {"ko": "Noto Sans CJK KR:bold:lang=ko", "ja": "Noto Sans CJK JP:bold:lang=ja", "en": "Noto Sans CJK KR:bold:lang=en"}[language]
    try:
        done = subprocess.run(["fc-match", "-f", "%{file}\n%{index}\n%{lang}", asked], capture_output=True, text=True, timeout=10, check=True)
        file, index, languages = done.stdout.split("\n")
        if language in languages.split("|") and Path(file).is_file():
            return file, int(index) & 0xFFFF
    except (OSError, ValueError, subprocess.SubprocessError):
        pass                                                    # no fontconfig here: the known places
    return next(((file, faces[language]) for file, faces in KNOWN_FONTS if language in faces and Path(file).is_file()), None)


@functools.lru_cache(maxsize=128)
def font_of(face: Face, size_px: int, layout: ImageFont.Layout | None = None) -> ImageFont.FreeTypeFont:
    if face[0]:
        return ImageFont.truetype(face[0], size_px, index=face[1], layout_engine=layout)
    font = ImageFont.load_default(size_px)                      # Latin only, and always there: Pillow carries it
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@functools.lru_cache(maxsize=8192)
def _has(face: Face, char: str) -> bool:
    """Whether the font draws ``char`` as anything but its box for the unknown. Letter by letter: a mark alone gets no circle."""
    font = font_of(face, 32, ImageFont.Layout.BASIC)
    return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask("\U0010fffe"))


def best_face(text: str, language: Language) -> Face:
    """The language's own font, or another one that has more of the letters."""
    faces = [face for face in (_face_for(language), _face_for("ko"), _other_scripts(), ("", 0)) if face is not None]
    return min(faces, key=lambda face: sum(not _has(face, c) for c in set(text)))


@functools.cache
def _other_scripts() -> Face | None:
    path = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
    return (str(path), 0) if path.is_file() else None


def clean(text: str, most: int) -> str:
    """Without control characters, emoji and towers of accents; white space is single; cut after ``most`` characters with …"""
    text = unicodedata.normalize("NFC", text[:8 * most + 64])
    kept: list[str] = []
    for char in text:
        kind = type_of(char)
        if char in "\n\t":
            kept.append(char)
        elif kind[0] == "C" or (ord(char) >= 0x1F000 and kind in ("So", "Sk")) or kind == "Me" or 0xFE00 <= ord(char) <= 0xFE0F:
            continue
        elif kind != "Mn" or [type_of(c) for c in kept[-2:]] != ["Mn", "Mn"]:
            kept.append(char)
    text = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", "".join(kept))).strip()
    return text if len(text) <= most else text[:most - 1].rstrip() + "…"


def date_words(day: date, language: Language) -> str:
    """As it is written on a strip: 2025. 3. 4. · 4 March 2025 · 2025年3月4日."""
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
    return {"ko": f"{day.year}. {day.month}. {day.day}.", "en": f"{day.day} {months[day.month - 1]} {day.year}",
            "ja": f"{day.year}年{day.month}月{day.day}日"}[language]


def _wide(char: str) -> bool:
    """Kana, ideographs and their punctuation: a line may end after any of them. Hangul keeps its words together."""
    return unicodedata.east_asian_width(char) in "WF" and not "가" <= char <= "힣"


def pieces(text: str) -> list[tuple[str, bool]]:
    """What a line cannot be broken within, each with whether a space goes before it."""
    out: list[tuple[str, bool]] = []
    space = True
    for char in text:
        if char == " ":
            space = True
            continue
        last = out[-1][0][-1] if out else ""
        glued = bool(last) and not space and (char in NO_START or type_of(char)[0] == "M" or last in NO_END or not (_wide(char) or _wide(last)))
        if glued:
            out[-1] = (out[-1][0] + char, out[-1][1])
        else:
            out.append((char, space))
        space = False
    return out


def wrap(text: str, length: Callable[[str], float], width: float) -> list[str]:
    """Lines no wider than ``width`` in the unit of ``length``, about equally long. A longer word is broken anywhere."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        parts = pieces(paragraph)
        filled = _fill(parts, length, width)
        low, high = width / 2, width
        for _ in range(6):                                      # the narrowest width that needs no more lines
            middle = (low + high) / 2
            tried = _fill(parts, length, middle)
            if len(tried) == len(filled) and all(length(line) <= middle for line in tried) and not _broken(parts, length, middle):
                filled, high = tried, middle
            else:
                low = middle
        lines += filled
    return lines


def _broken(parts: list[tuple[str, bool]], length: Callable[[str], float], width: float) -> bool:
    return any(length(part) > width for part, _ in parts)


def _fill(parts: list[tuple[str, bool]], length: Callable[[str], float], width: float) -> list[str]:
    lines = [""]
    for part, space in parts:
        joined = lines[-1] + " " * (space and bool(lines[-1])) + part
        if length(joined) <= width:
            lines[-1] = joined
        elif length(part) <= width:
            lines.append(part)
        else:
            lines += [""] if lines[-1] else []
            for char in part:
                if lines[-1] and length(lines[-1] + char) > width:
                    lines.append("")
                lines[-1] += char
    return [line for line in lines if line]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines and the font that they fit their box in."""

    lines: list[str]
    font: ImageFont.FreeTypeFont
    size_px: int


def fit(text: str, language: Language, box_px: tuple[float, float], size_px: float, least_px: float, most_lines: int = 99) -> Fitted:
    """``text`` (cleaned) at the largest size from ``size_px`` down to ``least_px`` that fits the box; what then still
    does not fit is cut with …"""
    face = best_face(text, language)
    text = "".join(c for c in text if c == "\n" or _has(face, c))
    size, least = max(4, round(size_px)), max(4, round(least_px))
    while True:
        fitted = _at(text, face, size, box_px)
        if _fits(fitted, box_px, most_lines) and not (size > least and _splits_a_word(text, fitted)):
            return fitted
        if size <= least:
            break
        size = max(least, min(size - 1, round(size * 0.94)))
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        good = _fits(_at(text[:middle].rstrip() + "…", face, size, box_px), box_px, most_lines)
        low, high = (middle, high) if good else (low, middle)
    return _at(text[:low].rstrip() + "…" if low else "", face, size, box_px)


def _at(text: str, face: Face, size: int, box_px: tuple[float, float]) -> Fitted:
    font = font_of(face, size)
    return Fitted(wrap(text, functools.cache(font.getlength), box_px[0]), font, size)


def _fits(fitted: Fitted, box_px: tuple[float, float], most_lines: int) -> bool:
    high = len(fitted.lines) * fitted.size_px * LEADING <= box_px[1] + 0.3 * fitted.size_px
    return high and len(fitted.lines) <= most_lines and all(fitted.font.getlength(line) <= box_px[0] for line in fitted.lines)


def _splits_a_word(text: str, fitted: Fitted) -> bool:
    """A word is broken only when smaller letters do not help."""
    width = max((fitted.font.getlength(line) for line in fitted.lines), default=0.0)
    return any(fitted.font.getlength(part) > width + 1 for paragraph in text.split("\n") for part, _ in pieces(paragraph))


def draw_lines(page: Image.Image, fitted: Fitted, box_px: tuple[float, float, float, float], align: str, colour: Colour) -> None:
    """Onto ``page`` (RGBA), in the middle of the box left, top, width, height."""
    left, top, width, height = box_px
    draw = ImageDraw.Draw(page)
    x, anchor = {"left": (left, "ls"), "centre": (left + width / 2, "ms"), "right": (left + width, "rs")}[align]
    step = fitted.size_px * LEADING
    y = top + (height - step * len(fitted.lines)) / 2 + step / 2 + 0.36 * fitted.size_px
    for number, line in enumerate(fitted.lines):
        draw.text((x, y + number * step), line, font=fitted.font, fill=(*colour, 255), anchor=anchor)
