"""The booth's log: JSON lines in a few files that never grow beyond five MiB, without anything that belongs to a person."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from booth.house.places import state_folder

FILES = 5
FILE_BYTES = 2**20
MOST_LETTERS = 8000
"""Of one entry's text or trace; a longer one is cut."""

_HOME = re.escape(str(Path.home()))
RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern), instead) for pattern, instead in (
    (r"(?i)\b(pin|password|passwort|secret|token|stream.?key)\b([\"']?\s*(?:is|[:=])?\s*[\"']?)[^\s\"',;]*\d[^\s\"',;]*", r"\1\2[left out]"),
    (r"\b((?:https?|rtmps?|srt|rtsp)://[^/?#\s\"']+)[/?#][^\s\"']+", r"\1/[left out]"),      # links to sessions, stream keys
    (r"\b([a-z][a-z0-9+.-]*://)[^/\s@]+@", r"\1[left out]@"),                                # user:password@ in an address
    (r"[^\s\"'=(]*\d{4}-\d\d-\d\d_\d{6}_[a-z0-9]{4,}[^\s\"',;)]*", "[session]"),             # a session's name and any path through it
    (r"\b[\w.+-]+@[\w-]+\.[\w.]+\b", "[address]"),
    (r"(?<![\w-])(?=[\w-]*[\dA-Z])(?:[\w-]{32}|[\w-]{43}|[0-9a-f]{64})(?![\w-])", "[token]"),   # what a link to a session ends in
    (rf"{_HOME}(?=[/\s\"':]|$)", "~"),
    (r"(?i)(/home/|/users/|[a-z]:\\users\\)[^/\\\s\"']+", r"\1[user]"),
))
"""What is left out, wherever it stands in a text."""


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without PINs, tokens, addresses of persons, links, names of users and sessions, and without ``secrets``."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[left out]")
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)
    return text


class Cleaned(logging.Formatter):
    """For the terminal, which a service's journal keeps."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))


class JsonLines(logging.Formatter):
    """One entry, one line: ``at`` (UTC), ``level``, ``from``, ``thread``, ``text``, and ``trace`` of an error."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"), "level": record.levelname,
                 "from": record.name, "thread": record.threadName, "text": _cut(clean(record.getMessage()))}
        if record.exc_info:
            entry["trace"] = _cut(clean(self.formatException(record.exc_info)))
        return json.dumps(entry, ensure_ascii=False)


class _Quiet(RotatingFileHandler):
    """A full disk costs entries, and nothing else."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


def keep_log(name: str = "booth", folder: Path | None = None) -> logging.Handler | None:
    """From now on everything from level INFO up goes to ``folder``/``name``.jsonl as well, by default in the user's state folder. Each
    process needs a ``name`` of its own. Returns the handler, to be removed and closed by who does not want it until the process ends;
    None where the folder cannot be written: the booth runs without a log."""
    folder = folder or state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = _Quiet(folder / f"{name}.jsonl", maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace")
        (folder / f"{name}.jsonl").chmod(0o600)
    except OSError as error:
        logging.getLogger(__name__).warning("no log is kept: %s", error)
        return None
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    for other in root.handlers:                                       # the terminal stays as talkative as it was
        other.setLevel(max(other.level, root.level))
    root.setLevel(min(root.level, logging.INFO))
    root.addHandler(handler)
    return handler


def log_files(folder: Path | None = None) -> list[Path]:
    """All that is kept, of all names and ages."""
    return sorted((folder or state_folder()).glob("*.jsonl*"))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]} … [{len(text) - MOST_LETTERS} more letters]"
