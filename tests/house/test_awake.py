"""Over small programs that say what they were asked for."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from booth.house.awake import inhibit_sleep

HOLDER = "#!/bin/sh\necho held \"$@\" >> {log}\nwhile [ $# -gt 1 ]; do shift; done\n/bin/cat\necho let go >> {log}\n"
REFUSED = "#!/bin/sh\nexit 1\n"
XSET = "#!/bin/sh\necho \"$@\" >> {log}\n[ \"$1\" = q ] && printf 'Screen Saver:\\n  timeout:  600    cycle:  300\\nDPMS is Enabled\\n'\nexit 0\n"


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """Put programs in the way; ``desktop.said`` is what they were told."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)

    class Desktop:
        log = tmp_path / "log"

        def has(self, name, text):
            path = tmp_path / name
            path.write_text(text.format(log=self.log))
            path.chmod(0o755)

        @property
        def said(self):
            return self.log.read_text().splitlines() if self.log.exists() else []

    return Desktop()


def test_nothing_there_is_said_and_nothing_fails(desktop):
    with inhibit_sleep() as words:
        assert "switch them off" in words


def test_a_holder_holds_until_the_end(desktop):
    desktop.has("systemd-inhibit", HOLDER)
    with inhibit_sleep() as words:
        assert words == "screen saver and sleep are held off by systemd-inhibit"
        assert len(desktop.said) == 1
        assert "--what=idle:sleep" in desktop.said[0]
    assert desktop.said[-1] == "let go"


def test_one_that_is_refused_or_cannot_be_started_does_not_count(desktop):
    desktop.has("systemd-inhibit", REFUSED)
    desktop.has("kde-inhibit", "not a program")
    with inhibit_sleep() as words:
        assert words.startswith("nothing here")


def test_the_x_server_is_as_it_was_afterwards(desktop, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":77")
    desktop.has("xset", XSET)
    with inhibit_sleep() as words:
        assert "xset" in words
        assert desktop.said == ["q", "s off", "-dpms"]
    assert desktop.said[3:] == ["+dpms", "s 600 300"]


def test_a_killed_booth_lets_go(desktop):
    desktop.has("systemd-inhibit", HOLDER)
    code = "from booth.house.awake import inhibit_sleep\nwith inhibit_sleep() as w: print(w, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}) as booth:
        assert "systemd-inhibit" in booth.stdout.readline()
        booth.kill()
    until = time.monotonic() + 5
    while desktop.said[-1] != "let go" and time.monotonic() < until:
        time.sleep(0.02)
    assert desktop.said[-1] == "let go"


class Kernel32:
    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def SetThreadExecutionState(self, flags):
        self.asked.append(flags)
        return self.answer


def test_windows_is_asked_and_released():
    kernel = Kernel32(1)
    with inhibit_sleep(kernel) as words:
        assert "by Windows" in words
        assert kernel.asked == [0x80000003]
    assert kernel.asked == [0x80000003, 0x80000000]
    with inhibit_sleep(Kernel32(0)) as words:
        assert "refused" in words
