import os
import stat

import pytest

from booth.errors import UsageError
from booth.house import pin as module
from booth.house.pin import Pin


class Clock:
    def __init__(self):
        self.wall, self.ticks = 1_800_000_000.0, 50.0

    def pass_(self, seconds):
        self.wall += seconds
        self.ticks += seconds


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(module, "COST", 2**8)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    return lambda: Pin(tmp_path / "house" / "pin.json", lambda: clock.wall, lambda: clock.ticks)


def wrong(pin, times):
    return [pin.check("0000") for _ in range(times)]


def test_there_is_no_default(make):
    pin = make()
    assert not pin.is_set
    assert pin.wait_s == 0
    for guess in ("", "0000", "1234"):
        with pytest.raises(UsageError, match="no PIN is set"):
            pin.check(guess)


@pytest.mark.parametrize("bad", ["", "123", "1" * 13, "12a4", "12 4", "-1234", "١٢٣٤", "²³²³"])
def test_only_four_to_twelve_digits(make, bad):
    with pytest.raises(UsageError, match="4 to 12 digits"):
        make().set(bad)
    assert not make().is_set


def test_the_pin_is_known_again_after_a_restart_and_nothing_else_is(make):
    make().set("493817")
    pin = make()
    assert pin.is_set
    assert pin.check("493817")
    assert not any(pin.check(guess) for guess in ("493818", "", "4938170", "4" * 5000))


def test_the_file_holds_no_pin_and_is_for_one_user(make, tmp_path, caplog):
    caplog.set_level("DEBUG")
    pin = make()
    pin.set("493817")
    pin.check("493817")
    pin.check("550011")
    path = tmp_path / "house" / "pin.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert all(secret not in path.read_text() + caplog.text for secret in ("493817", "550011"))
    first = path.read_text()
    pin.set("493817", old="493817")
    assert path.read_text() != first                               # another salt


def test_another_pin_needs_the_present_one(make):
    pin = make()
    pin.set("1111")
    for old in (None, "2222"):
        with pytest.raises(UsageError, match="present PIN"):
            pin.set("3333", old)
    pin.set("3333", "1111")
    assert pin.check("3333")
    assert not pin.check("1111")


def test_after_five_wrong_ones_even_the_right_one_waits_and_longer_each_time(make, clock):
    make().set("4938")
    pin = make()
    assert wrong(pin, 5) == [False] * 5
    assert pin.wait_s == 30
    assert not pin.check("4938")
    clock.pass_(29.5)
    assert not make().check("4938")                                # a restart does not help
    assert pin.wait_s == pytest.approx(0.5)
    clock.pass_(1)
    wrong(pin, 1)
    assert pin.wait_s == 60
    clock.pass_(61)
    assert pin.check("4938")
    assert pin.wait_s == 0
    assert wrong(pin, 4) == [False] * 4                            # begun anew
    assert pin.wait_s == 0


def test_asking_while_waiting_does_not_lengthen_the_wait(make, clock):
    pin = make()
    pin.set("4938")
    wrong(pin, 40)
    assert pin.wait_s == 30
    clock.pass_(31)
    assert pin.check("4938")


def test_the_wait_has_an_end_however_many_tries(make, clock):
    pin = make()
    pin.set("4938")
    for _ in range(30):
        wrong(pin, 1)
        clock.pass_(pin.wait_s)
    wrong(pin, 1)
    assert pin.wait_s == module.LONGEST_WAIT_S


def test_a_clock_set_back_does_not_lock_the_operator_out(make, clock):
    pin = make()
    pin.set("4938")
    wrong(pin, 5)
    clock.wall -= 86_400
    assert make().wait_s == 30
    clock.pass_(31)
    assert pin.check("4938")


@pytest.mark.parametrize("content", [b"", b"{}", b"rubbish", b'{"n": 1, "salt": "00", "digest": "00"}'])
def test_a_damaged_file_lets_nobody_in_and_sets_nothing(make, tmp_path, content):
    make().set("4938")
    (tmp_path / "house" / "pin.json").write_bytes(content)
    pin = make()
    assert pin.is_set
    with pytest.raises(UsageError, match="damaged"):
        pin.check("4938")
    with pytest.raises(UsageError, match="present PIN"):
        pin.set("9999")


def test_wrong_tries_count_while_the_disk_is_full(make, monkeypatch, caplog):
    pin = make()
    pin.set("4938")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    wrong(pin, 5)
    assert pin.wait_s > 0
    assert not pin.check("4938")
    assert "No space left" in caplog.text
    with pytest.raises(UsageError, match="cannot be written"):
        Pin(pin._path.with_name("new.json")).set("1234")
    caplog.clear()
