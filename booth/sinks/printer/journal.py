"""What was asked of the printer and what became of it: a small SQLite file that outlives the booth, so that nothing prints twice."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from booth.errors import PrinterLost, PrintRefused
from booth.sinks.printer.job import UNLIMITED, Job, Quota, Sheet, SheetState, Wish

USED_UP = "the prints of today are used up; allow more a day in the settings to go on"
_TABLE = """CREATE TABLE IF NOT EXISTS sheets (
    key TEXT, copy INTEGER, session TEXT, picture TEXT, media TEXT, asked_at REAL, wish TEXT, number TEXT, state TEXT, reason TEXT,
    visitor INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (key, copy))"""
_LATER = "ALTER TABLE sheets ADD COLUMN visitor INTEGER NOT NULL DEFAULT 1"
"""For journals that were begun before the operator's sheets were told apart."""


class Journal:
    """One file for one event; a new event begins with a new file. Any thread may call; every call is one transaction.

    ``now``: seconds since 1970. All methods raise ``PrinterLost`` when the file cannot be read or written.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as db:
            db.execute(_TABLE)
            if "visitor" not in [column[1] for column in db.execute("PRAGMA table_info(sheets)")]:
                db.execute(_LATER)

    def ask(self, key: str, picture: Path, copies: int, media: str, session: str = "", quota: Quota | None = UNLIMITED) -> Job:
        """Write down a wish for ``copies`` sheets. The same ``key`` again changes nothing: the job that it has is returned.
        ``quota`` of the visitors; None: it is the operator who asks, and the sheets are not counted.

        Raises ``PrintRefused`` when the quota does not suffice, the key is not ``[A-Za-z0-9._-]`` (100 at most), or copies < 1.
        """
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", key) or copies < 1:
            raise PrintRefused(f"a print needs a short plain key and at least one copy, not {key!r} and {copies}")
        with self._open() as db:
            if found := _read(db, "WHERE key = ?", key):
                return found[0]
            now = self._now()
            if quota is not None:
                _check(db, copies, session, quota, now)
            row = (session, str(picture), media, now, quota is not None)
            db.executemany("INSERT INTO sheets (key, copy, session, picture, media, asked_at, visitor, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'asked')",
                           [(key, n + 1, *row) for n in range(copies)])
            return _read(db, "WHERE key = ?", key)[0]

    def job(self, key: str) -> Job | None:
        with self._open() as db:
            return next(iter(_read(db, "WHERE key = ?", key)), None)

    def jobs(self) -> list[Job]:
        """All, the oldest first."""
        with self._open() as db:
            return _read(db)

    def open(self) -> list[Job]:
        """Those that are not over, or are to be cancelled or forgotten; the oldest first."""
        with self._open() as db:
            return _read(db, "WHERE key IN (SELECT key FROM sheets WHERE state IN ('asked', 'sent') OR wish IS NOT NULL)")

    def note(self, key: str, copy: int, state: SheetState, number: str | None = None, reason: str | None = None) -> None:
        """Write down what became of a sheet. A number once noted stays."""
        with self._open() as db:
            db.execute("UPDATE sheets SET state = ?, number = coalesce(?, number), reason = ? WHERE key = ? AND copy = ?",
                       (state, number, reason, key, copy))

    def wish(self, key: str, wish: Wish) -> None:
        """Write down that a job is to be cancelled or forgotten; forgetting outranks cancelling."""
        with self._open() as db:
            db.execute("UPDATE sheets SET wish = ? WHERE key = ? AND wish IS NOT 'forget'", (wish, key))

    def granted(self, key: str) -> None:
        """The wish has come true. A forgotten job keeps its key and its sheets, for the quota, and loses picture and session."""
        with self._open() as db:
            db.execute("UPDATE sheets SET picture = NULL, session = '' WHERE key = ? AND wish = 'forget'", (key,))
            db.execute("UPDATE sheets SET wish = NULL WHERE key = ?", (key,))

    def today(self) -> int:
        """Visitors' sheets of today, by the clock on the wall, that were printed or are about to be."""
        with self._open() as db:
            return _today(db, self._now())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            db = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            try:
                db.execute("PRAGMA secure_delete = ON")             # a forgotten picture's name is overwritten
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            finally:
                db.close()                                          # without COMMIT: all undone
        except sqlite3.Error as error:
            raise PrinterLost(f"the print journal {self._path} cannot be used ({error}); free space on its disk, or move it away") from error


def _check(db: sqlite3.Connection, copies: int, session: str, quota: Quota, now: float) -> None:
    if quota.session is not None and _count(db, "session = ?", session) + copies > quota.session:
        raise PrintRefused(f"no more than {quota.session} sheets for one visit")
    if quota.day is not None and _today(db, now) + copies > quota.day:
        raise PrintRefused(USED_UP)


def _today(db: sqlite3.Connection, now: float) -> int:
    day = date.fromtimestamp(now)
    midnights = [datetime.combine(day + timedelta(days=n), datetime.min.time()).timestamp() for n in (0, 1)]
    return _count(db, "asked_at >= ? AND asked_at < ?", *midnights)


def _count(db: sqlite3.Connection, where: str, *values: str | float) -> int:
    """Visitors' sheets."""
    count = f"SELECT count(*) FROM sheets WHERE visitor AND state IN ('asked', 'sent', 'printed') AND {where}"
    return int(db.execute(count, values).fetchone()[0])


def _read(db: sqlite3.Connection, where: str = "", *values: str) -> list[Job]:
    columns = "key, session, picture, media, asked_at, wish, reason, copy, number, state"
    rows = db.execute(f"SELECT {columns} FROM sheets {where} ORDER BY asked_at, key, copy", values).fetchall()
    jobs = []
    for (key, session, picture, media, asked_at, wish), group in groupby(rows, lambda row: row[:6]):
        sheets = list(group)
        reason = next((row[6] for row in sheets if row[6]), None)
        jobs.append(Job(key, session, Path(picture) if picture else None, media, asked_at, wish, reason, tuple(Sheet(*row[7:]) for row in sheets)))
    return jobs
