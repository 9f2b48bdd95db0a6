import json
import zipfile

import pytest

from booth.errors import UsageError
from booth.house import bundle as module
from booth.house.bundle import support_bundle
from booth.house.form import with_values
from booth.settings import Settings

PRIVATE = {"event.name": "미나의 결혼식", "event.folder": "/srv/wedding", "event.printer": "mina_office", "style": "minastyle",
           "camera": {"kind": "video", "source": "rtsp://admin:hunter2@cam.example/1"}}


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "booth.jsonl").write_text('{"text": "미나의 결혼식 began in /srv/wedding, printer mina_office"}\n', encoding="utf-8")
    (folder / "booth.jsonl.1").write_text('{"text": "older"}\n')
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


def opened(path):
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_what_helps_is_in_it_and_nothing_private(tmp_path, logs):
    settings = with_values(Settings(), {**PRIVATE, "event.volume": 0.3, "engine": "cpu"})
    files = opened(support_bundle(tmp_path / "support.zip", settings, "ok  camera  /dev/video0\nnote printer mina_office", logs))
    assert set(files) == {"README.txt", "machine.json", "settings.json", "doctor.txt", "logs/booth.jsonl", "logs/booth.jsonl.1"}
    whole = "".join(files.values())
    assert [word for word in ("미나", "wedding", "mina", "hunter2", "cam.example", "PNG") if word in whole] == []
    kept = json.loads(files["settings.json"])
    assert (kept["event"]["volume"], kept["engine"], kept["event"]["name"], kept["camera"]) == (
        0.3, "cpu", "[set]", {"kind": "video", "source": "[set]", "loop": True})
    assert kept["event"]["layouts"] is None
    machine = json.loads(files["machine.json"])
    assert machine["toonbooth"]
    assert any(package.startswith("numpy 1.26") for package in machine["packages"])
    assert "/dev/video0" in files["doctor.txt"]
    assert "older" in files["logs/booth.jsonl.1"]


def test_without_any_log_there_is_a_bundle_all_the_same(tmp_path):
    files = opened(support_bundle(tmp_path / "deep" / "support.zip", Settings(), folder=tmp_path / "nothing"))
    assert "settings.json" in files


def test_the_newest_log_is_in_it_before_older_ones(tmp_path, logs, monkeypatch):
    monkeypatch.setattr(module, "MOST_LOG_BYTES", 60)
    (logs / "booth.jsonl").write_text("n" * 50)
    (logs / "booth.jsonl.1").write_text("o" * 50)
    files = opened(support_bundle(tmp_path / "s.zip", Settings(), folder=logs))
    assert (len(files["logs/booth.jsonl"]), len(files["logs/booth.jsonl.1"])) == (50, 10)


def test_a_place_that_cannot_be_is_one_plain_line(tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.zip"):
        support_bundle(tmp_path / "support.tar", Settings())
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        support_bundle(tmp_path / "file" / "support.zip", Settings())
