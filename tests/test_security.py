"""What may come from a stranger, and what must not get to one: files, ports, secrets. (What runs text as code is refused by ruff's S rules.)"""

import contextlib
import logging
import socket

import psutil
import pytest

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.characters import load_character
from booth.errors import UsageError
from booth.house.bundle import support_bundle
from booth.house.kept import SettingsFile
from booth.house.logs import Cleaned, keep_log
from booth.house.pin import Pin
from booth.products.layout import load_layout
from booth.puppet.rig import load_rig
from booth.settings import BroadcastSettings, EventSettings, RecordSettings, Settings
from booth.translators.passthrough import PassthroughTranslator
from tests.fakes import ListCamera
from tests.house.test_bundle import opened
from tests.ui.test_panel_desk import until

HOSTILE = {
    "empty": b"", "binary": bytes(range(256)) * 40, "zeros": bytes(1000), "utf16": "kind = 'drawn'".encode("utf-16"),
    "nested": b"a = " + b"[" * 30_000 + b"]" * 30_000, "nested_json": b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "long": b"#" * 5_000_000, "number": b"width = " + b"9" * 5000, "no_number": b"width = nan\nheight = inf", "types": b"title = 3\nkind = []",
    "yaml": b"!!python/object/apply:os.system ['touch run']", "pickle": b"cos\nsystem\n(S'touch run'\ntR.",
    "outside": b"kind = 'image'\n[title]\nen = 'x'\n[network]\nfile = '../../secret.onnx'",
}
PIN, KEY = "493817", "live_k3y_493817"
ADDRESSES = (f"rtmp://live.example.org/app/{KEY}", f"rtmps://u:{KEY}@live.example.org:443/app?key={KEY}",
             f"srt://10.0.0.1:9000?streamid=publish:{KEY}&passphrase={KEY}")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line_and_runs_nothing(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for file in ("layout.toml", "style.toml", "rig.json", "settings.json"):
        folder = tmp_path / file.partition(".")[0] / name
        folder.mkdir(parents=True)
        (folder / file).write_bytes(HOSTILE[name])
    for load in (lambda: load_layout(name, tmp_path / "layout"), lambda: load_character(name, tmp_path / "style"),
                 lambda: load_rig(tmp_path / "rig" / name / "rig.json")):
        with pytest.raises(UsageError) as said:
            load()
        assert len(str(said.value)) < 400
        assert "\n" not in str(said.value)
    settings, note = SettingsFile(tmp_path / "settings" / name / "settings.json").load()
    assert settings == Settings()
    assert note is not None
    assert "\n" not in note
    assert not (tmp_path / "run").exists()


@pytest.fixture
def log_folder(tmp_path):
    root = logging.getLogger()
    before, handler = root.level, keep_log("booth", tmp_path / "state")
    yield tmp_path / "state"
    root.removeHandler(handler)
    handler.close()
    root.setLevel(before)


def listening() -> set[tuple[str, int]]:
    """Ports that this process and those that it started wait on: TCP, and UDP that anybody may send to."""
    ours, found = psutil.Process(), []
    for process in (ours, *ours.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):              # ended just now: the broadcast's, that nobody answers
            found += process.net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in found
            if one.status == psutil.CONN_LISTEN or (one.type == socket.SOCK_DGRAM and one.laddr and not one.raddr)}


def nobodys_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_booth_that_does_everything_opens_one_port_and_tells_no_secret(tmp_path, log_folder, photo):
    before = listening()
    event = EventSettings(folder=tmp_path / "event", host="127.0.0.1", port=0, printer=f"{tmp_path}/paper/")
    settings = Settings(event=event, record=RecordSettings(folder=tmp_path / "film", width=320, height=180, hardware=False),
                        live=BroadcastSettings(url=f"rtmp://127.0.0.1:{nobodys_port()}/app/{KEY}", width=320, height=180, hardware=False))
    booth = Booth(settings, PassthroughTranslator, lambda _: Faulty(ListCamera(photo), rate=10))
    booth.open()
    try:
        booth.start()
        assert until(lambda: booth.crew.live.fault is not None and booth.composites.put_count > 3)
        port = int(booth.reception.share.address.rsplit(":", 1)[1])
        assert listening() - before == {("127.0.0.1", port)}
        faults = booth.health()
    finally:
        booth.stop()
        booth.close()
    assert listening() == before
    pin = Pin(tmp_path / "pin.json")
    pin.set(PIN)
    assert not any(pin.check(wrong) for wrong in ("0000", "1111", "2222", "3333", "4444"))
    written = (log_folder / "booth.jsonl").read_text()
    assert "does not take the broadcast" in written
    assert "wrong PINs" in written
    bundle = opened(support_bundle(tmp_path / "support.zip", settings, "\n".join(faults), log_folder))
    for text in (*faults, written, (tmp_path / "pin.json").read_text(), *bundle.values()):
        assert PIN not in text
        assert KEY not in text


def refuse(address):
    raise OSError(111, "Connection refused", address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_secret_is_written_whoever_logs_it(log_folder, tmp_path, address, caplog):
    log = logging.getLogger("booth.test")
    settings = Settings(live=BroadcastSettings(url=address))
    log.info("live to %s, PIN %s", address, PIN)
    log.warning("settings %r, and {'pin': '%s'}", settings.live, PIN)
    log.warning(settings.model_dump_json())
    try:
        refuse(address)
    except OSError:
        log.exception("pin=%s", PIN)
    terminal = Cleaned("%(message)s")
    bundle = opened(support_bundle(tmp_path / "support.zip", settings, f"live {address}", log_folder))
    for text in ((log_folder / "booth.jsonl").read_text(), "\n".join(map(terminal.format, caplog.records)), *bundle.values()):
        assert PIN not in text
        assert KEY not in text
