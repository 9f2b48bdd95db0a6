"""What the operator sees: a small live preview, how the booth is doing, and what can be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPixmap
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
    QVBoxLayout,
    QWidget,
)

from booth.app import Booth
from booth.cameras import parse_camera
from booth.cameras.device import devices
from booth.errors import BoothError
from booth.render.style import load_style, style_files
from booth.settings import DemoCamera, DeviceCamera, FolderCamera, Region, VideoCamera
from booth.ui.picture import to_image

REFRESH_MS = 250
PREVIEW = (480, 270)


class Operator(QWidget):
    closed = Signal()

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._booth = booth
        self.setWindowTitle("Toonbooth – operator")
        self.preview = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.preview.setFixedSize(*PREVIEW)
        self.rate, self.latency, self.faces, self.engine, self.level, self.camera_now, self.health = (QLabel("–") for _ in range(7))
        self.health.setWordWrap(True)
        self.cameras = QComboBox()
        self.cameras.activated.connect(self._pick_camera)
        self.styles, self.second = QComboBox(), QComboBox()
        self.share = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, value=round(100 * booth.settings.mix))
        self.each = QCheckBox("every visitor another", checked=booth.settings.each)
        self._named: list[str] = []
        self._list_styles()
        self.styles.activated.connect(self._dress)
        self.second.activated.connect(self._dress)
        self.share.valueChanged.connect(self._dress)
        self.each.toggled.connect(self._dress)
        towards = QHBoxLayout()
        towards.addWidget(self.second)
        towards.addWidget(self.share)
        self.toggle = QPushButton()
        self.toggle.clicked.connect(self._start_or_stop)
        self.region = {side: QDoubleSpinBox(minimum=0, maximum=1, singleStep=0.05) for side in ("left", "top", "right", "bottom")}
        sides = QHBoxLayout()
        for side, box in self.region.items():
            box.setValue(getattr(booth.settings.vision.region, side))
            box.setToolTip(f"{side}, as a fraction of the camera's picture")
            box.valueChanged.connect(self._set_region)
            sides.addWidget(box)
        form = QFormLayout()
        for label, widget in (("Camera", self.cameras), ("Now", self.camera_now), ("Character", self.styles), ("Mixed with", towards),
                              ("", self.each), ("Pictures per second", self.rate),
                              ("Latency", self.latency), ("Faces", self.faces), ("Engine", self.engine),
                              ("Quality", self.level), ("Health", self.health)):
            form.addRow(label, widget)
        form.addRow("Region (l t r b)", sides)
        buttons = QHBoxLayout()
        buttons.addWidget(self.toggle)
        layout = QVBoxLayout(self)
        layout.addWidget(self.preview)
        layout.addLayout(form)
        layout.addLayout(buttons)
        self._list_cameras()
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        booth = self._booth
        self._list_styles()
        self.toggle.setText("Stop" if booth.running else "Start")
        newest = booth.composites.peek()
        if newest is not None and booth.running:
            image = to_image(newest.image, False).scaled(*PREVIEW, Qt.AspectRatioMode.KeepAspectRatio)
            self.preview.setPixmap(QPixmap.fromImage(image))
        self.rate.setText(f"{booth.stats.fps():.0f}")
        self.latency.setText(f"{booth.stats.latency_now():.0f} ms")
        self.faces.setText(str(len(newest.faces)) if newest is not None and booth.running else "–")
        self.engine.setText(booth.engine)
        self.level.setText(booth.level.name)
        self.camera_now.setText(booth.describe_camera())
        self.health.setText("\n".join(booth.health()) or ("all well" if booth.running else "stopped"))

    def _list_cameras(self) -> None:
        current = self._booth.settings.camera
        self.cameras.clear()
        self.cameras.addItem("Demo", DemoCamera())
        for path in devices():
            self.cameras.addItem(path.rsplit("/", 1)[-1], DeviceCamera(device=path))
        match current:
            case VideoCamera():
                self.cameras.addItem(current.source, current)
            case FolderCamera():
                self.cameras.addItem(str(current.folder), current)
            case DeviceCamera() if current.device not in devices():
                self.cameras.addItem(current.device, current)
        self.cameras.addItem("Video file…", None)
        for i in range(self.cameras.count()):
            if self.cameras.itemData(i) == current:
                self.cameras.setCurrentIndex(i)

    def _pick_camera(self, index: int) -> None:
        choice = self.cameras.itemData(index)
        try:
            if choice is None:
                name, _ = QFileDialog.getOpenFileName(self, "A video file as camera")
                if not name:
                    self._list_cameras()
                    return
                choice = parse_camera(name)
            self._booth.set_camera(choice)
        except BoothError as error:
            self.health.setText(str(error))
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
                box.addItem("nothing", None)
            for name in names:
                box.addItem(self._title(name), name)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def _title(self, name: str) -> str:
        try:
            return load_style(name, self._booth.settings.styles).title.get("en", name)
        except BoothError:
            return f"{name} (has a mistake)"

    def _dress(self) -> None:
        try:
            self._booth.dress(style=self.styles.currentData(), mix_with=self.second.currentData(),
                              mix=self.share.value() / 100, each=self.each.isChecked())
        except BoothError as error:
            self.health.setText(str(error))

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

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self.closed.emit()
        event.accept()
