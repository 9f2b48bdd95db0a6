"""The supervisor in a process of its own, over small booths that crash, hang and leave children behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from booth.errors import UsageError
from booth.house.supervise import Judge, Rules, Verdict, booth_command, supervise

QUICK = "Rules(late_s=0.6, start_s=5, grace_s=0.3, stop_s=3, pause_s=0.02, longest_pause_s=0.05)"
BOOTH = """
import os, signal, subprocess, sys, time
from booth.house.heart import Heart
with open(os.environ["LIVES"], "a") as file:
    print(os.getpid(), *sys.argv[1:], file=file)
heart = Heart()
lives = sum(1 for _ in open(os.environ["LIVES"]))
def live(seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        heart.beat("windows"); heart.beat("drawing"); time.sleep(0.02)
"""


@pytest.fixture
def keep(tmp_path):
    """Start a supervisor over a booth whose life is the code given; all processes are ended afterwards."""
    started = []
    lives = tmp_path / "lives"

    def start(code, rules=QUICK, **env):
        program = (f"import sys; from booth.house.supervise import *; "
                   f"sys.exit(supervise([sys.executable, '-c', {BOOTH + code!r}, 'run'], {rules}))")
        lives.write_text("")
        process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "LIVES": str(lives), "XDG_RUNTIME_DIR": str(tmp_path), **env},
                                   stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    start.lives = lambda: [line.split() for line in lives.read_text().splitlines()]
    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    assert not [pid for pid, *_ in start.lives() if within(3, lambda pid=pid: not alive(pid)) is False]


def alive(pid):
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def within(seconds, done):
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def ended(process, seconds=20):
    _, err = process.communicate(timeout=seconds)
    return process.returncode, err


def test_a_booth_that_is_closed_ends_it_all(keep):
    assert ended(keep("live(0.3)")) == (0, "")
    assert len(keep.lives()) == 1


def test_a_killed_booth_is_back_and_is_told_why(keep, tmp_path):
    process = keep("open(os.environ['LIVES'] + '.why', 'a').write(heart.after + '|'); live(20 if lives == 1 else 0.3)")
    assert within(10, lambda: len(keep.lives()) == 1 and (tmp_path / "lives.why").exists())
    time.sleep(0.3)                                                # it is up
    os.kill(int(keep.lives()[0][0]), signal.SIGKILL)
    code, err = ended(process)
    assert code == 0
    assert len(keep.lives()) == 2
    assert (tmp_path / "lives.why").read_text() == "|crashed: killed by SIGKILL|"
    assert "the booth crashed: killed by SIGKILL; it is started again" in err
    assert "the booth is back after" in err


@pytest.mark.parametrize(("hang", "part"), [
    ("live(0.2); time.sleep(60)", "windows"),
    ("live(0.2); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", "windows"),
    ("live(0.2)\n    while True: heart.beat('windows'); time.sleep(0.02)", "drawing"),
])
def test_a_hung_booth_is_ended_and_back(keep, hang, part):
    code, err = ended(keep(f"if lives == 1:\n    {hang}\nlive(0.3)"))
    assert code == 0
    assert len(keep.lives()) == 2
    assert f"hung: no sign of life from its {part}" in err


def test_a_hung_booth_that_ends_well_when_asked_is_back_too(keep):
    code, err = ended(keep("signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\nlive(0.3)\nif lives == 1: time.sleep(60)"))
    assert code == 0
    assert len(keep.lives()) == 2
    assert "hung" in err


def test_one_that_never_comes_up_counts_as_hung(keep):
    rules = QUICK.replace("start_s=5", "start_s=0.4").replace("pause_s=0.02", "crashes=2, pause_s=0.02", 1)
    code, err = ended(keep("time.sleep(60)", rules))
    assert code == 1
    assert "no sign of life from its windows and drawing" in err


def test_after_three_quick_crashes_safe_mode_and_after_six_the_end(keep):
    code, err = ended(keep("sys.exit(7)"))
    assert code == 1
    assert [args for _, *args in keep.lives()] == [["run"]] * 3 + [["run", "--safe"]] * 3
    last = err.strip().splitlines()[-1]
    assert "has ended 6 times within 10 minutes (the last time it crashed: exit code 7)" in last
    assert "booth doctor" in last
    assert "Traceback" not in err


def test_safe_mode_that_works_goes_on(keep):
    code, err = ended(keep("if '--safe' not in sys.argv: os.abort()\nlive(0.3)"))
    assert code == 0
    assert len(keep.lives()) == 4
    assert "in safe mode" in err


def test_a_command_that_is_wrong_from_the_start_is_not_tried_again(keep):
    assert ended(keep("sys.exit(2)")) == (2, "")
    assert len(keep.lives()) == 1


def test_wrong_use_of_a_booth_that_had_been_up_is_a_crash(keep):
    code, err = ended(keep("if lives == 2: sys.exit(2)\nlive(0.4)\nif lives == 1: sys.exit(1)"))
    assert code == 0
    assert len(keep.lives()) == 3
    assert "exit code 2" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_stops_the_supervisor_stops_the_booth(keep, number):
    process = keep("signal.signal(signal.SIGTERM, lambda *_: (open(os.environ['LIVES'], 'a').write('0 asked\\n'), os._exit(0)))\nlive()")
    assert within(10, keep.lives)
    time.sleep(0.2)
    process.send_signal(number)
    assert ended(process) == (0, "")
    assert keep.lives()[-1] == ["0", "asked"]
    assert not alive(keep.lives()[0][0])


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
def test_a_killed_supervisor_takes_the_booth_with_it(keep):
    process = keep("live()")
    assert within(10, keep.lives)
    pid = keep.lives()[0][0]
    assert alive(pid)
    process.kill()
    assert within(3, lambda: not alive(pid))


def test_what_the_booth_started_ends_with_it(keep):
    code, _ = ended(keep("other = subprocess.Popen(['sleep', '60'])\nprint(other.pid, 'sleeper', file=open(os.environ['LIVES'], 'a'))\n"
                         "live(0.2)\nif len(open(os.environ['LIVES']).readlines()) == 2: os.kill(os.getpid(), 9)"))
    assert code == 0
    sleepers = [pid for pid, *args in keep.lives() if args == ["sleeper"]]
    assert len(sleepers) == 2
    assert not any(alive(pid) for pid in sleepers)


def test_systemd_hears_of_the_start_and_that_we_live_and_the_booth_does_not_speak_to_it(keep, tmp_path):
    import socket
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(5)
        assert ended(keep("assert 'NOTIFY_SOCKET' not in os.environ; live(1.3)", NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="9"))[0] == 0
        listener.setblocking(False)
        said = []
        while not said or said[-1] != "STOPPING=1":
            said.append(listener.recv(500).decode())
    assert said.count("READY=1\nSTATUS=the booth is running") == 1
    assert said.count("WATCHDOG=1") >= 2


def test_a_program_that_is_not_there_is_one_plain_line():
    done = subprocess.run([sys.executable, "-m", "booth.house.supervise", "--", "/no/such/booth"], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr == "booth: /no/such/booth cannot be started (No such file or directory)\n"
    with pytest.raises(UsageError, match="what to keep alive"):
        supervise([])


def test_crashes_long_apart_never_add_up():
    judge = Judge(Rules())
    for n in range(50):
        assert judge.crashed(lived_s=150, now=n * 150.0) == Verdict("again", False, 0.2)


def test_pauses_double_and_are_bounded():
    judge = Judge(Rules(crashes=100))
    assert [judge.crashed(1, n).pause_s for n in range(7)] == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])


def test_a_long_life_between_them_makes_crashes_no_row():
    judge = Judge(Rules(window_s=1))
    assert not any(judge.crashed(lived, 1000.0 * n).safe for n, lived in enumerate([1, 1, 100, 1, 1, 100]))
    assert [judge.crashed(1, 10_000 + n).safe for n in (0, 100, 200, 300)] == [False, False, True, True]


def test_the_command_of_this_very_booth(monkeypatch):
    assert booth_command(["run"]) == [sys.executable, "-m", "booth", "run"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert booth_command(["run"]) == [sys.executable, "run"]
