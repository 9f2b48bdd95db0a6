"""Counting by the minute, across restarts and failing disks; the sheet of the day."""

import csv
import re
import sqlite3
import time

import numpy as np
import pytest

from booth.errors import UsageError
from booth.house.day import COUNTS, Day, Visitors
from booth.house.summary import hours, write_summary

NOON = time.mktime((2026, 11, 21, 12, 0, 0, 0, 0, -1))


class Clock:
    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def test_counts_go_into_their_minute_and_survive_a_restart(tmp_path):
    clock, path = Clock(), tmp_path / "event" / "day.sqlite"
    day = Day(path, clock)
    day.add("visitors", 2)
    clock.at += 90
    day.add("visitors")
    day.close()
    day = Day(path, clock)
    day.add("visitors")
    counts = day.counts("visitors")
    assert (counts.shape, counts[720], counts[721], counts.sum()) == ((1440,), 2, 2, 4)
    assert day.total("visitors") == 4
    clock.at += 86400
    assert (day.total("visitors"), day.total("visitors", "2026-11-21")) == (0, 4)
    day.add("sessions")
    assert day.dates() == ["2026-11-22", "2026-11-21"]
    day.close()


def test_a_minute_shows_the_mean_of_what_was_measured():
    clock = Clock()
    day = Day(None, clock)
    for value in (20, 30):
        day.sample("fps", value)
    means = day.means("fps")
    assert means[720] == 25
    assert np.isnan(means).sum() == 1439
    day.close()


def test_a_thing_is_counted_once_for_all_times_and_its_name_is_not_kept(tmp_path):
    clock, path = Clock(), tmp_path / "day.sqlite"
    day = Day(path, clock)
    things = [("2026-11-21_115900_abcdef", NOON - 60), ("2026-11-20_120000_ghijkm", NOON - 86400)]
    assert day.once("sessions", things) == 2
    assert day.once("sessions", [*things, ("another", NOON)]) == 1
    assert day.once("prints", things[:1]) == 1                    # the same key, another thing
    day.close()
    day = Day(path, clock)
    assert day.once("sessions", things) == 0
    assert (day.total("sessions"), day.total("sessions", "2026-11-20"), day.counts("sessions")[719]) == (2, 1, 1)
    day.close()
    assert b"abcdef" not in path.read_bytes()


def test_a_disk_that_fails_ends_the_file_and_not_the_counting(tmp_path, caplog):
    clock = Clock()
    day = Day(tmp_path / "day.sqlite", clock)
    day.add("prints", 3)
    day._db.execute("PRAGMA query_only = ON")                    # as a disk that cannot be written
    day.add("prints", 2)
    day.add("prints", 1)
    assert day.total("prints") == 6
    assert sum("kept in memory" in r.message for r in caplog.records) == 1
    day.close()


def test_a_damaged_file_is_put_aside_and_a_missing_folder_costs_only_the_file(tmp_path, caplog):
    path = tmp_path / "day.sqlite"
    path.write_bytes(b"this is no database, whatever its name says" * 50)
    day = Day(path, Clock())
    day.add("clips")
    assert day.total("clips") == 1
    day.close()
    assert path.with_name("day.sqlite.broken").read_bytes().startswith(b"this is no")
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT sum(total) FROM minutes").fetchone() == (1.0,)
    db.close()
    (tmp_path / "file").write_text("")
    day = Day(tmp_path / "file" / "day.sqlite", Clock())
    day.add("clips")
    assert day.total("clips") == 1
    day.close()
    assert any("in memory only" in r.message for r in caplog.records)


def test_a_visitor_is_who_stays_and_is_counted_once():
    visitors = Visitors()
    assert [visitors.see({1, 2}, t) for t in (0.0, 1.0)] == [0, 0]
    assert visitors.see({1}, 2.0) == 1                            # 2 passed by
    assert visitors.see({1, 3}, 20.0) == 0
    assert visitors.see({1, 3}, 22.5) == 1
    assert visitors.see(set(), 40.0) == 0
    assert visitors.see({1}, 50.0) == 0                           # back within half a minute
    assert [visitors.see({1}, t) for t in (100.0, 103.0)] == [0, 1]


def test_the_sheet_of_the_day_has_counts_by_the_hour_and_no_names(tmp_path):
    clock = Clock(NOON - 3600)
    day = Day(None, clock)
    for name in COUNTS:
        day.add(name, 3)
    clock.at = NOON + 7200
    day.add("visitors", 1200)
    day.sample("fps", 30)
    day.sample("latency_ms", 65)
    assert [(row.hour, row.counts[0], row.means[0]) for row in hours(day)] == [(11, 3, None), (14, 1200, 30.0)]
    table, page = write_summary(day, tmp_path / "days", "봄 <축제> & more")
    assert (table.name, page.name) == ("2026-11-21.csv", "2026-11-21.html")
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert [r["hour"] for r in rows] == ["11:00", "14:00", "all"]
    assert (rows[-1]["visitors"], rows[1]["visitors"], rows[1]["latency_ms"], rows[0]["fps"]) == ("1203", "1200", "65.0", "")
    text = page.read_text()
    assert "봄 &lt;축제&gt; &amp; more" in text
    assert "<축제>" not in text
    assert "1,203" in text
    assert [int(h) for h in re.findall(r'middle">(\d+)</text><text', text)] == [11, 14]
    write_summary(day, tmp_path / "days", "again")
    assert "again" in page.read_text()
    day.close()


def test_a_day_on_which_nothing_was_has_a_sheet_too(tmp_path):
    day = Day(None, Clock())
    _, page = write_summary(day, tmp_path, "")
    assert "Nothing was counted" in page.read_text()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_summary(day, tmp_path / "file" / "days", "")
    day.close()
