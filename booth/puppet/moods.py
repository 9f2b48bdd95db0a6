"""A mood is data: ``assets/moods/<name>.toml``, checked on loading. It says how a puppet holds itself and how lively it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from booth import resources
from booth.datafiles import load_named
from booth.puppet.poses import BROWS, COLUMNS, GAZE, HEAD, LIDS, Column

Unit = Annotated[float, Field(ge=0, le=1)]
Signed = Annotated[float, Field(ge=-1, le=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Part):
    ko: str
    en: str
    ja: str


class Rest(Part):
    """What the mood looks like when nothing moves, as in ``Pose``."""

    smile: Signed = 0.0
    brows: Signed = 0.0
    frown: Unit = 0.0
    lids: Unit = Field(0.0, description="how far both are down; 0 leaves the still's eyes")
    gaze: tuple[Signed, Signed] = (0.0, 0.0)
    yaw: float = Field(0.0, ge=-6, le=6)
    pitch: float = Field(0.0, ge=-4, le=4)
    roll: float = Field(0.0, ge=-4, le=4)

    @property
    def row(self) -> np.ndarray:
        """(``COLUMNS``,) with a shut mouth."""
        row = np.zeros(COLUMNS)
        row[Column.SMILE], row[Column.FROWN] = self.smile, self.frown
        row[BROWS], row[LIDS], row[GAZE], row[HEAD] = self.brows, self.lids, self.gaze, (self.yaw, self.pitch, self.roll)
        return row


class Mood(Part):
    title: Title
    rest: Rest = Rest()
    jaw: float = Field(1.0, ge=0.3, le=1.5, description="how far the jaw opens against what is spoken")
    brow: Unit = Field(0.5, description="how far brows follow the voice")
    nod: float = Field(3.0, ge=0, le=4, description="degrees of the deepest nod")
    sway: float = Field(3.0, ge=0, le=6, description="degrees to which the head usually turns")
    tempo: float = Field(1.0, ge=0.3, le=3, description="how often it is held anew; 1 is every two to four seconds")
    glance: Unit = Field(0.5, description="how far eyes look aside now and then")
    blink_s: tuple[float, float] = Field((2.4, 5.6), description="shortest and longest time between blinks, within 2 … 6 s")
    breath_s: float = Field(4.0, ge=2, le=8, description="seconds of a breath")
    breath: Unit = 0.8
    breeze: float = Field(0.01, ge=0, le=0.1, description="how far still air moves the hair, in distances between the outer eye corners")

    @model_validator(mode="after")
    def _blinks_like_people(self) -> Mood:
        if not 2 <= self.blink_s[0] <= self.blink_s[1] <= 6:
            raise ValueError("blink_s: two numbers of seconds, the shorter first, both within 2 … 6")
        return self


def mood_files(extra: Path | None = None) -> dict[str, Path]:
    """Name → file of all moods, sorted; those in the folder ``extra`` go before built-in ones."""
    roots = [resources.assets() / "moods", *([extra] if extra else [])]
    return dict(sorted({path.stem: path for root in roots for path in root.glob("*.toml")}.items()))


def load_mood(name: str, extra: Path | None = None) -> Mood:
    """The mood ``name``. Raises ``UsageError`` naming the file and the field that is wrong."""
    return load_named("mood", name, mood_files(extra), Mood.model_validate)
