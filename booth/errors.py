"""Everything that may go wrong, sorted by who can mend it.

    BoothError
    ├── UsageError            wrong words on the command line, a file that is not what it should be   → exit 2
    ├── TemporaryError        passes by itself; the worker backs off and tries again for ever
    │   ├── CameraLost        unplugged, busy, silent
    │   ├── StorageFull       no room for a session
    │   └── PrinterLost       the print service does not answer
    └── PermanentError        stays until a person does something; shown to the operator              → exit 1
        ├── CameraUnusable    no such file, no video in it, no such device
        ├── WeightsError      weights missing or altered
        ├── AlreadyRunning    a second booth on the same machine
        ├── DisplayMissing    no screen to draw on
        ├── TranslationFailed the engine refused a batch of faces
        ├── StorageBroken     the sessions' folder cannot be read or written
        ├── SessionUnknown    deleted, expired, or never there
        ├── ConsentMissing    the visitor did not agree to keep this
        ├── ClockDoubtful     the date cannot be right, so nothing is deleted by it
        ├── ShareUnusable     the page for phones cannot be served
        └── PrintRefused      the print service says no
"""

from __future__ import annotations


class BoothError(Exception):
    """Base of all errors that the booth raises on purpose; the text is one line: what, and what to do."""

    exit_code = 1


class UsageError(BoothError):
    exit_code = 2


class TemporaryError(BoothError):
    """Waiting may help."""


class CameraLost(TemporaryError):
    """The camera is gone or silent for now."""


class PermanentError(BoothError):
    """Waiting will not help."""


class CameraUnusable(PermanentError):
    exit_code = 2


class WeightsError(PermanentError):
    pass


class AlreadyRunning(PermanentError):
    pass


class DisplayMissing(PermanentError):
    pass


class TranslationFailed(PermanentError):
    pass


class StorageFull(TemporaryError):
    """No room for a session; passes when old ones are purged."""


class StorageBroken(PermanentError):
    """The store's folder cannot be read or written."""


class SessionUnknown(PermanentError):
    """No such session: deleted, expired, or never there."""


class ConsentMissing(PermanentError):
    """The visitor did not agree to keep this."""


class ClockDoubtful(PermanentError):
    """The machine's date cannot be right, so nothing is deleted by it until a person has looked."""


class ShareUnusable(PermanentError):
    """The page for phones cannot be served: the port is taken, or there is no network."""


class PrinterLost(TemporaryError):
    """The print service or the journal does not answer for now."""


class PrintRefused(PermanentError):
    """This print cannot be had: the quota is used up, the picture is gone, or the print service says no."""
