"""What visitors' screens are made of: paper, ink and one accent."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

PAPER, INK, ACCENT, QUIET = "#fffaf0", "#1d1a1a", "#ff5a3c", "#8a8279"


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


def sheet(u: float) -> str:
    """Paper, ink and one accent; sizes in ``u`` pixels of a 1080-line picture."""
    px = lambda n: f"{max(1, round(n * u))}px"
    return f"""
    QFrame#panel {{ background: {PAPER}; border: {px(5)} solid {INK}; }}
    QLabel {{ color: {INK}; border: none; background: transparent; }}
    QLabel#title {{ font-size: {px(46)}; font-weight: 800; }}
    QLabel#body {{ font-size: {px(28)}; }}
    QLabel#hint {{ font-size: {px(30)}; font-weight: 700; color: {ACCENT}; }}
    QLabel#seconds {{ font-size: {px(46)}; font-weight: 800; color: {ACCENT}; }}
    QLabel#number {{ font-size: {px(420)}; font-weight: 900; color: {PAPER}; background: {INK};
                     padding: 0 {px(90)}; border: {px(10)} solid {PAPER}; }}
    QLabel#picture {{ background: {PAPER}; border: {px(6)} solid {INK}; padding: {px(8)}; }}
    QLabel#chosen_picture {{ background: {PAPER}; border: {px(6)} solid {ACCENT}; padding: {px(8)}; }}
    QPushButton {{ font-size: {px(32)}; font-weight: 700; color: {INK}; background: white; border: {px(4)} solid {INK};
                   padding: {px(20)} {px(34)}; min-height: {px(48)}; }}
    QPushButton:pressed {{ background: {INK}; color: white; }}
    QPushButton[small="true"] {{ font-size: {px(25)}; padding: {px(12)} {px(18)}; min-height: {px(40)}; }}
    QPushButton[chosen="true"] {{ background: {INK}; color: white; }}
    QPushButton[main="true"] {{ background: {ACCENT}; color: white; }}
    QPushButton[quiet="true"] {{ border-color: {QUIET}; color: {QUIET}; background: {PAPER}; }}
    QLineEdit {{ font-size: {px(28)}; padding: {px(14)}; border: {px(4)} solid {INK}; background: white; color: {INK}; }}
    QProgressBar {{ border: {px(4)} solid {INK}; background: white; min-height: {px(34)}; }}
    QProgressBar::chunk {{ background: {ACCENT}; }}
    QSlider {{ min-height: {px(62)}; }}
    QSlider::groove:horizontal {{ height: {px(14)}; background: white; border: {px(3)} solid {INK}; }}
    QSlider::handle:horizontal {{ width: {px(48)}; margin: -{px(22)} 0; background: {ACCENT}; border: {px(4)} solid {INK}; }}
    """
