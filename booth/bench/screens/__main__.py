"""Pictures of all screens, and a sheet of small ones for each group, to be looked at by a person.

    python -m booth.bench.screens OUT_FOLDER [--only kiosk|panel] [--languages ko,en,ja]

Visitors' screens are drawn over a picture of the demo camera, with shots and a strip of it; the operator's window stands before a
desk that is at whatever state is wanted. Without a display Qt draws off screen. Exits 1 when something is cut off or lies on something else.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from booth.bench.screens.kiosk import kiosk
from booth.bench.screens.panel import panel
from booth.bench.screens.sheet import Album
from booth.texts import LANGUAGES
from booth.ui.application import application


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.screens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT_FOLDER")
    parser.add_argument("--only", choices=("kiosk", "panel"))
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="of visitors' screens, with commas (default: all)")
    args = parser.parse_args()
    languages = args.languages.split(",")
    if unknown := set(languages) - set(LANGUAGES):
        parser.error(f"no language {', '.join(sorted(unknown))}; there are {', '.join(LANGUAGES)}")
    application()
    wrong = []
    if args.only != "panel":
        wrong = kiosk(Album(args.out / "kiosk"), languages)
    if args.only != "kiosk":
        panel(Album(args.out / "panel"))
    print("\n".join(wrong) or f"nothing is cut off; the pictures are in {args.out}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
