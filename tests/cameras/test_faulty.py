"""Cameras that fail, and what watches them: each fault is seen by how fresh pictures are, and passes with the fault."""

import io
import threading
import time

import av
import cv2
import numpy as np
import pytest

from booth.cameras import watched as module
from booth.cameras.faulty import FaultyCamera, faulty_camera
from booth.cameras.pace import Pace
from booth.cameras.watched import Watched, torn, watched
from booth.errors import CameraLost, UsageError
from booth.faults import SLOW_S, Faults, Spell, parse_faults
from booth.settings import DemoCamera, DeviceCamera


class Counting:
    """A camera whose n-th picture is of brightness 60 + n, with fine stripes, 100 a second."""

    def __init__(self):
        self.number = 0
        self.is_open = False
        self._pace = Pace()

    def describe(self):
        return "camera X"

    def open(self):
        self.is_open = True

    def read(self):
        assert self.is_open
        self.number += 1
        self._pace.wait(self.number / 100)
        picture = np.full((96, 160, 3), 60 + self.number % 150, np.uint8)
        picture[:, 1::2] += 1
        return picture

    def close(self):
        self.is_open = False


@pytest.fixture
def quick(monkeypatch):
    for name, seconds in (("GONE_S", 0.3), ("OPEN_S", 0.5), ("FIRST_S", 0.4), ("BLACK_S", 0.2), ("LOOK_S", 0.02), ("END_S", 0.1)):
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def rig(quick):
    """Faults, and a watched camera that has them; all threads are let go at the end."""
    faults = Faults()
    camera = Watched(lambda: FaultyCamera(Counting(), faults))
    yield faults, camera
    faults.give("camera", None)
    camera.close()


def read_on(camera, take=lambda picture: None):
    while True:
        take(camera.read())


def again(camera, seconds=5.0):
    """As the booth does: let go and open anew until a picture comes."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            camera.close()
            camera.open()
            return camera.read()
        except CameraLost:
            assert time.monotonic() < deadline


def test_what_the_command_line_may_say():
    faults = parse_faults(["camera=unplug@20+5,disk=full@60", "engine=fail@1+2/10"])
    assert faults._spells == (Spell("camera", "unplug", 20, 5), Spell("disk", "full", 60), Spell("engine", "fail", 1, 2, 10))
    assert [faults._spells[2].on(t) for t in (0, 1, 2.9, 3, 10.9, 11, 12.9, 13)] == [False, True, True, False, False, True, True, False]
    assert [faults._spells[0].on(t) for t in (19.9, 20, 24.9, 25)] == [False, True, True, False]
    assert faults._spells[1].on(1e9)
    for wrong, words in (("camera", "PART=KIND"), ("camera=unplug@x", "PART=KIND"), ("lamp=off", "nothing called"), ("camera=fire", "can have"),
                         ("camera=freeze@1+5/3", "shorter than"), ("camera=freeze+0/3", "longer than 0"), ("", "PART=KIND")):
        with pytest.raises(UsageError, match=words):
            parse_faults([wrong])


def test_a_plan_goes_by_its_clock_and_what_is_given_outranks_it(tmp_path, monkeypatch):
    now = [100.0]
    faults = Faults([Spell("camera", "black", 2, 3), Spell("disk", "full", 4, 1)], lambda: now[0])
    assert faults.now("camera") is None
    now[0] = 104.5
    assert faults.now("camera") == "black"
    assert faults.free_bytes(tmp_path) == 0
    assert faults
    assert not Faults()
    monkeypatch.setattr("booth.faults.time.sleep", lambda seconds: now.append(seconds))
    faults.give("disk", "slow")
    assert faults.free_bytes(tmp_path) > 0
    assert now[1:] == [SLOW_S]
    faults.give("camera", "slow")
    faults.give("disk", None)
    assert faults.now("camera") == "slow"
    assert faults.free_bytes(tmp_path) > 0
    with pytest.raises(UsageError):
        faults.give("camera", "fire")


def test_pictures_come_and_the_camera_is_closed(rig):
    _, camera = rig
    camera.open()
    levels = [int(camera.read()[0, 0, 0]) for _ in range(5)]
    assert levels == sorted(set(levels))
    inner = camera._reader._camera._camera
    camera.close()
    assert not inner.is_open


@pytest.mark.parametrize(("kind", "words"), [("freeze", "sends no pictures"), ("repeat", "the same picture again"), ("unplug", "unplugged"),
                                             ("move", "unplugged")])
def test_a_dead_camera_is_noticed_and_opened_anew(rig, kind, words):
    faults, camera = rig
    camera.open()
    camera.read()
    faults.give("camera", kind)
    with pytest.raises(CameraLost, match=words):
        read_on(camera)
    if kind != "move":                                              # there it is found again while the fault lasts
        faults.give("camera", None)
    assert again(camera).mean() > 50


def test_the_same_picture_is_no_picture_also_after_opening_anew(rig):
    faults, camera = rig
    camera.open()
    last = camera.read()
    shared = FaultyCamera(Counting(), faults)
    camera._make = lambda: shared                                   # a device that goes on with the picture it had
    shared._last = last
    faults.give("camera", "repeat")
    camera.close()
    camera.open()
    with pytest.raises(CameraLost, match="same picture"):
        camera.read()


def test_black_pictures_are_handed_on_told_and_one_new_start_is_tried(rig):
    faults, camera = rig
    camera.open()
    camera.read()
    faults.give("camera", "black")
    with pytest.raises(CameraLost, match="black"):
        read_on(camera)
    camera.close()
    camera.open()
    assert [camera.read().max() for _ in range(50)] == [0] * 50     # half a second: the hall is dark, no second start
    assert "switch the lights on" in camera.trouble
    faults.give("camera", None)
    while camera.read().max() == 0:
        pass
    assert camera.trouble is None


def test_torn_pictures_are_held_back_and_told(rig):
    faults, camera = rig
    camera.open()
    camera.read()
    faults.give("camera", "garbage")
    seen = []
    with pytest.raises(CameraLost, match="broken pictures"):
        read_on(camera, seen.append)
    assert not any(torn(picture) for picture in seen)
    faults.give("camera", None)
    assert not torn(again(camera))


def test_what_is_torn_and_what_is_only_strange(photo):
    cut = cv2.imencode(".jpg", photo[..., ::-1])[1].tobytes()
    with av.open(io.BytesIO(cut[:len(cut) * 2 // 3]), format="mjpeg") as file:      # as a webcam's, when its cable is bad
        late = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(late[:200].astype(int) - photo[:200]).mean() < 10
    noisy = (photo + np.random.default_rng(0).normal(0, 30, photo.shape)).clip(0, 255).astype(np.uint8)
    barred, half = photo.copy(), photo.copy()
    barred[-100:] = 0
    half[-100:] = 128
    assert [torn(picture) for picture in (photo, noisy, barred, photo[::3, ::3], np.zeros_like(photo), np.full_like(photo, 255))] == [False] * 6
    assert [torn(picture) for picture in (late, half, None, photo[..., 0], photo[:8])] == [True] * 5


def test_small_and_slow_pictures_are_pictures(rig):
    faults, camera = rig
    camera.open()
    camera.read()
    faults.give("camera", "small")
    while camera.read().shape != (480, 640, 3):
        pass


class Wrong(Counting):
    def read(self):
        super().read()
        return (None, np.zeros((4, 4)), np.zeros((96, 160, 3)), np.zeros((2, 2, 3), np.uint8))[self.number % 4]


def test_what_is_no_picture_counts_as_nothing(quick):
    camera = Watched(Wrong)
    camera.open()
    with pytest.raises(CameraLost, match="broken pictures"):
        camera.read()
    camera.close()


class Stuck(Counting):
    """Hangs in the driver."""

    release = threading.Event()

    def open(self):
        super().open()
        self.release.wait()


def test_a_driver_that_hangs_holds_up_nobody_and_not_ever_more_threads(quick):
    Stuck.release.clear()
    camera = Watched(Stuck)
    try:
        for _ in range(module.MOST_LEFT):
            with pytest.raises(CameraLost, match="does not open"):
                camera.open()
            camera.close()
        with pytest.raises(CameraLost, match="does not answer at all"):
            camera.open()
        camera.close()
    finally:
        Stuck.release.set()
    assert again(camera).mean() > 50
    camera.close()


def test_devices_are_watched_and_files_are_not():
    make = faulty_camera(lambda _: Counting(), Faults())
    assert isinstance(watched(make, DeviceCamera(device="x")), Watched)
    assert isinstance(watched(make, DemoCamera()), FaultyCamera)
