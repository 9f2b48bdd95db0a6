"""Recordings: on the clock, cut where they should be, readable after anything, and first to go when the disk is full."""

from __future__ import annotations

import fcntl
import os
import random
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError

from booth.errors import StorageFull, UsageError
from booth.sinks.fragments import OPEN, fragment_ends
from booth.sinks.outlet import Feed
from booth.sinks.programme import planes_of
from booth.sinks.recorder import Recorder, RecordSettings
from booth.sinks.recording import BAD, recordings, repair
from booth.sinks.ring import Ring, protect
from tests.sinks.programmes import BEGIN, DAY, clicks, flashes, pictures, plain, recording, until, working

KILLS = int(os.environ.get("TOONBOOTH_KILLS", "6"))


def blocks(until_s: float, ppm: float = 0.0, jitter_s: float = 0.0):
    """(samples, at) of a card ``ppm`` too fast; a click at each half second past a whole one."""
    rng = np.random.default_rng(3)
    rate = 48_000 * (1 + ppm / 1e6)
    sound = np.zeros(int(until_s * rate), np.float32)
    for second in range(int(until_s)):
        first = int((second + 0.5) * rate)
        sound[first:first + 96] = 0.9
    for first in range(0, len(sound), 960):
        yield sound[first:first + 960], BEGIN + first / rate + rng.uniform(0, jitter_s)


def film(show, seconds: float, rate: float = 30.0, sound=None) -> None:
    """Flashes for a tenth of a second at each half second past a whole one."""
    coming = iter(sound or ())
    block = next(coming, None)
    for n in range(int(seconds * rate)):
        at = BEGIN + n / rate
        while block is not None and block[1] <= at:
            show.recorder.hear(*block)
            block = next(coming, None)
        show.show(plain(220 if 0.5 - 1e-6 <= (n / rate) % 1 < 0.6 else 20), at)


@pytest.mark.parametrize("rate", [30.0, 12.0, 50.0])
def test_thirty_pictures_a_second_whatever_comes(tmp_path, rate):
    with recording(tmp_path, sound=False) as show:
        film(show, 4, rate)
    (kept,) = recordings(tmp_path)
    assert kept.path.name.endswith(".mp4")
    assert not kept.path.name.endswith(OPEN)
    assert kept.seconds == pytest.approx(4, abs=0.1)
    assert kept.started == pytest.approx(DAY + BEGIN, abs=0.01)
    assert pictures(kept.path) == round(kept.seconds * 30)
    assert flashes(kept.path) == pytest.approx([0.5, 1.5, 2.5, 3.5], abs=1 / rate + 0.02)


@pytest.mark.parametrize("ppm", [200, -200])
def test_sound_and_picture_stay_together_over_files(tmp_path, ppm):
    with recording(tmp_path, minutes=0.1) as show:
        film(show, 14, sound=blocks(14, ppm, jitter_s=0.008))
    kept = recordings(tmp_path)
    assert [round(one.seconds) for one in kept] == [6, 6, 2]
    for one in kept:
        seen, heard = flashes(one.path), clicks(one.path)
        assert len(seen) == round(one.seconds)
        assert heard == pytest.approx(seen, abs=0.020)


def test_without_a_microphone_there_is_silence_as_long_as_the_picture(tmp_path):
    with recording(tmp_path) as show:
        film(show, 3)
    (kept,) = recordings(tmp_path)
    with av.open(str(kept.path)) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert not samples.any()
    assert len(samples) / 48_000 == pytest.approx(kept.seconds, abs=0.05)


def test_a_camera_that_is_gone_stands_still_and_then_ends_the_recording(tmp_path):
    with recording(tmp_path, sound=False) as show:
        film(show, 2)
        until(lambda: show.recorder.waiting == 0)
        show.now = BEGIN + 10.0
        until(lambda: show.recorder.seconds > 9)
        show.now = BEGIN + 100.0
        until(lambda: len(list(tmp_path.glob(f"*{OPEN}"))) == 0)
        show.show(plain(90), BEGIN + 101.0)
        show.show(plain(90), BEGIN + 103.0)
    first, second = recordings(tmp_path)
    assert first.seconds == pytest.approx(9.5, abs=0.1)
    assert second.started == pytest.approx(DAY + BEGIN + 101, abs=0.01)


CHILD = """
import os, random, sys, time
from pathlib import Path
from tests.sinks.programmes import *
random.seed({seed})
for number in range({count}):
    folder = Path({folder!r}) / str(number)
    folder.mkdir()
    child = os.fork()
    if child == 0:
        fed = os.open(folder / "fed", os.O_WRONLY | os.O_CREAT)
        with recording(folder, minutes=0.2, sound=True) as show:
            for tick in range(10**9):
                at = BEGIN + tick / 30
                if number % 2:
                    show.recorder.hear(np.zeros(1600, np.float32), at)
                show.show(plain(tick % 200), at)
                os.pwrite(fed, str(tick).encode(), 0)
    while not (folder / "fed").exists() or not (folder / "fed").stat().st_size:
        time.sleep(0.005)
    time.sleep(random.uniform(0.0, 0.5))
    os.kill(child, 9)
    os.waitpid(child, 0)
"""


def test_killed_at_random_moments_each_file_plays_and_two_seconds_at_most_are_lost(tmp_path):
    code = CHILD.format(seed=random.randrange(10**6), count=KILLS, folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20 + 3 * KILLS, env={**os.environ, "OMP_NUM_THREADS": "1"})
    lost = []
    for number in range(KILLS):
        folder = tmp_path / str(number)
        fed_s = (int((folder / "fed").read_text()) + 1) / 30
        for path in folder.glob(f"*{OPEN}"):
            if path.stat().st_size:
                assert pictures(path) > 0                       # plays as it is
        mended = repair(folder)
        assert not mended.unreadable
        assert not list(folder.glob(f"*{OPEN}"))
        kept = recordings(folder)
        for one in kept:
            assert pictures(one.path) == round(one.seconds * 30)
        lost.append(fed_s - sum(one.seconds for one in kept))
    assert max(lost) <= 2.0, lost


@pytest.fixture
def left_open(tmp_path, monkeypatch) -> Path:
    """A recording as a killed booth leaves it: 4 s long."""
    monkeypatch.setattr("booth.sinks.recorder.finish", lambda path: None)
    with recording(tmp_path, sound=True) as show:
        film(show, 4, sound=blocks(4))
    (path,) = tmp_path.glob(f"*{OPEN}")
    return path


def test_repair_finishes_what_was_left(left_open):
    before = pictures(left_open)
    mended = repair(left_open.parent)
    assert mended.finished == (left_open.with_name(left_open.name.replace(OPEN, ".mp4")),)
    assert not left_open.exists()
    assert pictures(mended.finished[0]) == before
    assert mended.finished[0].read_bytes()[4:8] == b"ftyp"
    assert mended.finished[0].read_bytes().index(b"moov") < mended.finished[0].read_bytes().index(b"mdat")
    assert clicks(mended.finished[0]) == pytest.approx(flashes(mended.finished[0]), abs=0.02)
    assert repair(left_open.parent).finished == ()


@pytest.mark.parametrize("damage", ["cut", "zeros", "zeros inside"])
def test_repair_saves_what_is_whole_after_a_power_cut(left_open, damage):
    data = bytearray(left_open.read_bytes())
    last = fragment_ends(left_open)[-2]
    if damage == "cut":
        del data[last + (len(data) - last) // 2:]
    else:
        data[last + (0 if damage == "zeros" else 700):] = bytes(len(data) - last - (0 if damage == "zeros" else 700))
    left_open.write_bytes(data)
    (done,) = repair(left_open.parent).finished
    assert pictures(done) >= 60


def test_what_cannot_be_read_is_kept_and_what_is_empty_is_not(tmp_path):
    (tmp_path / f"2026-11-21_100000{OPEN}").write_bytes(b"")
    box = (64).to_bytes(4, "big")
    (tmp_path / f"2026-11-21_100001{OPEN}").write_bytes(box + b"moof" + bytes(56) + box + b"mdat" + bytes(56))
    mended = repair(tmp_path)
    assert mended.empty == 1
    assert [path.name for path in mended.unreadable] == [f"2026-11-21_100001{BAD}"] == [path.name for path in tmp_path.iterdir()]
    assert recordings(tmp_path) == []


def test_repair_leaves_alone_what_is_being_written(left_open):
    with left_open.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert repair(left_open.parent).finished == ()
    assert left_open.exists()


def test_the_oldest_goes_when_the_folder_is_full_and_the_protected_stays(tmp_path):
    paths = [tmp_path / f"2026-11-21_10000{n}.mp4" for n in range(5)]
    for path in paths:
        path.write_bytes(bytes(1000))
    (tmp_path / "notes.txt").write_bytes(bytes(5000))
    protect(paths[0])
    Ring(tmp_path, 3500, 0).make_room()
    assert [path.exists() for path in paths] == [True, False, False, True, True]
    assert (tmp_path / "notes.txt").exists()
    with pytest.raises(StorageFull, match="protected"):
        Ring(tmp_path, 500, 0).make_room()
    assert [path.exists() for path in paths] == [True, False, False, False, False]


def test_a_full_disk_stops_the_recording_and_room_starts_it_again(tmp_path):
    free = [10**9]
    ring = Ring(tmp_path, 10**9, 10**8, lambda path: free[0])
    with recording(tmp_path, ring=ring, sound=False) as show:
        film(show, 2)
        until(lambda: show.recorder.waiting == 0)
        free[0] = 10**7
        for tick in range(200):
            show.now = at = BEGIN + 2 + tick / 30
            show.recorder.show(plain(50), at)
            if show.recorder.fault:
                break
            until(lambda: show.recorder.waiting == 0 or show.recorder.fault)
        assert "full" in show.recorder.fault
        assert "make room" in show.recorder.fault
        free[0] = 10**9
        until(lambda: show.recorder.fault is None)
        before = show.recorder.seconds
        for tick in range(60):
            show.show(plain(60), BEGIN + 20 + tick / 30)
        until(lambda: show.recorder.seconds > before + 1)
    repair(tmp_path)
    assert len(recordings(tmp_path)) == 2


FULL = """
import resource, sys
from tests.sinks.programmes import *
with recording(Path(sys.argv[1]), sound=False) as show:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    for tick in range(10**6):
        if show.recorder.fault:
            break
        show.show(np.random.default_rng(tick).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8), BEGIN + tick / 30)
    print(show.recorder.fault)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_write_that_the_system_refuses_is_a_full_disk_in_plain_words(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], check=True, timeout=60, capture_output=True, text=True)
    assert "is full; make room" in done.stdout
    assert not repair(tmp_path).unreadable
    assert recordings(tmp_path)
    for one in recordings(tmp_path):
        assert pictures(one.path) > 0


def test_who_shows_a_picture_never_waits_and_what_is_lost_is_counted():
    feed = Feed(pictures=3, sound_s=0.1)
    for n in range(10):
        feed.show(plain(n), n / 30)
        feed.hear(np.zeros(1600, np.float32), n / 30)
    assert feed.dropped == 7
    assert feed.lost_sound_s == pytest.approx(7 * 1600 / 48_000)
    shown, sound = feed.take(0)
    assert shown.image[0, 0, 0] == 0
    assert len(sound) == 3


def test_two_recordings_that_begin_in_the_same_second_have_two_names(tmp_path):
    for _ in range(2):
        with recording(tmp_path, sound=False) as show:
            film(show, 1)
    assert len(recordings(tmp_path)) == 2


def test_a_folder_that_cannot_be_written_is_a_fault_in_plain_words(tmp_path):
    (tmp_path / "file").write_text("")
    recorder = Recorder(RecordSettings(folder=tmp_path / "file" / "recordings"))
    with working(recorder):
        until(lambda: recorder.fault is not None)
    assert "cannot be written" in recorder.fault


@pytest.mark.parametrize("shape", [(96, 160, 3), (1080, 1920, 3), (300, 100, 3), (3, 500, 3)])
def test_any_picture_fits(shape):
    planes = planes_of(np.full(shape, 255, np.uint8), 160, 96)
    assert planes.shape == (144, 160)
    assert planes[47:49, 80].max() > 200


@pytest.mark.parametrize("image", [np.zeros((96, 160), np.uint8), np.zeros((96, 160, 3), np.float32), np.zeros((0, 160, 3), np.uint8)])
def test_what_is_no_picture_is_refused_in_one_line(image):
    with pytest.raises(UsageError, match="picture to record"):
        Feed().show(image, 0.0)
    with pytest.raises(UsageError, match="seconds"):
        Feed().hear(np.zeros(5, np.float32), float("nan"))


def test_settings_and_labels_are_bounded(tmp_path):
    with pytest.raises(ValidationError):
        RecordSettings(folder=tmp_path, width=1921)
    with pytest.raises(UsageError, match="label"):
        Recorder(RecordSettings(folder=tmp_path), label="../x")


def test_a_recording_that_is_just_being_finished_is_listed_once(tmp_path):
    with recording(tmp_path, sound=False) as show:
        film(show, 2)
    (one,) = recordings(tmp_path)
    os.link(one.path, one.path.with_name(one.path.name.replace(".mp4", OPEN)))
    assert [again.path for again in recordings(tmp_path)] == [one.path]
    assert recordings(tmp_path, "camera") == []


def test_the_camera_has_files_of_its_own(tmp_path):
    with recording(tmp_path, label="camera", sound=False) as show:
        film(show, 1)
    assert len(recordings(tmp_path, "camera")) == 1
    assert recordings(tmp_path) == []
