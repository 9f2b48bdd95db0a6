"""The sessions that are kept, as a table with small pictures: look at one, print it again, delete it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QIcon, QImage, QImageReader, QKeyEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHBoxLayout, QHeaderView, QLabel, QMessageBox, QPushButton, QTableView, QVBoxLayout, QWidget

from booth.ui.panel import words
from booth.ui.panel.desk import Session

THUMB = QSize(96, 64)
KEPT = 300
"""Small pictures kept in memory."""
_Index = QModelIndex | QPersistentModelIndex


class Sessions(QWidget):
    """``wish`` is sent with what to do ("reprint" or "delete") and the session's id. ``work``: pictures are read in it."""

    wish = Signal(str, str)

    def __init__(self, work: Executor, files: bool = True) -> None:
        """``files``: folders may be opened with the desktop's own programs; not in a kiosk."""
        super().__init__()
        self._files = files
        self.pictures = Pictures(work)
        self.model = SessionModel(self.pictures)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setIconSize(THUMB)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(THUMB.height() + 8)
        self.table.setColumnWidth(0, THUMB.width() + 12)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column in range(1, len(words.COLUMNS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch if column == 2 else QHeaderView.ResizeMode.ResizeToContents)
        self.empty = QLabel(words.NO_SESSIONS, objectName="quiet", alignment=Qt.AlignmentFlag.AlignCenter)
        self.open, self.reprint, self.delete = QPushButton(words.OPEN), QPushButton(words.REPRINT), QPushButton(words.DELETE)
        self.open.clicked.connect(self._open)
        self.table.doubleClicked.connect(self._open)
        self.reprint.clicked.connect(lambda: self._send("reprint"))
        self.delete.clicked.connect(self._delete)
        self.table.selectionModel().selectionChanged.connect(self._chosen)
        self._held = False
        buttons = QHBoxLayout()
        for button in (self.open, self.reprint, self.delete):
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 10, 4, 0)
        layout.addWidget(self.table)
        layout.addWidget(self.empty)
        layout.addLayout(buttons)
        self.show_sessions(())
        self._chosen()

    def show_sessions(self, sessions: tuple[Session, ...]) -> None:
        """What was chosen stays chosen, as long as it is there."""
        self.pictures.arrive()
        if sessions is not self.model.sessions:
            chosen = self.chosen()
            self.model.show_sessions(sessions)
            self.table.setVisible(bool(sessions))
            self.empty.setVisible(not sessions)
            row = next((k for k, session in enumerate(sessions) if chosen is not None and session.id == chosen.id), None)
            if row is not None:
                self.table.selectRow(row)
            self._chosen()

    def chosen(self) -> Session | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.sessions[rows[0].row()] if rows and rows[0].row() < len(self.model.sessions) else None

    def hold(self, held: bool) -> None:
        """One wish after the other."""
        self._held = held
        self._chosen()

    def _chosen(self, *_: Any) -> None:
        session = self.chosen()
        self.open.setEnabled(session is not None and bool(session.pictures))
        for button in (self.reprint, self.delete):
            button.setEnabled(session is not None and not self._held)

    def _send(self, wish: str) -> None:
        if (session := self.chosen()) is not None and not self._held:
            self.wish.emit(wish, session.id)

    def _delete(self) -> None:
        session = self.chosen()
        if session is None:
            return
        answer = QMessageBox.question(self, words.DELETE_TITLE, words.DELETE_ASK.format(when=words.when(session.at)),
                                      QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Cancel)
        if answer == QMessageBox.StandardButton.Yes:
            self._send("delete")

    def _open(self, *_: Any) -> None:
        session = self.chosen()
        if session is not None and session.pictures:
            Viewer(session, self._files, self).exec()


class SessionModel(QAbstractTableModel):
    """Rows of sessions; a small picture is read when its row comes into sight."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self.sessions: tuple[Session, ...] = ()
        self._pictures = pictures
        pictures.arrived.append(self._arrived)

    def show_sessions(self, sessions: tuple[Session, ...]) -> None:
        self.beginResetModel()
        self.sessions = sessions
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  as Qt has it
        return 0 if parent.isValid() else len(self.sessions)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(words.COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return words.COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        session = self.sessions[index.row()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and session.pictures:
            return _as_it_is(self._pictures.get(session.folder / session.pictures[0]))
        if role == Qt.ItemDataRole.DisplayRole and index.column() > 0:
            return ("", words.when(session.at), ", ".join(session.characters), session.layout, str(session.prints or ""),
                    words.when(session.until))[index.column()]
        return None

    def _arrived(self) -> None:
        if self.sessions:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.sessions) - 1, 0), [Qt.ItemDataRole.DecorationRole])


def _as_it_is(picture: QPixmap | None) -> QIcon | None:
    """Qt would tint the picture of a chosen row."""
    if picture is None:
        return None
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


class Pictures:
    """Small pictures of files, read in another thread: big strips must not hold up the signage. ``arrived`` is called when there are new ones."""

    def __init__(self, work: Executor) -> None:
        self._work = work
        self._asked: dict[Path, Future[QImage]] = {}
        self._known: OrderedDict[Path, QPixmap] = OrderedDict()
        self.arrived: list[Callable[[], None]] = []

    def get(self, path: Path) -> QPixmap | None:
        """None while it is read, an empty one when it cannot be."""
        if path in self._known:
            self._known.move_to_end(path)
            return self._known[path]
        if path not in self._asked:
            self._asked[path] = self._work.submit(read_small, path, THUMB, True)
        return None

    def arrive(self) -> None:
        """In the windows' thread, now and then: take over what was read."""
        done = [path for path, future in self._asked.items() if future.done()]
        for path in done:
            self._known[path] = QPixmap.fromImage(self._asked.pop(path).result())
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        if done:
            for tell in self.arrived:
                tell()


def read_small(path: Path, size: QSize, top: bool = False) -> QImage:
    """The picture, as large as fits into ``size``; with ``top`` of a tall one only the upper part, as wide as ``size``. An empty one when the
    file cannot be read: it was deleted meanwhile."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    whole = reader.size()
    if whole.isValid() and top and whole.height() * size.width() > whole.width() * size.height():
        reader.setScaledSize(QSize(size.width(), round(whole.height() * size.width() / whole.width())))
        reader.setScaledClipRect(QRect(QPoint(0, 0), size))
    elif whole.isValid():
        reader.setScaledSize(whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class Viewer(QDialog):
    """One session's pictures, one after the other."""

    def __init__(self, session: Session, files: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self.setWindowTitle(words.when(session.at))
        self.resize(900, 640)
        self._session = session
        self.at = 0
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(320, 240)
        self.name = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.back, self.on, folder = QPushButton(words.BACK), QPushButton(words.ON), QPushButton(words.FOLDER)
        self.back.clicked.connect(lambda: self.turn(-1))
        self.on.clicked.connect(lambda: self.turn(1))
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(session.folder))))
        folder.setVisible(files)
        row = QHBoxLayout()
        for widget in (self.back, self.name, self.on, folder):
            row.addWidget(widget, 1 if widget is self.name else 0)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picture, 1)
        layout.addLayout(row)
        self.turn(0)

    def turn(self, by: int) -> None:
        """The picture ``by`` further on, round and round."""
        names = self._session.pictures
        self.at = (self.at + by) % len(names)
        image = read_small(self._session.folder / names[self.at], QSize(860, 560))
        others = f" · also: {', '.join(self._session.others)}" if self._session.others else ""
        self.name.setText(f"{names[self.at]} ({self.at + 1} of {len(names)}){others}")
        self.picture.setPixmap(QPixmap.fromImage(image))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.turn(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)
