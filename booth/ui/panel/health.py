"""The list of the booth's parts: how each is, in words, and the button that mends it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from booth.house.health import NAMES, TITLES, Gate, Health, Name, Remedy, Row
from booth.ui.panel.look import Mark

OFFERS = (("sessions", "sessions"), ("print", "print"), ("share", "QR code"), ("talk", "talking clips"), ("recording", "recording"))


class HealthList(QWidget):
    """``mend`` is sent with the remedy of the button that was pressed."""

    mend = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lines = {name: _Line(name) for name in NAMES}
        self.offers = QLabel()
        self.offers.setWordWrap(True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(2)
        for line in self._lines.values():
            column.addWidget(line)
            line.button.clicked.connect(lambda _=False, line=line: self._pressed(line))
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(area)
        layout.addWidget(self.offers)

    def show_health(self, health: Health, gate: Gate) -> None:
        """Parts that nobody has looked at are hidden."""
        rows = {row.name: row for row in health.rows}
        for name, line in self._lines.items():
            line.setVisible(name in rows)
            if name in rows:
                line.show_row(rows[name])
        self.offers.setText(offered(gate))

    def button(self, name: Name) -> QPushButton:
        return self._lines[name].button

    def hold(self, held: bool) -> None:
        """While something is being mended no second thing is begun."""
        for line in self._lines.values():
            line.button.setEnabled(not held)

    def _pressed(self, line: _Line) -> None:
        if line.remedy is not None:
            self.mend.emit(line.remedy)


def offered(gate: Gate) -> str:
    """What visitors are offered, in words."""
    have = [words for name, words in OFFERS if getattr(gate, name)]
    none = [words for name, words in OFFERS if not getattr(gate, name)]
    said = f"Offered now: {', '.join(have) or 'the live picture only'}."
    return said + (f" Not now: {', '.join(none)}." if none else "")


class _Line(QFrame):
    """One part."""

    def __init__(self, name: Name) -> None:
        super().__init__()
        self.setObjectName("card")
        self.remedy: Remedy | None = None
        self._mark = Mark()
        title = QLabel(TITLES[name])
        title.setFixedWidth(104)
        self._words = QLabel(wordWrap=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(objectName=f"mend_{name}")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 1, 6, 1)
        row.addWidget(self._mark)
        row.addWidget(title)
        row.addWidget(self._words, 1)
        row.addWidget(self.button)
        self.setMinimumHeight(33)

    def show_row(self, row: Row) -> None:
        self.remedy = row.remedy
        self._mark.show_state(row.state, row.used)
        self._words.setText(row.words)
        self._words.setObjectName("" if row.used else "quiet")
        self.button.setVisible(row.remedy is not None)
        if row.remedy is not None:
            self.button.setText(row.remedy.label)
