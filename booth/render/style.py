"""A character is data: ``assets/styles/<name>/style.toml``, checked on loading."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booth import resources
from booth.errors import UsageError

Unit = Annotated[float, Field(ge=0, le=1)]
Byte = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Byte, Byte, Byte]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Eyes(Part):
    enlarge: float = Field(1.2, ge=0.8, le=2.5, description="eye size against the visitor's own")
    height: float = Field(0.5, ge=0.2, le=1.2, description="drawn height of an open eye over its width")
    iris: float = Field(0.33, ge=0.1, le=0.6, description="iris radius over eye width")
    lash: float = Field(1.0, ge=0, le=3)
    tilt: float = Field(0.0, ge=-0.3, le=0.3, description="lift of the outer corner over eye width")


class Line(Part):
    weight: float = Field(1.0, ge=0.2, le=4)
    colour: Colour = (60, 40, 40)
    local: Unit = 0.5


class Skin(Part):
    shade: float = Field(0.84, ge=0.3, le=1, description="lightness of the cel shadow against the lit skin")
    shade_hue: tuple[Unit, Unit, Unit] = (1.0, 0.9, 0.88)
    blush: Unit = 0.0
    lips: Unit = 0.5


class Hair(Part):
    contrast: float = Field(1.0, ge=0, le=3)
    shine: Unit = 0.6


class Brow(Part):
    weight: float = Field(1.0, ge=0.2, le=3)


class Room(Part):
    pale: Unit = 0.4
    tint: Colour = (255, 245, 240)
    steps: int = Field(7, ge=2, le=32)
    line: Unit = 0.5
    saturation: float = Field(1.1, ge=0, le=2)


class Style(Part):
    """One character."""

    kind: Literal["drawn"]
    title: dict[Literal["ko", "en", "ja"], str]
    eyes: Eyes = Eyes()
    line: Line = Line()
    skin: Skin = Skin()
    hair: Hair = Hair()
    brow: Brow = Brow()
    room: Room = Room()


def style_names(folder: Path | None = None) -> list[str]:
    """Names of all characters, sorted."""
    root = folder or resources.assets() / "styles"
    return sorted(p.parent.name for p in root.glob("*/style.toml"))


def load_style(name: str, folder: Path | None = None) -> Style:
    """The character ``name``. Raises ``UsageError`` naming the file and the field that is wrong."""
    root = folder or resources.assets() / "styles"
    path = root / name / "style.toml"
    if name not in style_names(root):
        raise UsageError(f"no style called {name!r}; there are: {', '.join(style_names(root)) or 'none'}")
    try:
        return Style.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{path}: {where}: {first['msg']}") from error
