"""What the one-folder program is told to hold exists, and is what the booth asks for. (``make package`` builds and tries it.)"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from configparser import ConfigParser
from pathlib import Path

import pytest

import booth

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"


@pytest.fixture(scope="module")
def contents():
    spec = importlib.util.spec_from_file_location("contents", PACKAGING / "contents.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sources():
    return {path: path.read_text(encoding="utf-8") for path in (ROOT / "booth").rglob("*.py")}


def test_one_version(contents):
    """Everything reads ``booth.__version__``: the program, the wheel, the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert contents.version() == booth.__version__
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "booth/__init__.py"
    command = next(line for line in (PACKAGING / "deb.sh").read_text().splitlines() if line.startswith("version="))
    said = subprocess.run(["bash", "-c", f"{command}; echo $version"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20)
    assert said.stdout.strip() == booth.__version__
    assert not re.search(rf"(?<![\d.]){re.escape(booth.__version__)}(?![\d.])", (PACKAGING / "deb.sh").read_text())


def test_all_data_is_there(contents):
    for path, folder in contents.data() + contents.engines():
        assert path.exists(), path
        assert not os.path.isabs(folder)


def test_a_file_that_a_library_no_longer_holds_is_named(contents):
    with pytest.raises(SystemExit, match=r"mediapipe holds no modules/none\.tflite"):
        contents.inside("mediapipe", ("modules/none.tflite",))


def test_resources_are_put_where_the_booth_looks(contents, tmp_path, monkeypatch):
    """As in a wheel: beside the package, under ``toonbooth/``."""
    from booth import resources
    assert contents.OWN == {"assets": "toonbooth/assets", "models/weights": "toonbooth/weights"}
    for folder in contents.OWN.values():
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(resources, "_INSTALLED", tmp_path / "toonbooth")
    assert (resources.assets(), resources.weights()) == (tmp_path / "toonbooth/assets", tmp_path / "toonbooth/weights")


def test_the_networks_are_those_that_the_booth_names(contents):
    """One more in booth/vision and not in the list would be missed only on the visitor's day."""
    modules = Path(str(importlib.metadata.distribution("mediapipe").locate_file("mediapipe"))) / "modules"
    known = {str(path.relative_to(modules).with_suffix("")) for path in modules.rglob("*.tflite")}
    asked = {word for text in sources().values() for word in re.findall(r'"([a-z_]+/[a-z_]+)"', text)} & known
    assert asked == set(contents.NETWORKS)


def test_the_engines_are_those_that_the_booth_asks_for():
    """Only OpenVINO's processor plug-in goes along."""
    devices = {name for text in sources().values() for name in re.findall(r"compile_model\([^\n]*?\"([A-Z]+)\"", text)}
    assert devices == {"CPU"}


def test_hidden_imports_can_be_imported(contents):
    for name in contents.HIDDEN:
        assert importlib.util.find_spec(name) is not None, name


def test_nothing_that_the_booth_imports_is_left_out(contents):
    """But torch, which only the CUDA engine asks for, and only when it is there."""
    imported = re.compile(r"^\s*(?:from|import) ([\w.]+)", re.MULTILINE)
    asked = {path: set(imported.findall(text)) for path, text in sources().items()}
    left_out = {(path.name, name) for path, names in asked.items() for name in names for gone in contents.EXCLUDED
                if name == gone or name.startswith(gone + ".")}
    assert {name.split(".")[0] for _, name in left_out} <= {"torch", "safetensors"}, left_out


@pytest.mark.parametrize(("place", "goes"), [
    ("PySide6/Qt/plugins/platforms/libqxcb.so", True), ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
    ("PySide6/Qt/plugins/platforms/libqeglfs.so", False), ("openvino/libs/libopenvino_intel_gpu_plugin.so", False),
    ("openvino/libs/libopenvino_intel_cpu_plugin.so", True), ("skimage/data/astronaut.png", True), ("skimage/data/coins.png", False),
    ("libstdc++.so.6", False), ("libportaudio.so.2", False), ("libQt6Core.so.6", True), ("toonbooth/assets/share/mark.svg", True)])
def test_what_is_left_out(contents, place, goes):
    assert bool(contents.UNWANTED.search(place)) is not goes


def test_licences_go_along(contents):
    for name in contents.distributions():
        assert importlib.metadata.distribution(name).version


def test_desktop_entry():
    entry = ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(PACKAGING / "toonbooth.desktop", encoding="utf-8")
    assert entry.sections() == ["Desktop Entry"]
    section = entry["Desktop Entry"]
    assert (section["Type"], section["Exec"], section["Terminal"]) == ("Application", "/usr/bin/toonbooth run", "false")
    assert {"Name[ko]", "Name[ja]", "Comment[ko]", "Comment[ja]"} <= set(section)
    icon = ET.parse(PACKAGING / f"{section['Icon']}.svg").getroot()
    assert icon.get("width") == icon.get("height")


def test_the_service_starts_the_installed_program():
    """deb.sh changes one line of the unit; it must still be there to be changed."""
    unit = (PACKAGING / "toonbooth.service").read_text()
    change = re.search(r"sed '(s\|[^']+)'", (PACKAGING / "deb.sh").read_text())
    done = subprocess.run(["sed", change[1]], input=unit, capture_output=True, text=True, check=True, timeout=20)
    assert [line for line in done.stdout.splitlines() if line.startswith("ExecStart=")] == ["ExecStart=/usr/bin/toonbooth keep $BOOTH_ARGUMENTS"]


@pytest.mark.parametrize("script", sorted(p.name for p in PACKAGING.glob("*.sh")))
def test_scripts_can_be_read_and_run(script):
    path = PACKAGING / script
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", str(path)], check=True, timeout=20)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="not a Debian system")
def test_the_package(tmp_path):
    """Made from a folder that only looks like the built one."""
    for name in ("packaging", "booth/__init__.py", "NOTICE", "LICENSE", "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    program = tmp_path / "dist/toonbooth/toonbooth"
    failed = subprocess.run([tmp_path / "packaging/deb.sh"], capture_output=True, text=True, check=False, timeout=60)
    assert (failed.returncode, failed.stderr) == (1, "there is no dist/toonbooth; run  packaging/build.sh  first\n")
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    subprocess.run([tmp_path / "packaging/deb.sh"], capture_output=True, check=True, timeout=60)
    package = next((tmp_path / "dist").glob(f"toonbooth_{booth.__version__}_*.deb"))
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True, timeout=60).stdout
    fields = subprocess.run(["dpkg-deb", "-f", package], capture_output=True, text=True, check=True, timeout=60).stdout
    for place in ("./opt/toonbooth/toonbooth", "./usr/bin/toonbooth -> /opt/toonbooth/toonbooth", "./usr/lib/systemd/user/toonbooth.service",
                  "./usr/share/applications/toonbooth.desktop", "./usr/share/icons/hicolor/scalable/apps/toonbooth.svg",
                  "./usr/share/doc/toonbooth/copyright"):
        assert f" {place}\n" in listed, place
    assert "./etc" not in listed
    assert "./home" not in listed
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    assert f"Version: {booth.__version__}\n" in fields
