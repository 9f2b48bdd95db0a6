"""Trials of the printer and the microphone."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from booth.audio.faulty import FaultySource
from booth.audio.microphone import Microphone
from booth.audio.soundfile import RATE
from booth.audio.sources import FileSource
from booth.bench.trial import Row, waited, worst
from booth.faults import Faults
from booth.host.talker import MicrophoneTask
from booth.sinks.printer import FolderPrinter, Journal, Printer, PrinterTask, PrintSettings
from booth.sinks.printer.faulty import FaultyService
from booth.sinks.printer.folder import FolderService
from booth.worker import Worker

FOLLOW_S = 5.0
LIMIT_S = 30.0
NAMES = {"off": "printer switched off and on", "paper": "printer out of paper, refilled", "service": "print service gone and back"}


def printer() -> list[Row]:
    """The button follows the printer within so long, both ways; what was asked for meanwhile is printed, once."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        strip, paper, faults = root / "strip.jpg", root / "paper", Faults()
        cv2.imwrite(str(strip), np.full((60, 40, 3), 200, np.uint8))
        journal, settings = Journal(root / "prints.sqlite"), PrintSettings(printer=FolderPrinter(folder=paper))
        task = PrinterTask(Printer(FaultyService(FolderService(paper), faults), journal), journal, settings)
        worker = Worker(task)
        worker.start()
        waited(lambda: task.state.ready, LIMIT_S)
        for number, (kind, name) in enumerate(NAMES.items()):
            task.ask(f"before-{number}", strip, 1, f"s{number}")
            waited(lambda: len(list(paper.iterdir())) == 2 * number + 1, LIMIT_S)  # noqa: B023
            faults.give("printer", kind)
            off = waited(lambda: not task.state.ready, LIMIT_S)
            task.ask(f"while-{number}", strip, 1, f"s{number}")
            time.sleep(6.0)                                         # a worker that backs off looks less and less often
            faults.give("printer", None)
            on = waited(lambda: task.state.ready, LIMIT_S)
            printed = waited(lambda: len(list(paper.iterdir())) >= 2 * number + 2, LIMIT_S)  # noqa: B023
            sheets = len(list(paper.iterdir())) - 2 * number
            told = "never" if printed is None or on is None else f"{on + printed:.1f} s after"
            rows.append(Row(f"{name}: button follows", worst([off, on]), f"{2 - sheets} of 2 sheets; queue resumed {told}", FOLLOW_S,
                            sound=sheets == 2 and printed is not None, times=2))
        worker.stop()
        worker.join(5.0)
    return rows


def microphone() -> Row:
    """Unplugged while it listens, and plugged in again."""
    import wave

    with tempfile.TemporaryDirectory() as folder:
        path, faults = Path(folder) / "tone.wav", Faults()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((8000 * np.sin(np.arange(RATE) / 20)).astype("<i2").tobytes())
        heard = Microphone(source=FaultySource(FileSource(path), faults))
        worker = Worker(MicrophoneTask(heard))
        worker.start()
        waited(lambda: heard.available, LIMIT_S)
        faults.give("microphone", "unplug")
        noticed = waited(lambda: not heard.available, LIMIT_S)
        time.sleep(4.0)
        faults.give("microphone", None)
        back = waited(lambda: heard.available, LIMIT_S)
        worker.stop()
        worker.join(5.0)
        words = "never noticed" if noticed is None else f"noticed after {noticed:.1f} s"
        return Row("microphone unplugged and replugged", back, words, FOLLOW_S, sound=noticed is not None)
