"""A rig: where the parts of a drawn face are in one still, as data (``rig.json``). Pixels of the still, x right and y down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from booth.errors import UsageError
from booth.files import write_atomic

Point = tuple[float, float]
Line = tuple[Point, ...]
Byte = Annotated[int, Field(ge=0, le=255)]
Colour = tuple[Byte, Byte, Byte]
Confidence = Annotated[float, Field(ge=0, le=1)]
MESH_POINTS = 478


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Eye(Part):
    """One drawn eye. Lids run from the inner to the outer corner along the middle of the drawn lines, nine points each."""

    confidence: Confidence
    upper: Line
    lower: Line
    iris: Point
    radius: float = Field(gt=0, description="of the drawn iris")
    area: Line = Field(description="outline of all that is drawn of the eye, lashes and crease included, brow and glasses not: what a lid covers")
    open: float = Field(ge=0, description="lid gap over eye width in the still; about 0 is shut")


class Brow(Part):
    """``line`` along the middle of the drawn brow, inner end first, five points."""

    confidence: Confidence
    line: Line
    thick: float = Field(gt=0)


class Lips(Part):
    """Outlines from the picture's left corner to its right one, eleven points each. Where no lips are drawn inner and outer are
    about the same line."""

    confidence: Confidence
    upper_outer: Line
    upper_inner: Line
    lower_inner: Line
    lower_outer: Line
    area: Line = Field(description="outline of all that is drawn of the mouth: what plain skin takes the place of")
    open: float = Field(ge=0, description="inner gap over mouth width in the still")
    filled: float = Field(ge=0, le=1, description="0 the mouth is drawn as a line, 1 lips have a colour of their own")


class Silhouette(Part):
    """Outlines; several where the drawing falls apart. ``head`` has hair, ears and glasses; ``body`` neck, shoulders, clothes."""

    confidence: Confidence
    head: tuple[Line, ...]
    hair: tuple[Line, ...]
    body: tuple[Line, ...]


class Colours(Part):
    """What is missing in the still (teeth of a closed mouth, the lid of an open eye) is made up from the rest."""

    skin: Colour = Field(description="around the mouth")
    lid: Colour = Field(description="skin around the eyes")
    line: Colour = Field(description="of the drawn mouth and nose")
    lash: Colour
    lips: Colour
    cavity: Colour
    teeth: Colour
    tongue: Colour
    brow: Colour


class Rig(Part):
    """``mesh``: the 478 points (x, y, z) of the face mesh as found in the still or given with it; z in the same pixels, smaller is
    nearer · ``line``: width of the drawing's fine lines."""

    version: int = 1
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    mesh: tuple[tuple[float, float, float], ...]
    confidence: Confidence = Field(description="of the mesh as a whole")
    eyes: tuple[Eye, Eye] = Field(description="the person's right one, which is at the picture's left, then the left one")
    brows: tuple[Brow, Brow]
    lips: Lips
    silhouette: Silhouette
    colours: Colours
    line: float = Field(gt=0)

    @field_validator("mesh")
    @classmethod
    def _whole(cls, mesh: tuple) -> tuple:
        if len(mesh) != MESH_POINTS:
            raise ValueError(f"{MESH_POINTS} points are needed, not {len(mesh)}")
        return mesh

    @property
    def points(self) -> np.ndarray:
        """(478, 3) float32."""
        return np.array(self.mesh, np.float32)

    @property
    def eye_distance(self) -> float:
        """Between the outer eye corners, in pixels: the unit of most of a pose."""
        points = self.points
        return float(np.linalg.norm(points[33, :2] - points[263, :2]))


def save_rig(rig: Rig, path: Path) -> None:
    """Written atomically; replaces an older one."""
    write_atomic(path, rig.model_dump_json(indent=1).encode())


def load_rig(path: Path) -> Rig:
    """Raises ``UsageError`` naming the file and the field that is wrong."""
    try:
        return Rig.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(f"{path}: {where}: {first['msg']}") from error
