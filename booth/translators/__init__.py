"""Engines that run an exported network. To add one: a file with the ``Translator`` protocol and one line in ``ENGINES``.

torch is imported only when its engine is asked for; the CPU engine never loads it.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from typing import Literal, Protocol

from booth.errors import PermanentError
from booth.frame import Crop, Stylized
from booth.translators.manifest import Network, load_network

log = logging.getLogger(__name__)


class Translator(Protocol):
    """Turns crops into layers. Used by one thread."""

    @property
    def name(self) -> str: ...

    def translate(self, crops: list[Crop]) -> list[Stylized]:
        """Layers for each crop, in order, in one batch. Raises ``TranslationFailed``."""

    def close(self) -> None: ...


def _cpu(network: Network) -> Translator:
    from booth.translators.cpu import OpenVinoTranslator
    return OpenVinoTranslator(network)


def _cuda(network: Network) -> Translator:
    from booth.translators.cuda import TorchTranslator
    return TorchTranslator(network, "cuda")


ENGINES: dict[str, Callable[[Network], Translator]] = {"cpu": _cpu, "cuda": _cuda}


def make_translator(engine: Literal["auto", "cpu", "cuda"], network: Network | None = None) -> Translator:
    """The engine asked for; ``auto`` takes CUDA when torch is installed and sees a GPU, else the CPU."""
    network = network or load_network()
    if engine == "auto":
        engine = "cuda" if cuda_ready() else "cpu"
    elif engine == "cuda" and not cuda_ready():
        raise PermanentError("no CUDA GPU that torch can use was found; use --engine cpu, or install toonbooth[cuda]")
    return ENGINES[engine](network)


def cuda_ready() -> bool:
    """Whether torch is installed with CUDA and a GPU answers. Asks the driver first, so that torch is not loaded in vain."""
    from pathlib import Path
    driver = Path("/proc/driver/nvidia/version").exists() or Path("C:/Windows/System32/nvcuda.dll").exists()
    if not driver or importlib.util.find_spec("torch") is None:
        return False
    import torch
    return torch.cuda.is_available()
