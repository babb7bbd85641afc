"""The review table. Keys: A accept, R reject, J and K down and up, Del delete, Enter edit."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.ui.finetune.data.chips_delegate import ChipsDelegate
from app.ui.finetune.data.row_model import (
    ANSWER,
    FINDINGS,
    LABEL,
    QUESTION,
    SOURCE,
    SPLIT,
    STATE,
    RowModel,
)
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S16

_LETTERS = {STATE: 13, FINDINGS: 18, LABEL: 12, SPLIT: 9, SOURCE: 18}
_ROOM = {STATE: 200, ANSWER: 420, FINDINGS: 560, LABEL: 680, SPLIT: 760, SOURCE: 880}
"""From which width of the table on a column is shown; what is hidden stands in the panel."""


class RowTable(QTableView):
    """Shows a RowModel; asks for what the person wants with the rows that are selected."""

    row_changed = Signal(int)
    """The id of the row that is current now; 0 for none."""
    accept_asked = Signal()
    reject_asked = Signal()
    delete_asked = Signal()
    edit_asked = Signal()

    def __init__(self, model: RowModel, theme: ThemeKeeper) -> None:
        super().__init__()
        self.rows = model
        self._wanted: dict[int, bool] = {}
        self._current_id = 0
        self.setModel(model)
        self.setAccessibleName(self.tr("Rows"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        # Fixed heights: a row that was never seen must not be read to be measured.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QUESTION, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(ANSWER, QHeaderView.ResizeMode.Stretch)
        self.setItemDelegateForColumn(FINDINGS, ChipsDelegate(theme, self))
        self.selectionModel().currentChanged.connect(self._tell)
        self.doubleClicked.connect(lambda _index: self.edit_asked.emit())
        theme.changed.connect(lambda: QTimer.singleShot(0, self, self._measure))
        self._measure()

    def selected_ids(self) -> list[int]:
        """Ids of the rows selected, in the order of the table."""
        places: list[int] = []
        chosen = self.selectionModel().selection()
        for part in (chosen.at(number) for number in range(chosen.count())):
            places += range(part.top(), part.bottom() + 1)
        return [self.rows.ids[place] for place in sorted(set(places))]

    def show_columns(self, labels: bool, findings: bool, parts: bool) -> None:
        """Which columns have anything to show."""
        self._wanted = {LABEL: labels, FINDINGS: findings, SPLIT: parts}
        self._choose_columns()

    def go_to(self, row_id: int) -> bool:
        """Make a row current; False when it is not shown."""
        place = self.rows.place(row_id)
        if place < 0:
            return False
        self._go(place)
        return True

    def step(self, by: int) -> None:
        """Go down (1) or up (-1)."""
        if self.rows.rowCount():
            here = self.currentIndex().row()
            self._go(min(max(here + by, 0), self.rows.rowCount() - 1))

    def show_ids(self, ids: Iterable[int]) -> None:
        """Replace the rows; the current one and what is selected stay, as far as they are there."""
        kept, current, here = self.selected_ids(), self._current_id, self.currentIndex().row()
        wanted = list(ids)
        if wanted == list(self.rows.ids):
            self.rows.stale()
            return
        self.rows.show_ids(wanted)
        places = [place for place in map(self.rows.place, kept) if place >= 0]
        at = self.rows.place(current)
        if at < 0 and current and wanted:
            # The row is gone from the list: the one that took its place comes next.
            at = min(max(here, 0), len(wanted) - 1)
            places = []
        if at >= 0:
            self._go(at)
            if len(places) > 1:
                self._select(places)
        elif self._current_id:
            self._current_id = 0
            self.row_changed.emit(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = event.key() if plain else 0
        if key == Qt.Key.Key_J:
            self.step(1)
        elif key == Qt.Key.Key_K:
            self.step(-1)
        elif key == Qt.Key.Key_A:
            self.accept_asked.emit()
        elif key == Qt.Key.Key_R:
            self.reject_asked.emit()
        elif key == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.edit_asked.emit()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here; searching would read every row."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_columns()

    def _go(self, place: int) -> None:
        index = self.rows.index(place, QUESTION)
        how = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, how.ClearAndSelect | how.Rows)
        self.scrollTo(index)

    def _select(self, places: list[int]) -> None:
        chosen = QItemSelection()
        begin = last = places[0]
        for place in [*places[1:], -1]:
            if place != last + 1:
                chosen.select(self.rows.index(begin, 0), self.rows.index(last, SOURCE))
                begin = place
            last = place
        how = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, how.ClearAndSelect | how.Rows)

    def _tell(self, current: QModelIndex) -> None:
        row_id = self.rows.ids[current.row()] if current.isValid() else 0
        # A reset clears the current row for a moment; show_ids says what came of it.
        if row_id and row_id != self._current_id:
            self._current_id = row_id
            self.row_changed.emit(row_id)

    def _choose_columns(self) -> None:
        width = self.width()
        for column, room in _ROOM.items():
            hidden = width < room or not self._wanted.get(column, True)
            if self.isColumnHidden(column) != hidden:
                self.setColumnHidden(column, hidden)

    def _measure(self) -> None:
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(metrics.height() + S16)
        for column, letters in _LETTERS.items():
            self.setColumnWidth(column, letters * metrics.averageCharWidth() + S16)
