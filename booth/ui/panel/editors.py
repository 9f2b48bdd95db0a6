"""One widget for each kind of setting. All have ``value`` (as ``booth.house.form.with_values`` takes it), ``show_value`` and ``changed``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

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


def _is_folder(field: Field, value: str) -> bool:
    return "folder" in f"{field.path} {field.description}" or "where" in field.description or (bool(value) and Path(value).is_dir())


def editor(field: Field, suggest: Callable[[], list[str]] | None = None) -> Editor:
    """For any field that is not a group or a union. ``suggest``: values it could have."""
    match field.kind:
        case "bool":
            return Switch(field)
        case "choice":
            return Choice(field, field.choices)
        case _:
            return Text(field, suggest)
