import json
import logging
import os
import secrets
import stat
from pathlib import Path

import pytest

from booth.house import logs
from booth.house.logs import clean, keep_log, log_files

log = logging.getLogger("booth.test")


@pytest.fixture
def kept(tmp_path):
    """Begins a log in a folder of its own, from the test itself: pytest sets the root logger's level anew for it."""
    root, begun = logging.getLogger(), []

    def begin():
        begun.extend([root.level, [(handler, handler.level) for handler in root.handlers], keep_log("booth", tmp_path / "state")])
        return tmp_path / "state"

    yield begin
    level, others, handler = begun
    root.removeHandler(handler)
    handler.close()
    root.setLevel(level)
    for other, before in others:
        other.setLevel(before)


def entries(folder):
    return [json.loads(line) for line in (folder / "booth.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_entry_is_a_line_of_json(kept):
    folder = kept()
    log.info("카메라 %s", "gone\nagain")
    log.debug("not this")
    try:
        int("what")
    except ValueError:
        log.info("failed", exc_info=True)
    first, second = entries(folder)
    assert (first["level"], first["from"], first["thread"], first["text"]) == ("INFO", "booth.test", "MainThread", "카메라 gone\nagain")
    assert first["at"].endswith("+00:00")
    assert "ValueError: invalid literal" in second["trace"]
    assert "test_logs.py" in second["trace"]
    assert stat.S_IMODE((folder / "booth.jsonl").stat().st_mode) == 0o600


def test_five_files_of_a_mebibyte_and_no_more(kept):
    folder = kept()
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, logs._Quiet))
    assert (handler.maxBytes, handler.backupCount) == (2**20, 4)
    handler.maxBytes = 4000
    for n in range(400):
        log.info("line %d of many", n)
    files = log_files(folder)
    assert len(files) == 5
    assert all(path.stat().st_size <= 4000 for path in files)
    assert entries(folder)[-1]["text"] == "line 399 of many"


def test_a_long_entry_is_cut(kept):
    folder = kept()
    log.info("a " * 100_000)
    assert len(entries(folder)[0]["text"]) < logs.MOST_LETTERS + 50


def test_nothing_of_a_person_is_written(kept):
    folder = kept()
    token = secrets.token_urlsafe(24)
    session = "2026-11-21_153012_k3f9x2"
    private = [token, session, "493817", "hunter2", "live_abc123", "visitor@example.org", Path.home().name if len(Path.home().name) > 4 else token]
    log.info("PIN 493817 was typed; pin=493817; {'pin': '493817'}; PIN is 493817")
    log.info("session deleted: %s (visitor)", f"/data/toonbooth/sessions/{session}/manifest.json")
    log.info("link http://192.168.0.7:8080/%s for %s and rtsp://admin:hunter2@10.0.0.9/stream", token, session)
    log.info("rtmp://live.example.org/app/live_abc123 · token %s · mail visitor@example.org · %s/secret", token, Path.home())
    try:
        Path(f"{Path.home()}/.local/share/toonbooth/sessions/.draft-{session}/1.png").read_bytes()
    except OSError:
        log.info("failed", exc_info=True)
    text = (folder / "booth.jsonl").read_text()
    assert [word for word in private if word in text] == []
    assert "session deleted: [session] (visitor)" in text
    assert "192.168.0.7:8080" in text


@pytest.mark.parametrize("text", [
    "camera /dev/v4l/by-id/usb-046d_HD_Pro-video-index0 is not plugged in",
    "pictures get another level of care: quick", "5 wrong PINs; the next try is possible in 30 s",
    "booth.vision.detector: 3 faces, 12.4 ms at 2026-11-21 15:30:12", "test_a_long_name_of_a_function_in_a_trace, line 12",
    "the printer's queue is paused (media-empty)", "",
])
def test_what_helps_to_find_a_fault_stays(text):
    assert clean(text) == text


@pytest.mark.parametrize(("text", "cleaned"), [
    (r"C:\Users\Mina\booth", r"C:\Users\[user]\booth"), ("/home/mina/x", "/home/[user]/x"), ("Expo 2026 of ACME", "Expo 2026 of [left out]"),
])
def test_names_of_users_and_given_secrets_go(text, cleaned):
    assert clean(text, ["ACME", ""]) == cleaned


def test_a_full_disk_costs_entries_and_nothing_else(kept, capsys):
    folder = kept()
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, logs._Quiet))

    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

        def seek(self, *_):
            pass

        def tell(self):
            return 0

    stream, handler.stream = handler.stream, Full()
    log.info("lost")
    handler.stream = stream
    log.info("there again")
    assert [e["text"] for e in entries(folder)] == ["there again"]
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_written_means_no_log(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert keep_log("booth", tmp_path / "file" / "state") is None
    assert "no log is kept" in caplog.text
    caplog.clear()


def test_the_user_s_state_folder_is_the_default(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_files() == []
    (tmp_path / "toonbooth").mkdir()
    (tmp_path / "toonbooth" / "booth.jsonl.1").write_text("")
    assert [os.path.relpath(p, tmp_path) for p in log_files()] == ["toonbooth/booth.jsonl.1"]
