"""One widget for each kind of setting. All have ``value`` (as ``booth.house.form.with_values`` takes it), ``show_value`` and ``changed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from booth.house.form import Field
from booth.ui.panel import words


class Editor(QWidget):
    """Base. ``changed`` is sent whenever a person changes something."""

    changed = Signal()

    def value(self) -> Any:
        """As it stands there, right or wrong."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """As in JSON."""
        raise NotImplementedError

    def mark(self, wrong: bool) -> None:
        """Draw it as wrong, or not."""
        for child in (*self.findChildren(QLineEdit), *self.findChildren(QComboBox)):
            if bool(child.property("wrong")) != wrong:
                child.setProperty("wrong", wrong)
                child.style().unpolish(child)
                child.style().polish(child)

    def _lay(self, *widgets: QWidget) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            row.addWidget(widget)


class Switch(Editor):
    def __init__(self, field: Field) -> None:
        super().__init__()
        self.box = QCheckBox(field.description)
        self.box.toggled.connect(self.changed)
        self._lay(self.box)

    def value(self) -> bool:
        return self.box.isChecked()

    def show_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))


class Choice(Editor):
    """One of a few."""

    def __init__(self, field: Field, choices: tuple[Any, ...]) -> None:
        super().__init__()
        self.box = QComboBox()
        if field.optional:
            self.box.addItem(words.NOT_SET, None)
        for choice in choices:
            self.box.addItem(str(choice), choice)
        self.box.activated.connect(lambda _: self.changed.emit())
        self._lay(self.box)

    def value(self) -> Any:
        return self.box.currentData()

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class Text(Editor):
    """Words, a number, or a list with commas; nothing at all is "not set" where that may be. Wrong text is kept as it was typed, so that it
    can be mended."""

    def __init__(self, field: Field, suggest: Callable[[], list[str]] | None = None) -> None:
        super().__init__()
        self._field, self._suggest = field, suggest
        self._box: QComboBox | None = QComboBox(editable=True) if suggest is not None else None
        line = self._box.lineEdit() if self._box is not None else QLineEdit()
        assert line is not None
        self.line = line
        self.line.setPlaceholderText(words.NOT_SET if field.optional else words.LIST_HINT if field.kind == "list" else field.range)
        self.line.textEdited.connect(lambda _: self.changed.emit())
        self._lay(self._box or self.line)
        if self._box is not None:
            self._box.activated.connect(lambda _: self.changed.emit())
        if field.kind == "path":
            browse = QPushButton(words.BROWSE)
            browse.clicked.connect(self._browse)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(browse)

    def value(self) -> Any:
        text = self.line.text().strip() if self._field.kind != "text" else self.line.text()
        if not text and (self._field.optional or self._field.needed or self._field.kind == "path"):
            return None
        if self._field.kind == "list":
            return [part for part in (part.strip() for part in text.split(",")) if part]
        return text

    def show_value(self, value: Any) -> None:
        if self._box is not None and self._suggest is not None:
            self._box.clear()
            self._box.addItems(self._suggest())
        shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else f"{value:g}" \
            if isinstance(value, float) else str(value)
        self.line.setText(shown)

    def _browse(self) -> None:
        here = self.line.text()
        name = QFileDialog.getExistingDirectory(self, self._field.label, here) if _is_folder(self._field, here) \
            else QFileDialog.getOpenFileName(self, self._field.label, here)[0]
        if name:
            self.line.setText(name)
            self.changed.emit()


class Tint(Text):
    """A colour as #d9421f, typed or picked."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.pick = QPushButton(words.BROWSE)
        self.pick.clicked.connect(self._pick)
        self.changed.connect(self._show)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.pick)

    def value(self) -> Any:
        return super().value() or None

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self._show()

    def _show(self) -> None:
        colour = QColor(self.line.text().strip())
        self.pick.setStyleSheet(f"background: {colour.name()}; color: {colour.name()};" if colour.isValid() else "")

    def _pick(self) -> None:
        colour = QColorDialog.getColor(QColor(self.line.text().strip()), self, words.COLOUR_TITLE)
        if colour.isValid():
            self.line.setText(colour.name())
            self.changed.emit()


class Picks(Editor):
    """Some of a few, in an order: ticked, and moved by hand or with the arrows. All of them in their own order, or none, is the empty list."""

    def __init__(self, suggest: Callable[[], list[str]]) -> None:
        super().__init__()
        self._suggest, self._known = suggest, list[str]()
        self.rows = QListWidget()
        self.rows.setObjectName("picks")
        self.rows.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self.rows.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.rows.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        self.up, self.down = QPushButton(words.EARLIER_IN_LIST), QPushButton(words.LATER_IN_LIST)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        model = self.rows.model()
        model.rowsMoved.connect(lambda *_: self.changed.emit())
        self.rows.itemChanged.connect(lambda _: self.changed.emit())
        beside = QWidget()
        arrows = QVBoxLayout(beside)
        arrows.setContentsMargins(0, 0, 0, 0)
        arrows.addWidget(self.up)
        arrows.addWidget(self.down)
        arrows.addStretch()
        self._lay(self.rows, beside)

    def value(self) -> list[str]:
        items = [self.rows.item(row) for row in range(self.rows.count())]
        ticked = [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]
        return [] if ticked == self._known else ticked

    def show_value(self, value: Any) -> None:
        """What was ticked and is not there any more is listed too, to be unticked."""
        self._known = known = self._suggest()
        held = self.rows.blockSignals(True)
        self.rows.clear()
        for name in [*value, *(name for name in known if name not in value)]:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in value or not value else Qt.CheckState.Unchecked)
            self.rows.addItem(item)
        self.rows.blockSignals(held)
        self.rows.updateGeometry()

    def _move(self, step: int) -> None:
        row = self.rows.currentRow()
        if row >= 0 and 0 <= row + step < self.rows.count():
            self.rows.insertItem(row + step, self.rows.takeItem(row))
            self.rows.setCurrentRow(row + step)
            self.changed.emit()


def _is_folder(field: Field, value: str) -> bool:
    return "folder" in f"{field.path} {field.description}" or "where" in field.description or (bool(value) and Path(value).is_dir())


def editor(field: Field, suggest: Callable[[], list[str]] | None = None) -> Editor:
    """For any field that is not a group or a union. ``suggest``: values it could have."""
    match field.kind:
        case "bool":
            return Switch(field)
        case "choice":
            return Choice(field, field.choices)
        case "colour":
            return Tint(field)
        case "list" if field.item is not None and (choices := field.item.choices):
            return Picks(lambda: [str(choice) for choice in choices])
        case "list" if suggest is not None:
            return Picks(suggest)
        case _:
            return Text(field, suggest)
