"""The virtual camera: found, written to, lost, busy. There is no loopback module here, so a file takes the device's place."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from booth.errors import UsageError
from booth.settings import VirtualSettings
from booth.sinks import virtual as module
from booth.sinks.programme import planes_of
from booth.sinks.virtual import VirtualCamera, loopbacks
from tests.sinks.programmes import HEIGHT, WIDTH, plain, until, working


@pytest.fixture
def machine(tmp_path):
    """A webcam as video0, a loopback as video2 and one as video10, as the kernel lists them."""
    for name, label, loopback in (("video0", "BRIO", False), ("video10", "second", True), ("video2", "Toonbooth", True)):
        folder = tmp_path / "sys" / name
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{label}\n")
        if loopback:
            (folder / "max_openers").write_text("10\n")
    (tmp_path / "dev").mkdir()
    return tmp_path


def camera(machine, device: str = "auto", container: str = "rawvideo", **more) -> VirtualCamera:
    settings = VirtualSettings(device=device, width=WIDTH, height=HEIGHT)
    return VirtualCamera(settings, sysfs=machine / "sys", devices=machine / "dev", container=container, **more)


def written(path) -> np.ndarray:
    """(N, HEIGHT · 3/2, WIDTH): all whole pictures."""
    size = WIDTH * HEIGHT * 3 // 2
    data = np.frombuffer(path.read_bytes(), np.uint8)
    return data[:len(data) // size * size].reshape(-1, HEIGHT * 3 // 2, WIDTH)


def test_what_is_drawn_comes_out_of_the_device_and_not_faster_than_it_takes(machine):
    rng = np.random.default_rng(1)
    shown = [rng.integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(5)]
    virtual = camera(machine)
    with working(virtual):
        begin = time.monotonic()
        for n, image in enumerate(shown):
            virtual.show(image, begin + n / 30)
            virtual.show(plain(7), begin + n / 30 + 0.002)
            until(lambda: virtual.waiting == 0)
        until(lambda: virtual.state == "live")
    assert virtual.state == "off"
    assert np.array_equal(written(machine / "dev" / "video2"), np.stack([planes_of(image, WIDTH, HEIGHT) for image in shown]))


def test_a_picture_that_stands_still_is_given_again_until_it_is_too_old(machine, monkeypatch):
    monkeypatch.setattr(module, "STILL_S", 0.0)
    now = [time.monotonic()]
    virtual = camera(machine, "video10", clock=lambda: now[0])
    with working(virtual):
        virtual.show(plain(90), now[0])
        until(lambda: (machine / "dev" / "video10").exists() and len(written(machine / "dev" / "video10")) > 2)
        now[0] += 11
        until(lambda: virtual.state == "off")
        before = len(written(machine / "dev" / "video10"))
        time.sleep(0.15)
        assert len(written(machine / "dev" / "video10")) == before
        virtual.show(plain(90), now[0])
        until(lambda: virtual.state == "live")


@pytest.mark.parametrize(("device", "words"), [("/dev/video0", "real camera"), ("/dev/video7", "no /dev/video7"), ("Nobody", "no Nobody")])
def test_what_is_no_loopback_is_never_written_to_and_said_in_one_line(machine, device, words):
    virtual = camera(machine, device)
    with working(virtual):
        until(lambda: virtual.state == "waiting")
        assert words in virtual.fault
        assert "video2 (Toonbooth)" in virtual.fault
        assert "\n" not in virtual.fault
    assert not list((machine / "dev").iterdir())


def test_it_goes_on_by_itself_when_the_module_is_loaded(machine):
    aside = (machine / "sys").rename(machine / "aside")
    virtual = camera(machine, "Toonbooth")
    with working(virtual):
        until(lambda: virtual.state == "waiting")
        assert "sudo modprobe v4l2loopback exclusive_caps=1" in virtual.fault
        aside.rename(machine / "sys")
        feed(virtual, lambda: virtual.state == "live")
        assert virtual.fault is None
    assert len(written(machine / "dev" / "video2"))


def test_a_device_that_refuses_is_a_fault_in_plain_words_and_tried_again(machine):
    (machine / "dev" / "video2").write_bytes(b"")                # FFmpeg's own writer for devices: this is none
    virtual = camera(machine, container="v4l2")
    with working(virtual) as worker:
        feed(virtual, lambda: worker.faults > 1)
        assert "video2 takes no picture" in virtual.fault
    assert worker.error is None


def test_the_kernels_list_in_order(machine):
    assert loopbacks(machine / "sys") == {"video2": "Toonbooth", "video10": "second"}
    assert loopbacks(machine / "nowhere") == {}


def test_where_there_is_none_that_is_said(machine, monkeypatch):
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(UsageError, match="no virtual camera"):
        camera(machine)


def feed(virtual: VirtualCamera, there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not there():
        assert time.monotonic() < deadline, virtual.fault
        virtual.show(plain(90), time.monotonic())
        time.sleep(1 / 30)
