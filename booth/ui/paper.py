"""What visitors' screens are made of: paper, ink and one accent."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from booth.brand import RGB, css, text_on

PAPER, INK, ACCENT, QUIET, TONE = "#fffaf0", "#1d1a1a", "#ff5a3c", "#6f675e", "#f6e7cd"
WARNING = "#d0361a"
"""The accent, dark enough for words on paper."""
FONTS = {"ko": "Noto Sans CJK KR", "en": "Noto Sans CJK KR", "ja": "Noto Sans CJK JP"}
"""Characters of Korean and Japanese are drawn as their readers know them; where the family is missing the desktop's own font stands in."""
DOT_PX, DOTS_HIGH = 22, 0.62
"""Printed dots: apart by so much, over so much of the sheet's height, from its lower right corner."""


class Sheet(QFrame):
    """A sheet of paper with an ink line, a hard shadow and printed dots. ``unit``: what a pixel of a 1080-line picture is here."""

    def __init__(self, parent: QWidget, unit: float) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._unit = unit
        self._page: QPixmap | None = None

    @property
    def shadow(self) -> int:
        """Pixels that it takes at the right and below."""
        return round(10 * self._unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """With every live picture below it: so it is drawn once, and copied."""
        if self._page is None or self._page.size() != self.size():
            self._page = QPixmap(self.size())
            self._page.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._page)
            self._draw(painter)
            painter.end()
        QPainter(self).drawPixmap(0, 0, self._page)

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, round_px = max(1.0, 5 * self._unit), 26 * self._unit
        page = QRectF(line / 2, line / 2, self.width() - self.shadow - line, self.height() - self.shadow - line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(INK))
        painter.drawRoundedRect(page.adjusted(-line / 2, -line / 2, line / 2, line / 2).translated(self.shadow, self.shadow), round_px, round_px)
        painter.setBrush(QColor(PAPER))
        painter.drawRoundedRect(page, round_px, round_px)
        outline = QPainterPath()
        outline.addRoundedRect(page, round_px, round_px)
        painter.setClipPath(outline)
        self._dots(painter, page)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(INK), line))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(page, round_px, round_px)

    def _dots(self, painter: QPainter, page: QRectF) -> None:
        """Larger towards the lower right corner, as a printer's screen fades."""
        painter.setBrush(QColor(TONE))
        step, high = DOT_PX * self._unit, DOTS_HIGH * page.height()
        for row in range(int(high / step) + 1):
            y = page.bottom() - row * step
            for column in range(int(0.5 * page.width() / step)):
                x = page.right() - (column + row % 2 / 2) * step
                grey = (1 - row * step / high) * (1 - 2 * column * step / page.width())
                if grey > 0.02:
                    painter.drawEllipse(QPointF(x, y), 0.62 * step * grey ** 0.5, 0.62 * step * grey ** 0.5)


def frame(parent: QWidget, name: str) -> QFrame:
    """A part of the screen; ``name`` says how the sheet below draws it."""
    made = QFrame(parent)
    made.setObjectName(name)
    return made


def label(words: str, name: str, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> QLabel:
    """Words that go on in the next line where they must; numbers never do."""
    made = QLabel(words, objectName=name, wordWrap=name not in ("number", "seconds"))
    made.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
    return made


def sheet(u: float, language: str, accent: RGB | None = None) -> str:
    """Paper, ink and one accent, the event's or our own; sizes in ``u`` pixels of a 1080-line picture."""
    main, on_main = (ACCENT, "white") if accent is None else (css(accent), css(text_on(accent)))
    px = lambda n: f"{max(1, round(n * u))}px"
    return f"""
    QLabel, QPushButton, QLineEdit {{ font-family: "{FONTS[language]}"; }}
    QLabel {{ color: {INK}; border: none; background: transparent; }}
    QLabel#title {{ font-size: {px(48)}; font-weight: 800; }}
    QLabel#hero {{ font-size: {px(68)}; font-weight: 800; }}
    QLabel#body {{ font-size: {px(28)}; }}
    QLabel#fine {{ font-size: {px(25)}; font-weight: 700; }}
    QLabel#hint {{ font-size: {px(30)}; font-weight: 700; color: {WARNING}; }}
    QLabel#seconds {{ font-size: {px(46)}; font-weight: 800; color: {WARNING}; }}
    QLabel#picture, QLabel#chosen_picture {{ background: {PAPER}; border: {px(6)} solid {INK}; padding: {px(8)}; }}
    QLabel#chosen_picture {{ border-color: {main}; }}
    QPushButton {{ font-size: {px(34)}; font-weight: 700; color: {INK}; background: white; border: {px(4)} solid {INK};
                   border-bottom-width: {px(10)}; border-radius: {px(18)}; padding: {px(18)} {px(36)}; min-height: {px(48)}; }}
    QPushButton:pressed {{ background: {TONE}; border-bottom-width: {px(4)}; margin-top: {px(6)}; }}
    QPushButton[small="true"] {{ font-size: {px(26)}; padding: {px(10)} {px(16)}; min-height: {px(40)}; border-bottom-width: {px(8)}; }}
    QPushButton[chosen="true"] {{ background: {INK}; color: white; }}
    QPushButton[main="true"] {{ background: {main}; color: {on_main}; }}
    QPushButton[quiet="true"] {{ border-color: {QUIET}; color: {QUIET}; background: {PAPER}; }}
    QLineEdit {{ font-size: {px(28)}; padding: {px(14)}; border: {px(4)} solid {INK}; border-radius: {px(14)}; background: white; color: {INK}; }}
    QProgressBar {{ border: {px(4)} solid {INK}; border-radius: {px(14)}; background: white; min-height: {px(40)}; }}
    QProgressBar::chunk {{ background: {main}; border-radius: {px(9)}; }}
    QSlider {{ min-height: {px(66)}; }}
    QSlider::groove:horizontal {{ height: {px(14)}; background: white; border: {px(4)} solid {INK}; border-radius: {px(11)}; }}
    QSlider::handle:horizontal {{ width: {px(52)}; margin: -{px(22)} 0; background: {main}; border: {px(4)} solid {INK}; border-radius: {px(28)}; }}
    """
