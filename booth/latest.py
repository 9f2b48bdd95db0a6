"""A one-slot mailbox: the newest wins, what it replaced unread is counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Thread-safe. ``put`` never blocks; ``take`` empties the slot; ``peek`` leaves it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._fresh = False
        self.put_count = 0
        self.dropped = 0

    def put(self, item: T) -> None:
        with self._condition:
            self.dropped += self._fresh
            self._item, self._fresh = item, True
            self.put_count += 1
            self._condition.notify_all()

    def take(self, timeout: float) -> T | None:
        """The newest item not yet taken, waiting up to ``timeout`` seconds; None when there is none."""
        with self._condition:
            if not self._condition.wait_for(lambda: self._fresh, timeout):
                return None
            self._fresh = False
            self._condition.notify_all()
            return self._item

    def wait_until_taken(self, timeout: float) -> bool:
        """Whether the slot is free, after at most ``timeout`` seconds: for who would rather wait than replace."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._fresh, timeout)

    @property
    def fresh(self) -> bool:
        """Whether there is an item not yet taken."""
        with self._condition:
            return self._fresh

    def peek(self) -> T | None:
        """The newest item, taken or not."""
        with self._condition:
            return self._item
