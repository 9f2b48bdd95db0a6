"""The operator's window: on the left the live picture and what is chosen for it, on the right the panel; behind a PIN where visitors could
reach it."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QCursor, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from booth.app import Booth
from booth.cameras import parse_camera
from booth.cameras.device import devices
from booth.errors import BoothError
from booth.house.pin import Pin
from booth.render.style import load_style, style_files
from booth.settings import DemoCamera, DeviceCamera, FolderCamera, Region, VideoCamera
from booth.ui.panel import words
from booth.ui.panel.board import Board
from booth.ui.panel.booth_desk import BoothDesk
from booth.ui.panel.desk import Desk
from booth.ui.panel.look import SHEET
from booth.ui.panel.pin import PinPad
from booth.ui.picture import to_image
from booth.ui.rig_editor import edit_rig

REFRESH_MS = 250
PREVIEW = (384, 216)
SIZE = (1280, 690)
IDLE_S = 180.0
"""Untouched for so long, a panel that visitors could reach locks itself."""


class Operator(QWidget):
    """``desk``: what the panel may know and do, the booth's own by default · ``pin``: asked for when ``guarded`` (the panel lies on the
    visitors' screen), and chosen first when there is none; without one nothing is ever asked · ``left``: the operator of a kiosk has gone."""

    closed = Signal()
    left = Signal()

    def __init__(self, booth: Booth, desk: Desk | None = None, pin: Pin | None = None, guarded: bool = False) -> None:
        super().__init__()
        self._booth = booth
        self._desk: Desk = desk or BoothDesk(booth)
        self._pin, self._guarded = pin, guarded
        self._touched = time.monotonic(), QCursor.pos()
        self._named: list[str] = []
        self._followed = booth.settings
        self.setWindowTitle(words.WINDOW)
        self.setStyleSheet(SHEET)
        self.board = Board(self._desk, files=not booth.settings.kiosk)
        self.board.lock.setVisible(pin is not None)
        if booth.settings.kiosk:
            self.board.lock.setText(words.TO_VISITORS)
        self.board.lock.clicked.connect(self.lock)
        self._controls()
        self._lay()
        self._list_cameras()
        self.resize(*SIZE)
        if pin is not None and (guarded or not pin.is_set):
            self.lock()
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def _controls(self) -> None:
        booth = self._booth
        self.preview = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.preview.setFixedSize(*PREVIEW)
        self.rate, self.latency, self.faces, self.engine, self.level, self.camera_now, self.health = (QLabel("–") for _ in range(7))
        for label in (self.camera_now, self.health):
            label.setWordWrap(True)
        self.cameras, self.styles, self.second = QComboBox(), QComboBox(), QComboBox()
        self.share = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, value=round(100 * booth.settings.mix))
        self.each = QCheckBox(words.EACH, checked=booth.settings.each)
        self.toggle, self.rigs = QPushButton(), QPushButton(words.RIG)
        self.rigs.clicked.connect(self._mend_rig)
        self.leave = QPushButton(words.QUIT, visible=booth.settings.kiosk)
        self.leave.clicked.connect(self.close)
        self.region = {side: QDoubleSpinBox(minimum=0, maximum=1, singleStep=0.05) for side in ("left", "top", "right", "bottom")}
        for side, box in self.region.items():
            box.setValue(getattr(booth.settings.vision.region, side))
            box.setPrefix(f"{side[0]} ")
            box.setToolTip(f"{side}, as a fraction of the camera's picture")
            box.valueChanged.connect(self._set_region)
        self._list_styles()
        self.cameras.activated.connect(self._pick_camera)
        for chosen in (self.styles.activated, self.second.activated, self.share.valueChanged, self.each.toggled):
            chosen.connect(self._dress)
        self.toggle.clicked.connect(self._start_or_stop)

    def _lay(self) -> None:
        towards, sides, numbers = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for widget in (self.second, self.share):
            towards.addWidget(widget, 1)
        for box in self.region.values():
            sides.addWidget(box)
        for label, unit in ((self.rate, words.PICTURES), (self.latency, ""), (self.faces, words.FACES)):
            numbers.addWidget(label)
            numbers.addWidget(QLabel(unit, objectName="quiet"), 1)
        form = QFormLayout()
        for title, row in ((words.CAMERA, self.cameras), (words.NOW, self.camera_now), (words.CHARACTER, self.styles),
                           (words.MIXED_WITH, towards), ("", self.each), (words.REGION, sides), ("", numbers), (words.ENGINE, self.engine),
                           (words.QUALITY, self.level), (words.HEALTH, self.health)):
            form.addRow(title, row)
        side = QWidget()
        side.setFixedWidth(PREVIEW[0] + 8)
        left = QVBoxLayout(side)
        left.setContentsMargins(4, 0, 4, 0)
        left.addWidget(self.preview)
        left.addLayout(form)
        left.addStretch()
        left.addWidget(self.toggle)
        left.addWidget(self.rigs)
        left.addWidget(self.leave)
        panel, locked = QWidget(), QWidget()
        panel.setObjectName("panel")
        locked.setObjectName("locked")
        both = QHBoxLayout(panel)
        both.setSpacing(16)
        both.addWidget(side)
        both.addWidget(self.board, 1)
        behind = QVBoxLayout(locked)
        self.pad = PinPad(self._pin) if self._pin is not None else None
        if self.pad is not None:
            self.pad.passed.connect(self.unlock)
            behind.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignCenter)
        self._pages = QStackedWidget()
        self._pages.addWidget(panel)
        self._pages.addWidget(locked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    @property
    def locked(self) -> bool:
        return self._pages.currentIndex() == 1

    def lock(self) -> None:
        """Behind the PIN, or before the choice of one. In a kiosk visitors have the screen to themselves again."""
        if self.pad is not None and self._pin is not None:
            self.pad.begin()
            self._pages.setCurrentIndex(1)
            self.pad.setFocus()
            if self._booth.settings.kiosk and self._pin.is_set:
                self.hide()
                self.left.emit()

    def unlock(self) -> None:
        """Whoever is there knows the PIN."""
        self._touched = time.monotonic(), QCursor.pos()
        self._pages.setCurrentIndex(0)

    def refresh(self) -> None:
        booth = self._booth
        self._list_styles()
        self._follow()
        self.toggle.setText(words.STOP if booth.running else words.START)
        newest = booth.composites.peek() if booth.running else None
        if newest is not None and self.isVisible() and not self.locked:
            image = to_image(newest.image, False).scaled(*PREVIEW, Qt.AspectRatioMode.KeepAspectRatio)
            self.preview.setPixmap(QPixmap.fromImage(image))
        self.rate.setText(f"{booth.stats.fps():.0f}")
        self.latency.setText(f"{booth.stats.latency_now():.0f} ms")
        self.faces.setText(str(len(newest.faces)) if newest is not None else "–")
        self.engine.setText(booth.engine)
        self.level.setText(booth.level.name)
        self.camera_now.setText(booth.describe_camera())
        self.health.setText("\n".join(booth.health()) or (words.ALL_WELL if booth.running else words.STOPPED))
        self._watch()

    def _watch(self) -> None:
        """Lock a guarded panel that nobody touches."""
        if self._touched[1] != QCursor.pos():
            self._touched = time.monotonic(), QCursor.pos()
        if self._guarded and not self.locked and time.monotonic() - self._touched[0] > IDLE_S:
            self.lock()

    def _list_cameras(self) -> None:
        current = self._booth.settings.camera
        self.cameras.clear()
        self.cameras.addItem(words.DEMO, DemoCamera())
        for path in devices():
            self.cameras.addItem(path.rsplit("/", 1)[-1], DeviceCamera(device=path))
        match current:
            case VideoCamera():
                self.cameras.addItem(current.source, current)
            case FolderCamera():
                self.cameras.addItem(str(current.folder), current)
            case DeviceCamera() if current.device not in devices():
                self.cameras.addItem(current.device, current)
        self.cameras.addItem(words.VIDEO_FILE, None)
        for i in range(self.cameras.count()):
            if self.cameras.itemData(i) == current:
                self.cameras.setCurrentIndex(i)

    def _pick_camera(self, index: int) -> None:
        choice = self.cameras.itemData(index)
        try:
            if choice is None:
                name, _ = QFileDialog.getOpenFileName(self, words.VIDEO_TITLE)
                if not name:
                    self._list_cameras()
                    return
                choice = parse_camera(name)
            self._booth.set_camera(choice)
        except BoothError as error:
            self.board.say(str(error))
        self._list_cameras()
        self.refresh()

    def _list_styles(self) -> None:
        """Both lists as the folders are now; nothing happens while they have not changed."""
        settings = self._booth.settings
        names = list(style_files(settings.styles))
        if names == self._named:
            return
        self._named = names
        for box, chosen in ((self.styles, settings.style), (self.second, settings.mix_with)):
            box.clear()
            if box is self.second:
                box.addItem(words.NOTHING, None)
            for name in names:
                box.addItem(self._title(name), name)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def _follow(self) -> None:
        """Show what was changed elsewhere: in the settings, by a visit."""
        settings = self._booth.settings
        if settings is self._followed:
            return
        if settings.camera != self._followed.camera:
            self._list_cameras()
        self._followed = settings
        controls = (self.styles, self.second, self.share, self.each, *self.region.values())
        held = [control.blockSignals(True) for control in controls]
        self.styles.setCurrentIndex(max(0, self.styles.findData(settings.style)))
        self.second.setCurrentIndex(max(0, self.second.findData(settings.mix_with)))
        self.share.setValue(round(100 * settings.mix))
        self.each.setChecked(settings.each)
        for side, box in self.region.items():
            box.setValue(getattr(settings.vision.region, side))
        for control, before in zip(controls, held):
            control.blockSignals(before)

    def _title(self, name: str) -> str:
        try:
            return load_style(name, self._booth.settings.styles).title.get("en", name)
        except BoothError:
            return f"{name} ({words.MISTAKE})"

    def _dress(self) -> None:
        try:
            self._booth.dress(style=self.styles.currentData(), mix_with=self.second.currentData(),
                              mix=self.share.value() / 100, each=self.each.isChecked())
            self._booth.own = self._booth.settings
        except BoothError as error:
            self.board.say(str(error))

    def _set_region(self) -> None:
        """Only a region with an inside is taken over; while it has none, the last one stays."""
        values = {side: box.value() for side, box in self.region.items()}
        if values["left"] < values["right"] and values["top"] < values["bottom"]:
            self._booth.set_region(Region(**values))

    def _start_or_stop(self) -> None:
        if self._booth.running:
            self._booth.stop()
        else:
            self._booth.start()
        self.refresh()

    def _mend_rig(self) -> None:
        """The rig of a drawing, found or as it was saved beside it, in the editor."""
        name, _ = QFileDialog.getOpenFileName(self, words.RIG_TITLE)
        if name:
            try:
                edit_rig(Path(name), self).open()
            except BoothError as error:
                self.board.say(str(error))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.board.shut()
        self._desk.close()
        self.closed.emit()
        event.accept()
