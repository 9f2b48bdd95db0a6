"""What the one-folder program holds besides the code that imports lead to. Read by ``toonbooth.spec`` and by the tests.

Folders are relative to the checkout, or to the installed library that is named.
"""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

OWN = {"assets": "toonbooth/assets", "models/weights": "toonbooth/weights"}
"""Folder in the checkout: where ``booth.resources`` looks for it, as in a wheel."""

NETWORKS = ("face_detection/face_detection_full_range_sparse", "face_detection/face_detection_short_range",
            "face_landmark/face_landmark_with_attention", "selfie_segmentation/selfie_segmentation_landscape")
"""mediapipe's networks that ``booth.vision`` names; the rest of mediapipe stays at home."""
MEDIAPIPE = (*(f"modules/{name}.tflite" for name in NETWORKS), "tasks/metadata/schema_py_generated.py")

SCIKIT_IMAGE = ("data/astronaut.png",)
"""The demo camera's visitor."""

OPENVINO = ("openvino_intel_cpu_plugin", "openvino_onnx_frontend", "openvino_tensorflow_lite_frontend", "openvino_ir_frontend", "tbbbind_2_5")
"""Loaded by OpenVINO itself, by name; its other plug-ins (Intel's GPU and NPU) and readers are never asked for: 75 MiB."""

HIDDEN = ("flatbuffers.compat", "flatbuffers.flexbuffers", "skimage.data", "scipy._cyutility")
"""Imported by files that are data here (mediapipe's), lazily (scikit-image's) or by compiled modules (SciPy's)."""

EXCLUDED = ("torch", "torchgen", "jax", "jaxlib", "mediapipe", "matplotlib", "tensorboard", "onnx", "sympy", "networkx", "pandas", "tkinter",
            "IPython", "pytest", "_pytest", "setuptools", "pip", "mypy", "models", "tests", "openvino.torch", "openvino.tools", "safetensors.torch",
            "openvino.frontend.paddle", "openvino.frontend.pytorch", "openvino.frontend.tensorflow", "openvino.frontend.jax",
            "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtOpenGL", "PySide6.QtSql", "PySide6.QtTest")
"""Reached by imports that the booth never runs: the lab's, and those libraries try for others' sake."""

UNWANTED = re.compile(
    r"libQt6(Qml|Quick|VirtualKeyboard|Pdf|Sql|Test|Designer|Egl)|PySide6/Qt/(translations|qml)/|^cv2/qt/"
    r"|plugins/(egldeviceintegrations|generic|networkinformation|tls|sqldrivers|qmltooling)/|plugins/platformthemes/libqgtk"
    r"|plugins/platforms/libq(eglfs|linuxfb|minimal|vkkhr|vnc)|plugins/platforminputcontexts/libqtvirtual"
    r"|openvino_(intel_[gn]pu|auto|hetero|paddle|pytorch|gguf|jax)|openvino/libs/cache\.json"
    r"|skimage/data/(?!astronaut\.png)[^/]+\.(png|jpg|gif|tif|xml|npy|npz)$"
    r"|^lib(portaudio|jack|asound|stdc\+\+|gcc_s)\.so")
"""Files that hooks collect and nothing opens, by their place in the program; and libraries that must be the system's own: sound's
read plug-ins of theirs, graphics drivers need a libstdc++ at least as new as themselves."""

LOADED = re.compile(r"/plugins/|openvino/libs/lib(" + "|".join(OPENVINO) + r")|^libpython|\.abi3\.so$|cpython-[^/]+\.so$")
"""Binaries named like libraries that programs load by name: nothing links to them, and they stay."""


def version() -> str:
    """The one version, ``booth.__version__``, read without importing the booth."""
    found = re.search(r'^__version__ = "([^"]+)"$', (ROOT / "booth" / "__init__.py").read_text(), re.MULTILINE)
    if found is None:
        raise SystemExit("booth/__init__.py names no version")
    return found[1]


def distributions() -> list[str]:
    """The libraries that pyproject.toml asks for, and Toonbooth itself: their descriptions and licences go along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [project["name"], *(re.split(r"[=<>;\[ ]", wanted)[0] for wanted in project["dependencies"])]


def inside(library: str, files: tuple[str, ...]) -> list[tuple[Path, str]]:
    """(file, folder in the program) for files of an installed ``library``; found without importing it. Raises ``SystemExit`` for one that is
    not there: a library has changed, and this list must follow."""
    distribution, package = {"mediapipe": ("mediapipe", "mediapipe"), "skimage": ("scikit-image", "skimage")}[library]
    base = Path(str(importlib.metadata.distribution(distribution).locate_file(package)))
    missing = [name for name in files if not (base / name).is_file()]
    if missing:
        raise SystemExit(f"{library} holds no {', '.join(missing)}; packaging/contents.py must follow")
    return [(base / name, str(Path(package, name).parent)) for name in files]


def data() -> list[tuple[Path, str]]:
    """(file or folder, folder in the program): everything that is data."""
    return [*((ROOT / here, there) for here, there in OWN.items()), (ROOT / "LICENSE", "."), (ROOT / "NOTICE", "."),
            *inside("mediapipe", MEDIAPIPE), *inside("skimage", SCIKIT_IMAGE)]


def engines() -> list[tuple[Path, str]]:
    """OpenVINO's plug-ins and readers, into the folder that it searches. Raises ``SystemExit`` for one that is not there."""
    libs = Path(str(importlib.metadata.distribution("openvino").locate_file("openvino"))) / "libs"
    found = {name: sorted([*libs.glob(f"lib{name}.so*"), *libs.glob(f"{name}.dll")]) for name in OPENVINO}
    missing = [name for name, files in found.items() if not files]
    if missing:
        raise SystemExit(f"openvino holds no {', '.join(missing)}; packaging/contents.py must follow")
    return [(path, "openvino/libs") for files in found.values() for path in files]
