"""Pictures of every screen of a visit, in a language and a size.

    xvfb-run -a -s "-screen 0 1920x1920x24" python -m tests.ui.screens --out docs/screens
"""

import argparse
import sys
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication
from skimage.data import astronaut

import booth.ui.application  # noqa: F401  before Qt starts
from booth.session import SessionSettings
from tests.session.guest import TALK
from tests.ui.visits import Visit

SLOW = SessionSettings(countdown_s=3, shown_s=1.5, notice_s=0.1, settle_ms=0, same_press_ms=0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--languages", default="ko,en")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication(["screens"])
    wrong = []
    for language in args.languages.split(","):
        for size in ((1920, 1080), (1080, 1920)):
            with tempfile.TemporaryDirectory() as folder:
                visit = Visit(astronaut(), Path(folder), size, SLOW.model_copy(update={"language": language}), name="봄 축제 2026")
                shape = f"{language}_{'wide' if size[0] > size[1] else 'tall'}"

                def take(name, visit=visit, shape=shape):
                    app.processEvents()
                    visit.signage.grab().toImage().scaledToWidth(960 if "wide" in shape else 540, visit.view_mode).save(
                        str(args.out / f"{shape}_{name}.webp"), "WEBP", 82)
                    wrong.extend(f"{shape} {name}: {w}" for w in visit.overlaps())

                from PySide6.QtCore import Qt
                visit.view_mode = Qt.TransformationMode.SmoothTransformation
                walk(visit, take, language)
                visit.close()
    print("\n".join(wrong) or "nothing is cut off")
    return 1 if wrong else 0


def walk(visit: Visit, take, language: str) -> None:
    """The real way to the result and thanks; then the talking clip's screens, with the visit's drawing and a microphone made up."""
    take("attract")
    visit.until(lambda: bool(visit.booth.composites.peek() and visit.booth.composites.peek().faces))
    visit.until("noticed")
    take("noticed")
    visit.click("begin")
    visit.click("style_night")
    visit.click("mix_with_chibi")
    take("character")
    visit.click("ready")
    visit.click("photo")
    take("consent")
    visit.click("agree")
    visit.until("countdown")
    take("countdown")
    visit.until("shown")
    take("shown")
    visit.until("review", 60)
    visit.click("best_2")
    take("review")
    visit.click("go_on")
    visit.click("layout_page")
    take("layout")
    visit.click("make")
    take("making")
    visit.until("result", 60)
    take("result")
    drawing = visit.reception.host.picture(next(reversed(visit.reception.host._pictures)))
    visit.click("done")
    take("thanks")
    for n, screen in enumerate(visit.every_screen(language)):
        if screen.name in TALK or getattr(screen, "talking", None):
            visit.pretend(screen, drawing)
            take(f"talk_{n}_{screen.name}")


if __name__ == "__main__":
    sys.exit(main())
