import threading

from booth.errors import CameraLost, CameraUnusable
from booth.worker import Worker


class Scripted:
    """A task whose steps follow a script of exceptions (None: a good step); then it idles."""

    name = "scripted"

    def __init__(self, *script):
        self.script, self.setups, self.teardowns, self.good = list(script), 0, 0, threading.Event()

    def setup(self):
        self.setups += 1

    def step(self):
        if self.script:
            error = self.script.pop(0)
            if error is not None:
                raise error
        else:
            self.good.set()
            threading.Event().wait(0.01)

    def teardown(self):
        self.teardowns += 1


def test_a_passing_fault_is_retried_with_a_fresh_setup():
    task = Scripted(None, CameraLost("gone"), CameraLost("still gone"))
    worker = Worker(task)
    worker.start()
    assert task.good.wait(5)
    worker.stop()
    assert worker.join(2)
    assert (task.setups, task.teardowns) == (3, 3)
    assert worker.faults == 2
    assert worker.fault is None
    assert worker.error is None


def test_a_permanent_fault_ends_the_worker_and_tears_down():
    task = Scripted(CameraUnusable("no"))
    worker = Worker(task)
    worker.start()
    assert worker.join(2)
    assert isinstance(worker.error, CameraUnusable)
    assert task.teardowns == 1


def test_stop_interrupts_the_pause():
    task = Scripted(*[CameraLost("gone")] * 50)
    worker = Worker(task)
    worker.start()
    worker.stop()
    assert worker.join(2)
