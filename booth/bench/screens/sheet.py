"""Pictures in a folder, and a sheet of small ones with their names."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from booth.errors import UsageError

NAME_PX = 26
GAP_PX = 8


class Album:
    """A folder, made when it is not there; pictures of the same name are replaced. Raises ``UsageError`` when it cannot be written."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot write to {folder}: {error.strerror}; name another folder") from error
        self._folder = folder
        self._taken: list[tuple[str, QImage]] = []

    def take(self, name: str, widget: QWidget, above: QWidget | None = None) -> None:
        """``above``: a window that lies on ``widget``, in its middle, as a dialog does."""
        picture = widget.grab()
        if above is not None:
            _lay(picture, above.grab())
        self._save(name, picture.toImage())
        self._taken.append((name, picture.toImage()))

    def sheet(self, name: str, columns: int, width: int) -> None:
        """All that was taken since the last sheet, ``width`` pixels wide each."""
        small = [(n, image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)) for n, image in self._taken]
        self._taken = []
        rows = [small[k:k + columns] for k in range(0, len(small), columns)]
        heights = [NAME_PX + GAP_PX + max(image.height() for _, image in row) for row in rows]
        page = QImage(columns * (width + GAP_PX) + GAP_PX, sum(heights) + GAP_PX, QImage.Format.Format_RGB32)
        page.fill(QColor("#c8c4bd"))
        painter, top = QPainter(page), 0
        for row, height in zip(rows, heights):
            for k, (title, image) in enumerate(row):
                left = GAP_PX + k * (width + GAP_PX)
                painter.drawText(QRect(left, top, width, NAME_PX), Qt.AlignmentFlag.AlignVCenter, title)
                painter.drawImage(QPoint(left, top + NAME_PX), image)
            top += height
        painter.end()
        self._save(name, page)

    def _save(self, name: str, image: QImage) -> None:
        path = self._folder / f"{name}.png"
        if not image.save(str(path)):
            raise UsageError(f"cannot write {path}; is the disk full?")


def _lay(below: QPixmap, above: QPixmap) -> None:
    painter = QPainter(below)
    painter.drawPixmap((below.width() - above.width()) // 2, (below.height() - above.height()) // 2, above)
    painter.end()
