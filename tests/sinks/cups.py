"""A real print service for tests: a private cupsd with a virtual IPP printer behind it, all below one temporary folder.

Debian: ``cups-daemon cups-client cups-ipp-utils dbus-daemon``. Nothing but a Unix socket and the loopback is spoken to.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from booth.sinks.printer.cups import CupsService

PROGRAMS = ("cupsd", "lpadmin", "ippeveprinter", "dbus-daemon")
QUEUE = "booth"
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

CUPSD = """
Listen <root>/sock
Browsing No
WebInterface No
LogLevel info
ErrorPolicy stop-printer
<Location />
</Location>
<Policy default>
  <Limit Send-Document Cancel-Job>
    Require user @OWNER @SYSTEM
  </Limit>
  <Limit CUPS-Add-Modify-Printer Pause-Printer Resume-Printer CUPS-Accept-Jobs CUPS-Reject-Jobs>
    AuthType Default
    Require user @SYSTEM
  </Limit>
  <Limit All>
  </Limit>
</Policy>
"""
FILES = """
ServerRoot <root>/conf
RequestRoot <root>/spool
CacheDir <root>/cache
StateDir <root>/state
TempDir <root>/tmp
AccessLog <root>/log/access
ErrorLog <root>/log/error
PageLog <root>/log/page
SystemGroup <group>
"""
PAPER = "{ MEMBER collection media-size { MEMBER integer x-dimension 10160 MEMBER integer y-dimension 15240 } MEMBER keyword media-source main }"
PRINTER = f"""
ATTR mimeMediaType document-format-supported application/octet-stream,image/jpeg,image/pwg-raster
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-type-supported srgb_8
ATTR resolution printer-resolution-default 300dpi
ATTR resolution printer-resolution-supported 300dpi
ATTR keyword media-type-supported photographic
ATTR text printer-make-and-model "Toonbooth Virtual"
ATTR integer copies-default 1
ATTR rangeOfInteger copies-supported 1-9
ATTR keyword media-default na_index-4x6_4x6in
ATTR keyword media-supported na_index-4x6_4x6in,na_5x7_5x7in
ATTR keyword media-ready na_index-4x6_4x6in
ATTR keyword media-source-supported main
ATTR keyword media-col-supported media-size,media-source
ATTR collection media-size-supported {{ MEMBER integer x-dimension 10160 MEMBER integer y-dimension 15240 }}
ATTR collection media-col-default {PAPER}
ATTR collection media-col-database {PAPER}
ATTR collection media-col-ready {PAPER}
ATTR octetString printer-input-tray "type=sheetFeedAutoRemovableTray;mediafeed=0;mediaxfeed=0;maxcapacity=25;level=25;status=0;name=main"
"""
"""One tray of 4x6 paper."""

COMMAND = """#!/bin/sh
# one printed sheet: its picture, and the words it came with
name=<out>/$(date +%s%N)
env | grep ^IPP_ > "$name.words"
while [ -e <root>/slow ]; do sleep 0.05; done
cp "$1" "$name.part" && mv "$name.part" "$name.sheet"
"""


def missing() -> str | None:
    """Why no real printing can be tested here; None when it can."""
    absent = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def eventually(true: Callable[[], object], within_s: float) -> bool:
    """Has it come true before the time is up?"""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


class Cups:
    """A queue called ``booth`` that leads to a printer one can switch off, and take the paper from."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.out = root / "out"
        self.spool = root / "spool"
        self._running: list[subprocess.Popen[bytes]] = []
        self._device: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    @property
    def server(self) -> str:
        return str(self._root / "sock")

    def service(self) -> CupsService:
        return CupsService(QUEUE, self.server)

    def start(self) -> None:
        for name in ("conf", "spool", "cache", "state", "tmp", "log", "out", "held"):
            (self._root / name).mkdir()
        self._root.chmod(0o755)                                     # cupsd's children run as another user
        self._start_bus()
        self.switch_on()
        group = "root" if os.getuid() == 0 else str(os.getgid())
        self._write("cupsd.conf", CUPSD)
        self._write("cups-files.conf", FILES, group=group)
        self.start_service()
        self.admin("lpadmin", "-p", QUEUE, "-E", "-v", f"ipp://localhost:{self._port}/ipp/print", "-m", "everywhere")

    def start_service(self) -> None:
        self._service = self._run("cupsd", "-f", "-c", str(self._root / "cupsd.conf"), "-s", str(self._root / "cups-files.conf"))
        assert eventually(lambda: _answers(socket.AF_UNIX, self.server), 5), self.log()

    def stop_service(self) -> None:
        self._end(self._service)

    def switch_on(self) -> None:
        command = self._write("print.sh", COMMAND, out=self.out)
        command.chmod(0o755)
        self._device = self._run("ippeveprinter", "-p", str(self._port), "-n", "localhost", "-r", "off", "-d", str(self._root / "held"),
                                 "-c", str(command), "-a", str(self._write("printer.conf", PRINTER)), "Booth")
        assert eventually(lambda: _answers(socket.AF_INET, ("127.0.0.1", self._port)), 5), self.log()

    def switch_off(self) -> None:
        """At once, as when somebody pulls the plug."""
        assert self._device is not None
        self._end(self._device, signal.SIGKILL)

    def paper(self, sheets: int) -> None:
        """Load so many sheets of 4x6."""
        words = urllib.parse.urlencode({"size0": "na_index-4x6_4x6in", "level0": sheets})
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/media?{words}", timeout=5) as page:
            page.read()

    def slowly(self, slow: bool) -> None:
        """While slow, the printer finishes no sheet."""
        (self._root / "slow").touch() if slow else (self._root / "slow").unlink()

    def printed(self) -> list[bytes]:
        """What came out, oldest first."""
        return [file.read_bytes() for file in sorted(self.out.glob("*.sheet"))]

    def words(self) -> list[str]:
        """What the printer was told with each sheet."""
        return [file.read_text(errors="replace") for file in sorted(self.out.glob("*.words"))]

    def documents(self) -> list[Path]:
        """Pictures that lie in the spool."""
        return list(self.spool.glob("d*"))

    def admin(self, program: str, *words: str) -> None:
        command = [shutil.which(program, path=PATH) or program, "-h", self.server, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, done.stderr + self.log()

    def stop(self) -> None:
        for process in reversed(self._running):
            self._end(process)

    def log(self) -> str:
        return "\n".join(file.read_text(errors="replace")[-3000:] for file in self._root.glob("*.log"))

    def _start_bus(self) -> None:
        """ippeveprinter wants a message bus, though it announces nothing on it."""
        self._run("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address=unix:path={self._root}/bus")
        assert eventually(lambda: _answers(socket.AF_UNIX, f"{self._root}/bus"), 5), self.log()

    def _write(self, name: str, text: str, **words: object) -> Path:
        path = self._root / name
        for word, value in {"root": self._root, **words}.items():
            text = text.replace(f"<{word}>", str(value))
        path.write_text(text)
        return path

    def _run(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._root}/bus"}
        with (self._root / f"{program}.log").open("ab") as log:
            process = subprocess.Popen([shutil.which(program, path=PATH) or program, *words], env=environment, stdout=log, stderr=log,
                                       start_new_session=True)
        self._running.append(process)
        return process

    def _end(self, process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> None:
        if process.poll() is None:
            os.killpg(process.pid, how)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def _answers(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as client:
        return client.connect_ex(address) == 0


@contextmanager
def running() -> Iterator[Cups]:
    """Below /tmp: a Unix socket's path must be short."""
    with tempfile.TemporaryDirectory(prefix="booth-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        cups = Cups(Path(folder))
        try:
            cups.start()
            yield cups
        finally:
            cups.stop()
