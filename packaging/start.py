"""Where the frozen program begins. Children that paint or broadcast are this same program: ``freeze_support`` sends them to their task."""

from __future__ import annotations

import multiprocessing
import os
import sys

if __name__ == "__main__":
    # Programs of the system (fc-match, lpstat, xset) must find the system's libraries, not the ones in this folder; what finds those
    # for a child that is this program again is its own start, which is asked to begin anew.
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if before:
        os.environ["LD_LIBRARY_PATH"] = before
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    multiprocessing.freeze_support()
    from booth.__main__ import main

    sys.exit(main())
