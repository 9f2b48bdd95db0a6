import math
import socket
import threading

import pytest

from booth.errors import UsageError
from booth.house.heart import AFTER, HEART, LATE_S, Heart, Pulse, Watch, sd_notify


@pytest.fixture
def pulse(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    pulse = Pulse(tmp_path / "heart")
    monkeypatch.setenv(HEART, str(pulse.path))
    yield pulse
    pulse.close()
    assert not pulse.path.exists()


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def heard(listener):
    """Everything that was said until now."""
    listener.setblocking(False)
    said = []
    try:
        while True:
            said.append(listener.recv(500).decode())
    except BlockingIOError:
        return said


def test_beats_of_every_thread_arrive(pulse):
    heart = Heart()
    assert pulse.read() == {}
    threads = [threading.Thread(target=lambda part=part: [heart.beat(part) for _ in range(500)]) for part in ("windows", "drawing", "seeing")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heart.rest("seeing")
    beats = pulse.read()
    assert {part: beat.count for part, beat in beats.items()} == {"windows": 500, "drawing": 500, "seeing": 501}
    assert beats["windows"].patience_s == LATE_S
    assert beats["seeing"].patience_s == math.inf
    heart.close()
    heart.beat("windows")
    assert pulse.read()["windows"].count == 500


def test_without_a_supervisor_a_heart_beats_for_itself(monkeypatch):
    monkeypatch.delenv(HEART, raising=False)
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv(AFTER, "crashed: exit code 1")
    heart = Heart()
    heart.beat("windows")
    heart.close()
    assert heart.after == "crashed: exit code 1"


def test_wrong_parts_and_files_are_said(pulse, tmp_path):
    heart = Heart()
    for part in ("", "a" * 17, "창"):
        with pytest.raises(UsageError, match="16 ASCII"):
            heart.beat(part)
    for n in range(8):
        heart.beat(f"part {n}")
    with pytest.raises(UsageError, match="8 parts"):
        heart.beat("one more")
    heart.close()
    (tmp_path / "short").write_bytes(b"x")
    for path in (tmp_path / "short", tmp_path / "missing"):
        with pytest.raises(UsageError, match="signs of life"):
            Heart(path)


@pytest.fixture
def watch():
    return Watch(("windows", "drawing"), start_s=15, longest_start_s=90, late_s=5, now=100.0)


def look(watch, pulse, until, now):
    """Look every second to ``until``; the first words, or None."""
    while now < until:
        now += 1
        words = watch.hung(pulse.read(), now)
        if words:
            return words, now
    return None, now


def test_a_part_that_falls_silent_hangs_after_five_seconds(pulse, watch):
    heart = Heart()
    heart.beat("windows")
    assert watch.hung(pulse.read(), 100.5) is None
    assert not watch.up
    heart.beat("drawing")
    assert watch.hung(pulse.read(), 101) is None
    assert watch.up
    for now in range(102, 120):
        heart.beat("windows")
        words = watch.hung(pulse.read(), now)
        if words:
            break
    assert (words, now) == ("no sign of life from its drawing for 5 s", 107)
    heart.close()


def test_a_part_that_never_comes_hangs_after_the_start_time(pulse, watch):
    heart = Heart()
    heart.beat("windows", patience_s=60)
    words, now = look(watch, pulse, 130, 100.0)
    assert words == "no sign of life from its drawing 16 s after its start"
    assert now == 116
    heart.close()


def test_a_start_that_works_may_take_long_but_not_for_ever(watch):
    assert [watch.hung({}, now, work_s=0.05 * now) for now in range(101, 191)] == [None] * 90
    assert "91 s after its start" in watch.hung({}, 191, work_s=10)


def test_a_start_that_stops_working_hangs(watch):
    assert [watch.hung({}, now, work_s=now) for now in range(101, 121)] == [None] * 20
    assert look(watch, type("Silent", (), {"read": lambda self: {}})(), 150, 120.0)[1] == 136


def test_patience_and_rest_put_off_the_verdict(pulse, watch):
    heart = Heart()
    heart.beat("windows", patience_s=20)
    heart.rest("drawing")
    assert look(watch, pulse, 120, 100.0) == (None, 120.0)
    assert look(watch, pulse, 130, 120.0) == ("no sign of life from its windows for 20 s", 122.0)
    heart.close()


def test_a_supervisor_that_was_held_up_blames_nobody(pulse, watch):
    heart = Heart()
    heart.beat("windows")
    heart.beat("drawing")
    assert watch.hung(pulse.read(), 101) is None
    assert watch.hung(pulse.read(), 400) is None                  # the machine slept, or we did
    assert look(watch, pulse, 410, 400.0)[0] == "no sign of life from its windows for 5 s"
    heart.close()


def test_systemd_hears_from_us(systemd, monkeypatch):
    assert sd_notify("READY=1")
    assert systemd.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    assert not sd_notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not sd_notify("READY=1")


def test_an_abstract_address_is_understood(monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0toonbooth-test-notify")
        listener.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", "@toonbooth-test-notify")
        assert sd_notify("STATUS=창")
        assert listener.recv(100).decode() == "STATUS=창"


def test_without_a_supervisor_systemd_hears_only_while_all_parts_live(systemd, monkeypatch):
    now = [10.0]
    monkeypatch.delenv(HEART, raising=False)
    monkeypatch.setattr("booth.house.heart.time.monotonic", lambda: now[0])
    heart = Heart()
    for _ in range(3):
        heart.beat("windows")
        heart.beat("drawing")
    assert heard(systemd) == ["READY=1\nWATCHDOG=1"]               # once a second is enough
    for _ in range(20):
        now[0] += 1
        heart.beat("windows")                                      # the drawing hangs
    assert len(heard(systemd)) == 4
    heart.beat("drawing")
    assert len(heard(systemd)) == 1
    heart.close()
