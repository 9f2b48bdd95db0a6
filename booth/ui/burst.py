"""The star in which a webtoon shouts: the countdown's number stands in it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from booth.ui.paper import INK, PAPER

SPIKES = 15
DEEP = 0.78
"""How far the star's inner corners are from its middle, of the outer ones."""
YELLOW = "#ffd43b"


class Burst(QWidget):
    """``words``: one or two letters · ``side`` in pixels."""

    def __init__(self, words: str, side: int) -> None:
        super().__init__()
        self.setObjectName("number")
        self._words, self._side = words, side
        self.setFixedSize(side, side)

    def sizeHint(self) -> QSize:
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, middle = self._side / 60, QPointF(self._side / 2, self._side / 2)
        pen = QPen(QColor(INK), line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(QColor(INK))
        painter.drawPolygon(_star(middle + QPointF(1.6 * line, 1.6 * line), 0.46 * self._side))
        painter.setBrush(QColor(YELLOW))
        painter.drawPolygon(_star(middle, 0.46 * self._side))
        painter.setPen(QPen(QColor(INK), 2.4 * line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        letters = self._letters(middle)
        painter.drawPath(letters)
        painter.fillPath(letters, QColor(PAPER))

    def _letters(self, middle: QPointF) -> QPainterPath:
        """The outline of the words, around ``middle``."""
        font = QFont(self.font())
        font.setPixelSize(round(0.52 * self._side))
        font.setBold(True)
        path = QPainterPath()
        path.addText(0, 0, font, self._words)
        around: QRectF = path.boundingRect()
        return path.translated(middle - around.center())


def _star(middle: QPointF, radius: float) -> QPolygonF:
    """Spikes of two lengths by turns, as a hand draws them."""
    corners = []
    for k in range(2 * SPIKES):
        long = 1.0 if k % 4 == 0 else 0.93
        r, a = radius * (DEEP if k % 2 else long), math.pi * (k / SPIKES - 0.5)
        corners.append(middle + QPointF(r * math.cos(a), r * math.sin(a)))
    return QPolygonF(corners)
