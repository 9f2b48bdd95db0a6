"""What a talking clip needs on the screen beside words and buttons: a meter for the voice, and a place where the clip plays."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from booth.ui.paper import ACCENT, INK, PAPER
from booth.ui.picture import to_image

REFRESH_MS = 16
"""How often a newer picture of the clip is looked for."""
BARS = 24
LOUD = 0.85
"""From here on the meter's bars are full ink: softer, please."""
FALL = 0.08
"""So much of the meter the bars fall with each picture: a voice's syllables are seen, not its trembling."""


class LevelMeter(QWidget):
    """Bars that rise with the voice. ``unit``: what a pixel of a 1080-line picture is here."""

    def __init__(self, unit: float, colour: str = ACCENT) -> None:
        super().__init__()
        self.setObjectName("meter")
        self._unit, self._colour = unit, colour
        self.level = 0.0
        self.setFixedHeight(round(84 * unit))
        self.setMinimumWidth(round(300 * unit))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def hear(self, level: float) -> None:
        """``level`` 0 … 1: up at once, down little by little."""
        shown = max(level, self.level - FALL)
        if shown != self.level:
            self.level = shown
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step, height, line = self.width() / BARS, self.height(), max(1.0, 3 * self._unit)
        for i in range(BARS):
            share = (i + 1) / BARS
            tall = height * (0.35 + 0.65 * share) - 2 * line
            bar = QRectF(i * step + line, (height - tall) / 2, 0.62 * step, tall)
            painter.setPen(QPen(QColor(INK), line))
            painter.setBrush(QColor(INK if share > LOUD else self._colour) if share - 0.5 / BARS <= self.level else QColor("white"))
            painter.drawRect(bar)


class ClipView(QWidget):
    """A framed picture that moves. ``pull(now)`` gives the picture to be seen at monotonic ``now``, (H, W, 3) uint8 RGB, or None
    while there is none: then a calm sheet of paper stands there. ``most`` (width, height) pixels are there for it."""

    def __init__(self, pull: Callable[[float], np.ndarray | None], most: tuple[float, float], unit: float) -> None:
        super().__init__()
        self.setObjectName("clip")
        self._pull, self._unit = pull, unit
        self._picture: np.ndarray | None = None
        self._image: QImage | None = None
        self._edge = round(14 * unit)
        self.look()
        width, height = (self._image.width(), self._image.height()) if self._image is not None else (1, 1)
        scale = min((most[0] - 2 * self._edge) / width, (most[1] - 2 * self._edge) / height)
        self.setFixedSize(max(8, round(width * scale) + 2 * self._edge), max(8, round(height * scale) + 2 * self._edge))
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Draw anew when there is a newer picture; the last one stays while there is none."""
        picture = self._pull(time.monotonic())
        if picture is not None and picture is not self._picture:
            self._picture, self._image = picture, to_image(np.ascontiguousarray(picture), False)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line, edge = max(1.0, 6 * self._unit), self._edge
        painter.setPen(QPen(QColor(INK), line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin))
        painter.setBrush(QColor(PAPER))
        painter.drawRect(QRectF(line / 2, line / 2, self.width() - line, self.height() - line))
        inside = QRectF(edge, edge, self.width() - 2 * edge, self.height() - 2 * edge)
        if self._image is not None:
            size = self._image.size().scaled(inside.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRectF(0, 0, size.width(), size.height())
            at.moveCenter(inside.center())
            painter.drawImage(at, self._image)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(INK))
        dot = 0.03 * min(inside.width(), inside.height())
        for k in (-1, 0, 1):
            painter.drawEllipse(QRectF(inside.center().x() + (4 * k - 1) * dot, inside.center().y() - dot, 2 * dot, 2 * dot))
