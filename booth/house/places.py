"""Where the house keeps its things, and how what nobody else may read is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def config_folder() -> Path:
    """Settings and the PIN: ``toonbooth`` in the user's configuration folder."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "toonbooth"


def state_folder() -> Path:
    """Logs: ``toonbooth`` in the user's state folder."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "toonbooth"


def write_private(path: Path, data: bytes) -> None:
    """Like ``files.write_atomic``, but at no moment readable by another user: mode 0600, in a folder of mode 0700 if it is new."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")        # mkstemp gives 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
