"""Looking through the rows: filters, the table, and the panel with the row that is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.services.dataset.service import DatasetService
from app.services.dataset.types import Counts, Dataset, Filter, Split, State
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data.filter_bar import FilterBar
from app.ui.finetune.data.row_editor import RowEditor
from app.ui.finetune.data.row_model import RowModel
from app.ui.finetune.data.row_table import RowTable
from app.ui.finetune.data.summary import Summary
from app.ui.tokens import S8, S12, S24, SIDE_WIDTH

_BOTH = 560
"""From this width on, table and panel stand side by side."""
_TALL = 480
"""In a lower window the words of a row come before the summary."""


class ReviewView(QWidget):
    """One dataset. Changes of rows are asked for; words are stored by the panel itself."""

    state_asked = Signal(object, object)
    """Row ids and the State they should have."""
    delete_asked = Signal(object)
    filter_changed = Signal()
    saved = Signal(int)
    source_asked = Signal(object)

    def __init__(self, context: Context, service: DatasetService) -> None:
        super().__init__()
        self._service = service
        self._labels: list[str] = []
        self.summary = Summary()
        self.filters = FilterBar()
        self.model = RowModel(service, context.theme)
        self.table = RowTable(self.model, context.theme)
        self.editor = RowEditor(service, context.theme)
        self._side = QFrame()
        self._side.setProperty("kind", "side")
        inside = QVBoxLayout(self._side)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.editor)
        self._side.setMinimumWidth(260)
        self._side.hide()
        self._nothing = QLabel(self.tr("No row is like that."))
        self._nothing.setProperty("kind", "subtitle")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        self._several = self._make_several()
        listed = QWidget()
        listed.setMinimumWidth(200)
        column = QVBoxLayout(listed)
        column.setContentsMargins(S24 - S8, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(self.table, 1)
        column.addWidget(self._nothing, 1)
        column.addWidget(self._several)
        self._listed = listed
        self._panes = QSplitter(Qt.Orientation.Horizontal)
        self._panes.setHandleWidth(1)
        self._panes.addWidget(listed)
        self._panes.addWidget(self._side)
        self._panes.setStretchFactor(0, 1)
        self._panes.setStretchFactor(1, 0)
        self._panes.setChildrenCollapsible(False)
        top = QVBoxLayout()
        top.setContentsMargins(S24, 0, S24, 0)
        top.setSpacing(S12)
        top.addWidget(self.summary)
        top.addWidget(self.filters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S12)
        layout.addLayout(top)
        layout.addWidget(self._panes, 1)
        self._connect()

    def show_counts(
        self, dataset: Dataset, counts: Counts, checked: bool, warnings: Sequence[str]
    ) -> None:
        """What the dataset is made of."""
        self._labels = [label for label in counts.labels if label]
        self.summary.show_counts(dataset, counts, checked, warnings)
        self.filters.show_counts(counts)
        self.table.show_columns(
            labels=bool(self._labels),
            findings=bool(counts.findings),
            parts=any(counts.splits.get(part) for part in Split if part),
        )

    def show_ids(self, ids: Sequence[int]) -> None:
        """The rows that the filter lets through."""
        self.table.show_ids(ids)
        self._nothing.setVisible(not ids)
        self.table.setVisible(bool(ids))
        if not ids:
            self.editor.show_row(None)
            self._open(False)
        self._reload()
        self._count_selected()

    def touched(self, ids: Sequence[int]) -> None:
        """These rows were changed."""
        self.model.stale(ids)
        self._reload()

    def leave(self) -> bool:
        """Store what is being typed; False when it can't be stored."""
        return self.editor.save()

    def open_row(self, row_id: int) -> None:
        """Bring a row to the front, filters cleared when they hide it."""
        if not self.table.go_to(row_id):
            self.filters.clear()
            self.table.go_to(row_id)
        self._show_row(row_id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _connect(self) -> None:
        self.filters.changed.connect(self.filter_changed)
        self.summary.chosen.connect(
            lambda key, value: self.filters.choose(**({key: value} if key else {}))
        )
        self.table.row_changed.connect(self._show_row)
        self.table.edit_asked.connect(self._edit)
        self.table.accept_asked.connect(lambda: self._decide(State.ACCEPTED))
        self.table.reject_asked.connect(lambda: self._decide(State.REJECTED))
        self.table.delete_asked.connect(self._delete)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._count_selected())
        self.editor.accept_asked.connect(lambda: self._decide(State.ACCEPTED))
        self.editor.reject_asked.connect(lambda: self._decide(State.REJECTED))
        self.editor.step_asked.connect(self.table.step)
        self.editor.saved.connect(self.saved)
        self.editor.source_asked.connect(self.source_asked)
        self.editor.related_asked.connect(self.open_row)
        self.editor.left.connect(self.table.setFocus)
        self.editor.closed.connect(self._close)

    def _make_several(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(S8, 0, S12, S8)
        row.setSpacing(S8)
        self._selected = QLabel()
        self._selected.setProperty("kind", "strong")
        row.addWidget(self._selected)
        row.addStretch(1)
        for text, name, action in (
            (self.tr("Accept"), self.tr("Accept selected rows"), self._accept_all),
            (self.tr("Reject"), self.tr("Reject selected rows"), self._reject_all),
            (self.tr("Delete"), self.tr("Delete selected rows"), self._delete),
        ):
            button = QPushButton(text)
            button.setAccessibleName(name)
            button.clicked.connect(action)
            row.addWidget(button)
        bar.hide()
        return bar

    def _show_row(self, row_id: int) -> None:
        if not row_id:
            self.editor.show_row(None)
            self._open(False)
            return
        row = self.model.row(self.model.place(row_id))
        if row is not None:
            self.editor.show_row(row, self._labels)
            self._open(True)

    def _reload(self) -> None:
        shown = self.editor.row
        if shown is not None:
            row = self.model.row(self.model.place(shown.id))
            if row is not None:
                self.editor.reload(row, self._labels)

    def _edit(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self._show_row(self.model.ids[index.row()])
            if self.editor.turns.fields:
                self.editor.turns.fields[-1].setFocus()

    def _decide(self, state: State) -> None:
        ids = self.table.selected_ids()
        if not ids or not self.editor.save():
            return
        # Onwards before the row changes: under a filter it may leave the list.
        if len(ids) == 1:
            self.table.step(1)
        self.state_asked.emit(ids, state)

    def _accept_all(self) -> None:
        self._decide(State.ACCEPTED)

    def _reject_all(self) -> None:
        self._decide(State.REJECTED)

    def _delete(self) -> None:
        ids = self.table.selected_ids()
        if ids:
            self.delete_asked.emit(ids)

    def _count_selected(self) -> None:
        count = len(self.table.selected_ids())
        self._several.setVisible(count > 1)
        if count > 1:
            text = self.tr("{n} rows selected")
            self._selected.setText(text.replace("{n}", words.number(count)))

    def _close(self) -> None:
        if self.editor.save():
            self._open(False)
            self.table.setFocus()

    def _open(self, shown: bool) -> None:
        if self._side.isHidden() == shown:
            self._side.setVisible(shown)
            if shown:
                wide = max(300, min(SIDE_WIDTH, self.width() // 2))
                self._panes.setSizes([max(1, self.width() - wide), wide])
            self._fit()

    def _fit(self) -> None:
        """A narrow window shows the table or the panel."""
        both = self.width() >= _BOTH or self._side.isHidden()
        self._listed.setVisible(both)
        self.filters.setVisible(both)
        self.summary.setVisible(self._side.isHidden() or self.height() >= _TALL)

    @property
    def filter(self) -> Filter:
        """Which rows are wanted."""
        return self.filters.filter
