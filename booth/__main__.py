"""``booth``: arguments, logging, run."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import traceback

from booth.errors import BoothError
from booth.house.logs import Cleaned

os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(argv: list[str] | None = None) -> int:
    """Exit codes: 0 done, 1 failed, 2 wrong use; one line on stderr says what and what to do."""
    from booth.cli import parser

    args = parser().parse_args(argv)
    args.given = sys.argv[1:] if argv is None else argv
    if argv is None and not args.verbose:
        _hush_native_libraries()
    terminal = logging.StreamHandler()
    terminal.setFormatter(Cleaned("%(asctime)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.DEBUG if args.verbose else logging.WARNING, handlers=[terminal])
    try:
        return args.command(args)
    except BoothError as error:
        if args.verbose:
            traceback.print_exc()
        print(f"booth: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if args.verbose:
            traceback.print_exc()
        print(f"booth: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 1


def _hush_native_libraries() -> None:
    """Keep what mediapipe and TensorFlow Lite print from C++ off the terminal; Python keeps its own stderr."""
    kept = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = kept
    faulthandler.enable(kept)


if __name__ == "__main__":
    sys.exit(main())
