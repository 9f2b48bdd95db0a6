"""Trials of the camera and the engine."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np

from booth.bench.trial import Row, worst
from booth.bench.trial.scene import RATE, Scene, film
from booth.cameras import device
from booth.cameras.pace import Pace
from booth.cameras.watched import watched
from booth.errors import WeightsError
from booth.settings import DeviceCamera, Settings
from booth.translators import make_translator
from booth.translators.manifest import load_network

BACK_S, NOTICED_S, START_S = 5.0, 3.0, 15.0
AWAY_S = (1.0, 5.0, 12.0)
"""So long the plug is out: a worker that backs off looks less and less often."""


def replugged() -> Row:
    """From the plug to a character on the signage."""
    times = []
    with Scene() as scene:
        for away_s in AWAY_S:
            scene.faults.give("camera", "unplug")
            scene.wait(away_s)
            scene.faults.give("camera", None)
            since = time.monotonic()
            times.append(scene.until(lambda: scene.drawn(since)))  # noqa: B023
        return Row("camera unplugged and replugged", worst(times), target_s=BACK_S, times=len(times), **scene.never())


class _Plug:
    """A webcam with the serial number CAM1 that can be plugged into any port: device files and OpenCV's capture of them."""

    def __init__(self, folder: Path, pictures: list[np.ndarray]) -> None:
        self._folder, self._pictures = folder, [cv2.cvtColor(p, cv2.COLOR_RGB2BGR) for p in pictures]
        self.link = folder / "usb-Maker_CAM1-video-index0"
        self._node: Path | None = None

    def into(self, port: int) -> None:
        self._node = self._folder / f"video{port}"
        self._node.touch()
        self.link.symlink_to(self._node)

    def out(self) -> None:
        assert self._node is not None
        self.link.unlink()
        self._node.unlink()

    def capture(self, target: str, backend: int) -> Any:
        return _Capture(Path(target), self._pictures)


class _Capture:
    """As ``cv2.VideoCapture``, of a device file."""

    def __init__(self, node: Path, pictures: list[np.ndarray]) -> None:
        self._node, self._pictures, self._count, self._pace = node, pictures, 0, Pace()

    def isOpened(self) -> bool:
        return self._node.exists()

    def set(self, name: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        self._count += 1
        self._pace.wait(self._count / RATE)
        return (True, self._pictures[self._count % len(self._pictures)]) if self._node.exists() else (False, None)

    def release(self) -> None:
        self._node = Path("/nonexistent")


def moved() -> Row:
    """The same webcam in another port: another device file, the same serial number."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        plug = _Plug(Path(folder), film())
        plug.into(0)
        settings = Settings(engine="cpu", camera=DeviceCamera(device="CAM1"))
        make: Callable[[Any], Any] = lambda wanted: watched(device.Device, wanted)
        with mock.patch.object(device, "BY_ID", Path(folder)), mock.patch.object(device.cv2, "VideoCapture", plug.capture), \
                Scene(camera=make, settings=settings) as scene:
            for port, away_s in ((7, 2.0), (3, 8.0)):
                plug.out()
                scene.wait(away_s)
                plug.into(port)
                since = time.monotonic()
                times.append(scene.until(lambda: scene.drawn(since)))  # noqa: B023
            return Row("camera replugged under another path", worst(times), target_s=BACK_S, times=len(times), **scene.never())


def unseeing() -> list[Row]:
    """From the fault to a calm signage and a line for the operator; and from its end to a character."""
    rows = []
    names = {"freeze": "camera frozen: sends nothing", "repeat": "camera frozen: sends one picture", "black": "camera black"}
    with Scene() as scene:
        for kind, name in names.items():
            scene.stale = scene.raw = scene.bare = scene.looked = 0
            begun = time.monotonic()
            scene.faults.give("camera", kind)
            noticed = scene.until(lambda: scene.signage.calm and bool(scene.told()))
            scene.wait(max(0.0, 5.0 - (time.monotonic() - begun)))
            calm = scene.signage.calm and bool(scene.told())
            scene.faults.give("camera", None)
            since = time.monotonic()
            back = scene.until(lambda: scene.drawn(since) and not scene.told())  # noqa: B023
            never = scene.never()
            never["lost"] += f"; back {'never' if back is None else f'{back:.1f} s'} after its end"
            never["sound"] = never["sound"] and calm and back is not None
            rows.append(Row(f"{name}, noticed", noticed, target_s=NOTICED_S, **never))
    return rows


def odd_pictures() -> Row:
    """Garbage, slow and small pictures: a character again so soon after the end of each."""
    times = []
    with Scene() as scene:
        for kind in ("garbage", "slow", "small"):
            scene.faults.give("camera", kind)
            scene.wait(3.0)
            scene.faults.give("camera", None)
            since = time.monotonic()
            times.append(scene.until(lambda: scene.drawn(since)))  # noqa: B023
        row = Row("camera: garbage, slow, another resolution", worst(times), target_s=BACK_S, times=len(times), **scene.never())
        return row if not scene.booth.stats.errors else Row(row.fault, row.recovered_s, f"{scene.booth.stats.errors} pictures failed", BACK_S, False)


def engine() -> list[Row]:
    """From the engine's failure to a character that the next engine drew."""
    rows = []
    for kind, name in (("fail", "engine fails"), ("crash", "GPU lost (its engine raises)")):
        with Scene() as scene:
            since = time.monotonic()
            scene.faults.give("engine", kind)
            back = scene.until(lambda: scene.engine.fault is not None and scene.drawn(since))  # noqa: B023
            never = scene.never()
            never["lost"] += f"; {scene.booth.stats.errors} pictures failed"
            rows.append(Row(f"{name}: the next draws", back, target_s=BACK_S, **never))
    return rows


def model_altered() -> Row:
    """A network's file is overwritten under a running engine: it goes on; the next start refuses the file, and takes it when mended."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights"
        network = load_network()
        weights.mkdir()
        for name in (network.onnx, "manifest.toml"):
            shutil.copy(network.folder / name, weights / name)
        own = load_network(folder=weights)
        with Scene(engine=lambda: make_translator("cpu", own)) as scene:
            path = weights / own.onnx
            whole = path.read_bytes()
            with path.open("r+b") as file:                              # in place: what is mapped into memory would change
                file.write(bytes(len(whole) // 2))
            altered = time.monotonic()
            went_on = scene.until(lambda: scene.drawn(altered + 1.0))
            scene.booth.stop()
            scene.booth.start()
            refused = scene.until(lambda: isinstance(scene.booth.failure(), WeightsError)) is not None
            path.write_bytes(whole)
            scene.booth.stop()
            scene.booth.start()
            since = time.monotonic()
            back = scene.until(lambda: scene.drawn(since))
            never = scene.never()
            never["lost"] += f"; running engine {'went on' if went_on else 'stopped'}, next start {'refused it' if refused else 'took it'}"
            never["sound"] = never["sound"] and went_on is not None and refused
            return Row("model file altered while running; mended: drawing started anew", back, target_s=START_S, **never)
