"""How long things last in a visit, and how much of each there may be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from booth.settings import Language, Model

Filmed = Literal["no", "drawn", "drawn_sound", "camera", "camera_sound"]
"""What of everybody before the booth is recorded or sent, whether they begin a visit or not."""


class SessionSettings(Model):
    language: Language = Field("ko", description="what the screens speak until a visitor chooses")
    languages: tuple[Language, ...] = Field(("ko", "en", "ja"), min_length=1, description="to choose from, in this order")
    shots: int = Field(4, ge=1, le=8, description="photos in a strip")
    countdown_s: int = Field(3, ge=1, le=10)
    shown_s: float = Field(2.0, ge=0.5, le=10, description="how long each photo is shown after it was taken")
    keep_hours: int = Field(72, ge=1, le=8760, description="said on the consent screen; the store must keep things no longer")

    filmed: Filmed = Field("no", description="said before a visit and on the consent screen")

    notice_s: float = Field(0.7, ge=0, le=10, description="who stays so long is asked to begin")
    away_s: float = Field(8.0, ge=1, le=120, description="nobody there for so long: the invitation to begin ends")
    away_choice_s: float = Field(20.0, ge=2, le=300, description="nobody there for so long: a visit with something to choose ends")
    away_result_s: float = Field(45.0, ge=2, le=600, description="nobody there for so long: making ends, or the result goes")
    idle_s: float = Field(120.0, ge=10, le=1800, description="nothing pressed for so long, though somebody is there")
    thanks_s: float = Field(5.0, ge=1, le=60)
    refused_s: float = Field(8.0, ge=1, le=60, description="how long visitors read that no photos can be taken now")
    gone_s: float = Field(1.0, ge=0.1, le=10, description="a face lost for less is still there")
    strangers_s: float = Field(3.0, ge=0.5, le=60, description="other people alone there for so long: the visit ends")
    answer_limit_s: float = Field(5.0, ge=1, le=60, description="for opening a draft, and for taking a photo")
    making_limit_s: float = Field(60.0, ge=5, le=600, description="without progress for so long, making has failed")

    least_voice_s: float = Field(0.5, ge=0, le=10, description="a shorter recording has nothing to say")
    most_voice_s: float = Field(15.0, ge=1, le=60, description="a recording for the talking clip ends by itself")
    voice_retakes: int = Field(2, ge=0, le=10, description="a talking clip may be recorded again so many times")

    most_faces: int = Field(6, ge=1, le=16, description="more than so many are asked to stand together; it goes on")
    most_copies: int = Field(4, ge=0, le=20, description="prints for each visit")
    most_letters: int = Field(60, ge=0, le=200, description="of the visitors' own words")
    most_misses: int = Field(2, ge=1, le=10, description="a photo missed so many times in a row is a fault")

    same_press_ms: int = Field(300, ge=0, le=2000, description="the same press again so soon is a bounce or a held key")
    settle_ms: int = Field(400, ge=0, le=2000, description="presses so soon after a change were meant for the screen before")
