"""A character is data: ``assets/styles/<name>/style.toml``, checked on loading. All of it is numbers, so any two can be mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from booth import resources
from booth.datafiles import dotted, load_named
from booth.errors import UsageError
from booth.settings import PictureNetwork

Unit = Annotated[float, Field(ge=0, le=1)]
Byte = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Byte, Byte, Byte]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Face(Part):
    """Deformation of the head; 1 leaves it as it is."""

    head: float = Field(1.0, ge=0.8, le=1.8, description="size of the head on its body")
    jaw: float = Field(1.0, ge=0.7, le=1.2, description="width at the chin")
    cheek: float = Field(1.0, ge=0.85, le=1.25, description="width at the mouth")
    chin: float = Field(1.0, ge=0.65, le=1.15, description="length from nose to chin")
    nose: float = Field(1.0, ge=0.0, le=1.3, description="size; 0 draws none")
    mouth: float = Field(1.0, ge=0.4, le=1.3, description="size of the mouth")
    drop: float = Field(0.0, ge=-0.05, le=0.12, description="how far eyes and brows sit lower, in face heights")


class Eyes(Part):
    enlarge: float = Field(1.2, ge=0.8, le=2.5, description="eye size against the visitor's own")
    height: float = Field(0.5, ge=0.2, le=1.2, description="drawn height of an open eye over its width")
    own: Unit = Field(0.35, description="how far the lids follow the visitor's own")
    angular: Unit = Field(0.0, description="0 round lids, 1 straight ones with a corner")
    tilt: float = Field(0.0, ge=-0.3, le=0.3, description="lift of the outer corner over eye width")
    lash: float = Field(1.0, ge=0, le=3, description="weight of the upper lash")
    lower: float = Field(0.8, ge=0, le=3, description="weight of the lower lid's line")
    crease: float = Field(0.75, ge=0, le=3, description="weight of the fold above the eye")
    iris: float = Field(0.33, ge=0.1, le=0.6, description="iris radius over eye width")
    pupil: Unit = Field(0.42, description="pupil over iris")
    glow: Unit = Field(1.0, description="how light the lower half of the iris is")
    shine: float = Field(1.0, ge=0, le=2, description="size of the highlights")
    colour: Colour = (90, 60, 40)
    coloured: Unit = Field(0.0, description="0 the visitor's own iris, 1 the colour")


class Line(Part):
    weight: float = Field(1.0, ge=0.2, le=4)
    outline: float = Field(1.0, ge=0.2, le=4, description="weight of silhouettes against the other lines")
    colour: Colour = (60, 40, 40)
    local: Unit = Field(0.5, description="how much of the local colour lines take")
    age: Unit = Field(0.5, description="how far folds beside the mouth are drawn where they are the person")


class Skin(Part):
    own: Unit = Field(1.0, description="1 the visitor's own tone, 0 the colour")
    colour: Colour = (250, 225, 205)
    shade: float = Field(0.84, ge=0.15, le=1, description="lightness of the cel shadow against the lit skin")
    shade_hue: tuple[Unit, Unit, Unit] = (1.0, 0.9, 0.88)
    reach: float = Field(0.0, ge=-0.3, le=0.3, description="how far the shadow reaches into the light")
    blush: Unit = 0.0
    lips: Unit = 0.5


class Hair(Part):
    own: Unit = Field(1.0, description="1 the visitor's own colour, 0 the colour")
    colour: Colour = (40, 34, 44)
    contrast: float = Field(1.0, ge=0, le=3)
    shine: Unit = 0.6
    deep: float = Field(0.39, ge=0, le=1, description="share of the tones that is in shadow")
    gloss: float = Field(0.31, ge=0, le=1, description="share of the tones that shines")


class Brow(Part):
    weight: float = Field(1.0, ge=0.2, le=3)


class Grade(Part):
    """The light of the whole picture: colours are multiplied towards ``tint``."""

    tint: Colour = (255, 255, 255)
    amount: Unit = 0.0
    saturation: float = Field(1.0, ge=0, le=2)


class Rim(Part):
    """A second light along one side of every head."""

    strength: Unit = 0.0
    colour: Colour = (255, 120, 200)
    width: float = Field(0.02, ge=0, le=0.1, description="in face heights")
    angle: float = Field(-35.0, ge=-180, le=180, description="degrees; 0 from the right, −90 from above")


class Screen(Part):
    """Print: grey tones as dots."""

    strength: Unit = 0.0
    pitch: float = Field(7.0, ge=3, le=40, description="distance of dots in pixels of a picture 1080 high")


class Room(Part):
    pale: Unit = Field(0.4, description="how far background and clothes fade to the tint")
    tint: Colour = (255, 245, 240)
    steps: int = Field(7, ge=2, le=32, description="tones of lightness")
    line: Unit = 0.5
    saturation: float = Field(1.1, ge=0, le=2)
    bodies: Unit = Field(0.3, description="share of that fading which clothes and hands get too")
    burst: Unit = Field(0.0, description="lines of speed from the picture's edges")


class Named(Part):
    title: dict[Literal["ko", "en", "ja"], str]
    line: Line = Line()
    grade: Grade = Grade()
    screen: Screen = Screen()
    room: Room = Room()


class Style(Named):
    """One drawn character."""

    kind: Literal["drawn"]
    face: Face = Face()
    eyes: Eyes = Eyes()
    skin: Skin = Skin()
    hair: Hair = Hair()
    brow: Brow = Brow()
    rim: Rim = Rim()


class ImageStyle(Named):
    """A character drawn by a network of somebody's own, photo in, drawing out."""

    kind: Literal["image"]
    network: PictureNetwork
    skin: Unit = Field(1.0, description="how far the drawn skin is moved to the visitor's own tone")


AnyStyle = Style | ImageStyle


def mix(a: AnyStyle, b: AnyStyle, t: float) -> AnyStyle:
    """The character ``t`` (0 … 1) of the way from ``a`` to ``b``; titles are those of the nearer one. A picture of an
    image network cannot be half another character: then it is the nearer one."""
    if t <= 0 or (t < 0.5 and not (isinstance(a, Style) and isinstance(b, Style))):
        return a
    if t >= 1 or not (isinstance(a, Style) and isinstance(b, Style)):
        return b
    title = (a if t < 0.5 else b).title
    mixed = _between(a.model_dump(exclude={"title", "kind"}), b.model_dump(exclude={"title", "kind"}), t)
    return Style(kind="drawn", title=title, **mixed)


def _between(a: Any, b: Any, t: float) -> Any:
    if isinstance(a, dict):
        return {k: _between(a[k], b[k], t) for k in a}
    if isinstance(a, tuple | list):
        return tuple(_between(x, y, t) for x, y in zip(a, b, strict=True))
    value = a + (b - a) * t
    return round(value) if isinstance(a, int) else value


def style_files(extra: Path | None = None) -> dict[str, Path]:
    """Name → ``style.toml`` of all characters, sorted; those in the folder ``extra`` go before built-in ones."""
    roots = [resources.assets() / "styles", *([extra] if extra else [])]
    found = {p.parent.name: p for root in roots for p in root.glob("*/style.toml")}
    return dict(sorted(found.items()))


def load_style(name: str, extra: Path | None = None) -> AnyStyle:
    """The character ``name``. Raises ``UsageError`` naming the file and the field that is wrong."""
    files = style_files(extra)
    without_kind = lambda place: dotted(tuple(part for part in place if part not in ("drawn", "image")))
    style = load_named("style", name, files, STYLE.validate_python, without_kind)
    path = files[name]
    if isinstance(style, ImageStyle):
        if style.network.file.name != str(style.network.file):
            raise UsageError(f"{path}: network.file: only the name of a file beside style.toml")
        return style.model_copy(update={"network": style.network.model_copy(update={"file": path.parent / style.network.file})})
    return style


STYLE: TypeAdapter[AnyStyle] = TypeAdapter(Annotated[AnyStyle, Field(discriminator="kind")])
