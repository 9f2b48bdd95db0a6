"""What visitors see: the newest drawing, filling the screen like a mirror. It pulls pictures; nobody pushes."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from booth.app import Booth
from booth.frame import Composite
from booth.render.compositor import draw_moment
from booth.texts import visitor_texts
from booth.ui.paper import FONTS
from booth.ui.picture import placed, to_image
from booth.ui.visitor import VisitorView

REFRESH_MS = 16
"""How often it looks for a newer picture."""
STALE_S = 2.0
"""A picture older than this is not live any more: the calm picture takes its place."""


CORNER, HELD_S = 0.08, 3.0
"""A finger held so long in the upper left corner, of the window's shorter side, asks for the operator."""


class Signage(QWidget):
    """``cornered``: somebody holds the corner, and may be the operator."""

    closed = Signal()
    cornered = Signal()

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._booth = booth
        self._shown: Composite | None = None
        self.visitor: VisitorView | None = None
        self._image: QImage | None = None
        self._calm_image: QImage | None = None
        self._calm = True
        self.setWindowTitle("Toonbooth")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._corner = QTimer(self, singleShot=True, interval=int(HELD_S * 1000))
        self._corner.timeout.connect(self.cornered)

    def _look(self) -> None:
        newest = self._booth.composites.peek()
        if newest is not None and not (self._booth.running and time.monotonic() - newest.captured_at < STALE_S):
            newest = None
        if newest is not None and newest is not self._shown:
            self._shown = newest
            self._image = to_image(newest.image, self._booth.settings.mirror)
            self._calm = newest.calm
            self.update()
            if self.visitor is not None:
                self.visitor.show_picture(newest)
            if not newest.calm:
                self._booth.stats.shown(newest)
        elif newest is None and not self._calm:
            self._calm = True
            self._image = None
            self.update()

    @property
    def calm(self) -> bool:
        """Whether the calm picture is up instead of a live one."""
        return self._calm

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        image = self._image if self._image is not None and not self._calm else self._still()
        source, target = placed((image.width(), image.height()), (self.width(), self.height()))
        if target.width() < self.width():
            painter.fillRect(self.rect(), QColor(*self._booth.wardrobe.style.room.tint))
        if source.size() == target.size():
            painter.drawImage(target.topLeft(), image, source)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, image, source)
        if self._calm and self.visitor is None:                    # a visit's own screens say what is going on
            self._words(painter)

    def _still(self) -> QImage:
        """The calm picture in the window's own size, drawn once."""
        if self._calm_image is None or (self._calm_image.width(), self._calm_image.height()) != (self.width(), self.height()):
            self._calm_image = to_image(draw_moment(max(self.width(), 8), max(self.height(), 8), self._booth.wardrobe.style), False)
        return self._calm_image

    def _words(self, painter: QPainter) -> None:
        ink = self._booth.wardrobe.style.line.colour
        painter.setPen(QColor(*ink))
        size = max(10, int(min(self.width(), self.height() * 1.2) * 0.035))
        top = self.height() * 0.62
        words_in = visitor_texts()["one_moment"]
        for language in self._booth.settings.event.offer_languages or words_in:
            font = QFont(FONTS[language])
            font.setPixelSize(size)
            font.setBold(language == "ko")
            painter.setFont(font)
            painter.drawText(QRectF(0, top, self.width(), size * 1.6), Qt.AlignmentFlag.AlignCenter, words_in[language])
            top += size * 1.7

    def pixels(self) -> np.ndarray:
        """What is on the window now, (H, W, 3) uint8 RGB; for tests and screenshots."""
        image = self.grab().toImage().convertToFormat(self.grab().toImage().Format.Format_RGB888)
        data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return data[:, :3 * image.width()].reshape(image.height(), image.width(), 3).copy()

    def receive(self, visitor: VisitorView) -> None:
        """Visitors' screens over the picture."""
        self.visitor = visitor
        visitor.faces = lambda: self._shown if not self._calm else None
        visitor.setGeometry(self.rect())
        visitor.show()
        if not self._booth.settings.kiosk:                              # there fingers point
            self.unsetCursor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.visitor is not None:
            self.visitor.setGeometry(self.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        side = CORNER * min(self.width(), self.height())
        if event.position().x() < side and event.position().y() < side:
            self._corner.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._corner.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.visitor is not None and self.visitor.key(event):
            return
        if event.key() == Qt.Key.Key_Escape and not self._booth.settings.kiosk:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._booth.settings.kiosk and event.spontaneous():          # Alt+F4 is not for visitors
            event.ignore()
            return
        self._timer.stop()
        self.closed.emit()
        event.accept()
