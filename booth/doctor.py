"""Preflight: is everything there that the booth needs? Each fault comes with what to do."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from booth.errors import BoothError


@dataclass(frozen=True, slots=True)
class Check:
    """``state``: ok · note (the booth runs without it) · fault (it does not)."""

    name: str
    state: Literal["ok", "note", "fault"]
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine() -> list[Check]:
    """All checks, in the order a person would make them."""
    return [check() for check in (_networks, _styles, _layouts, _font, _camera, _screen, _gpu, _microphone, _sound, _printer, _network, _disk)]


def _networks() -> Check:
    from booth.translators.manifest import load_network
    try:
        network = load_network()
        network.checked("onnx")
        network.checked("safetensors")
    except BoothError as error:
        return Check("networks", "fault", str(error), "install Toonbooth again")
    return Check("networks", "ok", f"{network.onnx}, {network.parameters:,} parameters, checksums right")


def _styles() -> Check:
    from booth.render.style import load_style, style_files
    try:
        names = list(style_files())
        for name in names:
            load_style(name)
    except BoothError as error:
        return Check("styles", "fault", str(error), "mend the file that is named")
    return Check("styles", "ok", ", ".join(names)) if names else Check("styles", "fault", "none", "install Toonbooth again")


def _camera() -> Check:
    from booth.cameras.device import devices
    found = devices()
    if found:
        return Check("camera", "ok", ", ".join(found))
    nodes = sorted(str(p) for p in Path("/dev").glob("video*"))
    if nodes:
        return Check("camera", "note", ", ".join(nodes), "name it with --camera, it has no stable path")
    return Check("camera", "note", "no webcam", "plug one in; until then the demo camera is shown")


def _screen() -> Check:
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform != "linux" or display or platform:
        return Check("screen", "ok", display or platform or sys.platform)
    return Check("screen", "fault", "no display", "start the booth in a desktop session, or set DISPLAY")


def _layouts() -> Check:
    from booth.products.layout import layout_files, load_layout
    try:
        names = [name for name in layout_files() if load_layout(name)]
    except BoothError as error:
        return Check("layouts", "fault", str(error), "mend the file, or take it away")
    return Check("layouts", "ok", ", ".join(names))


def _font() -> Check:
    from booth.products.lettering import korean_font
    font = korean_font()
    return Check("font", "ok", str(font)) if font else Check("font", "fault", "none with Korean letters", "install fonts-noto-cjk")


def _sound() -> Check:
    from booth.audio.sounds import Sounds
    sounds = Sounds()
    sounds.open()
    why = sounds.why
    sounds.close()
    return Check("sound", "ok", "countdown and shutter will be heard") if why is None else Check("sound", "note", why, "visits work without sound")


def _network() -> Check:
    from booth.sinks.share import url_host
    try:
        return Check("network", "ok", f"phones reach this machine at {url_host()}")
    except BoothError as error:
        return Check("network", "note", str(error), "without a network there is no QR; strips can still be printed")


def _gpu() -> Check:
    from booth.translators import cuda_ready
    if cuda_ready():
        import torch
        return Check("gpu", "ok", torch.cuda.get_device_name())
    return Check("gpu", "note", "none that torch can use", "nothing to do: the CPU engine draws")


def _microphone() -> Check:
    from booth.audio.microphone import devices
    found = devices()
    if found:
        return Check("microphone", "ok", ", ".join(device.name for device in found))
    return Check("microphone", "note", "no microphone is plugged in", "plug one in for talking clips; until then they are not offered")


def _printer() -> Check:
    if shutil.which("lpstat") is None:
        return Check("printer", "note", "no CUPS", "install cups to print strips")
    import subprocess
    lines = subprocess.run(["lpstat", "-e"], capture_output=True, text=True, timeout=10, check=False).stdout.split()
    return Check("printer", "ok", ", ".join(lines)) if lines else Check("printer", "note", "none", "add one in CUPS to print strips")


def _disk() -> Check:
    free = shutil.disk_usage(Path.home()).free / 2**30
    if free > 2:
        return Check("disk", "ok", f"{free:.0f} GiB free")
    return Check("disk", "fault", f"{free:.1f} GiB free", "make room: at least 2 GiB are needed")


def table(checks: list[Check]) -> str:
    """One line per check, for a person."""
    lines = [f"{c.state:6} {c.name:11} {c.found}" + (f"\n{'':18} → {c.remedy}" if c.remedy else "") for c in checks]
    return "\n".join(lines)
