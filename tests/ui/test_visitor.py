"""A visit on the real windows: fingers, keys, and a screen on which nothing is cut off."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QSlider

from booth.bench.screens.visit import Pictures, Visit
from booth.brand import Brand
from booth.session.table import TABLE
from booth.ui.talking_view import ClipView, LevelMeter
from booth.ui.visitor import BRANDED, Picture, VisitorView
from tests.ui.visits import Portrait


@pytest.fixture
def visit(qapp, photo, tmp_path):
    made = Visit(Portrait(photo), tmp_path)
    yield made
    made.close()


def test_a_finger_goes_from_the_first_screen_to_the_strip(visit):
    visit.until(lambda: bool(visit.booth.composites.peek() and visit.booth.composites.peek().faces))
    visit.until("noticed")
    assert visit.overlaps() == []
    visit.click("begin")
    visit.click("style_night")
    assert visit.booth.settings.style == "night"
    visit.click("mix_with_chibi")
    slider = visit.view.findChild(QSlider, "mix")
    slider.setValue(80)
    assert visit.booth.settings.mix == pytest.approx(0.8)
    visit.click("ready")
    assert not [b for b in visit.view.findChildren(QPushButton, "agree") if b.isVisible()]         # not before consent
    visit.click("photo")
    visit.click("agree")
    visit.until("review", 60)
    visit.click("go_on")
    visit.click("layout_grid")
    visit.view.findChild(QLineEdit, "words").setText("우리 넷")
    assert visit.screen.words == "우리 넷"
    visit.click("make")
    visit.until("result", 60)
    session = visit.screen.session_id
    assert (visit.reception.store.get(session).folder / "strip.png").exists()
    assert visit.overlaps() == []
    visit.until(lambda: visit.screen.copies > 0)
    visit.view.draw()
    visit.click("print_1")
    visit.until(lambda: len(list((visit.booth.settings.event.folder / "paper").rglob("*.*"))) > 0)
    visit.click("done")
    visit.until(lambda: visit.screen.name in ("attract", "noticed"))
    assert visit.booth.settings.style == "romance"


def test_a_remote_with_one_key_does_the_likely_thing(visit):
    visit.until("noticed")
    for screen in ("character", "consent"):
        QTest.keyClick(visit.signage, Qt.Key.Key_PageDown)
        visit.until(screen)
    QTest.keyClick(visit.signage, Qt.Key.Key_PageDown)             # agrees to photos …
    QTest.keyClick(visit.signage, Qt.Key.Key_PageDown)             # … and begins
    visit.until("countdown")
    QTest.keyClick(visit.signage, Qt.Key.Key_PageUp)
    visit.until(lambda: visit.screen.name in ("attract", "noticed"))
    assert visit.reception.store.sessions() == []


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("language", ["ko", "en", "ja"])
def test_nothing_is_cut_off_on_any_screen(qapp, photo, tmp_path, size, language):
    """Every kind of screen, without waiting for the camera: what it needs to draw is made up. Then once more with the event's own look."""
    visit = Visit(Portrait(photo), tmp_path, size, live=False)
    screens = visit.every_screen(language)
    wrong = []
    for screen in screens:
        visit.pretend(screen, Pictures(dict.fromkeys((1, 2, 3, 4), photo), strip=photo))
        wrong += [f"{screen.name}: {w}" for w in visit.overlaps()]
    visit.reception.brand = Brand("Fair", (10, 127, 90), Image.new("RGBA", (600, 100), "navy"))
    for screen in screens:
        if screen.name in BRANDED:
            visit.pretend(screen, Pictures())
            wrong += [f"{screen.name} with a logo: {w}" for w in visit.overlaps()]
            (logo,) = visit.view.findChildren(QLabel, "logo")[-1:]
            assert logo.pixmap().width() > 5 * logo.pixmap().height()
    assert "#0a7f5a" in visit.view.styleSheet()
    visit.close()
    assert {screen.name for screen in screens} == set(TABLE)
    assert wrong == []


def test_the_meter_and_the_warning_follow_the_voice_without_building_the_screen_anew(qapp, photo, tmp_path):
    visit = Visit(Portrait(photo), tmp_path, live=False)
    quiet, loud = (s for s in visit.every_screen("en") if s.name == "recording" and s.hint is not None)
    visit.pretend(quiet, Pictures())
    meter, warning = visit.view.findChild(LevelMeter), visit.view.findChild(QLabel, "hint")
    at, panel = warning.geometry(), visit.view._panel
    assert (meter.level, warning.text(), warning.isVisible()) == (pytest.approx(0.08), "A little louder, please", True)
    for screen, words, shown in ((loud, "A little softer, please", True), (replace(quiet, hint=None, number=4), None, False)):
        visit.pretend(screen, Pictures())
        assert visit.view._panel is panel
        assert warning.isVisible() == shown
        assert words in (None, warning.text())
        assert warning.geometry() == at
    assert 0.8 < meter.level < 1                                    # falls little by little
    assert visit.view.findChild(QLabel, "seconds").text() == "4 s left"
    visit.close()


def test_the_preview_plays_what_the_host_gives_and_stands_calmly_without(qapp):
    given = None
    clip = ClipView(lambda now: given, (400, 300), 0.5)
    seen = lambda: clip.grab().toImage().pixelColor(clip.width() // 2, clip.height() // 8).getRgb()[:3]
    assert seen() == (255, 250, 240)
    for colour in ((200, 30, 30), (30, 30, 200)):
        given = np.full((90, 160, 3), colour, np.uint8)
        clip.look()
        assert clip.grab().toImage().pixelColor(clip.width() // 2, clip.height() // 2).getRgb()[:3] == colour
    assert seen() == (255, 250, 240)                                # wide in a high frame: paper above and below
    given = None
    clip.look()
    assert clip.grab().toImage().pixelColor(clip.width() // 2, clip.height() // 2).getRgb()[:3] == colour
    clip.deleteLater()


@pytest.mark.parametrize(("shape", "size"), [((90, 160), (400, 231)), ((160, 90), (175, 300))])
def test_the_preview_has_the_shape_of_the_clip(qapp, shape, size):
    clip = ClipView(lambda now: np.zeros((*shape, 3), np.uint8), (400, 300), 0.5)
    assert (clip.width(), clip.height()) == pytest.approx(size, abs=1)
    clip.deleteLater()


def test_a_finger_on_a_picture_picks_it_and_characters_show_their_faces(qapp, photo, tmp_path, monkeypatch):
    visit = Visit(Portrait(photo), tmp_path, live=False)
    screens = {screen.name: screen for screen in visit.every_screen("en")}
    pressed = []
    monkeypatch.setattr(VisitorView, "press", lambda view, *what: pressed.append(what))
    visit.pretend(screens["review"], Pictures(dict.fromkeys((1, 2, 3, 4), photo)))
    for picture in visit.view._panel.findChildren(Picture):
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton)
    assert pressed == [("best", k) for k in range(4)]
    visit.pretend(screens["character"], Pictures())
    assert all(not visit.view._panel.findChild(QPushButton, f"style_{name}").icon().isNull() for name in screens["character"].styles)
    visit.close()
