"""The commands as a user types them, in processes of their own."""

import json
import logging
import os
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from booth.__main__ import main

COMMANDS = ("run", "image", "video", "strip", "bench", "doctor", "styles", "layouts")


def booth(*args, timeout=180, **env):
    """Run the command; returns (exit code, stdout, stderr)."""
    done = subprocess.run([sys.executable, "-m", "booth", *map(str, args)], capture_output=True, text=True, timeout=timeout,
                          check=False, env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **env})
    return done.returncode, done.stdout, done.stderr


def one_line(text):
    return len(text.strip().splitlines()) == 1 and "Traceback" not in text


@pytest.fixture
def own_log():
    """What a command adds to the log's ways out is taken away after it."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_help_explains_every_command():
    code, out, _ = booth("-h")
    assert code == 0
    assert all(c in out for c in COMMANDS)
    for command in COMMANDS:
        code, out, _ = booth(command, "-h")
        assert code == 0
        assert "usage: booth" in out
        assert len(out) > 150


@pytest.mark.parametrize(("args", "words"), [
    (("run", "--style", "nobody"), "no style called"),
    (("run", "--camera", "missing.mp4"), "booth doctor"),
    (("run", "--camera", "demo", "--seconds", "-1"), "more than 0"),
    (("run", "--camera", "demo", "--region", "0.5,0,0.2,1"), "four fractions"),
    (("run", "--camera", "demo", "--region", "all"), "four fractions"),
    (("run", "--camera", "demo", "--port", "99999"), "--port"),
    (("run", "--camera", "demo", "--layouts", "nowhere"), "no folder nowhere"),
    (("strip", "a.png", "b.png", "-o", "out.png"), "needs 4 photos"),
    (("strip", "a.png", "b.png", "c.png", "d.png", "-o", "out.png"), "no such file"),
    (("strip", "a.png", "-o", "out.png", "--layout", "none"), "no layout"),
    (("run", "--mix", "chibi,2"), "share 0 … 1"),
    (("run", "--styles", "nowhere"), "no folder nowhere"),
    (("video", "missing.mp4", "out.mp4"), "no such file"),
    (("image", "missing.jpg", "out.png"), "no such file"),
    (("image", "missing.jpg", "out.tiff"), "must end in"),
])
def test_wrong_use_is_one_line_and_exit_code_2(args, words, capsys, own_log):
    """Within this process; below it is the same in one of its own."""
    assert main(list(args)) == 2
    err = capsys.readouterr().err
    assert words in err
    assert one_line(err)


@pytest.mark.parametrize(("args", "words"), [(("--camera", "{}/bad.mp4"), "not a video"), (("--printer", "no such?"), "name of a print queue")])
def test_what_shows_only_when_the_booth_opens_is_one_line_and_exit_code_2(tmp_path, args, words):
    (tmp_path / "bad.mp4").write_bytes(b"rubbish" * 300)
    code, _, err = booth("run", "--seconds", "30", *(arg.format(tmp_path) for arg in args))
    assert code == 2
    assert words in err
    assert one_line(err)


def test_no_display_is_one_line(tmp_path):
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run([sys.executable, "-m", "booth", "run", "--camera", "demo"], capture_output=True, text=True, timeout=60,
                          check=False, env=env)
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert one_line(done.stderr)
    dead = subprocess.run([sys.executable, "-m", "booth", "run", "--camera", "demo"], capture_output=True, text=True, timeout=60,
                          check=False, env={**env, "DISPLAY": ":8731"})
    assert dead.returncode == 1
    assert "does not answer" in dead.stderr


def test_run_reports_what_it_measured_and_a_second_booth_is_turned_away(tmp_path):
    report = tmp_path / "r.json"
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path)}
    first = subprocess.Popen([sys.executable, "-m", "booth", "run", "--camera", "demo", "--seconds", "12", "--report", str(report)],
                             env=env, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(lambda: list(tmp_path.glob("toonbooth-*.lock")))
        code, _, second_err = booth("run", "--camera", "demo", XDG_RUNTIME_DIR=str(tmp_path))
    finally:
        _, err = first.communicate(timeout=90)
    assert code == 1
    assert "already running" in second_err
    assert one_line(second_err)
    assert first.returncode == 0
    assert err == ""
    numbers = json.loads(report.read_text())
    assert {"engine", "camera", "seconds", "frames_in", "composited", "dropped", "fps", "latency_ms", "first_frame_s", "faces_mean",
            "stages_ms", "rss_mib", "errors"} <= set(numbers)
    assert numbers["camera"] == "demo"
    assert numbers["engine"] == "cpu"
    assert numbers["errors"] == 0
    assert numbers["composited"] > 10
    assert numbers["latency_ms"]["p95"] > 0
    assert numbers["faces_mean"] > 1
    assert set(numbers["rss_mib"]) == {"start", "peak", "end"}


def _wait_for(condition, timeout=30):
    import threading
    import time
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return found


def test_image_draws_every_face(tmp_path, photo):
    source, target = tmp_path / "in.jpg", tmp_path / "out.png"
    two = np.hstack([photo, np.roll(photo[:, ::-1], 0)])
    Image.fromarray(cv2.resize(two, None, fx=2, fy=2)).save(source)
    code, out, err = booth("image", source, target)
    assert (code, err) == (0, "")
    assert "2 faces" in out
    drawn = np.asarray(Image.open(target))
    assert drawn.shape == (1024, 2048, 3)
    assert np.abs(drawn.astype(int) - np.asarray(Image.open(source)).astype(int)).mean() > 8


def test_image_without_a_face_is_still_drawn(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 4), np.uint8)).save(tmp_path / "in.png")
    code, out, _ = booth("image", tmp_path / "in.png", tmp_path / "out.webp")
    assert code == 0
    assert "0 faces" in out


def test_image_of_a_broken_file(tmp_path):
    (tmp_path / "in.jpg").write_bytes(b"no picture")
    code, _, err = booth("image", tmp_path / "in.jpg", tmp_path / "out.png")
    assert code == 2
    assert one_line(err)
    assert not (tmp_path / "out.png").exists()


def test_doctor_prints_a_table_and_json():
    code, out, err = booth("doctor")
    assert err == ""
    assert all(name in out for name in ("networks", "camera", "screen", "gpu", "microphone", "disk"))
    code, out, _ = booth("doctor", "--json")
    checks = json.loads(out)
    assert {c["state"] for c in checks} <= {"ok", "note", "fault"}
    assert code == (1 if any(c["state"] == "fault" for c in checks) else 0)
    assert all(c["remedy"] for c in checks if c["state"] != "ok")


def test_styles_are_listed_in_three_languages():
    code, out, _ = booth("styles")
    assert code == 0
    assert "romance" in out
    assert "로맨스" in out


def test_bench_writes_numbers(tmp_path):
    code, out, err = booth("bench", "--quick", "--json", tmp_path / "b.json", timeout=300)
    assert code == 0, err
    numbers = json.loads((tmp_path / "b.json").read_text())
    assert numbers["live_1080p_4_faces"]["fps"] > 0
    wanted = {"machine", "engine", "live_1080p_4_faces", "live_480p_2_faces", "still_1080p_ms", "clip_1min_1080p_s", "face_ms",
              "yardstick_face_ms", "yardstick_ratio", "first_frame_s", "rss_mib", "stages_ms", "floors_ms"}
    assert wanted <= set(numbers)
    assert "pictures/s" in out
