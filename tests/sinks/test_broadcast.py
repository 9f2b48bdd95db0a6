"""Live out: a real RTMP server takes it, and takes it again after it was killed."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from booth.errors import UsageError
from booth.sinks import broadcast as module
from booth.sinks import relay
from booth.sinks.broadcast import Broadcast, BroadcastSettings
from tests.sinks.programmes import HEIGHT, WIDTH, plain, working

RTMP = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONF = """
load_module {module};
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
rtmp {{ access_log off; server {{ listen 127.0.0.1:{port};
  application live {{ live on; record all; record_path {folder}; record_unique on; }} }} }}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """nginx on a port of its own; what it takes it writes into ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "nginx.conf").write_text(CONF.format(module=RTMP, folder=folder, port=self.port))
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([NGINX, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail((self.folder / "error.log").read_text())

    def end(self, how: int) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)


@pytest.fixture
def server(tmp_path):
    if NGINX is None or not RTMP.exists():
        pytest.skip("no RTMP server here: install nginx-light and libnginx-mod-rtmp")
    server = Server(tmp_path)
    server.start()
    yield server
    server.end(signal.SIGKILL)


def settings(url: str, **more) -> BroadcastSettings:
    return BroadcastSettings(url=url, width=WIDTH, height=HEIGHT, kbit=300, hardware=False, **more)


def feed_until(broadcast: Broadcast, state: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while broadcast.state != state:
        assert time.monotonic() < deadline, f"{broadcast.state}, not {state}: {broadcast.fault}"
        feed(broadcast, 1)


def feed_while(broadcast: Broadcast, waits: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while waits():
        assert time.monotonic() < deadline, "nothing arrives"
        feed(broadcast, 1)


def feed(broadcast: Broadcast, count: int) -> None:
    for _ in range(count):
        at = time.monotonic()
        broadcast.show(plain(int(at * 100) % 200), at)
        broadcast.hear(np.zeros(1600, np.float32), at)
        time.sleep(1 / 30)


def test_it_goes_live_and_after_the_server_was_killed_again(server):
    broadcast = Broadcast(settings(f"rtmp://127.0.0.1:{server.port}/live/secret-key"))
    with working(broadcast):
        feed_until(broadcast, "live")
        feed(broadcast, 30)
        server.end(signal.SIGKILL)
        feed_until(broadcast, "waiting")
        assert "127.0.0.1" in broadcast.fault
        assert "secret-key" not in broadcast.fault
        server.start()
        feed_until(broadcast, "live")
        assert broadcast.fault is None
        assert broadcast.connections == 2
        feed(broadcast, 30)
    assert broadcast.state == "off"
    server.end(signal.SIGTERM)
    films = sorted(server.folder.glob("*.flv"))
    assert len(films) == 2
    for film in films:
        with av.open(str(film)) as container:
            assert {stream.codec_context.name for stream in container.streams} == {"h264", "aac"}
            assert sum(1 for _ in container.decode(video=0)) >= 5


def test_a_server_that_is_stuck_is_left(monkeypatch):
    monkeypatch.setattr(relay, "CALL_S", 0.5)
    monkeypatch.setattr(relay, "END_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:        # takes the call and never answers
        broadcast = Broadcast(settings(f"rtmp://127.0.0.1:{mute.getsockname()[1]}/live/secret-key"))
        with working(broadcast) as worker:
            feed_until(broadcast, "waiting")
        assert worker.faults >= 1
        assert "secret-key" not in broadcast.fault


def test_while_nobody_answers_pictures_are_taken_and_forgotten(caplog):
    broadcast = Broadcast(settings(f"rtmp://127.0.0.1:{free_port()}/live/secret-key"))
    with caplog.at_level("DEBUG"), working(broadcast):
        feed_until(broadcast, "waiting")
        before = time.monotonic()
        for n in range(100):
            broadcast.show(plain(0), n / 30)
        assert time.monotonic() - before < 5
        assert broadcast.dropped >= 80
    assert "secret-key" not in caplog.text


@pytest.mark.parametrize("url", ["", "http://example.org/live", "rtmp://", "rtmp:///live", "rtmp://host:port/live", "file:///etc/passwd", "srt://host"])
def test_an_address_of_another_kind_is_refused_in_one_line(url):
    with pytest.raises(UsageError, match="rtmp://host") as refused:
        Broadcast(settings(url))
    assert "\n" not in str(refused.value)


SRT = shutil.which("ffmpeg") is not None and module._program_speaks(shutil.which("ffmpeg"), "srt")


class Listener:
    """Debian's ffmpeg as an SRT server; what it takes it writes into ``file``."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port, self._files = folder, free_port(), list[Path]()
        self._process: subprocess.Popen | None = None

    def start(self) -> Path:
        file = self._folder / f"{len(self._files)}.ts"
        self._files.append(file)
        coming = ["-probesize", "20000", "-i", f"srt://127.0.0.1:{self.port}?mode=listener"]
        self._process = subprocess.Popen(["ffmpeg", "-loglevel", "quiet", *coming, "-c", "copy", "-flush_packets", "1", "-f", "mpegts", file],
                                         stdin=subprocess.DEVNULL)
        return file

    def end(self, how: int) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)


@pytest.fixture
def listener(tmp_path):
    if not SRT:
        pytest.skip("no SRT server here: install ffmpeg, as Debian and Ubuntu build it")
    listener = Listener(tmp_path)
    yield listener
    listener.end(signal.SIGKILL)


def test_srt_goes_out_through_the_program_and_again_after_the_server_was_away(listener, caplog):
    first = listener.start()
    broadcast = Broadcast(settings(f"srt://127.0.0.1:{listener.port}?streamid=secret-key"))
    with caplog.at_level("DEBUG"), working(broadcast):
        feed_until(broadcast, "live")
        feed_while(broadcast, lambda: not first.exists() or first.stat().st_size < 10_000)
        listener.end(signal.SIGTERM)
        feed_until(broadcast, "waiting")
        assert "secret-key" not in broadcast.fault
        assert "127.0.0.1" in broadcast.fault
        second = listener.start()
        feed_until(broadcast, "live")
        assert broadcast.fault is None
        assert broadcast.connections == 2
        feed_while(broadcast, lambda: not second.exists() or second.stat().st_size < 10_000)
    assert "secret-key" not in caplog.text
    for film in (first, second):
        with av.open(str(film)) as container:
            assert {stream.codec_context.name for stream in container.streams} == {"h264", "aac"}
            assert sum(1 for _ in container.decode(video=0)) >= 5


def test_srt_that_nothing_here_speaks_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(module, "_speaks", lambda scheme: scheme != "srt")
    with pytest.raises(UsageError, match="apt-get install ffmpeg"):
        Broadcast(settings("srt://127.0.0.1:9000"))
