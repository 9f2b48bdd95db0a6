"""A file to send to who helps: logs, versions, the doctor's table, settings; no pictures, no names, no secrets."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from booth import __version__
from booth.errors import UsageError
from booth.files import write_atomic
from booth.house.form import Field, schema
from booth.house.logs import clean, log_files
from booth.settings import Settings

MOST_LOG_BYTES = 12 * 2**20
"""Of all logs together; the oldest are left out."""
README = """Toonbooth, for support. In here: the log, versions, this machine, the preflight's table, the settings.
Left out: pictures, sessions, the PIN, links, passwords, and every name and folder in the settings."""


def support_bundle(target: Path, settings: Settings, doctor: str = "", folder: Path | None = None) -> Path:
    """Write ``target``, a .zip. ``doctor``: its table as text · ``folder``: of the logs. Raises ``UsageError`` for another ending or a place
    that cannot be written."""
    if target.suffix.lower() != ".zip":
        raise UsageError(f"{target} must end in .zip")
    secrets = [value for value in _texts(settings) if len(value) > (3 if value.isascii() else 1)]       # “ko” is no secret
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", README)
        bundle.writestr("machine.json", json.dumps(_machine(), indent=1))
        bundle.writestr("settings.json", json.dumps(_bare(settings.model_dump(mode="json"), schema()), indent=1))
        bundle.writestr("doctor.txt", clean(doctor, secrets))
        room = MOST_LOG_BYTES
        for path in sorted(log_files(folder), key=_age):
            text = clean(path.read_text(encoding="utf-8", errors="replace"), secrets)[:room]
            room -= len(text)
            bundle.writestr(f"logs/{path.name}", text)
    try:
        write_atomic(target, data.getvalue())
    except OSError as error:
        raise UsageError(f"{target} cannot be written ({error.strerror}); choose another place") from error
    return target


def _bare(values: dict[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Numbers, switches and choices as they are; of texts, paths and lists only whether they are set."""
    bare: dict[str, Any] = {}
    for field in fields:
        name = field.path.rsplit(".", 1)[-1]
        value = values.get(name)
        match field.kind:
            case "group" if isinstance(value, dict):
                bare[name] = _bare(value, field.fields)
            case "union" if isinstance(value, dict):
                bare[name] = {"kind": value.get("kind"), **_bare(value, (field.variants or {}).get(str(value.get("kind")), ()))}
            case "text" | "path" | "list":
                bare[name] = value if value == field.default else "[set]"
            case _:
                bare[name] = value
    return bare


def _texts(settings: Settings) -> list[str]:
    """Every text that somebody typed in: it may stand in the logs too."""
    def inside(values: dict[str, Any], fields: Iterable[Field]) -> list[str]:
        found: list[str] = []
        for field in fields:
            value = values.get(field.path.rsplit(".", 1)[-1])
            if isinstance(value, dict):
                found += inside(value, (*field.fields, *(field.variants or {}).get(str(value.get("kind")), ())))
            elif field.kind in ("text", "path") and isinstance(value, str) and value != field.default:
                found.append(value)
            elif isinstance(value, list) and value != field.default:
                found += [entry for entry in value if isinstance(entry, str)]
        return found
    return sorted(inside(settings.model_dump(mode="json"), schema()), key=len, reverse=True)


def _machine() -> dict[str, Any]:
    packages = sorted({f"{package.name} {package.version}" for package in metadata.distributions()}, key=str.lower)
    memory = psutil.virtual_memory()
    desktop = {name: os.environ.get(name, "") for name in ("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "QT_QPA_PLATFORM")}
    return {"toonbooth": __version__, "python": sys.version.split()[0], "system": f"{platform.system()} {platform.release()}",
            "processor": platform.machine(), "cores": psutil.cpu_count(), "memory_mib": memory.total >> 20, "free_mib": memory.available >> 20,
            "desktop": desktop, "packages": packages}


def _age(path: Path) -> tuple[int, str]:
    """booth.jsonl before booth.jsonl.1 and so on."""
    last = path.suffix.removeprefix(".")
    return (int(last) if last.isdigit() else 0, path.name)
