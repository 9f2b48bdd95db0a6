"""Everything that may go wrong, sorted by who can mend it.

    BoothError
    ├── UsageError            wrong words on the command line, a file that is not what it should be   → exit 2
    ├── TemporaryError        passes by itself; the worker backs off and tries again for ever
    │   └── CameraLost        unplugged, busy, silent
    └── PermanentError        stays until a person does something; shown to the operator              → exit 1
        ├── CameraUnusable    no such file, no video in it, no such device
        ├── WeightsError      weights missing or altered
        ├── AlreadyRunning    a second booth on the same machine
        ├── DisplayMissing    no screen to draw on
        └── TranslationFailed the engine refused a batch of faces
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
