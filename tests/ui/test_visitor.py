"""A visit on the real windows: fingers, keys, and a screen on which nothing is cut off."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QSlider

from tests.ui.visits import Visit


@pytest.fixture
def visit(qapp, photo, tmp_path):
    made = Visit(photo, tmp_path)
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
def test_nothing_is_cut_off_on_any_screen(qapp, photo, tmp_path, size, language, monkeypatch):
    """Every kind of screen, without waiting for the camera: what it needs to draw is made up."""
    from PySide6.QtWidgets import QApplication

    from booth.session.screens import Character, Consent, Layout, Making, Result, Review, Screen, Shooting, Sorry
    from booth.session.table import NO_PRESS, TABLE
    visit = Visit(photo, tmp_path, size)
    visit.view._timer.stop()
    styles, layouts = tuple(visit.reception.styles), tuple(visit.reception.layouts)
    monkeypatch.setattr(visit.reception.host, "picture", lambda seq: photo)
    monkeypatch.setattr(visit.reception.host, "strip", lambda: photo)
    base = lambda name, hint=None: {"name": name, "language": language, "default": None, "deadline": None, "hint": hint,
                                    "actions": tuple(a for a in TABLE[name] if a not in NO_PRESS)}
    shooting = {"number": 3, "cut": 2, "cuts": 4, "shots": (1, 2, 3, 4), "again": False}
    screens = [Screen(**base(name)) for name in ("attract", "noticed", "opening", "thanks", "paused")]
    screens += [Sorry(**base(name), reason="x") for name in ("refused", "failed")]
    screens += [Shooting(**base(name, "hint_low"), **shooting) for name in ("countdown", "shot", "shown")]
    screens += [Character(**base("character", "hint_crowded"), styles=styles, style=styles[0], mix_with=styles[1], mix=0.5),
                Consent(**base("consent", "hint_come_back"), photo=True, voice=False, keep_hours=72),
                Review(**base("review", "hint_missed"), shots=(1, 2, 3, 4), best=1),
                Layout(**base("layout"), layouts=layouts, layout=layouts[0], bubbles=language, words="안녕", most_letters=60),
                Making(**base("making"), share=0.4),
                Result(**base("result"), session_id="x", url="http://192.168.0.10:8080/" + "a" * 32, copies=4, talking=False)]
    wrong = []
    for screen in screens:
        monkeypatch.setattr(type(visit.reception.host), "screen", property(lambda _, screen=screen: screen))
        visit.view.draw()
        QApplication.processEvents()
        wrong += [f"{screen.name}: {w}" for w in visit.overlaps()]
        panel, centre = visit.view._panel.geometry(), visit.view._centre.geometry()
        if visit.view._centre.isVisible() and panel.intersects(centre):
            wrong.append(f"{screen.name}: what is large lies on the panel")
        if not visit.view.rect().contains(panel):
            wrong.append(f"{screen.name}: the panel leaves the screen")
    monkeypatch.undo()
    visit.close()
    assert wrong == []
