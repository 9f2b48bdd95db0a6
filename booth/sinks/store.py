"""Keeping sessions: one folder each, hidden while it is made, visible by one rename, gone without a rest.

    2026-11-21_153012_k3f9x2/         manifest.json and the files it lists; changes only by ``Store.add``, ``link``, ``consent_voice``
    .draft-…/                         a session being made; ``.reserve`` in it holds the disk space it may still need
    .gone-visitor-…/                  a session being deleted; stays until every copy elsewhere is gone too
    index.sqlite  purges.log  .lock

Deleting goes by the wall clock, so the clock is watched: a purge refuses when the clock stands before the newest session or
far after the last purge (``ClockDoubtful``), until somebody confirms the date. Nothing is dated before the newest session:
one made while the clock stood in 1970 does not expire at once when the clock is set right.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import os
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Literal

from booth.errors import AlreadyRunning, BoothError, ClockDoubtful, SessionUnknown, StorageBroken, StorageFull, UsageError
from booth.files import hold, reserve, sync_folder, write_atomic
from booth.sinks import Budget
from booth.sinks.index import (
    BEGAN,
    LATER,
    MANIFEST,
    About,
    Entry,
    Index,
    Kind,
    Link,
    Manifest,
    check_consent,
    mend,
    new_entry,
    read_manifest,
    sound,
    utc,
)

log = logging.getLogger(__name__)

DRAFT, GONE, RESERVE = ".draft-", ".gone-", ".reserve"
BLOCKS = 2 * 4096
"""What a file takes beyond its bytes: the rest of its last block, and its entry."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
SLACK_S = 60.0
"""A clock is corrected by this much in daily life."""
Why = Literal["visitor", "operator", "expired"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A session on disk. ``folder`` / ``entry.name`` is a file's place."""

    manifest: Manifest
    folder: Path


@dataclass(frozen=True, slots=True)
class Room:
    """Disk space: ``free_bytes`` beyond what the machine keeps · ``sessions_left`` that fit for certain."""

    free_bytes: int
    sessions_left: int
    level: Literal["ok", "low", "full"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What ``Store.repair`` did: counts · and names of folders that it left alone: ``unreadable`` manifest, ``damaged`` files."""

    drafts: int = 0
    deletions: int = 0
    halves: int = 0
    index_rows: int = 0
    unreadable: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


class Store:
    """All sessions under ``root``. Any thread may call; one process at a time. ``close`` it at the end.

    ``forget`` is called with the id of each session that is deleted, and why, once or more: print spool, films.
    All methods raise ``StorageFull`` when the disk is full and ``StorageBroken`` when it fails; nothing half is left visible.
    """

    def __init__(self, root: Path, budget: Budget | None = None, now: Callable[[], float] = time.time,
                 forget: Sequence[Callable[[str, str], None]] = (),
                 free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free) -> None:
        """``free``: bytes free on the disk of a folder. Raises ``AlreadyRunning`` when another store holds ``root``."""
        self.root, self.now, self._free = root, now, free
        self._budget = budget or Budget()
        self._forget = tuple(forget)
        self._mutex = threading.RLock()
        self._drafts: set[str] = set()
        with _border(root):
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held = _hold(root)
            try:
                self._index = Index(root / "index.sqlite")
            except BaseException:
                self._held.close()
                raise

    def close(self) -> None:
        with self._mutex:
            self._index.close()
            self._held.close()

    def begin(self) -> Draft:
        """A new session, with disk space set aside for all of it."""
        with self._guarded():
            self._need(self._session_bytes)
            id = f"{time.strftime(BEGAN, time.localtime(self._stamp()))}_{_letters(6)}"
            folder = self.root / f"{DRAFT}{id}"
            folder.mkdir()
            try:
                with (folder / RESERVE).open("xb") as file:
                    reserve(file.fileno(), self._session_bytes)
            except OSError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            self._drafts.add(id)
            return Draft(self, id, folder)

    def add(self, id: str, name: str, data: bytes, kind: Kind) -> Kept:
        """Put a file into a kept session. Raises ``SessionUnknown``, ``ConsentMissing``, ``UsageError`` for a name taken."""
        with self._guarded():
            kept = self.get(id)
            entry = new_entry(name, data, kind, kept.manifest.files)
            check_consent(kept.manifest, (entry,))
            target, staged = kept.folder / name, kept.folder / f"{LATER}{name}"
            if target.exists():
                raise UsageError(f"{name} is already in session {id}; choose another name")
            self._need(len(data))
            # whole under a hidden name, then listed, then shown: repair finishes what is listed and drops the rest
            staged.unlink(missing_ok=True)
            _write_new(staged, data)
            try:
                kept = self._rewrite(kept.manifest.model_copy(update={"files": (*kept.manifest.files, entry)}))
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
            staged.rename(target)
            sync_folder(kept.folder)
            return kept

    def consent_voice(self, id: str) -> Kept:
        """Write down, with the time, that the visitors agree to keep their voice; again: nothing. Raises ``SessionUnknown``."""
        with self._guarded():
            kept = self.get(id)
            if kept.manifest.consent.voice:
                return kept
            consent = kept.manifest.consent.model_copy(update={"voice": True})
            return self._rewrite(kept.manifest.model_copy(update={"consent": consent, "voice_agreed": utc(self._stamp())}))

    def link(self, id: str, token_sha256: str, hours: float) -> Link:
        """Remember a page for phones, for ``hours`` or as long as the session is kept. Raises ``SessionUnknown``."""
        with self._guarded():
            manifest = self.get(id).manifest
            at = utc(self._stamp())
            link = Link(token_sha256=token_sha256, expires_at=min(at + timedelta(hours=hours), manifest.expires_at))
            current = tuple(old for old in manifest.links if old.expires_at > at)
            self._rewrite(manifest.model_copy(update={"links": (*current, link)}))
            return link

    def by_link(self, token_sha256: str) -> Kept | None:
        """The session that a page shows; also when its time is over."""
        with self._guarded():
            return self._kept(self._index.by_link(token_sha256))

    def get(self, id: str) -> Kept:
        """Raises ``SessionUnknown``."""
        with self._guarded():
            if (kept := self._kept(self._index.get(id))) is None:
                raise SessionUnknown(f"there is no session {id}; it may have been deleted")
            return kept

    def sessions(self) -> list[Kept]:
        """Newest first."""
        with self._guarded():
            return [Kept(manifest, self.root / manifest.id) for manifest in self._index.all()]

    def delete(self, id: str, why: Why) -> None:
        """Delete every copy of a session. A copy that resists is tried again at each purge. Raises ``SessionUnknown``."""
        with self._guarded():
            kept = self.get(id)
            gone = self.root / f"{GONE}{why}-{id}"
            if kept.folder.is_dir():
                kept.folder.rename(gone)
            else:                                               # somebody deleted it by hand: copies elsewhere remain to be found
                gone.mkdir(exist_ok=True)
            sync_folder(self.root)
            self._finish(gone)

    def purge_expired(self, trust_clock: bool = False) -> int:
        """Delete what is over its time; returns how many sessions. Raises ``ClockDoubtful``.

        ``trust_clock``: a person has confirmed today's date; sessions dated later than now are dated now.
        """
        with self._guarded():
            now = self.now()
            if trust_clock:
                self._redate(now)
            else:
                self._doubt(now)
            for gone in list(self.root.glob(f"{GONE}*")):
                self._finish(gone)
            expired = self._index.expired(now)
            for id in expired:
                self.delete(id, "expired")
            self._index.purged = now
            return len(expired)

    def room(self) -> Room:
        with _border(self.root):
            free = max(0, self._free(self.root) - round(self._budget.spare_mib * 2**20))
        left = free // self._session_bytes
        return Room(free, left, "full" if left == 0 else "low" if left < self._budget.low_sessions else "ok")

    def repair(self) -> Repaired:
        """Set right what a crash left; call it first. Folders with a manifest that cannot be read are left as they are."""
        with self._guarded():
            drafts = [f for f in self.root.glob(f"{DRAFT}*") if f.name.removeprefix(DRAFT) not in self._drafts]
            for folder in drafts:
                shutil.rmtree(folder)
            gone = list(self.root.glob(f"{GONE}*"))
            folders = sorted(f for f in self.root.iterdir() if f.is_dir() and not f.name.startswith("."))
            read = {folder: read_manifest(folder) for folder in folders}
            whole = {folder: manifest for folder, manifest in read.items() if manifest is not None}
            halves = sum(mend(folder, manifest) for folder, manifest in whole.items())
            rows = self._index.rebuild(whole.values())
            done = sum(self._finish(folder) for folder in gone)
            if self._index.purged is None:
                self._index.purged = self._index.newest() or self.now()
            unreadable = tuple(f.name for f in folders if f not in whole)
            damaged = tuple(f.name for f, m in whole.items() if not sound(f, m))
        report = Repaired(len(drafts), done, halves, rows, unreadable, damaged)
        if report != Repaired():
            log.warning("sessions repaired: %s", report)
        return report

    @property
    def _session_bytes(self) -> int:
        return round(self._budget.session_mib * 2**20)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._mutex, _border(self.root):
            yield

    def _kept(self, manifest: Manifest | None) -> Kept | None:
        return None if manifest is None else Kept(manifest, self.root / manifest.id)

    def _need(self, size: int) -> None:
        if (room := self.room()).free_bytes < size:
            raise StorageFull(f"no room in {self.root}: {size >> 20} MiB wanted, {room.free_bytes >> 20} free; delete sessions or add a disk")

    def _stamp(self) -> float:
        """Now, but never before the newest session: see the module's docstring."""
        return max(self.now(), self._index.newest() or 0.0)

    def _doubt(self, now: float) -> None:
        newest, purged = self._index.newest() or now, self._index.purged
        purged = newest if purged is None else purged
        if now < max(newest, purged) - SLACK_S:
            raise ClockDoubtful(f"the clock went back to {utc(now):%Y-%m-%d %H:%M} UTC; set it right, or confirm the date to purge")
        if now - purged > self._budget.gap_days * 86400:
            raise ClockDoubtful(f"last purge {utc(purged):%Y-%m-%d}, clock says {utc(now):%Y-%m-%d}; check the date and confirm it to purge")

    def _redate(self, now: float) -> None:
        for kept in self.sessions():
            ahead = kept.manifest.created - utc(now)
            if ahead > timedelta(0):
                links = tuple(link.model_copy(update={"expires_at": link.expires_at - ahead}) for link in kept.manifest.links)
                agreed = kept.manifest.voice_agreed
                self._rewrite(kept.manifest.model_copy(update={
                    "created": utc(now), "expires_at": kept.manifest.expires_at - ahead, "links": links,
                    "voice_agreed": agreed and agreed - ahead}))

    def _rewrite(self, manifest: Manifest) -> Kept:
        folder = self.root / manifest.id
        write_atomic(folder / MANIFEST, manifest.text().encode())
        sync_folder(folder)
        self._index.put(manifest)
        return Kept(manifest, folder)

    def _finish(self, gone: Path) -> bool:
        """Delete what is in ``gone`` and all copies elsewhere, write that down, and only then let go of the folder."""
        why, _, id = gone.name.removeprefix(GONE).partition("-")
        try:
            files = list(gone.iterdir())
            for file in files:
                if file.is_dir() and not file.is_symlink():
                    shutil.rmtree(file)
                else:
                    file.unlink()
            self._index.drop(id)
            for forget in self._forget:
                forget(id, why)
            self._write_down(id, why, len(files))
            gone.rmdir()
        except (BoothError, OSError, sqlite3.Error) as error:
            log.warning("a deleted session is not gone from everywhere, tried again at the next purge: %s", error)
            return False
        return True

    def _write_down(self, id: str, why: str, files: int) -> None:
        line = {"at": utc(self.now()).isoformat(timespec="seconds"), "session": hashlib.sha256(id.encode()).hexdigest()[:16],
                "why": why, "files": files}
        with (self.root / "purges.log").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        log.info("session deleted: %s", line)


class Draft:
    """A session being made, by one thread. Invisible until ``confirm``; a crash discards it."""

    def __init__(self, store: Store, id: str, folder: Path) -> None:
        self.id = id
        self._store, self._folder = store, folder
        self._files: list[Entry] = []

    def add(self, name: str, data: bytes, kind: Kind) -> Entry:
        """Raises ``UsageError`` for a name that is taken or is no plain file name, ``StorageFull``, ``StorageBroken``."""
        self._check_open()
        entry = new_entry(name, data, kind, self._files)
        with _border(self._store.root):
            self._put(name, data)
        self._files.append(entry)
        return entry

    def confirm(self, about: About) -> Kept:
        """Make the session visible, whole. Raises ``ConsentMissing``; the draft stays open then, as after ``StorageFull``."""
        self._check_open()
        check_consent(about, self._files)
        store = self._store
        with store._guarded():
            at = utc(store._stamp())
            manifest = Manifest(**about.model_dump(), id=self.id, created=at, files=tuple(self._files),
                                expires_at=at + timedelta(hours=store._budget.keep_h))
            (self._folder / MANIFEST).unlink(missing_ok=True)
            self._put(MANIFEST, manifest.text().encode())
            os.truncate(self._folder / RESERVE, 0)
            store._index.put(manifest)
            try:
                (self._folder / RESERVE).unlink()
                sync_folder(self._folder)
                self._folder.rename(store.root / self.id)
            except OSError:
                store._index.drop(self.id)
                raise
            store._drafts.discard(self.id)
            sync_folder(store.root)
        return Kept(manifest, store.root / self.id)

    def discard(self) -> None:
        """Delete the draft. Again, or after ``confirm``: nothing."""
        with self._store._guarded():
            if self.id in self._store._drafts:
                shutil.rmtree(self._folder)
                self._store._drafts.discard(self.id)

    def _check_open(self) -> None:
        if self.id not in self._store._drafts:
            raise UsageError(f"session {self.id} was already kept or discarded; begin a new one")

    def _put(self, name: str, data: bytes) -> None:
        reserve = self._folder / RESERVE
        os.truncate(reserve, max(0, reserve.stat().st_size - len(data) - BLOCKS))
        _write_new(self._folder / name, data)


@contextlib.contextmanager
def _border(root: Path) -> Iterator[None]:
    """The system's and SQLite's errors as the booth's."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        full = isinstance(error, OSError) and error.errno in FULL
        if full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise StorageFull(f"the disk of {root} is full; delete sessions or add a disk") from error
        raise StorageBroken(f"cannot use {root}: {error}; check the disk and its permissions") from error


def _hold(root: Path) -> BinaryIO:
    """The lock that a process holds on its store; the system lets go of it when the process dies."""
    file = (root / ".lock").open("ab")
    if not hold(file.fileno()):
        file.close()
        raise AlreadyRunning(f"another booth keeps its sessions in {root}; close it first")
    return file


def _write_new(path: Path, data: bytes) -> None:
    """Flushed to disk, or not there. Raises FileExistsError."""
    with path.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise


def _letters(count: int) -> str:
    return "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(count))
