"""The settings as a form, made from their own types, ranges and descriptions; what is wrong is said beside the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from booth.errors import BoothError, UsageError
from booth.house.form import Field, schema, with_values
from booth.settings import Settings
from booth.ui.panel import words
from booth.ui.panel.desk import Desk
from booth.ui.panel.editors import Choice, Editor, Switch, editor

PASSES = 40


class SettingsForm(QWidget):
    """``save`` is sent with settings that are right, when the operator wants them."""

    save = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._base = desk.settings
        self._lines: dict[str, _Line] = {}
        self.pages, self._stack = QListWidget(), QStackedWidget()
        self.pages.setFixedWidth(150)
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        plain = [field for field in schema() if field.kind not in ("group", "union")]
        for title, fields in ((words.GENERAL, plain), *((f.label, [f]) for f in schema() if f.kind in ("group", "union"))):
            self._page(title[:1].upper() + title[1:], fields)
        self.state = QLabel(objectName="quiet")
        self.use, self.back, self.earlier = QPushButton(words.SAVE, objectName="main"), QPushButton(words.REVERT), QPushButton(words.EARLIER)
        self.use.clicked.connect(self._use)
        self.back.clicked.connect(lambda: self.show_settings(self._desk.settings))
        self.earlier.clicked.connect(self._earlier)
        sides, buttons = QHBoxLayout(), QHBoxLayout()
        sides.addWidget(self.pages)
        sides.addWidget(self._stack, 1)
        for widget in (self.use, self.back, self.earlier, self.state):
            buttons.addWidget(widget, 1 if widget is self.state else 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 10, 4, 0)
        layout.addLayout(sides, 1)
        layout.addLayout(buttons)
        self.pages.setCurrentRow(0)
        self.show_settings(self._base)

    @property
    def changed(self) -> bool:
        """Something was typed that is not in use yet."""
        return bool(self.changes())

    def show_settings(self, settings: Settings, base: Settings | None = None) -> None:
        """Fill in ``settings``; ``base``: those in use, where they are others."""
        self._base = base or settings
        values = settings.model_dump(mode="json")
        for line in self._lines.values():
            line.show_value(_at(values, line.field.path))
            line.say("")
        self._typed()

    def follow(self) -> None:
        """What was changed elsewhere meanwhile is shown, unless somebody is typing here."""
        if not self.changed and self._desk.settings != self._base:
            self.show_settings(self._desk.settings)

    def changes(self) -> dict[str, Any]:
        """What is typed and other than in use, by path; for a union the whole of it."""
        before = self._base.model_dump(mode="json")
        return {path: line.value() for path, line in self._lines.items() if not _same(line.value(), _at(before, path))}

    def settings(self) -> Settings:
        """As typed. Marks each field that is wrong and says why beside it; raises ``UsageError`` then."""
        for line in self._lines.values():
            line.say("")
        good, wrong = self.changes(), 0
        made = self._base
        for _ in range(PASSES):
            try:
                made = with_values(self._base, good)
                break
            except UsageError as error:
                wrong += 1
                place, _, why = str(error).partition(": ")
                bad = self._blame(place, why, good)
                good = {path: value for path, value in good.items() if path not in bad}
        if wrong:
            raise UsageError(words.MISTAKES.format(count=wrong))
        return made

    def line(self, path: str) -> _Line:
        """Raises ``KeyError``."""
        return self._lines[path]

    def _blame(self, place: str, why: str, tried: dict[str, Any]) -> list[str]:
        """Say ``why`` at the field of ``place``, or at those of a group that are wrong together. Returns the paths that were blamed."""
        bad = [path for path in tried if path == place or path.startswith(f"{place}.") or place.startswith(f"{path}.")] or list(tried)
        for path in bad:
            self._lines[path].say(why, place)
        return bad

    def _page(self, title: str, fields: list[Field]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 4, 14, 10)
        column.setSpacing(9)
        for field in fields:
            for line in self._made(field):
                self._lines[line.field.path] = line
                line.changed.connect(self._typed)
                column.addWidget(line)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        self._stack.addWidget(area)
        self.pages.addItem(title)

    def _made(self, field: Field) -> Iterator[_Line]:
        when = words.WHEN[self._desk.when(field.path)]
        if field.kind == "group" and not field.optional:
            for inner in field.fields:
                yield from self._made(inner)
        elif field.kind in ("group", "union"):
            yield _Nested(field, when, self._desk.suggestions)
        else:
            yield _Line(field, when, self._desk.suggestions)

    def _typed(self) -> None:
        count = len(self.changes())
        self.state.setText(words.UNSAVED if count else "")
        self.use.setEnabled(count > 0)
        self.back.setEnabled(count > 0)

    def _use(self) -> None:
        try:
            made = self.settings()
        except UsageError as error:
            self.state.setText(str(error))
            self._turn_to_mistake()
            return
        self.save.emit(made)

    def _turn_to_mistake(self) -> None:
        """The page of the first one, unless one is in sight."""
        areas = [area for k in range(self._stack.count()) if isinstance(area := self._stack.widget(k), QScrollArea)]
        for area in sorted(areas, key=lambda area: area is not self._stack.currentWidget()):
            wrong = [line for line in area.findChildren(_Line) if line.wrong.text()]
            if wrong:
                self.pages.setCurrentRow(self._stack.indexOf(area))
                QTimer.singleShot(0, area, partial(area.ensureWidgetVisible, wrong[0]))      # when the words have their place
                return

    def _earlier(self) -> None:
        saved = self._desk.versions()
        names = [f"{words.when(version.at)}  (no. {version.number})" for version in saved]
        if not names:
            self.state.setText(words.NOTHING_SAVED)
            return
        name, wanted = QInputDialog.getItem(self, words.EARLIER, words.CHOOSE_ONE, names, 0, False)
        if wanted:
            try:
                self.show_settings(self._desk.version(saved[names.index(name)].number), self._desk.settings)
            except BoothError as error:
                self.state.setText(str(error))


class _Line(QWidget):
    """A field with its name, its words, and what is wrong with it."""

    changed = Signal()

    def __init__(self, field: Field, when: str, suggestions: Callable[[str], list[str]]) -> None:
        super().__init__()
        self.field = field
        title = QLabel(_title(field))
        title.setFixedWidth(170)
        title.setMinimumHeight(32)
        title.setWordWrap(True)
        known = suggestions(field.path) if field.kind in ("text", "list") else []
        self.editor: Editor = self._editor(field, (lambda: suggestions(field.path)) if known else None)
        self.editor.changed.connect(self.changed)
        about = ", ".join(part for part in (field.description if not isinstance(self.editor, Switch) else "", field.range) if part)
        self._hint = QLabel(f"{about} · {when}" if about else when, objectName="quiet", wordWrap=True)
        self.wrong = QLabel(objectName="wrong", wordWrap=True)
        self.wrong.hide()
        self._right = QVBoxLayout()
        self._right.setSpacing(2)
        for widget in (self.editor, self.wrong, self._hint):
            self._right.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(title, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._right, 1)

    def _editor(self, field: Field, suggest: Callable[[], list[str]] | None) -> Editor:
        return editor(field, suggest)

    def value(self) -> Any:
        return self.editor.value()

    def show_value(self, value: Any) -> None:
        self.editor.show_value(value)

    def say(self, why: str, place: str = "") -> None:
        """What is wrong; nothing: all is well. ``place``: where inside."""
        self.wrong.setText(why[:1].upper() + why[1:])
        self.wrong.setVisible(bool(why))
        self.editor.mark(bool(why))


class _Nested(_Line):
    """One of several kinds of a thing, or a thing that may not be wanted at all; what there is has fields of its own."""

    def __init__(self, field: Field, when: str, suggestions: Callable[[str], list[str]]) -> None:
        self._parts: dict[Any, list[_Line]] = {}
        super().__init__(field, when, suggestions)
        for kind, fields in _kinds(field).items():
            self._parts[kind] = [_Line(inner, when, suggestions) for inner in fields]
            for part in self._parts[kind]:
                part.changed.connect(self.changed)
                self._right.addWidget(part)
        self.editor.changed.connect(self._show_parts)

    def _editor(self, field: Field, suggest: Callable[[], list[str]] | None) -> Editor:
        return Switch(field) if field.kind == "group" else Choice(field, tuple(_kinds(field)))

    def value(self) -> Any:
        kind = self.editor.value()
        if kind not in self._parts:
            return None
        own = {} if self.field.kind == "group" else {"kind": kind}
        return own | {part.field.path.rsplit(".", 1)[-1]: part.value() for part in self._parts[kind]}

    def show_value(self, value: Any) -> None:
        here = value is not None if self.field.kind == "group" else None if value is None else value["kind"]
        self.editor.show_value(here)
        for kind, parts in self._parts.items():
            for part in parts:
                name = part.field.path.rsplit(".", 1)[-1]
                part.show_value(value.get(name) if kind == here else part.field.default)
        self._show_parts()

    def say(self, why: str, place: str = "") -> None:
        parts = self._parts.get(self.editor.value(), [])
        inside = [part for part in parts if part.field.path == place]
        for part in parts:
            part.say(why if part in inside else "")
        super().say("" if inside else why)

    def _show_parts(self) -> None:
        for kind, parts in self._parts.items():
            for part in parts:
                part.setVisible(kind == self.editor.value())


def _kinds(field: Field) -> dict[Any, tuple[Field, ...]]:
    """What the first field of a nested one can say, and the fields that follow from it."""
    return dict(field.variants or {}) if field.kind == "union" else {True: field.fields}


def _title(field: Field) -> str:
    """``event.session_mib`` → Session (MiB); of a group inside a page with its name in front."""
    groups = field.path.split(".")[1:-1]
    name = " ".join([*(group.replace("_", " ") for group in groups), field.label])
    return f"{name[:1].upper()}{name[1:]}{f' ({field.unit})' if field.unit else ''}"


def _at(values: Any, path: str) -> Any:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _same(typed: Any, used: Any) -> bool:
    """Whether what is typed means what is used; numbers are typed as text."""
    if isinstance(typed, dict) and isinstance(used, dict):
        return typed.keys() == used.keys() and all(_same(typed[key], used[key]) for key in typed)
    if isinstance(typed, str) and isinstance(used, (int, float)) and not isinstance(used, bool):
        return typed == (f"{used:g}" if isinstance(used, float) else str(used))
    return typed == (list(used) if isinstance(used, tuple) else used)
