"""One processor core for a measurement."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2


@contextmanager
def one_core() -> Iterator[None]:
    """This thread, and all that it starts meanwhile, on one core where the system can do that; OpenCV on one thread."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    try:
        if before is not None:
            os.sched_setaffinity(0, {min(before)})
        yield
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)
        cv2.setNumThreads(threads)
