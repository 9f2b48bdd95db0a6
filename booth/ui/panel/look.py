"""How the panel looks: one sheet of colours and sizes, and the mark that says how a part is, by shape as well as by colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from booth.house.health import State

PAPER, CARD, INK, QUIET, LINE, ACCENT = "#f5f2ec", "#ffffff", "#1d1a1a", "#6f675e", "#ddd6cb", "#d9421f"
COLOURS: dict[State, str] = {"green": "#23794a", "amber": "#b26a00", "red": "#c4281c"}
UNUSED = "#a49b90"

SHEET = f"""
QWidget {{ color: {INK}; font-size: 14px; font-family: "Noto Sans CJK KR"; }}
#panel, #locked, #viewer, QScrollArea, QScrollArea > QWidget > QWidget, QTabWidget > QWidget {{ background: {PAPER}; }}
QTabWidget::pane {{ border: 0; }}
QTabBar::tab {{ padding: 9px 20px; border-bottom: 3px solid transparent; color: {QUIET}; font-size: 15px; }}
QTabBar::tab:selected {{ border-bottom-color: {ACCENT}; color: {INK}; }}
QPushButton {{ background: {CARD}; border: 1px solid {LINE}; border-radius: 6px; padding: 7px 14px; min-height: 18px; }}
QPushButton:hover {{ border-color: {QUIET}; }}
QPushButton:pressed {{ background: {LINE}; }}
QPushButton:disabled {{ color: {UNUSED}; background: {PAPER}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton#main {{ background: {ACCENT}; color: white; border-color: {ACCENT}; }}
QPushButton#main:disabled {{ background: {LINE}; border-color: {LINE}; color: {QUIET}; }}
QPushButton#key {{ font-size: 28px; min-width: 84px; min-height: 54px; border-radius: 12px; }}
QPushButton#done {{ font-size: 24px; min-width: 84px; min-height: 54px; border-radius: 12px; background: {ACCENT}; color: white; border: 0; }}
QPushButton#done:disabled {{ background: {LINE}; color: {QUIET}; }}
QPushButton#cancel {{ font-size: 18px; min-height: 44px; border: 0; background: transparent; color: {QUIET}; }}
QLineEdit {{ background: {CARD}; border: 1px solid {LINE}; border-radius: 5px; padding: 5px 7px; min-height: 20px; }}
QLineEdit:focus {{ border-color: {ACCENT}; }}
QLineEdit[wrong="true"] {{ border: 2px solid {COLOURS["red"]}; }}
QComboBox QLineEdit, QDoubleSpinBox QLineEdit {{ border: 0; padding: 0; min-height: 0; }}
QComboBox {{ min-height: 30px; }}
QDoubleSpinBox {{ min-height: 26px; }}
QSlider:horizontal {{ min-height: 24px; }}
QSlider::groove:horizontal {{ height: 6px; background: {LINE}; border-radius: 3px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 3px; }}
QSlider::handle:horizontal {{ width: 18px; margin: -6px 0; background: {ACCENT}; border-radius: 9px; }}
QComboBox QAbstractItemView {{ background: {CARD}; selection-background-color: {LINE}; selection-color: {INK}; }}
QTableView, QListWidget {{ background: {CARD}; border: 1px solid {LINE}; border-radius: 6px; }}
QTableView, QListWidget {{ selection-background-color: #ffe3d8; selection-color: {INK}; }}
QListWidget::item {{ padding: 9px 12px; }}
QListWidget#picks::item {{ padding: 4px 10px; }}
QHeaderView::section {{ background: {PAPER}; border: 0; border-bottom: 1px solid {LINE}; padding: 6px; color: {QUIET}; font-weight: normal; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 6px; min-height: 36px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
#card {{ background: {CARD}; border: 1px solid {LINE}; border-radius: 8px; }}
#card QPushButton {{ padding: 3px 12px; }}
QDialog#locked {{ border: 3px solid {INK}; }}
#quiet, QLabel#quiet {{ color: {QUIET}; font-size: 12px; }}
QLabel#wrong {{ color: {COLOURS["red"]}; font-size: 13px; }}
QLabel#big {{ font-size: 24px; font-weight: 600; }}
QLabel#title {{ font-size: 16px; font-weight: 600; }}
QLabel#note {{ background: {INK}; color: white; border-radius: 6px; padding: 8px 14px; }}
QLabel#ask {{ font-size: 20px; font-weight: 600; }}
QLabel#dots {{ font-size: 30px; letter-spacing: 8px; }}
"""


class Mark(QWidget):
    """Green: a tick · amber: an exclamation mark in a triangle · red: a cross · not used: a small ring."""

    def __init__(self, size: int = 26) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._state: State = "green"
        self._used = True

    def show_state(self, state: State, used: bool = True) -> None:
        if (state, used) != (self._state, self._used):
            self._state, self._used = state, used
            self.update()

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s = self.width() / 24
        colour = QColor(COLOURS[self._state] if self._used else UNUSED)
        if not self._used:
            painter.setPen(QPen(colour, 2 * s))
            painter.drawEllipse(QPointF(12 * s, 12 * s), 5 * s, 5 * s)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        white = QPen(QColor("white"), 2.6 * s, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        points = lambda *xy: QPolygonF([QPointF(x * s, y * s) for x, y in xy])
        if self._state == "amber":
            painter.drawPolygon(points((12, 1), (23.5, 22), (0.5, 22)))
            painter.setPen(white)
            painter.drawLine(QPointF(12 * s, 9 * s), QPointF(12 * s, 14.5 * s))
            painter.drawPoint(QPointF(12 * s, 18.5 * s))
            return
        painter.drawEllipse(QRectF(1 * s, 1 * s, 22 * s, 22 * s))
        painter.setPen(white)
        if self._state == "green":
            painter.drawPolyline(points((7, 12.5), (10.5, 16), (17, 8.5)))
        else:
            painter.drawLine(QPointF(8 * s, 8 * s), QPointF(16 * s, 16 * s))
            painter.drawLine(QPointF(16 * s, 8 * s), QPointF(8 * s, 16 * s))
