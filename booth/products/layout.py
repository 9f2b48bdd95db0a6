"""A layout is data: ``assets/layouts/<name>/layout.toml`` and its art, checked on loading. Layers are drawn from back to front.

Lengths are in the layout's unit: millimetres at 300 dpi for paper, pixels for screens. Turns are degrees, clockwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field, field_validator

from booth import resources
from booth.datafiles import load_named
from booth.errors import UsageError

DPI = 300
LONGEST_PX = 12_000

Unit = Annotated[float, Field(ge=0, le=1)]
Byte = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Byte, Byte, Byte]
Language = Literal["ko", "en", "ja"]
Place = Annotated[float, Field(ge=-12_000, le=12_000)]
Length = Annotated[float, Field(gt=0, le=LONGEST_PX)]
Thin = Annotated[float, Field(ge=0, le=200)]
INK: Colour = (32, 28, 40)
WHITE: Colour = (255, 255, 255)


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Translated(Part):
    """The same words in every language of the visitors."""

    ko: str = Field(max_length=200)
    en: str = Field(max_length=200)
    ja: str = Field(max_length=200)

    def of(self, language: Language) -> str:
        return {"ko": self.ko, "en": self.en, "ja": self.ja}[language]


class Box(Part):
    """A rectangle: left, top, size; turned about its centre."""

    x: Place
    y: Place
    width: Length
    height: Length
    degrees: float = Field(0.0, ge=-180, le=180)


class Art(Part):
    """An RGBA picture of the whole page, beside its layout.toml. Opaque art at the bottom, art with holes before the pictures."""

    kind: Literal["art"]
    file: Path

    @field_validator("file")
    @classmethod
    def _stays_in_its_folder(cls, file: Path) -> Path:
        if file.name != str(file):
            raise ValueError("only the name of a file beside layout.toml")
        return file


class Slot(Box):
    picture: int = Field(ge=1, le=16, description="which of the visitor's pictures, counted from 1; may come twice")
    focus: tuple[Unit, Unit] = Field((0.5, 0.45), description="where faces sit in the slot, from left and top; leaves room for bubbles")


class Picture(Slot):
    """A cut: the drawn picture, cropped to the slot's shape."""

    kind: Literal["picture"]
    crop: Literal["face", "centre"] = "face"
    zoom: float = Field(1.0, ge=1, le=4, description="how close at most; never so close that a head is cut")
    corners: tuple[tuple[Place, Place], ...] | None = Field(None, min_length=3, max_length=16, description="of a slanted panel, on the page")
    radius: Thin = 0.0
    border: Thin = 0.0
    border_colour: Colour = INK
    accent: bool = Field(False, description="the border takes the event's accent, where it has one")


class Cutout(Slot):
    """Visitors without their background, standing in the panel. What hides their lower edge is art before them."""

    kind: Literal["cutout"]
    face: float = Field(0.25, ge=0.05, le=0.8, description="height of a face over the slot's height, where the picture allows it")
    light: Colour = Field(WHITE, description="colour of the scene's light, multiplied in")
    outline: Thin = 0.0
    outline_colour: Colour = WHITE
    shadow: Unit = Field(0.4, description="strength of the soft shadow behind and below")


class Text(Box):
    kind: Literal["text"]
    shows: Literal["date", "event", "words"] = Field(description="event: its logo and its name")
    words: Translated | None = Field(None, description="what is shown: always, or while there is no event")
    size: Length
    least: Length | None = Field(None, description="size down to which long text shrinks; half of size by default")
    lines: int = Field(1, ge=1, le=8)
    align: Literal["left", "centre", "right"] = "centre"
    colour: Colour = INK
    accent: bool = Field(False, description="takes the event's accent, where it has one that is as readable")


class Bubble(Box):
    kind: Literal["bubble"]
    shape: Literal["round", "shout", "thought", "box"] = "round"
    tail: tuple[Place, Place] | None = Field(None, description="where its tip is, on the page")
    words: Translated
    characters: int = Field(40, ge=1, le=200, description="most that a visitor can write")
    size: Length
    line: Thin = 0.35
    fill: Colour = WHITE
    ink: Colour = INK


class Sound(Box):
    """Lettering of a sound, as large as its box allows."""

    kind: Literal["sound"]
    words: Translated
    colour: Colour
    edge: Thin = 0.0
    edge_colour: Colour = WHITE
    slant: float = Field(0.0, ge=-1, le=1, description="how far tops lean to the right, over height")
    grow: float = Field(0.0, ge=-0.8, le=0.8, description="how much larger the last letter is than the first")


Layer = Annotated[Art | Picture | Cutout | Text | Bubble | Sound, Field(discriminator="kind")]


class Layout(Part):
    title: Translated
    unit: Literal["mm", "px"]
    width: Length
    height: Length
    paper: Colour = WHITE
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=100)

    @property
    def px(self) -> float:
        """Pixels in one unit."""
        return DPI / 25.4 if self.unit == "mm" else 1.0

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the whole."""
        return round(self.width * self.px), round(self.height * self.px)

    @property
    def slots(self) -> tuple[Picture | Cutout, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, Picture | Cutout))

    @property
    def bubbles(self) -> tuple[Bubble, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, Bubble))

    @property
    def pictures(self) -> int:
        """How many pictures are needed."""
        return max((slot.picture for slot in self.slots), default=0)


def layout_files(extra: Path | None = None) -> dict[str, Path]:
    """Name → ``layout.toml`` of all layouts, sorted; those in the folder ``extra`` go before built-in ones."""
    roots = [resources.assets() / "layouts", *([extra] if extra else [])]
    found = {p.parent.name: p for root in roots for p in root.glob("*/layout.toml")}
    return dict(sorted(found.items()))


def load_layout(name: str, extra: Path | None = None) -> Layout:
    """The layout ``name``; its art's files are whole paths. Raises ``UsageError`` naming the file and the field that is wrong."""
    files = layout_files(extra)
    layout = load_named("layout", name, files, Layout.model_validate, _where)
    path = files[name]
    _check_size(layout, path)
    placed = (layer.model_copy(update={"file": path.parent / layer.file}) if isinstance(layer, Art) else layer for layer in layout.layers)
    layout = layout.model_copy(update={"layers": tuple(placed)})
    for layer in layout.layers:
        if isinstance(layer, Art):
            _check_art(layer.file, layout, path)
    return layout


def _where(field: tuple[int | str, ...]) -> str:
    """("layers", 3, "picture", "width") → "layer 4 (picture), width": as a person counts them."""
    if len(field) > 1 and field[0] == "layers":
        kind = f" ({field[2]})" if len(field) > 2 else ""
        return ", ".join([f"layer {int(field[1]) + 1}{kind}", *([".".join(map(str, field[3:]))] if len(field) > 3 else [])])
    return ".".join(map(str, field)) or "the file"


def _check_size(layout: Layout, path: Path) -> None:
    width, height = layout.size_px
    if max(width, height) > LONGEST_PX or min(width, height) < 64:
        raise UsageError(f"{path}: width, height: {width} × {height} pixels; 64 … {LONGEST_PX} are possible")
    if not layout.slots:
        raise UsageError(f"{path}: layers: no picture among them; add one of kind \"picture\" or \"cutout\"")


def _check_art(art: Path, layout: Layout, path: Path) -> None:
    try:
        with Image.open(art) as image:
            width, height = image.size
    except FileNotFoundError as error:
        raise UsageError(f"{path}: file: there is no {art.name} beside it") from error
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise UsageError(f"{path}: file: {art.name} is not a picture that can be read; save it as PNG") from error
    page = layout.size_px
    if abs(width / height / (page[0] / page[1]) - 1) > 0.01:
        raise UsageError(f"{path}: file: {art.name} is {width} × {height} pixels, the page is {page[0]} × {page[1]}")
