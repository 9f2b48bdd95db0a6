"""What happened today, and on the days before: counts and means for each minute, and nothing that belongs to a person."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

log = logging.getLogger(__name__)

MINUTES = 24 * 60
COUNTS = ("visitors", "sessions", "strips", "prints", "clips")
"""What is counted …"""
MEANS = ("fps", "latency_ms")
"""… and what is measured."""
STAYED_S, AWAY_S = 2.0, 30.0
"""Who is drawn for so long is a visitor; one who was away for longer and comes back is another."""
_TABLES = """
CREATE TABLE IF NOT EXISTS minutes (date TEXT, name TEXT, minute INTEGER, total REAL, n INTEGER, PRIMARY KEY (date, name, minute)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS once (name TEXT, key TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID;
"""


class Day:
    """Counts of all days in a small SQLite file at ``path``; without one, or when its disk fails, in memory until the booth ends: counting
    never stops a booth. Days and minutes are those of the wall clock ``now`` on the wall. Any thread may call."""

    def __init__(self, path: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: set[tuple[str, str]] = set()
        self._db = _memory()
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._db = _open(path)
            except (OSError, sqlite3.Error) as error:
                log.warning("the counts of the day are kept in memory only: %s", error)

    def add(self, name: str, count: float = 1) -> None:
        """So many more in this minute."""
        self._write([(*_minute(self._now()), name, count)])

    def sample(self, name: str, value: float) -> None:
        """One measurement; a minute shows the mean of its own."""
        self.add(name, value)

    def once(self, name: str, things: Iterable[tuple[str, float]]) -> int:
        """Count each thing (its key, when: seconds since 1970) once for all times, in the minute in which it was. Of keys only a hash is kept.
        Returns how many were new."""
        fresh = {(name, key): at for key, at in things if (name, key) not in self._known}
        if not fresh:
            return 0
        rows = []
        with self._lock:
            for (_, key), at in fresh.items():
                hashed = hashlib.sha256(key.encode()).hexdigest()[:16]
                if self._execute("INSERT OR IGNORE INTO once VALUES (?, ?)", (name, hashed)):
                    rows.append((*_minute(at), name, 1.0))
        self._known.update(fresh)
        self._write(rows)
        return len(rows)

    def total(self, name: str, date: str | None = None) -> int:
        """Of a day, as 2026-11-21; of today unless one is given."""
        found = self._read("SELECT sum(total) FROM minutes WHERE date = ? AND name = ?", date or self.date, name)
        return round(found[0][0] or 0)

    def counts(self, name: str, date: str | None = None) -> np.ndarray:
        """(1440,) float32: for each minute of the day, 0 where nothing was."""
        return np.nan_to_num(self._minutes(name, date)[0])

    def means(self, name: str, date: str | None = None) -> np.ndarray:
        """(1440,) float32: for each minute of the day, NaN where nothing was measured."""
        total, n = self._minutes(name, date)
        return total / n

    @property
    def date(self) -> str:
        return _minute(self._now())[0]

    def dates(self) -> list[str]:
        """Days of which something is known, the newest first."""
        return [date for date, in self._read("SELECT DISTINCT date FROM minutes ORDER BY date DESC")]

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _minutes(self, name: str, date: str | None) -> tuple[np.ndarray, np.ndarray]:
        total, n = np.full(MINUTES, np.nan, np.float32), np.full(MINUTES, np.nan, np.float32)
        for minute, value, count in self._read("SELECT minute, total, n FROM minutes WHERE date = ? AND name = ?", date or self.date, name):
            total[minute], n[minute] = value, count
        return total, n

    def _write(self, rows: list[tuple[str, int, str, float]]) -> None:
        with self._lock:
            for date, minute, name, value in rows:
                self._execute("INSERT INTO minutes VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET total = total + excluded.total, n = n + 1",
                              (date, name, minute, value))

    def _execute(self, words: str, values: tuple) -> int:
        """Rows that it changed. A disk that fails ends the file, not the counting: what there was goes on in memory."""
        try:
            return self._db.execute(words, values).rowcount
        except sqlite3.Error as error:
            log.warning("the counts of the day are kept in memory from now on: %s", error)
            broken, self._db = self._db, _memory()
            try:
                broken.backup(self._db)
            except sqlite3.Error:
                self._db = _memory()
            broken.close()
            return self._db.execute(words, values).rowcount

    def _read(self, words: str, *values: str) -> list[tuple]:
        with self._lock:
            try:
                return self._db.execute(words, values).fetchall()
            except sqlite3.Error as error:
                log.warning("the counts of the day cannot be read: %s", error)
                return []


class Visitors:
    """Who is drawn, one after the other; a passer-by is no visitor."""

    def __init__(self) -> None:
        self._since: dict[int, tuple[float, float]] = {}
        self._counted: set[int] = set()

    def see(self, ids: Iterable[int], now: float) -> int:
        """``ids`` of those drawn now, at monotonic seconds ``now``; how many of them have become visitors by that."""
        self._since = {id: (first, last) for id, (first, last) in self._since.items() if now - last <= AWAY_S}
        self._counted &= self._since.keys()
        fresh = 0
        for id in ids:
            first = self._since.get(id, (now, now))[0]
            self._since[id] = (first, now)
            if id not in self._counted and now - first >= STAYED_S:
                self._counted.add(id)
                fresh += 1
        return fresh


def _minute(at: float) -> tuple[str, int]:
    """(day as 2026-11-21, minute of the day) of seconds since 1970, by the clock on the wall."""
    there = time.localtime(at)
    return time.strftime("%Y-%m-%d", there), there.tm_hour * 60 + there.tm_min


def _memory() -> sqlite3.Connection:
    return _tables(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))


def _open(path: Path) -> sqlite3.Connection:
    """A file that is no database, or a damaged one, is put aside. Raises ``sqlite3.Error``, ``OSError``."""
    try:
        return _tables(sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1))
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        log.warning("%s is damaged (%s); it is put aside and a new one begun", path.name, error)
        for part in ("-wal", "-shm"):
            path.with_name(path.name + part).unlink(missing_ok=True)
        path.replace(path.with_name(f"{path.name}.broken"))
        return _tables(sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1))


def _tables(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")               # a power cut costs the last counts; nobody waits for the disk
        db.executescript(_TABLES)
        if db.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.Error:
        db.close()
        raise
    return db
