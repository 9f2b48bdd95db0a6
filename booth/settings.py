"""Everything that can be set, typed and bounded. Settings are values: changing one makes a new set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoCamera(Model):
    """Three drawn-from-one-photo visitors; needs no hardware."""

    kind: Literal["demo"] = "demo"


class DeviceCamera(Model):
    """A webcam, named by what does not change when the machine restarts."""

    kind: Literal["device"] = "device"
    device: str = Field(description="stable path such as /dev/v4l/by-id/…, /dev/videoN, or a serial number")
    width: int = Field(1920, ge=160, le=7680, description="pixels asked for; the driver may offer less")
    height: int = Field(1080, ge=120, le=4320)
    rate: int = Field(30, ge=1, le=240, description="frames per second asked for")


class VideoCamera(Model):
    """A video file or URL, paced by its own time stamps; files begin again at their end."""

    kind: Literal["video"] = "video"
    source: str
    loop: bool = True


class FolderCamera(Model):
    """A folder of pictures, each shown for a while, for ever."""

    kind: Literal["folder"] = "folder"
    folder: Path
    seconds_each: float = Field(2.0, gt=0, le=3600)
    rate: int = Field(30, ge=1, le=120)


Engine = Literal["auto", "cuda", "cpu"]
Language = Literal["ko", "en", "ja"]
Rotation = Literal[0, 90, 180, 270]
Accent = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", json_schema_extra={"format": "colour"})]
Name = Annotated[str, Field(min_length=1, max_length=80)]
CameraSettings = Annotated[DemoCamera | DeviceCamera | VideoCamera | FolderCamera, Field(discriminator="kind")]


class Region(Model):
    """Part of the picture in which faces take part; fractions of width and height. All of it by default."""

    left: float = Field(0.0, ge=0, le=1)
    top: float = Field(0.0, ge=0, le=1)
    right: float = Field(1.0, ge=0, le=1)
    bottom: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _has_area(self) -> Region:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError("the region is empty: right must exceed left, bottom must exceed top")
        return self


class VisionSettings(Model):
    region: Region = Region()
    most_faces: int = Field(6, ge=1, le=16, description="visitors drawn at the same time; the largest win")
    least_face_px: int = Field(36, ge=16, le=400, description="faces smaller than this take no part")
    birth_frames: int = Field(3, ge=1, le=60, description="looks that must have found a face before it takes part")
    memory_s: float = Field(5.0, ge=0, le=60, description="how long a visitor who left is remembered")
    still_s: float = Field(4.0, ge=0, le=600, description="a face that has not moved for so long is a picture; 0 turns this off")


class PictureNetwork(Model):
    """A network of somebody's own that turns a photo of a face into a drawing, and what it expects of a picture."""

    file: Path = Field(description="an ONNX file, beside its style.toml")
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    order: Literal["RGB", "BGR"] = "RGB"
    low: float = Field(-1.0, description="what black is at its input and output …")
    high: float = Field(1.0, description="… and white")
    size: int = Field(256, ge=64, le=1024, multiple_of=8, description="side in pixels, where the network leaves it open")
    span: float = Field(2.2, ge=1.2, le=2.2, description="face heights that its picture shows")

    @model_validator(mode="after")
    def _has_range(self) -> PictureNetwork:
        if self.high <= self.low:
            raise ValueError("high must exceed low")
        return self


class RecordSettings(Model):
    """What is recorded of the day."""

    folder: Path = Field(description="where recordings are kept; sessions are kept elsewhere, and never touched")
    minutes: float = Field(10.0, gt=0, le=120, description="length of one file")
    cap_gib: float = Field(50.0, gt=0, le=100_000, description="size of all recordings; then the oldest are deleted")
    reserve_gib: float = Field(4.0, ge=0, le=100_000, description="disk space that recordings leave to sessions and the machine")
    sound: bool = Field(True, description="record the microphone too")
    camera: bool = Field(False, description="record the camera too: visitors' real faces; only with their consent")
    width: int = Field(1920, ge=128, le=3840, multiple_of=2)
    height: int = Field(1080, ge=96, le=2160, multiple_of=2)
    hardware: bool = Field(True, description="let a video chip do the work where there is one")


class BroadcastSettings(Model):
    """Live out, for a shopping show or a second hall."""

    url: str = Field(description="rtmp://, rtmps:// or srt:// with the stream's key, as the service gives it; it is a secret")
    kbit: int = Field(4500, ge=200, le=50_000, description="pictures' rate in kbit/s; the line must carry a quarter more")
    sound: bool = Field(True, description="send the microphone too")
    width: int = Field(1920, ge=128, le=3840, multiple_of=2)
    height: int = Field(1080, ge=96, le=2160, multiple_of=2)
    hardware: bool = Field(True, description="let a video chip do the work where there is one")


class VirtualSettings(Model):
    """The drawn picture as a webcam, for meeting and streaming programs on this machine; Linux only."""

    device: str = Field("auto", min_length=1, max_length=200, description="/dev/videoN of a loopback device, or its label; auto takes the first")
    width: int = Field(1280, ge=128, le=3840, multiple_of=2)
    height: int = Field(720, ge=96, le=2160, multiple_of=2)
    rate: int = Field(30, ge=1, le=60, description="pictures a second")


class EventSettings(Model):
    """One exhibition: what its visitors are offered."""

    name: str = Field("", max_length=80, description="written on strips")
    logo: Path | None = Field(None, description="a PNG, WebP or JPEG; shown on the first screens, on strips before the name, on the page for phones")
    accent: Accent | None = Field(None, description="a colour as #d9421f: of buttons, of frames on strips, on the page for phones")
    offer_characters: tuple[Name, ...] = Field((), max_length=100, description="what visitors choose from, in this order; none: all there are")
    offer_layouts: tuple[Name, ...] = Field((), max_length=100, description="four-cuts to choose from, in this order; none: all there are")
    offer_languages: tuple[Language, ...] = Field((), max_length=3, description="on visitors' screens, in this order; none: all")
    prints_a_visit: int = Field(2, ge=0, le=20, description="sheets that one visit may print")
    prints_a_day: int | None = Field(None, ge=1, le=100_000, description="sheets for all visits of a day, yours not counted; none: no limit")
    folder: Path | None = Field(None, description="where sessions are kept; none: nothing is taken, visitors only play live")
    layouts: Path | None = Field(None, description="a folder of further layouts; they go before built-in ones of the same name")
    volume: float = Field(0.7, ge=0, le=1, description="of the sounds")
    port: int = Field(8080, ge=0, le=65535, description="of the page for phones; 0 takes any free one")
    host: str = Field("0.0.0.0", description="address that the page for phones listens on; 0.0.0.0 is every network of this machine")
    printer: str | None = Field(None, description="a queue of CUPS, or a folder (with a slash) that prints go into; none: no printing")
    microphone: str | None = Field(None, description="(part of) the microphone's name; none: the system's usual one")
    most_voice_s: float = Field(15.0, gt=1, le=60, description="longest recording of a visitor's voice")
    session_mib: float = Field(64.0, gt=0, le=4096, description="disk space set aside for one session while it is made")
    keep_h: int = Field(72, ge=1, le=8760, description="hours until a session is deleted")
    language: Language = Field("ko", description="what the screens speak until a visitor chooses")


class Settings(Model):
    camera: CameraSettings = DemoCamera()
    engine: Engine = "auto"
    style: str = "romance"
    mix_with: str | None = Field(None, description="a second character …")
    mix: float = Field(0.0, ge=0, le=1, description="… and how far everybody is on the way to it")
    each: bool = Field(False, description="visitors take turns in all characters")
    styles: Path | None = Field(None, description="a folder of further characters; they go before built-in ones of the same name")
    vision: VisionSettings = VisionSettings()
    rotation: Rotation = Field(0, description="degrees clockwise that the camera's pictures are turned by, for a webcam mounted upright")
    mirror: bool = Field(True, description="signage shows the picture like a mirror")
    screen: int = Field(0, ge=0, le=15, description="number of the display that the signage fills")
    kiosk: bool = False
    puppet: Path | None = Field(None, description="a drawing of a character that visitors move, instead of becoming one")
    event: EventSettings = EventSettings()
    record: RecordSettings | None = Field(None, description="a film of the day; none: nothing is recorded")
    live: BroadcastSettings | None = Field(None, description="live out; none: nothing is sent")
    virtual: VirtualSettings | None = Field(None, description="a virtual camera; none: there is none")
