"""Writing so that a power cut leaves the old file or the new one, never half of either."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BEYOND = 1 << 62
"""Windows locks bytes, and nobody else may read them: one that no file has."""


def write_atomic(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``: temporary file beside it, flushed to disk, renamed. Replaces an existing file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def data_folder() -> Path:
    """Where the booth keeps what visitors made: ``toonbooth`` in the user's data folder."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "toonbooth"


def cache_folder() -> Path:
    """Where the booth keeps what it could make again: ``toonbooth`` in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "toonbooth"


def hold(handle: int, wait: bool = False) -> bool:
    """Lock the open file ``handle`` for this process, until it is closed or the process dies. False when another one holds it and
    nobody wants to ``wait``. Raises OSError where the file system knows no locks."""
    try:
        if sys.platform == "win32":
            at = os.lseek(handle, 0, os.SEEK_CUR)
            os.lseek(handle, BEYOND, os.SEEK_SET)
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            finally:
                os.lseek(handle, at, os.SEEK_SET)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Names that were just given or taken away in ``folder`` survive a power cut. On Windows they do by themselves."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def appear(half: Path, target: Path) -> None:
    """``half``, which is whole, is called ``target`` from now on. Raises ``FileExistsError`` when that name was taken meanwhile."""
    try:
        os.link(half, target)
    except FileExistsError:
        raise
    except OSError:                                             # a disk without second names, as memory sticks are
        target.open("xb").close()
        half.replace(target)
    half.unlink(missing_ok=True)


def reserve(handle: int, size: int) -> None:
    """Set ``size`` bytes of the disk aside for the open, empty file ``handle``. Raises OSError when they are not there."""
    if sys.platform == "win32":
        os.ftruncate(handle, size)                                      # NTFS gives a file its place with its length
    else:
        os.posix_fallocate(handle, 0, size)
