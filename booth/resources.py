"""Where assets and weights lie: beside the package in a checkout, under ``toonbooth/`` in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent
_INSTALLED = _PACKAGE.parent / "toonbooth"


def assets() -> Path:
    """The folder ``assets``."""
    return _INSTALLED / "assets" if (_INSTALLED / "assets").is_dir() else _CHECKOUT / "assets"


def weights() -> Path:
    """The folder of exported networks and their manifest."""
    return _INSTALLED / "weights" if (_INSTALLED / "weights").is_dir() else _CHECKOUT / "models" / "weights"
