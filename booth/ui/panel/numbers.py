"""Today in numbers, and over the day."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from booth.house.day import COUNTS, MINUTES
from booth.ui.panel import words
from booth.ui.panel.desk import Look
from booth.ui.panel.look import ACCENT, LINE, QUIET

BAR_MINUTES = 10
NICE = (1, 2, 3, 5)
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Today(QWidget):
    """Tiles above, plots below."""

    def __init__(self) -> None:
        super().__init__()
        self._tiles = {name: QLabel("–", objectName="big") for name, _ in words.TILES}
        self._plots = {name: Plot(title, name in COUNTS) for name, title in words.PLOTS}
        self.care = QLabel(objectName="quiet")
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 10, 4, 4)
        grid.setSpacing(6)
        for k, (name, title) in enumerate(words.TILES):
            grid.addWidget(_tile(self._tiles[name], title), k // 4, k % 4)
        for k, plot in enumerate(self._plots.values()):
            grid.addWidget(plot, 2 + k // 2, 2 * (k % 2), 1, 2)
        grid.addWidget(self.care, 4, 0, 1, 4)
        for row in (2, 3):
            grid.setRowStretch(row, 1)

    def show_look(self, look: Look, minute: int | None = None) -> None:
        """``minute`` of the day that it is; the clock's unless one is given."""
        for name, tile in self._tiles.items():
            value = getattr(look.numbers, name)
            tile.setText("–" if value is None else f"{value:,.0f}")
        self.care.setText(words.CARE.format(level=look.numbers.level or "–", engine=look.numbers.engine or "–"))
        there = time.localtime()
        for name, plot in self._plots.items():
            if name in look.day:
                plot.show_minutes(look.day[name], there.tm_hour * 60 + there.tm_min if minute is None else minute)

    def tile(self, name: str) -> str:
        return self._tiles[name].text()


def _tile(number: QLabel, title: str) -> QWidget:
    card = QFrame()
    card.setObjectName("card")
    column = QVBoxLayout(card)
    column.setContentsMargins(12, 4, 12, 6)
    column.setSpacing(0)
    column.addWidget(number)
    column.addWidget(QLabel(title, objectName="quiet"))
    return card


class Plot(QWidget):
    """A day from midnight to midnight: bars of sums, or a line of means with gaps where nothing was measured."""

    def __init__(self, title: str, bars: bool) -> None:
        super().__init__()
        self._title, self._bars = title, bars
        self._minutes = np.full(MINUTES, np.nan, np.float32)
        self._now = 0
        self.setMinimumSize(240, 110)

    def show_minutes(self, minutes: np.ndarray, now: int) -> None:
        """``minutes`` (1440,) float32, NaN: not measured · ``now``: minute of the day."""
        if now != self._now or not np.array_equal(minutes, self._minutes, equal_nan=True):
            self._minutes, self._now = minutes, now
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(LINE))
        painter.setBrush(QColor("white"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 8, 8)
        area = QRectF(40, 28, self.width() - 52, self.height() - 48)
        font = QFont(self.font())
        font.setPixelSize(12)
        painter.setFont(font)
        painter.setPen(QColor(QUIET))
        painter.drawText(QRectF(12, 6, self.width() - 24, 18), Qt.AlignmentFlag.AlignVCenter, self._title)
        values = summed(self._minutes, BAR_MINUTES) if self._bars else self._minutes
        top = nice(float(np.nanmax(values)) if np.isfinite(values).any() else 0.0)
        self._axes(painter, area, top)
        draw = self._draw_bars if self._bars else self._draw_line
        draw(painter, area, values, top)
        painter.setPen(QPen(QColor(QUIET), 1, Qt.PenStyle.DotLine))
        x = area.left() + area.width() * self._now / MINUTES
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))

    def _axes(self, painter: QPainter, area: QRectF, top: float) -> None:
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(QColor(LINE))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            if share != 0.5 or top >= 2:
                painter.setPen(QColor(QUIET))
                painter.drawText(QRectF(0, y - 8, area.left() - 6, 16), RIGHT, f"{share * top:g}")
        for hour in range(0, 25, 3):
            x = area.left() + area.width() * hour / 24
            painter.drawText(QRectF(x - 15, area.bottom() + 3, 30, 14), Qt.AlignmentFlag.AlignCenter, str(hour))

    def _draw_bars(self, painter: QPainter, area: QRectF, values: np.ndarray, top: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ACCENT))
        step = area.width() / len(values)
        for k, value in enumerate(values):
            if value > 0:
                height = max(2.0, area.height() * float(value) / top)
                painter.drawRect(QRectF(area.left() + k * step + 0.25, area.bottom() - height, max(1.5, step - 0.5), height))

    def _draw_line(self, painter: QPainter, area: QRectF, values: np.ndarray, top: float) -> None:
        painter.setPen(QPen(QColor(ACCENT), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in runs(values):
            x = area.left() + area.width() * run / MINUTES
            y = area.bottom() - area.height() * values[run] / top
            points = [QPointF(float(a), float(b)) for a, b in zip(x, y)]
            painter.drawPolyline(QPolygonF(points if len(points) > 1 else [points[0], points[0] + QPointF(1.5, 0)]))


def summed(minutes: np.ndarray, each: int) -> np.ndarray:
    """(1440 / ``each``,) sums."""
    return np.nan_to_num(minutes).reshape(-1, each).sum(1)


def runs(values: np.ndarray) -> list[np.ndarray]:
    """Indices of what was measured, in pieces without a gap."""
    there = np.flatnonzero(np.isfinite(values))
    return np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if len(there) else []


def nice(most: float) -> float:
    """The end of an axis on which ``most`` has room: 1, 2, 3 or 5 times a power of ten."""
    if not most > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(most))
    return float(next((k * power for k in NICE if k * power >= most), 10 * power))
