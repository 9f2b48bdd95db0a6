"""A thread with a life: set up, run until told to stop, tear down; on a passing fault back off and begin again."""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from booth.errors import PermanentError, TemporaryError

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 4.0


class Task(Protocol):
    """What a worker does. ``step`` is called again and again; ``teardown`` is called after every ``setup`` that began."""

    name: str

    def setup(self) -> None: ...
    def step(self) -> None: ...
    def teardown(self) -> None: ...


class Worker:
    """Runs a task in its own thread. A ``TemporaryError`` pauses (doubling, at most ``longest_pause_s``) and sets up afresh, for ever.

    Any other error ends the worker and is kept in ``error``. ``faults`` counts the temporary ones; ``fault`` is the
    present one, None while all is well.
    """

    def __init__(self, task: Task, longest_pause_s: float = LONGEST_PAUSE_S) -> None:
        self._longest_pause_s = longest_pause_s
        self._task = task
        self.name = task.name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name=task.name, daemon=True)
        self.fault: TemporaryError | None = None
        self.faults = 0
        self.error: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask to stop; does not wait."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end; False when it is still alive after ``timeout`` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _live(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                self._task.setup()
                while not self._stop.is_set():
                    self._task.step()
                    if self.fault is not None:
                        log.info("%s is back", self._task.name)
                        self.fault, pause = None, FIRST_PAUSE_S
            except TemporaryError as fault:
                if self.fault is None:
                    log.warning("%s: %s", self._task.name, fault)
                self.fault = fault
                self.faults += 1
            except PermanentError as error:
                log.debug("%s stopped", self._task.name, exc_info=True)
                self.error = error
                return
            except Exception as error:
                log.exception("%s stopped", self._task.name)
                self.error = error
                return
            finally:
                self._task.teardown()
            self._stop.wait(pause)
            pause = min(2 * pause, self._longest_pause_s)
