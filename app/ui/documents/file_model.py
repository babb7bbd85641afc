"""The files of a collection as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.core.types import DocumentFile, FileState
from app.ui import literal, words
from app.ui.documents.kinds import icon_name
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper

NAME, PAGES, PASSAGES, SIZE, STATE = range(5)
_STATE_ICONS = {
    FileState.WAITING: "clock",
    FileState.READING: "loader",
    FileState.READY: "circle-check",
    FileState.EXCLUDED: "eye-off",
    FileState.EMPTY: "circle-alert",
    FileState.SCANNED: "circle-alert",
    FileState.PASSWORD: "lock",
    FileState.FAILED: "triangle-alert",
}
# Their words are the reason; what to do is in the tooltip.
_SAID_ENOUGH = (FileState.PASSWORD, FileState.EMPTY)
_Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROOT = QModelIndex()


class FileModel(QAbstractTableModel):
    """Files by name. Ids in `hide` are left out: their removal can still be undone."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._files: list[DocumentFile] = []
        self._rows: dict[int, int] = {}
        self._hidden: set[int] = set()
        self._parts: dict[int, float] = {}
        theme.changed.connect(self._restyled)

    def file(self, row: int) -> DocumentFile:
        """The file in a row."""
        return self._files[row]

    def kinds(self) -> set[str]:
        """The kinds of document that there are."""
        return {each.kind for each in self._files}

    def show_files(self, files: Sequence[DocumentFile]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._files = sorted(
            (each for each in files if each.id not in self._hidden),
            key=lambda each: each.name.casefold(),
        )
        self._rows = {each.id: row for row, each in enumerate(self._files)}
        self.endResetModel()

    def hide(self, ids: set[int], hidden: bool) -> None:
        """Leave rows out from the next show_files() on, or let them in again."""
        self._hidden = self._hidden | ids if hidden else self._hidden - ids

    def update(self, file: DocumentFile, part: float = -1.0) -> None:
        """Bring one row up to date, or add it at the end. part: how much of it is read, 0 to 1;
        negative while that is unknown."""
        row = self._rows.get(file.id)
        if file.id in self._hidden:
            return
        self._parts[file.id] = part
        if row is None:
            row = len(self._files)
            self.beginInsertRows(_ROOT, row, row)
            self._files.append(file)
            self._rows[file.id] = row
            self.endInsertRows()
            return
        self._files[row] = file
        self.dataChanged.emit(self.index(row, 0), self.index(row, STATE))

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._files)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else STATE + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (PAGES, PASSAGES, SIZE):
            return _RIGHT
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            self.tr("Name"),
            self.tr("Pages"),
            self.tr("Passages"),
            self.tr("Size"),
            self.tr("State"),
        )[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        file, column = self._files[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(file, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(file, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (PAGES, PASSAGES, SIZE):
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return literal.tip(file.path if column == NAME else self._tip(file))
        if role == Qt.ItemDataRole.ForegroundRole and column == STATE:
            return QColor(self._state_color(file))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.headerData(column, Qt.Orientation.Horizontal)}: " + (
                self._text(file, column) or self.tr("none")
            )
        return None

    def _text(self, file: DocumentFile, column: int) -> str:
        if column == NAME:
            return " ".join(file.name.splitlines())
        if column == PAGES:
            return words.number(file.pages) if file.pages else ""
        if column == PASSAGES:
            return words.number(file.passages) if file.passages else ""
        if column == SIZE:
            return words.size(file.size_bytes)
        return self._state(file)

    def _state(self, file: DocumentFile) -> str:
        detail = file.detail.removeprefix(f"{file.name} is ")
        if file.state in _SAID_ENOUGH:
            detail = ""
        return words.state(file.state, detail, self._parts.get(file.id, -1.0))

    def _tip(self, file: DocumentFile) -> str:
        """All that is known of its state, what to do included."""
        return "\n".join(filter(None, (words.state(file.state), file.detail)))

    def _icon(self, file: DocumentFile, column: int) -> Any:
        if column == NAME:
            return icon(icon_name(file.kind), self._theme.tokens.quiet)
        if column == STATE:
            return icon(_STATE_ICONS[file.state], self._state_color(file), 16)
        return None

    def _state_color(self, file: DocumentFile) -> str:
        tokens = self._theme.tokens
        if file.state is FileState.READY:
            return tokens.accent
        if file.state is FileState.FAILED:
            return tokens.danger
        if file.state in (FileState.EMPTY, FileState.SCANNED, FileState.PASSWORD):
            return tokens.warning
        return tokens.quiet

    def _restyled(self) -> None:
        if self._files:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._files) - 1, STATE))
