"""Shipped networks: what ``manifest.toml`` promises is checked before anything runs."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from booth import resources
from booth.errors import WeightsError

LIVE, PRINT = "translator_live", "translator_print"


class Network(BaseModel):
    """One network's entry. ``size``: side of a crop; ``widths``, ``depths``: its shape for the torch engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    folder: Path
    onnx: str
    onnx_sha256: str
    safetensors: str
    safetensors_sha256: str
    size: int
    widths: tuple[int, int, int, int]
    depths: tuple[int, int, int]
    parameters: int
    input: str
    output: str
    trained_on: str
    licence: str

    def checked(self, kind: str) -> Path:
        """Path of the file ``onnx`` or ``safetensors``. Raises ``WeightsError`` when it is missing or altered."""
        path = self.folder / getattr(self, kind)
        if not path.is_file():
            raise WeightsError(f"the network {path} is missing; install Toonbooth again")
        if hashlib.sha256(path.read_bytes()).hexdigest() != getattr(self, f"{kind}_sha256"):
            raise WeightsError(f"the network {path} was altered (its checksum is wrong); install Toonbooth again")
        return path


def load_network(name: str = LIVE, folder: Path | None = None) -> Network:
    """The manifest's entry ``name``. Raises ``WeightsError``."""
    root = folder or resources.weights()
    path = root / "manifest.toml"
    try:
        return Network(folder=root, **tomllib.loads(path.read_text(encoding="utf-8"))[name])
    except OSError as error:
        raise WeightsError(f"{path} is missing; install Toonbooth again") from error
    except (tomllib.TOMLDecodeError, KeyError, ValidationError) as error:
        raise WeightsError(f"{path} cannot be used ({error.__class__.__name__}); install Toonbooth again") from error
