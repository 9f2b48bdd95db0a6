"""Real windows on Xvfb, or offscreen where there is none."""

import time

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from booth.app import Booth
from booth.cameras.faulty import Faulty
from booth.errors import AlreadyRunning
from booth.frame import Composite, frozen
from booth.house.pin import Pin
from booth.settings import DemoCamera, Settings, VisionSettings
from booth.translators.passthrough import PassthroughTranslator
from booth.ui import signage as signage_window
from booth.ui.application import Windows, only_one, show
from booth.ui.operator import Operator
from booth.ui.picture import placed, to_image
from booth.ui.signage import Signage
from tests.fakes import ListCamera
from tests.ui.test_panel_pin import enter

WAIT_MS = 20_000


@pytest.fixture
def rig(photo):
    camera = Faulty(ListCamera(cv2.resize(photo, None, fx=2, fy=2)), rate=20)
    booth = Booth(Settings(vision=VisionSettings(still_s=0)), translator=PassthroughTranslator, camera=lambda _: camera)
    yield booth, camera
    camera.fault = "none"
    assert booth.stop()


def half_and_half() -> Composite:
    """Left red, right blue."""
    image = np.zeros((720, 1280, 3), np.uint8)
    image[:, :640, 0] = image[:, 640:, 2] = 255
    return Composite(frozen(image), 1, time.monotonic())


@pytest.mark.parametrize(("mirror", "left"), [(True, 2), (False, 0)])
def test_signage_is_a_mirror_unless_told_otherwise(qtbot, rig, mirror, left):
    booth, camera = rig
    camera.fault = "lost"
    booth.settings = booth.settings.model_copy(update={"mirror": mirror})
    signage = Signage(booth)
    qtbot.addWidget(signage)
    signage.resize(640, 360)
    booth.start()
    booth.composites.put(half_and_half())
    signage.show()
    qtbot.waitUntil(lambda: not signage.calm, timeout=WAIT_MS)
    pixels = signage.pixels()
    assert pixels.shape == (360, 640, 3)
    assert pixels[180, 100].argmax() == left
    assert pixels[180, 540].argmax() == 2 - left


@pytest.mark.parametrize("size", [(960, 540), (540, 960), (500, 500)])
def test_signage_fills_landscape_and_portrait(qtbot, rig, size):
    booth, _ = rig
    signage = Signage(booth)
    qtbot.addWidget(signage)
    signage.resize(*size)
    signage.show()
    booth.start()
    qtbot.waitUntil(lambda: not signage.calm, timeout=WAIT_MS)
    pixels = signage.pixels()
    assert pixels.shape[1::-1] == size
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert edge.any()                                # no black bar


def test_signage_is_calm_when_the_camera_is_gone_and_comes_back(qtbot, rig):
    booth, camera = rig
    signage = Signage(booth)
    qtbot.addWidget(signage)
    signage.resize(640, 360)
    signage.show()
    assert signage.calm
    booth.start()
    qtbot.waitUntil(lambda: not signage.calm, timeout=WAIT_MS)
    camera.fault = "frozen"                              # gives nothing and raises nothing
    qtbot.waitUntil(lambda: signage.calm, timeout=WAIT_MS)
    assert signage.pixels().mean() > 120
    camera.fault = "none"
    qtbot.waitUntil(lambda: not signage.calm, timeout=WAIT_MS)


def test_the_calm_picture_speaks_three_languages(qtbot, rig):
    """Each language leaves its own ink on the picture."""
    booth, _ = rig
    signage = Signage(booth)
    qtbot.addWidget(signage)
    signage.resize(960, 540)
    signage.show()
    pixels = signage.pixels().astype(int)
    still = np.asarray(signage._still().pixels)[..., 2::-1].astype(int)
    rows = np.where((np.abs(pixels - still).max(-1) > 60).any(1))[0]
    lines = np.split(rows, np.where(np.diff(rows) > 3)[0] + 1)
    assert len(lines) >= 3


def test_operator_shows_and_starts_and_stops(qtbot, rig):
    booth, _ = rig
    operator = Operator(booth)
    qtbot.addWidget(operator)
    operator.show()
    assert operator.toggle.text() == "Start"
    qtbot.mouseClick(operator.toggle, Qt.MouseButton.LeftButton)
    assert booth.running
    qtbot.waitUntil(lambda: operator.faces.text() == "1" and operator.rate.text() != "0", timeout=WAIT_MS)
    assert operator.preview.pixmap().width() > 100
    assert "ms" in operator.latency.text()
    assert operator.health.text() == "all well"
    assert operator.engine.text() == "passthrough"
    qtbot.mouseClick(operator.toggle, Qt.MouseButton.LeftButton)
    assert not booth.running
    assert operator.health.text() == "stopped"


def test_operator_reads_faults_and_picks_style_and_camera(qtbot, rig, demo):
    booth, camera = rig
    operator = Operator(booth)
    qtbot.addWidget(operator)
    camera.fault = "lost"
    booth.start()
    qtbot.waitUntil(lambda: "plug it in again" in operator.health.text(), timeout=WAIT_MS)
    operator.styles.activated.emit(operator.styles.findData("romance"))
    camera.fault = "none"
    assert operator.cameras.itemData(0) == DemoCamera()
    operator.cameras.activated.emit(0)
    assert booth.running
    assert booth.settings.camera == DemoCamera()


def test_operator_mixes_characters_and_sees_new_folders(qtbot, rig, tmp_path):
    booth, _ = rig
    operator = Operator(booth)
    qtbot.addWidget(operator)
    operator.second.setCurrentIndex(operator.second.findData("chibi"))
    operator.share.setValue(50)
    assert booth.settings.mix_with == "chibi"
    assert booth.wardrobe.style.face.head > 1.1
    operator.each.setChecked(True)
    assert len(booth.wardrobe.each) >= 6
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "style.toml").write_text("kind = 'drawn'\n[title]\nen = 'Mine'\n")
    booth.settings = booth.settings.model_copy(update={"styles": tmp_path})
    qtbot.waitUntil(lambda: operator.styles.findData("mine") >= 0)
    assert operator.styles.currentData() == booth.settings.style
    assert operator.second.currentData() == "chibi"


def test_operator_sets_the_region_in_which_faces_take_part(qtbot, rig):
    booth, _ = rig
    operator = Operator(booth)
    qtbot.addWidget(operator)
    booth.start()
    qtbot.waitUntil(lambda: operator.faces.text() == "1", timeout=WAIT_MS)
    operator.region["left"].setValue(0.8)                # the face is at 0.45
    qtbot.waitUntil(lambda: operator.faces.text() == "0", timeout=WAIT_MS)
    operator.region["right"].setValue(0.3)               # nothing between 0.8 and 0.3: not taken over
    assert booth.settings.vision.region.right == 1.0
    operator.region["left"].setValue(0.0)
    operator.region["right"].setValue(1.0)
    qtbot.waitUntil(lambda: operator.faces.text() == "1", timeout=WAIT_MS)


@pytest.mark.parametrize("which", ["signage", "operator"])
def test_closing_either_window_ends_everything(qtbot, rig, which):
    """No thread is left: the fixture of every test sees to that."""
    booth, _ = rig
    windows = Windows(booth)
    qtbot.addWidget(windows.signage)
    qtbot.addWidget(windows.operator)
    booth.start()
    windows.show()
    qtbot.waitUntil(lambda: booth.composites.put_count > 2, timeout=WAIT_MS)
    getattr(windows, which).close()
    qtbot.waitUntil(lambda: not booth.running, timeout=2000)


class FromOutside(QCloseEvent):
    """Alt+F4."""

    def spontaneous(self):
        return True


@pytest.fixture
def kiosk(qtbot, rig, monkeypatch, tmp_path):
    """Its windows, before anybody has chosen a PIN; the corner opens at once."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(signage_window, "HELD_S", 0.05)
    booth, _ = rig
    booth.settings = booth.settings.model_copy(update={"kiosk": True})
    windows = Windows(booth)
    qtbot.addWidget(windows.signage)
    qtbot.addWidget(windows.operator)
    windows.show()
    return windows


def test_the_first_start_of_a_kiosk_asks_for_a_pin_before_any_visitor_can_choose_one(qtbot, kiosk):
    assert kiosk.operator.isVisible()
    assert kiosk.operator.locked
    for _ in range(2):
        enter(qtbot, kiosk.operator.pad, "2468")
    assert not kiosk.operator.locked
    qtbot.mouseClick(kiosk.operator.board.lock, Qt.MouseButton.LeftButton)
    assert not kiosk.operator.isVisible()
    assert kiosk.signage.isVisible()
    assert QWidget.keyboardGrabber() is kiosk.signage


@pytest.mark.parametrize(("pin", "let_in"), [("2468", True), ("1111", False)])
def test_in_a_kiosk_the_held_corner_and_the_pin_lead_to_the_panel(qtbot, kiosk, pin, let_in):
    Pin().set("2468")
    kiosk.operator.lock()
    asked = []

    def answer():
        dialog = QApplication.activeModalWidget()
        if dialog is not None and not asked:
            asked.append(dialog)
            enter(qtbot, dialog.pad, pin)
            if dialog.isVisible():
                dialog.reject()

    looking = QTimer(interval=50)
    looking.timeout.connect(answer)
    looking.start()
    qtbot.mousePress(kiosk.signage, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    qtbot.waitUntil(lambda: bool(asked) and QApplication.activeModalWidget() is None, timeout=WAIT_MS)
    assert (kiosk.operator.isVisible(), kiosk.operator.locked) == (let_in, not let_in)
    assert QWidget.keyboardGrabber() is (None if let_in else kiosk.signage)     # else the desktop hears visitors' keys, or the panel none


def test_nothing_that_visitors_press_closes_a_kiosk(qtbot, kiosk):
    press = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    kiosk.signage.keyPressEvent(press)
    close = FromOutside()
    kiosk.signage.closeEvent(close)
    assert not close.isAccepted()
    assert kiosk.signage.isVisible()
    assert kiosk.signage.cursor().shape() == Qt.CursorShape.BlankCursor
    kiosk.operator.close()
    assert not kiosk._booth.running


def test_show_runs_for_the_seconds_asked_for(qtbot, rig, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    booth, _ = rig
    assert show(booth, seconds=1.5) == 0
    assert booth.report()["frames_in"] > 3
    assert not booth.running
    later: list[bool] = []                               # no quit is left behind for the next event loop
    QTimer.singleShot(0, lambda: later.append(True))
    qtbot.waitUntil(lambda: bool(later), timeout=WAIT_MS)


def test_only_one_booth_at_a_time(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    first = only_one()
    with pytest.raises(AlreadyRunning, match="already running"):
        only_one()
    first.unlock()
    only_one().unlock()


def test_pictures_are_cut_to_the_windows_shape():
    rects = lambda image, window: [r.getRect() for r in placed(image, window)]
    assert rects((1920, 1080), (1080, 1920)) == [pytest.approx(((1920 - 607.5) / 2, 0, 607.5, 1080)), (0, 0, 1080, 1920)]
    assert rects((640, 480), (1920, 1080)) == [pytest.approx((0, 60, 640, 360)), (0, 0, 1920, 1080)]
    assert rects((512, 512), (1920, 1080)) == [(0, 0, 512, 512), (420, 0, 1080, 1080)]
    image = to_image(np.full((10, 20, 3), (10, 20, 30), np.uint8), mirrored=False)
    assert image.pixelColor(3, 3).getRgb()[:3] == (10, 20, 30)
