"""The recordings' folder is kept small: the oldest are deleted when there are too many."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from booth.errors import StorageFull
from booth.sinks.fragments import DONE, OPEN
from booth.sinks.recording import BAD

log = logging.getLogger(__name__)

KEEP = ".keep"


def protect(recording: Path) -> None:
    """Keep this one when room is needed; delete the .keep file beside it to take that back."""
    recording.with_name(recording.name.removesuffix(OPEN).removesuffix(DONE) + KEEP).touch()


class Ring:
    """Keeps the folder under ``cap_bytes`` and the disk above ``reserve_bytes`` free, at the cost of the oldest recordings."""

    def __init__(self, folder: Path, cap_bytes: int, reserve_bytes: int,
                 free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> None:
        """``free``: bytes free on the disk of a folder."""
        self._folder, self._cap, self._reserve, self._free = folder, cap_bytes, reserve_bytes, free
        self.deleted = 0

    def free_beyond(self) -> int:
        """Bytes free beyond the reserve; less than none when the disk is too full."""
        return self._free(self._folder) - self._reserve

    def make_room(self, need_bytes: int = 0) -> None:
        """Delete until the folder can grow by ``need_bytes``. Raises ``StorageFull`` when nothing may be deleted any more: what is
        protected, what is being written."""
        sizes = self._sizes()
        old = [path for path in sorted(sizes) if not path.name.endswith(OPEN) and not path.with_suffix(KEEP).exists()]
        while (over := sum(sizes.values()) + need_bytes > self._cap) or self.free_beyond() < need_bytes:
            if not old:
                why = "has reached its size, and all in it is protected" if over else "is on a disk that is full"
                raise StorageFull(f"recording has stopped: {self._folder} {why}; make room, it goes on by itself")
            log.info("recording %s is deleted for room", old[0].name)
            old[0].unlink(missing_ok=True)
            del sizes[old.pop(0)]
            self.deleted += 1

    def _sizes(self) -> dict[Path, int]:
        """Of all recordings. Other threads finish and delete some meanwhile."""
        sizes = {}
        for path in self._folder.iterdir():
            if path.suffix in (DONE, BAD) and not path.name.startswith("."):
                with contextlib.suppress(FileNotFoundError):
                    sizes[path] = path.stat().st_size
        return sizes
