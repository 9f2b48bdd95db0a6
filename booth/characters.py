"""A character that can be worn: its file is right, and its network, if it has one, fits."""

from __future__ import annotations

from pathlib import Path

from booth.render.style import AnyStyle, ImageStyle, load_style
from booth.translators.pictures import load_picture_network


def load_character(name: str, extra: Path | None = None) -> AnyStyle:
    """The character ``name``, of the folder ``extra`` or built in. Raises ``UsageError``."""
    style = load_style(name, extra)
    if isinstance(style, ImageStyle):
        load_picture_network(style.network)
    return style
