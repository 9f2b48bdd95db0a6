from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field as Described

from booth.errors import UsageError
from booth.house.form import field_at, schema, with_value, with_values
from booth.settings import DeviceCamera, FolderCamera, Model, Settings


class Everything(Model):
    words: tuple[Literal["ko", "en"], ...] = Described((), max_length=3)
    wait_ms: int = Described(5, gt=0, lt=10)
    share: float = Described(0.0, ge=0)
    size: int = Described(64, multiple_of=8, le=512)
    place: Path | None = None


def test_the_form_of_the_booth_has_every_setting_with_its_range_and_words():
    volume, port, name = field_at("event.volume"), field_at("event.port"), field_at("event.name")
    assert (volume.kind, volume.low, volume.high, volume.default, volume.description) == ("float", 0, 1, 0.7, "of the sounds")
    assert (port.kind, port.range, port.low_open) == ("int", "0 … 65535", False)
    assert (name.kind, name.most_letters) == ("text", 80)
    assert field_at("event.folder").kind == "path"
    assert field_at("event.folder").optional
    assert field_at("engine").choices == ("auto", "cuda", "cpu")
    assert field_at("vision.region").kind == "group"
    assert [f.path for f in field_at("vision.region").fields] == [f"vision.region.{side}" for side in ("left", "top", "right", "bottom")]
    assert (field_at("vision.least_face_px").label, field_at("vision.least_face_px").unit) == ("least face", "px")
    assert field_at("nothing.at.all") is None
    assert {f.path for f in schema(Settings)} == set(Settings.model_fields)


def test_what_can_be_said_of_an_event_has_its_own_kinds_of_fields():
    kinds = {name: field_at(f"event.{name}").kind for name in ("logo", "accent", "offer_characters", "offer_languages", "prints_a_day")}
    assert kinds == {"logo": "path", "accent": "colour", "offer_characters": "list", "offer_languages": "list", "prints_a_day": "int"}
    assert field_at("event.offer_languages").item.choices == ("ko", "en", "ja")
    assert field_at("rotation").choices == (0, 90, 180, 270)


def test_a_union_has_a_form_for_each_of_its_kinds():
    camera = field_at("camera")
    assert camera.kind == "union"
    assert set(camera.variants) == {"demo", "device", "video", "folder"}
    assert camera.variants["demo"] == ()
    device = {f.path: f for f in camera.variants["device"]}
    assert device["camera.device"].needed
    assert device["camera.width"].low == 160


def test_open_ranges_lists_steps_and_paths():
    fields = {f.path: f for f in schema(Everything)}
    assert (fields["words"].kind, fields["words"].item.choices, fields["words"].most) == ("list", ("ko", "en"), 3)
    assert (fields["wait_ms"].range, fields["wait_ms"].unit) == ("more than 0, less than 10", "ms")
    assert fields["share"].range == "at least 0"
    assert (fields["size"].step, fields["size"].range) == (8, "at most 512")
    assert (fields["place"].kind, fields["place"].optional) == ("path", True)


def test_a_type_that_no_form_can_show_is_said_at_once():
    class Odd(Model):
        either: int | str = 1

    with pytest.raises(TypeError, match="either"):
        schema(Odd)


def test_a_value_is_changed_and_the_settings_before_stay():
    before = Settings()
    after = with_value(before, "event.volume", "0.25")
    assert (after.event.volume, before.event.volume) == (0.25, 0.7)
    assert with_value(after, "event.folder", Path("/somewhere")).event.folder == Path("/somewhere")
    assert with_value(after, "event.folder", None) == after


def test_a_union_takes_a_mapping_a_model_or_another_kind():
    device = with_value(Settings(), "camera", {"kind": "device", "device": "ABC"})
    assert device.camera == DeviceCamera(device="ABC")
    assert with_value(device, "camera.rate", 60).camera.rate == 60
    assert with_value(device, "camera", FolderCamera(folder=Path("x"))).camera.kind == "folder"
    assert with_value(device, "camera.kind", "demo") == Settings()
    assert with_values(Settings(), {"camera.kind": "video", "camera.source": "a.mp4"}).camera.source == "a.mp4"


def test_values_only_right_together_are_changed_together():
    moved = with_values(Settings(), {"vision.region.left": 0.6, "vision.region.right": 0.9})
    assert with_values(moved, {"vision.region.left": 0.1, "vision.region.right": 0.4}).vision.region.right == 0.4


@pytest.mark.parametrize(("path", "value", "words"), [
    ("event.volume", 3, "event.volume: must be 0 … 1, not 3"),
    ("event.volume", float("nan"), "event.volume: must be 0 … 1, not nan"),
    ("event.volume", "loud", "event.volume: must be 0 … 1, not 'loud'"),
    ("event.port", 1.5, "event.port: must be 0 … 65535, not 1.5"),
    ("event.name", "x" * 90, "event.name: 80 letters at most"),
    ("engine", "steam", "engine: must be one of auto, cuda, cpu, not 'steam'"),
    ("event.session_mib", 0, "event.session_mib: must be more than 0, at most 4096, not 0"),
    ("camera", {"kind": "device"}, "camera.device: is missing"),
    ("camera", {"kind": "telescope"}, "camera: must be one of demo, device, video, folder, not {'kind': 'telescope'}"),
    ("camera", {"kind": "device", "device": "x", "rate": 0}, "camera.rate: must be 1 … 240, not 0"),
    ("vision.region.right", 0.0, "vision.region: the region is empty: right must exceed left, bottom must exceed top"),
    ("event.accent", "red", "event.accent: must be a colour as #d9421f, not 'red'"),
    ("rotation", 45, "rotation: must be one of 0, 90, 180, 270, not 45"),
    ("event.colour", "red", "event.colour: there is no such setting"),
    ("event.name.more", 1, "event.name.more: there is no such setting"),
    ("", 1, "there is no such setting"),
    ("vision.still_s", None, "vision.still_s: must be 0 … 600, not None"),
])
def test_a_bad_value_is_one_plain_line(path, value, words):
    with pytest.raises(UsageError) as caught:
        with_value(Settings(), path, value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
