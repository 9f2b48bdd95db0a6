"""Printing: into a folder, and to a virtual printer behind a real CUPS."""

import contextlib
import io
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from booth.errors import PrinterLost, PrintRefused
from booth.sinks.printer import CupsPrinter, FolderPrinter, Journal, Printer, PrinterTask, PrintSettings, Quota, make_printer
from booth.sinks.printer.cups import judge
from booth.worker import Worker
from tests.sinks import cups as real
from tests.sinks.cups import QUEUE, eventually


@pytest.fixture
def strip(tmp_path) -> Path:
    path = tmp_path / "strip.jpg"
    Image.new("RGB", (120, 180), (200, 60, 90)).save(path)
    return path


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "prints.sqlite")


@pytest.fixture
def cups():
    if reason := real.missing():
        pytest.skip(reason)
    with real.running() as cups:
        yield cups


@pytest.fixture
def tray(tmp_path) -> Path:
    return tmp_path / "tray"


@pytest.fixture
def folder(tray, journal) -> Printer:
    return make_printer(PrintSettings(printer=FolderPrinter(folder=tray)), journal)


@contextlib.contextmanager
def at_work(printer: Printer, journal: Journal, **settings):
    """The task, running in its worker, looking five times a second."""
    task = PrinterTask(printer, journal, PrintSettings(printer=FolderPrinter(folder=Path("unused")), **{"poll_s": 0.2, **settings}))
    worker = Worker(task)
    worker.start()
    try:
        yield task
        assert worker.error is None
    finally:
        worker.stop()
        assert worker.join(5)


def state_of(journal: Journal, key: str) -> str:
    job = journal.job(key)
    assert job is not None
    return job.state


# the journal and the folder

def test_a_key_prints_once_for_all_times(folder, journal, tray, strip, tmp_path):
    job = folder.print("s1-strip", strip, 2, "4x6in")
    assert job.copies == 2
    for sheet in tray.iterdir():
        sheet.unlink()
    after_restart = make_printer(PrintSettings(printer=FolderPrinter(folder=tray)), Journal(tmp_path / "prints.sqlite"))
    assert after_restart.print("s1-strip", strip, 2, "4x6in").key == job.key
    assert list(tray.iterdir()) == []


def test_a_folder_gets_one_whole_file_for_each_sheet(folder, tray, strip):
    folder.print("s1-strip", strip, 2, "4x6in")
    assert [file.name for file in sorted(tray.iterdir())] == ["toonbooth-s1-strip-1.jpg", "toonbooth-s1-strip-2.jpg"]
    assert all(file.read_bytes() == strip.read_bytes() for file in tray.iterdir())
    assert [job.state for job in folder.jobs()] == ["printed"]


def test_forgetting_leaves_neither_picture_nor_its_name(folder, journal, tray, strip):
    folder.print("s1-strip", strip, 1, "4x6in")
    folder.forget("s1-strip")
    job = journal.job("s1-strip")
    assert list(tray.iterdir()) == []
    assert (job.picture, job.session, job.wish) == (None, "", None)
    assert journal.today() == 1                                     # the paper is gone all the same


def test_cancelling_what_is_printed_or_unknown_is_harmless(folder, journal, tray, strip):
    folder.print("s1-strip", strip, 1, "4x6in")
    folder.cancel("s1-strip")
    folder.cancel("nobody")
    folder.forget("nobody")
    assert len(list(tray.iterdir())) == 1


def test_a_picture_that_is_gone_fails_with_a_reason_and_gives_its_quota_back(folder, journal, tmp_path):
    with pytest.raises(PrintRefused, match="cannot be read"):
        folder.print("s1-strip", tmp_path / "gone.jpg", 1, "4x6in")
    assert state_of(journal, "s1-strip") == "failed"
    assert "cannot be read" in journal.job("s1-strip").reason
    assert journal.today() == 0


@pytest.mark.parametrize("key", ["", "a/b", "a b", "x" * 101])
def test_a_key_is_a_plain_word(journal, strip, key):
    with pytest.raises(PrintRefused, match="plain key"):
        journal.ask(key, strip, 1, "4x6in")


def test_quotas_count_what_visitors_print_in_a_visit_and_in_a_day(tmp_path, strip):
    clock = [datetime(2026, 11, 21, 23, 50).timestamp()]
    made = lambda: Journal(tmp_path / "prints.sqlite", lambda: clock[0])
    journal, quota = made(), Quota(session=2, day=3)
    journal.ask("a1", strip, 2, "4x6in", "a", quota)
    with pytest.raises(PrintRefused, match="one visit"):
        journal.ask("a2", strip, 1, "4x6in", "a", quota)
    journal.ask("a-again", strip, 5, "4x6in", "a", None)            # the operator's
    with pytest.raises(PrintRefused, match="of today are used up"):
        journal.ask("b1", strip, 2, "4x6in", "b", quota)
    journal.ask("b2", strip, 1, "4x6in", "b", quota)
    journal.note("a1", 2, "cancelled")
    assert made().today() == 2                                      # after a restart too
    clock[0] += 1200
    assert journal.today() == 0
    journal.ask("c1", strip, 2, "4x6in", "c", quota)
    clock[0] -= 1200                                                # a clock that is set back
    assert journal.today() == 2


def test_a_journal_from_before_the_quotas_is_read(tmp_path, strip):
    path = tmp_path / "prints.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE sheets (key TEXT, copy INTEGER, session TEXT, picture TEXT, media TEXT, asked_at REAL, wish TEXT, number TEXT, "
                   "state TEXT, reason TEXT, PRIMARY KEY (key, copy))")
        db.execute("INSERT INTO sheets VALUES ('a1', 1, 'a', ?, '4x6in', ?, NULL, NULL, 'asked', NULL)", (str(strip), time.time()))
        db.commit()
    journal = Journal(path)
    assert [job.key for job in journal.open()] == ["a1"]
    with pytest.raises(PrintRefused, match="one visit"):
        journal.ask("a2", strip, 1, "4x6in", "a", Quota(session=1))
    assert Journal(path).today() == 1


def test_a_journal_that_is_none_is_said_plainly(tmp_path):
    (tmp_path / "prints.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(PrinterLost, match="move it away"):
        Journal(tmp_path / "prints.sqlite")


def test_two_presses_at_once_are_one_job(folder, journal, tray, strip):
    with at_work(folder, journal) as task:
        presses = [threading.Thread(target=task.ask, args=("s1-strip", strip, 1, "s1")) for _ in range(8)]
        for press in presses:
            press.start()
        for press in presses:
            press.join()
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 3)
    assert len(list(tray.iterdir())) == 1


def test_the_button_goes_when_the_days_prints_are_used_up_and_the_operator_goes_on(folder, journal, strip):
    with at_work(folder, journal) as task:
        task.quota = Quota(day=1)
        assert eventually(lambda: task.state.allowed == 1, 3)
        task.ask("s1-strip", strip, 1, "s1")
        assert eventually(lambda: task.state.fault == "quota", 3)
        with pytest.raises(PrintRefused, match="used up"):
            task.ask("s2-strip", strip, 1, "s2")
        task.ask("s1-again", strip, 1, "s1", operator=True)
        assert eventually(lambda: state_of(journal, "s1-again") == "printed", 3)
        task.quota = Quota(day=2)
        assert eventually(lambda: task.state.ready, 3)


def test_a_bad_job_does_not_hold_up_the_next(folder, journal, tray, strip, tmp_path):
    journal.ask("bad", tmp_path / "gone.jpg", 1, "4x6in")
    journal.ask("good", strip, 1, "4x6in")
    with at_work(folder, journal):
        assert eventually(lambda: state_of(journal, "good") == "printed", 3)
    assert state_of(journal, "bad") == "failed"


def test_a_folder_that_cannot_be_made_is_no_printer(journal, tmp_path):
    (tmp_path / "file").write_text("")
    printer = make_printer(PrintSettings(printer=FolderPrinter(folder=tmp_path / "file" / "tray")), journal)
    assert printer.state().fault == "no_printer"


def test_settings_are_checked():
    with pytest.raises(ValidationError):
        PrintSettings(printer=CupsPrinter(queue="a/b"))
    with pytest.raises(ValidationError):
        PrintSettings(printer=CupsPrinter(queue="booth"), poll_s=10)


def test_the_demo_does_without_the_printing_library():
    code = "import sys, booth.sinks.printer; print([m for m in ('pyipp', 'aiohttp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


# what CUPS and printers say, in plain words

IDLE = {"printer-state": 3, "printer-state-reasons": "none", "printer-is-accepting-jobs": True, "queued-job-count": 0}


@pytest.mark.parametrize(("device", "fault", "word"), [
    ("media-empty-error", "no_paper", "refill"),
    (["media-needed", "media-empty"], "no_paper", "refill"),
    (["media-empty-error", "media-jam-error"], "jam", "jammed"),
    ("cover-open", "door", "close"),
    ("marker-supply-empty-error", "no_ink", "ribbon"),
    ("offline-report", "offline", "cable"),
    ("fuser-over-temp-error", "trouble", "display"),
    ("none", None, None),
    (["media-low-report", "marker-supply-low-warning"], None, None),
])
def test_what_the_printer_says_becomes_one_plain_line(device, fault, word):
    for state in (judge(IDLE, {"printer-state-reasons": device}), judge({**IDLE, "printer-state-reasons": device}, None)):
        assert (state.ready, state.fault) == (fault is None, fault)
        assert (word in state.reason) if word else state.reason is None


def test_the_printer_itself_knows_better_than_its_queue():
    assert judge({**IDLE, "printer-state-reasons": "media-empty-report"}, {"printer-state-reasons": "none"}).ready


# a real CUPS

def test_a_job_arrives_once_on_the_right_paper_with_every_copy(cups, journal, strip):
    printer = Printer(cups.service(), journal)
    assert printer.state().ready
    assert (printer.state().paper, printer.state().left) == ("4x6in", 25)
    printer.print("s1-strip", strip, 2, "4x6in")
    printer.print("s1-strip", strip, 2, "4x6in")
    assert eventually(lambda: printer.jobs()[0].state == "printed", 10)
    Printer(cups.service(), journal).print("s1-strip", strip, 2, "4x6in")
    assert printer.state().queued == 0
    assert cups.printed() == [strip.read_bytes()] * 2
    assert all("x-dimension=10160 y-dimension=15240" in words for words in cups.words())


def test_out_of_paper_takes_the_button_away_and_refilling_brings_it_back_by_itself(cups, journal, strip):
    with at_work(Printer(cups.service(), journal), journal) as task:
        assert eventually(lambda: task.state.ready, 5)
        cups.paper(0)
        assert eventually(lambda: task.state.fault == "no_paper", 5)
        assert "refill" in task.state.reason
        task.ask("s1-strip", strip, 1, "s1")                        # pressed just before
        assert eventually(lambda: task.state.queued == 1, 5)
        assert not eventually(lambda: cups.printed(), 1)
        cups.paper(25)
        assert eventually(lambda: task.state.ready, 5)
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 10)
    assert len(cups.printed()) == 1


def test_a_printer_that_was_switched_off_goes_on_by_itself(cups, journal, strip):
    with at_work(Printer(cups.service(), journal), journal) as task:
        cups.switch_off()
        assert eventually(lambda: task.state.fault == "offline", 5)
        task.ask("s1-strip", strip, 1, "s1")
        assert eventually(lambda: state_of(journal, "s1-strip") == "sent", 5)
        cups.switch_on()
        assert eventually(lambda: task.state.fault != "offline", 5)
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 40)
    assert len(cups.printed()) == 1


def test_a_queue_that_stopped_goes_on_by_itself_and_one_that_a_person_paused_waits(cups, journal, strip):
    with at_work(Printer(cups.service(), journal), journal) as task:
        cups.admin("cupsdisable", "-r", "Printer stopped due to backend errors", QUEUE)
        task.ask("s1-strip", strip, 1, "s1")
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 10)
        assert eventually(lambda: task.state.ready, 5)
        cups.admin("cupsdisable", QUEUE)
        assert eventually(lambda: task.state.fault == "paused", 5)
        assert not eventually(lambda: task.state.ready, 1)
        task.resume()
        assert eventually(lambda: task.state.ready, 5)
        cups.admin("cupsreject", QUEUE)
        assert eventually(lambda: task.state.fault == "refusing", 5)
    assert len(cups.printed()) == 1


def test_a_print_service_that_was_down_gets_the_job_later(cups, journal, strip):
    cups.stop_service()
    with at_work(Printer(cups.service(), journal), journal) as task:
        assert eventually(lambda: task.state.fault == "no_service", 5)
        task.ask("s1-strip", strip, 1, "s1")
        cups.start_service()
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 10)
    assert len(cups.printed()) == 1


def test_a_queue_that_does_not_exist_is_no_printer(cups, journal, strip):
    from booth.sinks.printer.cups import CupsService
    printer = Printer(CupsService("elsewhere", cups.server), journal)
    assert printer.state().fault == "no_printer"
    with pytest.raises(PrintRefused, match="no queue"):
        printer.print("s1-strip", strip, 1, "4x6in")


def test_forgetting_takes_a_waiting_job_and_its_picture_out_of_the_spool(cups, journal, strip):
    printer = Printer(cups.service(), journal)
    other = strip.with_name("other.jpg")
    Image.new("RGB", (64, 96), "gold").save(other)
    cups.admin("cupsdisable", QUEUE)
    printer.print("s1-strip", strip, 2, "4x6in")
    printer.print("s2-strip", other, 1, "4x6in")
    assert len(cups.documents()) == 3
    printer.forget("s1-strip")
    assert len(cups.documents()) == 1
    assert state_of(journal, "s1-strip") == "cancelled"
    printer.resume()
    assert eventually(lambda: printer.jobs()[1].state == "printed", 10)
    assert [Image.open(io.BytesIO(data)).size for data in cups.printed()] == [(64, 96)]        # once, and nothing of what was forgotten
    assert len(cups.documents()) == 1
    printer.forget("s2-strip")                                      # printed, and CUPS would keep its picture for a day
    assert cups.documents() == []
    assert journal.today() == 1


def test_forgetting_in_the_middle_of_a_print_stops_it(cups, journal, strip):
    cups.slowly(True)
    with at_work(Printer(cups.service(), journal), journal) as task:
        task.ask("s1-strip", strip, 1, "s1")
        assert eventually(lambda: cups.words(), 5)                  # the printer has begun
        task.forget("s1-strip")
        assert eventually(lambda: state_of(journal, "s1-strip") == "cancelled", 5)
        assert eventually(lambda: cups.documents() == [] and task.state.queued == 0, 10)
    cups.slowly(False)


def test_the_plug_pulled_in_the_middle_of_a_print_prints_nothing_twice_and_the_next_one_comes(cups, journal, strip):
    """CUPS takes a sheet as done that the printer had accepted before it lost power; a person sees that it is missing."""
    cups.slowly(True)
    with at_work(Printer(cups.service(), journal), journal) as task:
        task.ask("s1-strip", strip, 1, "s1")
        assert eventually(lambda: cups.words(), 5)                  # the printer has begun
        cups.switch_off()
        cups.slowly(False)
        assert eventually(lambda: task.state.fault == "offline", 5)
        cups.switch_on()
        task.ask("s2-strip", strip, 1, "s2")
        assert eventually(lambda: task.state.ready and state_of(journal, "s2-strip") == "printed", 20)
    assert len(cups.words()) == 2
    assert len(cups.printed()) == 1


DYING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from booth.sinks.printer import Journal, Printer
from booth.sinks.printer.cups import CupsService

class Dying(Journal):
    def note(self, key, copy, state, number=None, reason=None):
        if state == sys.argv[4]:
            os.kill(os.getpid(), signal.SIGKILL)
        super().note(key, copy, state, number, reason)

Printer(CupsService("booth", sys.argv[1]), Dying(Path(sys.argv[2]))).print("s1-strip", Path(sys.argv[3]), 2, "4x6in")
"""


@pytest.mark.parametrize("moment", ["asked", "sent"])
def test_killed_before_a_step_is_written_down_nothing_prints_twice_and_nothing_is_lost(cups, tmp_path, strip, moment):
    """Killed after CUPS gave a number (asked) or took the picture (sent), and before the journal knew."""
    path = tmp_path / "prints.sqlite"
    died = subprocess.run([sys.executable, "-c", DYING, cups.server, str(path), str(strip), moment], timeout=30)
    assert died.returncode == -signal.SIGKILL
    journal = Journal(path)
    with at_work(Printer(cups.service(), journal), journal) as task:
        assert eventually(lambda: state_of(journal, "s1-strip") == "printed", 15)
        assert eventually(lambda: task.state.queued == 0, 5)
    assert len(cups.printed()) == 2


def test_looking_is_quick_also_when_nobody_answers(tmp_path, journal):
    from booth.sinks.printer.cups import CupsService
    begun = time.monotonic()
    assert CupsService(QUEUE, str(tmp_path / "no.sock")).state().fault == "no_service"
    assert time.monotonic() - begun < 2
