"""Pictures of the operator's window in every state.

    xvfb-run -a -s "-screen 0 1280x720x24" python -m tests.ui.panel_screens --out docs/panel
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication
from skimage.data import astronaut

import booth.ui.application  # noqa: F401  before Qt starts
from booth.app import Booth
from booth.errors import UsageError
from booth.house.pin import Pin
from booth.settings import DemoCamera, Settings, VisionSettings
from booth.translators.passthrough import PassthroughTranslator
from booth.ui.operator import Operator
from booth.ui.panel.desk import Numbers
from booth.ui.panel.pin import PinDialog
from booth.ui.panel.sessions import Viewer
from tests.ui.desks import FakeDesk, red, some_sessions, well

SIZE = (1280, 690)


def live(seconds: float = 0.4) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    QApplication.instance() or QApplication(["panel"])
    booth = Booth(Settings(camera=DemoCamera(), vision=VisionSettings(still_s=0)), translator=PassthroughTranslator)
    with tempfile.TemporaryDirectory() as folder:
        desk = FakeDesk(sessions=some_sessions(Path(folder) / "sessions", 14, astronaut()))
        pin = Pin(Path(folder) / "pin.json")
        pin.set("2468")
        window = Operator(booth, desk, pin)
        window.resize(*SIZE)
        window.show()
        booth.start()
        take = lambda name, widget=window: widget.grab().save(str(args.out / f"{name}.png"))
        looked = lambda: (live(0.3), window.board.show_look(desk.look()), live(0.3))
        until = time.monotonic() + 60
        while window.faces.text() in ("–", "0") and time.monotonic() < until:
            live(0.2)
        walk(window, desk, take, looked)
        faults(window, desk, take, looked)
        locked(window, pin, take)
        window.close()
        booth.stop()
    return 0


def walk(window, desk, take, looked) -> None:
    looked()
    for k, name in enumerate(("health", "today", "sessions", "settings")):
        window.board.tabs.setCurrentIndex(k)
        looked()
        take(f"well_{name}")
    window.board.tabs.setCurrentIndex(2)
    window.board.sessions.table.selectRow(1)
    window.board.say("one sheet is printed")
    live()
    take("sessions_chosen")
    viewer = Viewer(desk.sessions_now[0], True, window)
    viewer.show()
    live()
    take("viewer", viewer)
    viewer.close()
    form = window.board.form
    window.board.tabs.setCurrentIndex(3)
    for k in range(form.pages.count()):
        form.pages.setCurrentRow(k)
        live(0.2)
        take(f"settings_{form.pages.item(k).text().lower()}")
    form.line("event.volume").show_value("3")
    form.line("event.keep_h").show_value("soon")
    try:
        form.settings()
    except UsageError as error:
        form.state.setText(str(error))
    live()
    take("settings_wrong")
    form.show_settings(desk.settings)
    desk.paused = True
    window.board.tabs.setCurrentIndex(0)
    looked()
    take("paused")
    desk.paused = False


def faults(window, desk, take, looked) -> None:
    worst = red()
    desk.rows, before, desk.numbers = worst, desk.numbers, Numbers()
    looked()
    take("red_all")
    desk.numbers = before
    for name, row in worst.items():
        desk.rows = well() | {name: row}
        looked()
        take(f"red_{name}")
    desk.rows = well()
    looked()


def locked(window, pin, take) -> None:
    window.lock()
    live()
    take("locked")
    for _ in range(5):
        for key in ("1", "1", "1", "1", "OK"):
            window.pad.press(key)
    live()
    take("locked_wait")
    choose = PinDialog(Pin(pin._path.with_name("none.json")))
    choose.show()
    choose.pad.press("4")
    live()
    take("choose_pin", choose)
    choose.close()


if __name__ == "__main__":
    sys.exit(main())
