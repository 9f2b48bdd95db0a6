import json
import os
import stat
from pathlib import Path

import pytest

from booth.errors import UsageError
from booth.house import kept
from booth.house.form import with_value
from booth.house.kept import SettingsFile
from booth.settings import EventSettings, Settings


@pytest.fixture
def file(tmp_path):
    return SettingsFile(tmp_path / "toonbooth" / "settings.json")


def loud(volume):
    return with_value(Settings(), "event.volume", volume)


def test_nothing_there_is_the_defaults_and_writes_nothing(file):
    assert file.load() == (Settings(), None)
    assert not file.path.parent.exists()


def test_the_user_s_own_folder_is_the_default(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert SettingsFile().path == tmp_path / "toonbooth" / "settings.json"


def test_what_was_saved_is_loaded_and_only_its_user_can_read_it(file):
    settings = with_value(loud(0.3), "camera", {"kind": "folder", "folder": "/사진"})
    file.save(settings)
    assert file.load() == (settings, None)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_the_last_ten_are_kept_and_can_be_had_again(file):
    for n in range(14):
        file.save(loud(n / 20))
    file.save(loud(13 / 20))                                       # the same again is no new version
    numbers = [saved.number for saved in file.versions()]
    assert numbers == list(range(14, 4, -1))
    assert file.version(6).event.volume == 0.25
    with pytest.raises(UsageError, match="no settings number 99"):
        file.version(99)


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"\xff\xfe\x00", b'{"event": {"volume": 7}}', b'{"event": {"volume": NaN}}', b'{"colour": "red"}', b"null",
    b"[" * 100_000, b'{"style": "' + b"x" * kept.MOST_BYTES + b'"}', b'{"camera": {"kind": "device"}}', b'{"vision": 3}',
])
def test_a_broken_file_starts_the_last_good_set_says_so_and_is_kept(file, content):
    file.save(loud(0.1))
    file.save(loud(0.2))
    file.path.write_bytes(content)
    settings, note = file.load()
    assert settings.event.volume == 0.2
    assert "settings.json has a mistake" in note
    assert "\n" not in note
    assert len(note) < 300
    aside = list(file.path.parent.glob("settings.broken-*.json"))
    assert [path.read_bytes() for path in aside] == [content]
    assert aside[0].name in note
    assert file.load() == (loud(0.2), None)


@pytest.mark.parametrize(("event", "words"), [
    ({"logo": ["/etc/passwd"]}, "event.logo"),
    ({"logo": {"__class__": "os.system"}}, "event.logo"),
    ({"accent": "red;} * {display:none"}, "event.accent: must be a colour as #d9421f"),
    ({"accent": "#12345"}, "event.accent: must be a colour"),
    ({"offer_characters": "romance"}, "event.offer_characters"),
    ({"offer_characters": ["x"] * 101}, "event.offer_characters: 100 at most"),
    ({"offer_layouts": ["x" * 81]}, "event.offer_layouts.0: 80 letters at most"),
    ({"offer_languages": ["ko", "tlh"]}, "event.offer_languages.1: must be one of ko, en, ja, not 'tlh'"),
    ({"prints_a_day": -1}, "event.prints_a_day: must be 1 … 100000, not -1"),
    ({"prints_a_visit": 10**30}, "event.prints_a_visit: must be 0 … 20"),
    ({"prints_a_visit": "__import__('os').system('true')"}, "event.prints_a_visit: must be 0 … 20"),
])
def test_a_hostile_file_is_one_line_and_nothing_more(file, event, words):
    file.save(loud(0.2))
    file.path.write_text(json.dumps({"event": event}))
    settings, note = file.load()
    assert settings == loud(0.2)
    assert words in note
    assert "\n" not in note
    assert len(note) < 300


def test_everything_that_can_be_said_of_an_event_is_loaded_again(file):
    event = EventSettings(name="봄", logo=Path("/srv/로고.png"), accent="#0A7f5a", offer_characters=("night", "mine"), offer_layouts=("page",),
                          offer_languages=("ja", "en"), prints_a_visit=1, prints_a_day=400)
    settings = Settings(event=event, rotation=270)
    file.save(settings)
    assert file.load() == (settings, None)


def test_a_typing_mistake_by_hand_is_named(file):
    file.path.parent.mkdir()
    file.path.write_text('{"event": {"volum": 0.3}}')
    settings, note = file.load()
    assert settings == Settings()
    assert "event.volum: there is no such setting" in note
    assert "default settings" in note


def test_a_set_edited_by_hand_that_worked_is_the_last_good_one(file):
    file.save(loud(0.1))
    file.path.write_text('{"event": {"volume": 0.4}}')
    assert file.load() == (loud(0.4), None)
    file.path.write_text("oops")
    assert file.load()[0] == loud(0.4)


def test_broken_versions_are_passed_over(file):
    file.save(loud(0.1))
    file.save(loud(0.2))
    file.versions()[0].path.write_text("torn")
    file.path.write_text("torn")
    assert file.load()[0] == loud(0.1)


def test_settings_of_a_newer_booth_are_used_without_what_is_unknown(file):
    file.path.parent.mkdir()
    values = {kept.STAMP: "99.0", **loud(0.3).model_dump(mode="json"), "hologram": {"depth": 3}, "engine": "quantum"}
    values["event"]["anthem"] = "x.wav"
    file.path.write_text(json.dumps(values))
    settings, note = file.load()
    assert settings == loud(0.3)
    assert "another version" in note
    assert all(name in note for name in ("hologram", "event.anthem", "engine"))
    other = list(file.path.parent.glob("settings.other-*.json"))
    assert json.loads(other[0].read_text()) == values
    assert file.load() == (loud(0.3), None)


def test_a_camera_that_only_a_newer_booth_has_gives_way_to_the_default(file):
    file.path.parent.mkdir()
    for camera in ({"kind": "telescope", "zoom": 3}, {"kind": "device", "address": "x"}):
        file.path.write_text(json.dumps({kept.STAMP: "99.0", "camera": camera, "event": {"volume": 0.3}}))
        settings, note = file.load()
        assert settings == loud(0.3)
        assert "camera" in note


def test_a_full_disk_leaves_the_old_settings_and_says_so(file, monkeypatch):
    file.save(loud(0.1))

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        file.save(loud(0.2))
    assert file.load() == (loud(0.1), None)
    assert [p.name for p in file.path.parent.iterdir() if p.name.startswith(".")] == []


def test_a_disk_that_cannot_be_written_starts_the_booth_all_the_same(file, monkeypatch, caplog):
    file.save(loud(0.1))
    file.path.write_text("oops")

    def no(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("booth.house.kept.write_private", no)
    monkeypatch.setattr("pathlib.Path.rename", no)
    settings, note = file.load()
    assert settings == loud(0.1)
    assert "has a mistake" in note
    assert "Read-only" in caplog.text
    caplog.clear()


def test_settings_that_a_file_cannot_hold_are_refused(file):
    with pytest.raises(UsageError, match="cannot be kept"):
        file.save(Settings().model_copy(update={"mix": 4.0}))
    assert not file.path.exists()
