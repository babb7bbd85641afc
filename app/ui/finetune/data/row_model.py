"""The rows of a dataset as a table that reads only what is seen: 100,000 rows cost their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.services.dataset.service import DatasetService
from app.services.dataset.types import Kind, Row, Split, State
from app.ui.finetune.data import say
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper

QUESTION, ANSWER, STATE, FINDINGS, LABEL, SPLIT, SOURCE = range(7)
MARKS = Qt.ItemDataRole.UserRole
"""A tuple of words that are drawn as chips."""
_AT_ONCE = 100
_MOST_KEPT = 2_000
_ICONS = {State.NEW: "clock", State.ACCEPTED: "circle-check", State.REJECTED: "x"}
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RowModel(QAbstractTableModel):
    """Rows in the order of the ids given. What was read is kept until it is said to be stale."""

    def __init__(self, service: DatasetService, theme: ThemeKeeper) -> None:
        super().__init__()
        self._service = service
        self._theme = theme
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._read: dict[int, tuple[Row, tuple[Kind, ...]]] = {}
        theme.changed.connect(self._redraw)

    @property
    def ids(self) -> Sequence[int]:
        """Ids of all rows shown."""
        return self._ids

    def show_ids(self, ids: Sequence[int]) -> None:
        """Replace all rows."""
        if list(ids) == self._ids:
            self.stale()
            return
        self.beginResetModel()
        self._ids = list(ids)
        self._places = {row_id: place for place, row_id in enumerate(self._ids)}
        self._read.clear()
        self.endResetModel()

    def place(self, row_id: int) -> int:
        """Where a row stands; -1 when it is not shown."""
        return self._places.get(row_id, -1)

    def row(self, place: int) -> Row | None:
        """The row at a place; None when it was deleted meanwhile."""
        found = self._at(place)
        return found[0] if found else None

    def kinds(self, place: int) -> tuple[Kind, ...]:
        """What was found in the row at a place."""
        found = self._at(place)
        return found[1] if found else ()

    def stale(self, ids: Iterable[int] | None = None) -> None:
        """Rows changed: read them again when they are seen. None: all."""
        if ids is None:
            self._read.clear()
            self._redraw()
            return
        for row_id in ids:
            self._read.pop(row_id, None)
            place = self.place(row_id)
            if place >= 0:
                self.dataChanged.emit(self.index(place, 0), self.index(place, SOURCE))

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else SOURCE + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            self.tr("Question or text"),
            self.tr("Answer"),
            self.tr("State"),
            self.tr("To look at"),
            self.tr("Label"),
            self.tr("Part"),
            self.tr("From"),
        )[section]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self._at(index.row())
        if found is None:
            return None
        row, kinds = found
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return "" if column == FINDINGS else _text(row, column)
        if role == MARKS and column == FINDINGS:
            return tuple(map(say.kind, kinds))
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            name = "sprout" if row.synthetic and row.state is State.NEW else _ICONS[row.state]
            return icon(name, self._color(row, column), 16)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._color(row, column))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, kinds, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = ", ".join(map(say.kind, kinds)) if column == FINDINGS else _text(row, column)
            heading = self.headerData(column, Qt.Orientation.Horizontal)
            return f"{heading}: {said or self.tr('none')}"
        return None

    def _at(self, place: int) -> tuple[Row, tuple[Kind, ...]] | None:
        if not 0 <= place < len(self._ids):
            return None
        row_id = self._ids[place]
        if row_id not in self._read:
            begin = max(0, place - _AT_ONCE // 4)
            wanted = [key for key in self._ids[begin : begin + _AT_ONCE] if key not in self._read]
            if len(self._read) > _MOST_KEPT:
                self._read.clear()
            kinds = self._service.kinds(wanted)
            for row in self._service.rows(wanted):
                self._read[row.id] = (row, kinds.get(row.id, ()))
        return self._read.get(row_id)

    def _color(self, row: Row, column: int) -> str:
        tokens = self._theme.tokens
        if row.state is State.REJECTED:
            return tokens.quiet
        if column == STATE and row.synthetic:
            return tokens.warning
        if column == STATE and row.state is State.ACCEPTED:
            return tokens.accent
        return tokens.text if column in (QUESTION, ANSWER, LABEL) else tokens.quiet

    def _tip(self, row: Row, kinds: tuple[Kind, ...], column: int) -> str:
        if column == FINDINGS:
            return "\n".join(f"{say.kind(kind)}: {say.about_kind(kind)}" for kind in kinds)
        if column == STATE and row.synthetic:
            return self.tr("Written by a model. It is not learnt from until you accept it.")
        if column == SOURCE:
            return row.source.path or say.source(row)
        return ""

    def _redraw(self) -> None:
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, SOURCE))


def _text(row: Row, column: int) -> str:
    if column == QUESTION:
        return say.asked(row)
    if column == ANSWER:
        return say.answered(row)
    if column == STATE:
        return say.row_state(row)
    if column == LABEL:
        entities = ", ".join(dict.fromkeys(span.label for span in row.spans))
        return row.label or entities
    if column == SPLIT:
        return say.split(row.split) if row.split is not Split.NONE else ""
    return say.source(row)
