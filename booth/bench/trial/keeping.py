"""Trials of what is kept: the booth killed, a recording killed, the disk full, the clock set wrong."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil

from booth.bench.trial import Row, waited, worst
from booth.bench.trial.scene import film
from booth.bench.trial.visits import FILM, SAID
from booth.errors import ClockDoubtful, StorageFull
from booth.settings import RecordSettings
from booth.sinks import Budget
from booth.sinks.fragments import OPEN
from booth.sinks.index import About, Consent, sound
from booth.sinks.recorder import Recorder
from booth.sinks.recording import recordings, repair
from booth.sinks.store import Store
from booth.worker import Worker

KILLS, FILM_KILLS = 2, 20
LONGEST_S = 120.0
FILM_S = 2.0
DISK_MIB, SESSION_MIB = 320, 8
VISITED = "import pathlib, sys; from booth.bench.trial import visits; visits.main(pathlib.Path(sys.argv[1]))"
"""As light a main module as the booth's own, for its painter's process loads that too."""
ABOUT = About(characters=("romance",), mix=0.0, layout="strip", consent=Consent(photo=True), language="en")


def killed() -> Row:
    """From SIGKILL of a supervised booth to its next picture; sessions that a visitor saw kept are all there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / FILM, np.stack(film(12)))
        command = [sys.executable, "-m", "booth.house.supervise", "--", sys.executable, "-c", VISITED, name]
        keeper = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"XDG_RUNTIME_DIR": name})
        times: list[float | None] = []
        drawn: list[float] = []
        try:
            for number in range(1, KILLS + 1):
                if waited(lambda: len(_said(folder, "kept")) >= number, LONGEST_S) is None:  # noqa: B023
                    raise TimeoutError("the visitors of a booth that is to be killed come to no end")
                time.sleep(random.uniform(0, 3.0))
                booth, before = psutil.Process(keeper.pid).children()[0], len(_said(folder, "drawn"))
                at = time.monotonic()
                booth.send_signal(signal.SIGKILL)
                back = waited(lambda: len(_said(folder, "drawn")) > before, LONGEST_S)  # noqa: B023
                times.append(None if back is None else float(_said(folder, "up")[-1]) - at)
                drawn += [] if back is None else [float(_said(folder, "drawn")[-1]) - at]
        finally:
            keeper.terminate()
            keeper.wait(30)
        promised = set(_said(folder, "kept"))
        store = Store(folder / "sessions")
        store.repair()
        whole = {kept.manifest.id for kept in store.sessions() if sound(kept.folder, kept.manifest)}
        store.close()
        lost = promised - whole
        words = f"{len(lost)} of {len(promised)} confirmed sessions; a character after {max(drawn, default=float('nan')):.1f} s"
        return Row("booth killed: a picture again", worst(times), words, 10.0, not lost, KILLS)


def _said(folder: Path, word: str) -> list[str]:
    path = folder / SAID
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split()[1] for line in lines if line.startswith(f"{word} ") and len(line.split()) == 2]


def film_for_ever(folder: Path) -> None:
    """Record in real time until killed; ``fed``: how many pictures were handed over."""
    recorder = Recorder(RecordSettings(folder=folder, width=640, height=360, reserve_gib=0, hardware=False, minutes=0.05))
    worker = Worker(recorder)
    worker.start()
    time.sleep(0.3)
    fed = os.open(folder / "fed", os.O_WRONLY | os.O_CREAT)
    picture, begun = np.random.default_rng(0).integers(0, 255, (360, 640, 3), np.uint8), time.monotonic()
    for tick in range(10**9):
        at = begun + tick / 30
        time.sleep(max(0.0, at - time.monotonic()))
        recorder.show(np.roll(picture, 8 * tick, 1), at)
        recorder.hear(np.zeros(1600, np.float32), at)
        os.pwrite(fed, f"{tick + 1:9d}".encode(), 0)


def recording_killed() -> Row:
    """How much of each recording is missing after SIGKILL and repair; each file plays before and after."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    lost: list[float | None] = []
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        for number in range(FILM_KILLS):
            folder = Path(name) / str(number)
            folder.mkdir()
            child = context.Process(target=film_for_ever, args=(folder,))
            child.start()
            waited(lambda: (folder / "fed").exists() and (folder / "fed").stat().st_size > 0, 60.0)  # noqa: B023
            time.sleep(random.uniform(0.2, FILM_S))
            child.kill()
            child.join()
            seconds = int((folder / "fed").read_text()) / 30
            broken += sum(not _plays(path) for path in folder.glob(f"*{OPEN}") if path.stat().st_size)
            mended = repair(folder)
            kept = recordings(folder)
            broken += len(mended.unreadable) + sum(not _plays(one.path) for one in kept)
            lost.append(max(0.0, seconds - sum(one.seconds for one in kept)))
    return Row("recording killed: lost of each", worst(lost), f"{broken} files that do not play", 2.0, not broken, FILM_KILLS)


def _plays(path: Path) -> bool:
    try:
        with av.open(str(path)) as container:
            return sum(1 for _ in container.decode(video=0)) > 0
    except av.FFmpegError:
        return False


def disk_full() -> Row:
    """A small disk of its own, mounted where nobody else sees it, filled with recordings and then with sessions."""
    with tempfile.TemporaryDirectory() as name:
        script = f'mount -t tmpfs -o size={DISK_MIB}m none "$1" && exec "$2" -m booth.bench.trial.keeping "$1"'
        command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", name, sys.executable]
        fault = "disk full, then room again: recording goes on"
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=240)
        except FileNotFoundError:
            return Row(fault, None, "", 10.0, skipped="unshare is not installed")
    if done.returncode:
        words = (done.stderr.strip().splitlines() or [""])[-1]
        refused = "mount" in words or "unshare" in words
        return Row(fault, None, words, 10.0, sound=False, skipped="this system lets nobody mount a small disk" if refused else "")
    seconds, kept, corrupt, first = done.stdout.strip().splitlines()[-1].split()
    lost = f"{corrupt} of {kept} sessions corrupt; {'recording' if first == 'recording' else 'sessions'} shed first"
    return Row(fault, None if seconds == "never" else float(seconds), lost, 10.0, corrupt == "0" and first == "recording")


def fill(root: Path) -> str:
    """Seconds until recording goes on after there is room again · sessions kept · of them corrupt · what gave way first."""
    store = Store(root / "sessions", Budget(session_mib=SESSION_MIB, spare_mib=4))
    recorder = Recorder(RecordSettings(folder=root / "film", width=640, height=360, sound=False, reserve_gib=64 / 1024, hardware=False,
                                       minutes=0.05))
    worker = Worker(recorder)
    worker.start()
    chance = np.random.default_rng(0)
    kept, first = [], ""

    def feed() -> None:
        recorder.show(chance.integers(0, 255, (360, 640, 3), np.uint8), time.monotonic())
        time.sleep(1 / 60)

    if waited(lambda: recorder.seconds > 4, 60.0, feed) is None:
        raise TimeoutError(f"nothing is recorded: {recorder.fault or 'no reason given'}")
    began = time.monotonic()
    while not first and time.monotonic() - began < 120:
        feed()
        if recorder.fault is not None:
            first = "recording" if store.room().sessions_left else "sessions"
        elif recorder.seconds % 0.5 < 0.1:
            try:
                kept.append(_session(store))
            except StorageFull:
                first = "sessions"
    full = False
    while not full:                                                     # now sessions alone, to the last
        try:
            kept.append(_session(store))
        except StorageFull:
            full = True
    corrupt = sum(not sound(one.folder, one.manifest) for one in store.sessions()) + (len(store.sessions()) != len(kept))
    store.close()
    store = Store(root / "sessions", Budget(session_mib=SESSION_MIB, spare_mib=4))
    store.repair()
    corrupt += sum(not sound(one.folder, one.manifest) for one in store.sessions()) + (len(store.sessions()) != len(kept))
    for id in kept[:len(kept) * 3 // 4]:
        store.delete(id, "operator")
    before = recorder.seconds
    back = waited(lambda: recorder.seconds > before, 60.0, feed)
    worker.stop()
    worker.join(20.0)
    store.close()
    return f"{'never' if back is None else round(back, 2)} {len(kept)} {corrupt} {first or 'neither'}"


def _session(store: Store) -> str:
    draft = store.begin()
    try:
        draft.add("strip.png", os.urandom(4_000_000), "strip")
        return draft.confirm(ABOUT).manifest.id
    except BaseException:
        draft.discard()
        raise


def clock_jump() -> Row:
    """A clock set a year ahead, then a day back: the operator is told at once, nothing is deleted; set right, all is as before."""
    now = [time.time()]
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name), Budget(session_mib=SESSION_MIB, spare_mib=0), now=lambda: now[0])
        store.repair()
        ids = {_session(store) for _ in range(3)}
        store.purge_expired()
        right, told = now[0], 0
        began = time.monotonic()
        for jump in (timedelta(days=400), -timedelta(days=1)):
            now[0] = right + jump.total_seconds()
            try:
                store.purge_expired()
            except ClockDoubtful:
                told += 1
            made = _session(store)
            ids.add(made)
        now[0] = right + 60
        try:
            store.purge_expired()
        except ClockDoubtful:
            told += 1                                                   # a session dated in a year makes it doubt: a person confirms
        store.purge_expired(trust_clock=True)
        seconds = time.monotonic() - began
        there = {kept.manifest.id for kept in store.sessions()}
        store.close()
    lost = ids - there
    return Row("clock a year ahead, a day back, right again", seconds, f"{len(lost)} of {len(ids)} sessions; told {told} times", 5.0,
               not lost and told >= 2)


if __name__ == "__main__":
    print(fill(Path(sys.argv[1])))
