"""Threads share their heaps. In a process of its own: what is set once stays."""

import ctypes
import subprocess
import sys

import pytest

COUNT = """
import ctypes, sys, threading
from booth.house.heaps import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
together = threading.Barrier(9)
def work():
    mine = bytearray(100_000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
together.wait()
for thread in threads:
    thread.join()
ctypes.CDLL(None).malloc_stats()
"""


GIVE = """
import psutil
from booth.house.heaps import give_back
mib = lambda: psutil.Process().memory_info().rss / 2**20
things = [bytearray(50_000) for _ in range(2000)]
last = things[-1]
del things
before = mib()
give_back()
print(before - mib())
"""
pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="the C library is not glibc")


def run(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True, check=True, timeout=60)


def test_threads_share_two_heaps_where_each_would_have_its_own():
    assert run(COUNT, "alone").stderr.count("Arena ") > 2
    assert run(COUNT, "shared").stderr.count("Arena ") == 2


def test_what_is_free_below_what_is_not_goes_back_to_the_system():
    assert float(run(GIVE).stdout) > 50
