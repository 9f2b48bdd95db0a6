"""A day on one sheet: counts and means by the hour, as CSV for a spreadsheet and as a page to print. Nothing of a person is in it."""

from __future__ import annotations

import csv
import html
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from booth.errors import UsageError
from booth.files import write_atomic
from booth.house.day import COUNTS, MEANS, Day

HOURS = 24
HEADINGS = {"visitors": "Visitors", "sessions": "Sessions", "strips": "Strips", "prints": "Prints", "clips": "Talking clips",
            "fps": "Pictures a second", "latency_ms": "Latency, ms"}
_STYLE = """
body { font: 11pt/1.45 system-ui, sans-serif; color: #1d1a1a; max-width: 18cm; margin: 1.5cm auto; }
h1 { font-size: 20pt; margin: 0 0 .1em } h2 { font-size: 12pt; margin: 1.4em 0 .3em } p { margin: 0 0 1em; color: #6b645c }
table { border-collapse: collapse; width: 100% } th, td { text-align: right; padding: .2em .5em; border-bottom: 1px solid #ddd5c8 }
th:first-child, td:first-child { text-align: left } tfoot td { font-weight: 600; border-bottom: 0 }
.total { display: inline-block; margin-right: 1.6em } .total b { display: block; font-size: 22pt; line-height: 1.1 }
svg { width: 100%; height: 3cm } rect { fill: #ff5a3c } text { font-size: 9px; fill: #6b645c } @page { size: A4; margin: 1cm }
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """``counts``: of each of ``COUNTS`` · ``means``: of each of ``MEANS``, None where nothing was measured."""

    hour: int
    counts: tuple[int, ...]
    means: tuple[float | None, ...]


def hours(day: Day, date: str | None = None) -> list[Hour]:
    """The hours of a day in which the booth ran or something was counted."""
    counts = [day.counts(name, date).reshape(HOURS, -1).sum(1) for name in COUNTS]
    means = [_hourly(day.means(name, date)) for name in MEANS]
    rows = [Hour(h, tuple(round(float(c[h])) for c in counts), tuple(m[h] for m in means)) for h in range(HOURS)]
    return [row for row in rows if any(row.counts) or any(mean is not None for mean in row.means)]


def write_summary(day: Day, folder: Path, title: str, date: str | None = None) -> tuple[Path, Path]:
    """``folder``/2026-11-21.csv and .html; a later one of the same day replaces them. ``title``: the event's name. Raises ``UsageError``."""
    date = date or day.date
    files = folder / f"{date}.csv", folder / f"{date}.html"
    rows = hours(day, date)
    try:
        write_atomic(files[0], _csv(rows).encode("utf-8-sig"))           # spreadsheets take UTF-8 only with its mark
        write_atomic(files[1], _page(rows, title, date).encode())
    except OSError as error:
        raise UsageError(f"the summary cannot be written to {folder} ({error.strerror}); make room or mend the folder's rights") from error
    return files


def _hourly(minutes: np.ndarray) -> list[float | None]:
    """Means of a day's hours, from its (1440,) minutes with NaN."""
    grid = minutes.reshape(HOURS, -1)
    return [round(float(np.nanmean(row)), 1) if np.isfinite(row).any() else None for row in grid]


def _totals(rows: list[Hour]) -> list[int]:
    return [sum(row.counts[k] for row in rows) for k in range(len(COUNTS))]


def _csv(rows: list[Hour]) -> str:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(["hour", *COUNTS, *MEANS])
    sheet.writerows([f"{row.hour:02d}:00", *row.counts, *("" if m is None else m for m in row.means)] for row in rows)
    sheet.writerow(["all", *_totals(rows), *[""] * len(MEANS)])
    return text.getvalue()


def _page(rows: list[Hour], title: str, date: str) -> str:
    totals = _totals(rows)
    big = "".join(f'<span class="total"><b>{n:,}</b>{HEADINGS[name]}</span>' for name, n in zip(COUNTS, totals))
    head = "".join(f"<th>{HEADINGS[name]}</th>" for name in (*COUNTS, *MEANS))
    body = "".join(f"<tr><td>{r.hour:02d}:00</td>{''.join(f'<td>{c:,}</td>' for c in r.counts)}"
                   f"{''.join(f'<td>{_number(m)}</td>' for m in r.means)}</tr>" for r in rows)
    foot = "".join(f"<td>{n:,}</td>" for n in totals)
    name = html.escape(title) or "Toonbooth"
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name} – {date}</title><style>{_STYLE}</style>'
            f"<h1>{name}</h1><p>{date}</p>{big}<h2>Visitors by the hour</h2>{_bars([r.counts[0] for r in rows], [r.hour for r in rows])}"
            f"<h2>By the hour</h2><table><thead><tr><th>Hour</th>{head}</tr></thead><tbody>{body}</tbody>"
            f"<tfoot><tr><td>All</td>{foot}{'<td></td>' * len(MEANS)}</tr></tfoot></table></html>\n")


def _number(mean: float | None) -> str:
    return "–" if mean is None else f"{mean:.0f}"


def _bars(values: list[int], at: list[int]) -> str:
    """An SVG of one bar for each hour from the first to the last."""
    if not at:
        return "<p>Nothing was counted.</p>"
    most, first = max(*values, 1), at[0]
    step = 600 / (at[-1] - first + 1)
    bars = "".join(f'<rect x="{(h - first) * step + 2:.1f}" y="{80 - 66 * v / most:.1f}" width="{step - 4:.1f}" height="{66 * v / most:.1f}"/>'
                   f'<text x="{(h - first + 0.5) * step:.1f}" y="93" text-anchor="middle">{h}</text>'
                   f'<text x="{(h - first + 0.5) * step:.1f}" y="{76 - 66 * v / most:.1f}" text-anchor="middle">{v or ""}</text>'
                   for h, v in zip(at, values))
    return f'<svg viewBox="0 0 600 96" role="img" aria-label="visitors by the hour">{bars}</svg>'
