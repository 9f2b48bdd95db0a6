"""Rules for every test: no thread may outlive it, and nothing is kept where the user's things lie."""

from __future__ import annotations

import functools
import os
import tempfile
import threading
import time

os.environ.setdefault("GLOG_minloglevel", "3")
HOME = tempfile.TemporaryDirectory(prefix="toonbooth-tests-", ignore_cleanup_errors=True)     # one for each process of a test run
for kind in ("DATA_HOME", "CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR"):
    os.environ[f"XDG_{kind}"] = os.path.join(HOME.name, kind)
    os.mkdir(os.environ[f"XDG_{kind}"], 0o700)
if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from skimage.data import astronaut

import booth.ui.application  # noqa: F401  takes OpenCV's Qt paths out of the environment before Qt starts
from booth.frame import Face, Frame, frozen
from tests import fakes


@pytest.fixture(autouse=True)
def no_thread_is_left():
    """Threads started in a test have ended by its end, or a moment later."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 3.0
    while left := [t for t in threading.enumerate() if t not in before and not _of_a_library(t)]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {', '.join(t.name for t in left)}")
        left[0].join(0.05)


@pytest.fixture(autouse=True, scope="session")
def networks_are_compiled_once():
    """Most of a booth's start is compiling mediapipe's networks. A compiled one never changes, so all booths of a test run share them;
    those in processes of their own (``tests/test_cli.py``) do without."""
    from booth.vision import faces, mesh, people, tflite
    with pytest.MonkeyPatch.context() as patch:
        once = functools.cache(tflite.compile_network)
        for room in (faces, mesh, people):
            patch.setattr(room, "compile_network", once)
        yield


def _of_a_library(thread: threading.Thread) -> bool:
    return type(thread).__name__ == "_DummyThread" or thread.name.startswith(("TMonitor", "tqdm"))


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """A public-domain portrait, (512, 512, 3) uint8 RGB."""
    return astronaut()


@pytest.fixture(scope="session")
def face(photo) -> Face:
    """The face in ``photo``, as the mesh sees it."""
    from booth.vision.mesh import FaceMesh
    box = np.float32([187, 82, 276, 176])
    mesh = FaceMesh()
    points = mesh.find(photo, box)
    assert points is not None
    return Face(1, frozen(box), frozen(points))


@pytest.fixture(scope="session")
def demo():
    from booth.cameras.demo import Demo
    camera = Demo()
    camera.open()
    return camera


@pytest.fixture
def frame(photo) -> Frame:
    return fakes.frame_of(photo)
