"""What is written down of a session, and an index over all of them.

The manifests on disk are the truth. The index (SQLite, WAL, one writer) only makes asking quick and can be rebuilt.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from booth.errors import ConsentMissing, UsageError
from booth.settings import Model

MANIFEST, LATER = "manifest.json", ".add-"
BEGAN = "%Y-%m-%d_%H%M%S"
"""How a session's name begins: when it did, by the clock on the wall."""
Kind = Literal["strip", "cut", "moving", "clip", "video", "other"]
"""strip: the four-cut · cut: one of its pictures · moving: a short loop · clip: the talking clip, with the voice · video."""


class Entry(Model):
    """A file of a session."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    kind: Kind
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(ge=0)


class Consent(Model):
    photo: bool
    voice: bool = False


class Link(Model):
    """A page for a phone; only the hash of its token is known here."""

    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires_at: AwareDatetime


class About(Model):
    """What the visitor chose."""

    characters: tuple[str, ...]
    mix: float = Field(0.0, ge=0, le=1)
    layout: str
    consent: Consent
    language: Literal["ko", "en", "ja"]


class Manifest(About):
    """A session as written in its folder. All times are UTC. ``voice_agreed``: when the consent to keep the voice was added to it."""

    version: Literal[1] = 1
    id: str
    created: AwareDatetime
    expires_at: AwareDatetime
    files: tuple[Entry, ...]
    links: tuple[Link, ...] = ()
    voice_agreed: AwareDatetime | None = None

    def text(self) -> str:
        return self.model_dump_json(indent=1, exclude_none=True)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in ``folder``; None when it is missing, broken, of a future version, or of another session."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValidationError):
        return None
    return manifest if manifest.id == folder.name else None


def new_entry(name: str, data: bytes, kind: Kind, others: Sequence[Entry]) -> Entry:
    """Raises ``UsageError`` for a name that is taken or is no plain file name."""
    if name == MANIFEST or any(name == other.name for other in others):
        raise UsageError(f"the name {name} is taken; choose another")
    try:
        return Entry(name=name, kind=kind, sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
    except ValidationError as error:
        raise UsageError(f"{name!r} cannot be kept as {kind}; use letters, digits, dot and dash, at most 64") from error


def check_consent(about: About, files: Sequence[Entry]) -> None:
    """Raises ``ConsentMissing`` when ``files`` hold more than the visitor agreed to keep."""
    if not about.consent.photo:
        raise ConsentMissing("the visitor did not agree to keep pictures; discard the draft")
    if not about.consent.voice and any(entry.kind == "clip" for entry in files):
        raise ConsentMissing("the visitor did not agree to keep their voice; leave the clip out")


def mend(folder: Path, manifest: Manifest) -> int:
    """Finish or drop files that a crash left hidden in a session's folder; returns how many."""
    listed = {entry.name: entry.sha256 for entry in manifest.files}
    hidden = [file for file in folder.iterdir() if file.name.startswith((LATER, f".{MANIFEST}."))]
    for file in hidden:
        target = folder / file.name.removeprefix(LATER)
        if listed.get(target.name) == hashlib.sha256(file.read_bytes()).hexdigest() and not target.exists():
            file.rename(target)
        else:
            file.unlink()
    return len(hidden)


def sound(folder: Path, manifest: Manifest) -> bool:
    """Every listed file is there and has its size. Hashes are not read: a start with thousands of sessions stays quick."""
    files = [(folder / entry.name, entry.size_bytes) for entry in manifest.files]
    return all(file.is_file() and file.stat().st_size == size for file, size in files)


def utc(seconds: float) -> datetime:
    """A wall clock's ``seconds`` since 1970 as a date."""
    return datetime.fromtimestamp(seconds, UTC)


class Index:
    """Sessions by id, age and link. Not thread-safe: the store's lock is around it. Raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):     # the disk's fault, not the file's
                raise
            for part in ("", "-wal", "-shm"):
                path.with_name(path.name + part).unlink(missing_ok=True)
            self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA secure_delete=ON")
            db.execute("CREATE TABLE IF NOT EXISTS sessions (id TEXT PRIMARY KEY, created REAL, expires REAL, manifest TEXT)")
            db.execute("CREATE TABLE IF NOT EXISTS links (token_sha256 TEXT PRIMARY KEY, id TEXT)")
            db.execute("CREATE TABLE IF NOT EXISTS clock (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), purged REAL)")
            if db.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("damaged")
        except sqlite3.Error:
            db.close()
            raise
        return db

    def close(self) -> None:
        self._db.close()

    def put(self, manifest: Manifest) -> None:
        """Insert or replace."""
        with self._db:
            self._put(manifest)

    def drop(self, id: str) -> None:
        with self._db:
            self._drop(id)

    def rebuild(self, manifests: Iterable[Manifest]) -> int:
        """Make the index say what ``manifests`` say; returns how many rows were wrong."""
        true = {m.id: m for m in manifests}
        said = dict(self._db.execute("SELECT id, manifest FROM sessions"))
        links = dict(self._db.execute("SELECT token_sha256, id FROM links"))
        right_links = {link.token_sha256: m.id for m in true.values() for link in m.links}
        wrong = {id for id in said.keys() | true.keys() if id not in true or said.get(id) != true[id].text()}
        wrong |= {id for sha, id in links.items() ^ right_links.items()}
        with self._db:
            for id in wrong:
                self._drop(id)
                if id in true:
                    self._put(true[id])
        return len(wrong)

    def get(self, id: str) -> Manifest | None:
        return self._one("SELECT manifest FROM sessions WHERE id = ?", id)

    def by_link(self, token_sha256: str) -> Manifest | None:
        return self._one("SELECT manifest FROM sessions JOIN links USING (id) WHERE token_sha256 = ?", token_sha256)

    def all(self) -> list[Manifest]:
        """Newest first."""
        return [Manifest.model_validate_json(text) for text, in self._db.execute("SELECT manifest FROM sessions ORDER BY created DESC, id DESC")]

    def expired(self, at: float) -> list[str]:
        """Ids of sessions whose time was over at ``at``, oldest first."""
        return [id for id, in self._db.execute("SELECT id FROM sessions WHERE expires <= ? ORDER BY expires", (at,))]

    def newest(self) -> float | None:
        """When the newest session was made, seconds since 1970."""
        return self._db.execute("SELECT max(created) FROM sessions").fetchone()[0]

    @property
    def purged(self) -> float | None:
        """When the last purge ran, seconds since 1970."""
        row = self._db.execute("SELECT purged FROM clock").fetchone()
        return row[0] if row else None

    @purged.setter
    def purged(self, at: float) -> None:
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (at,))

    def _one(self, query: str, key: str) -> Manifest | None:
        row = self._db.execute(query, (key,)).fetchone()
        return Manifest.model_validate_json(row[0]) if row else None

    def _put(self, m: Manifest) -> None:
        self._db.execute("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?)", (m.id, m.created.timestamp(), m.expires_at.timestamp(), m.text()))
        self._db.execute("DELETE FROM links WHERE id = ?", (m.id,))
        self._db.executemany("INSERT OR REPLACE INTO links VALUES (?, ?)", [(link.token_sha256, m.id) for link in m.links])

    def _drop(self, id: str) -> None:
        self._db.execute("DELETE FROM sessions WHERE id = ?", (id,))
        self._db.execute("DELETE FROM links WHERE id = ?", (id,))
