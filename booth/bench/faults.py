"""Everything that may break in an exhibition, broken on purpose, and how long until all is well again.

    python -m booth.bench.faults [--only WORD …] [--json faults.json]

On the real booth with its signage, in this process; what is killed is killed in processes of its own. About ten minutes. Exit code 1 when a
row misses its target.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ.setdefault("GLOG_minloglevel", "3")
if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2

from booth.bench.trial import Row, hearing, keeping, seeing, showing
from booth.files import write_atomic

TRIALS: dict[str, Callable[[], Row | list[Row]]] = {
    "replugged": seeing.replugged, "moved": seeing.moved, "unseeing": seeing.unseeing, "odd": seeing.odd_pictures, "engine": seeing.engine,
    "model": seeing.model_altered, "killed": keeping.killed, "recording": keeping.recording_killed, "disk": keeping.disk_full,
    "clock": keeping.clock_jump, "printer": hearing.printer, "microphone": hearing.microphone,
    "display": showing.display,
}


def rows(only: Sequence[str] = (), say: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
    """Row after row, of the trials named, or of all."""
    for name, trial in TRIALS.items():
        if not only or name in only:
            say(name)
            found = trial()
            yield from found if isinstance(found, list) else [found]


def table(found: Sequence[Row]) -> str:
    """For a person, and for the README."""
    lines = ["| fault | back after | target | lost | |", "|---|---|---|---|---|"]
    for row in found:
        seconds = "–" if row.recovered_s is None else f"{row.recovered_s:.1f} s" + (f" (worst of {row.times})" if row.times > 1 else "")
        verdict = f"not tried: {row.skipped}" if row.skipped else "ok" if row.ok else "MISSED"
        lines.append(f"| {row.fault} | {seconds} | ≤ {row.target_s:g} s | {row.lost} | {verdict} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m booth.bench.faults", description="Break everything; say how long until it is well again.")
    parser.add_argument("--only", nargs="+", choices=list(TRIALS), default=[], metavar="WORD", help=" ".join(TRIALS))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)
    cv2.setNumThreads(1)
    found = list(rows(args.only, lambda name: print(f"booth: {name} …", file=sys.stderr, flush=True)))
    print(table(found))
    if args.json is not None:
        write_atomic(args.json, json.dumps([row.as_dict() for row in found], indent=1, ensure_ascii=False).encode())
    return 0 if all(row.ok or row.skipped for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
