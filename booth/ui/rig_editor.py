"""The rig of a still, to look at and to mend: points are dragged where the drawing has its lines, and the portrait talks beside it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from booth.errors import BoothError
from booth.pose import Mouth, Pose
from booth.products.rigging import rig_beside
from booth.products.still import load_photo
from booth.puppet.mending import dragged, handles, resized
from booth.puppet.puppet import Puppet
from booth.puppet.rig import Rig, save_rig
from booth.ui.picture import to_image

SURE, DOUBTFUL = QColor(30, 150, 90), QColor(220, 60, 40)
DOUBT = 0.5
"""Parts whose confidence is less are red: a person should look."""
GRAB_PX, HANDLE_PX = 12.0, 4.0
PREVIEW_PX, PREVIEW_MS, REST_MS = 384, 60, 300
HELP = ("Drag a point to where the drawing has its line; with Shift the whole part moves. The wheel over an iris makes it larger or smaller. "
        "Red parts were found with little confidence.")


class RigCanvas(QWidget):
    """The face of the still, enlarged, with the rig's lines over it."""

    changed = Signal(object)

    def __init__(self, still: np.ndarray, rig: Rig) -> None:
        super().__init__()
        self._pixmap = QPixmap.fromImage(to_image(np.ascontiguousarray(still), False))
        self.rig = rig
        self._held: tuple[str, str, int] | None = None
        mesh = rig.points[:, :2]
        low, high = mesh.min(0), mesh.max(0)
        side = 1.25 * float((high - low).max())
        self._corner = (low + high) / 2 - side / 2
        self._side = side
        self.setMinimumSize(480, 480)
        self.setMouseTracking(True)

    @property
    def scale(self) -> float:
        """Pixels of the window for one of the still."""
        return min(self.width(), self.height()) / self._side

    def place(self, point: np.ndarray) -> QPointF:
        """Where a point of the still is in the window."""
        x, y = (np.asarray(point) - self._corner) * self.scale
        return QPointF(x, y)

    def _still_at(self, place: QPointF) -> tuple[float, float]:
        x, y = np.array([place.x(), place.y()]) / self.scale + self._corner
        return float(x), float(y)

    def _nearest(self, place: QPointF) -> tuple[str, str, int] | None:
        best, found = GRAB_PX, None
        for (part, line), points in handles(self.rig).items():
            for index, point in enumerate(points):
                apart = (self.place(point) - place).manhattanLength()
                if apart < best:
                    best, found = apart, (part, line, index)
        return found

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = self._nearest(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            whole = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._set(dragged(self.rig, *self._held, self._still_at(event.position()), whole))
        self.setCursor(Qt.CursorShape.ClosedHandCursor if self._held or self._nearest(event.position()) else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        near = self._nearest(event.position())
        if near is not None and near[1] == "iris":
            self._set(resized(self.rig, near[0], 1.06 if event.angleDelta().y() > 0 else 1 / 1.06))

    def _set(self, rig: Rig) -> None:
        self.rig = rig
        self.update()
        self.changed.emit(rig)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        side = self._side * self.scale
        painter.drawPixmap(QRectF(0, 0, side, side), self._pixmap, QRectF(*self._corner, self._side, self._side))
        for (part, line), points in handles(self.rig).items():
            colour = SURE if self._sure(part) >= DOUBT else DOUBTFUL
            painter.setPen(QPen(colour, 1.5))
            places = [self.place(point) for point in points]
            if line == "iris":
                radius = self.rig.eyes[0 if part.startswith("right") else 1].radius * self.scale
                painter.drawEllipse(places[0], radius, radius)
            painter.drawPolyline(QPolygonF(places))
            painter.setBrush(colour)
            for place in places:
                painter.drawEllipse(place, HANDLE_PX, HANDLE_PX)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.end()

    def _sure(self, part: str) -> float:
        at = 0 if part.startswith("right") else 1
        if part == "lips":
            return self.rig.lips.confidence
        return self.rig.eyes[at].confidence if part.endswith("eye") else self.rig.brows[at].confidence


def edit_rig(still: Path, parent: QWidget | None = None) -> RigEditor:
    """The editor of a still's rig: the one saved beside it (``NAME.rig.json``), or the one found now. Raises ``UsageError``."""
    picture = load_photo(still)
    rig, path = rig_beside(still, picture)
    return RigEditor(picture, rig, path, parent)


class RigEditor(QDialog):
    """``path``: where "Save" puts the rig; an older one is replaced. ``rig`` is the one on the screen."""

    def __init__(self, still: np.ndarray, rig: Rig, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Rig: {path.name}")
        self._still, self._path = still, path
        self.canvas = RigCanvas(still, rig)
        self.preview, self.says = QLabel(), QLabel(HELP)
        self.preview.setFixedSize(PREVIEW_PX, PREVIEW_PX)
        self.says.setWordWrap(True)
        self.says.setMaximumWidth(PREVIEW_PX)
        self.save, close = QPushButton("Save"), QPushButton("Close")
        self.save.clicked.connect(self._save)
        close.clicked.connect(self.reject)
        side = QVBoxLayout()
        for widget in (self.preview, self.says, self.save, close):
            side.addWidget(widget)
        side.addStretch(1)
        row = QHBoxLayout(self)
        row.addWidget(self.canvas, 1)
        row.addLayout(side)
        self._puppet: Puppet | None = None
        self._began = time.monotonic()
        self._build = QTimer(self, singleShot=True, interval=REST_MS)
        self._build.timeout.connect(self._rebuild)
        self._play = QTimer(self, interval=PREVIEW_MS)
        self._play.timeout.connect(self._show)
        self.canvas.changed.connect(lambda _: self._build.start())
        self._build.start(0)
        self._play.start()

    @property
    def rig(self) -> Rig:
        return self.canvas.rig

    def _rebuild(self) -> None:
        try:
            self._puppet = Puppet(self._still, self.rig, PREVIEW_PX)
        except BoothError as error:
            self.says.setText(str(error))

    def _show(self) -> None:
        if self._puppet is None:
            return
        t = time.monotonic() - self._began
        lid = float(np.clip(1.6 * np.sin(1.7 * t) - 0.6, 0, 1))
        mouth = Mouth(jaw=max(0.0, float(np.sin(3.1 * t))) * 0.8, round=max(0.0, float(np.sin(1.3 * t))) * 0.7)
        pose = Pose(mouth, (lid, lid), yaw=8 * float(np.sin(0.7 * t)))
        self.preview.setPixmap(QPixmap.fromImage(to_image(self._puppet.draw(pose), False)))

    def _save(self) -> None:
        try:
            save_rig(self.rig, self._path)
        except OSError as error:
            self.says.setText(f"{self._path} cannot be written: {error.strerror}")
            return
        self.says.setText(f"Saved: {self._path}")
