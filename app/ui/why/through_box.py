"""Of an answer for which everything was gone through: the documents, what the model was asked
about, what it said and what of that stands in the text."""

from __future__ import annotations

import html
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Stretch, Through
from app.ui.finetune.labels import text_label
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S16
from app.ui.why import say
from app.ui.why.rows_only import RowsOnly

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class _Row:
    cells: tuple[str, ...]
    tip: str
    place: tuple[str, int, int]


class ThroughBox(QWidget):
    """`opened`: (path, start, end) of what a row is about shall be shown."""

    opened = Signal(str, int, int)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._all = False
        self.title = text_label("", "heading")
        self.about = text_label("", "quiet")
        self.table = _Table()
        self.table.cellDoubleClicked.connect(lambda row, _column: self._open(row))
        self.table.entered_row.connect(self._open)
        self.more = QPushButton()
        self.more.setProperty("kind", "link")
        self.more.clicked.connect(self._show_all)
        self.left = text_label("", "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        for widget in (self.title, self.about, self.table):
            column.addWidget(widget)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.left)
        theme.changed.connect(lambda: QTimer.singleShot(0, self, self._measure))

    def show_through(self, through: Through | None) -> None:
        """Fill it; hidden for other answers."""
        self.setVisible(through is not None)
        if through is None:
            return
        self._all = False
        self.about.setText(say.went(through))
        if through.stretches:
            self.title.setText(self.tr("What the model was asked about"))
            heads = (self.tr("Where"), self.tr("The model said"), self.tr("Taken on"))
            self._rows = [_stretch(each) for each in through.stretches]
            left = through.more_stretches
        else:
            self.title.setText(self.tr("Documents gone through"))
            heads = (self.tr("Document"), self.tr("Passages"), self.tr("Found"))
            self._rows = [
                _Row(
                    (say.place(each.path, None), say.rank(each.passages), say.rank(each.found)),
                    each.path,
                    (each.path, 0, 0),
                )
                for each in through.files
            ]
            left = through.more_files
        self.table.setAccessibleName(self.title.text())
        self.table.fill(heads, [(row.cells, row.tip) for row in self._rows])
        self.left.setText(self.tr("{n} more are not kept here.").replace("{n}", say.rank(left)))
        self.left.setVisible(left > 0)
        self._measure()

    def _show_all(self) -> None:
        self._all = True
        self._measure()

    def _open(self, row: int) -> None:
        path, start, end = self._rows[row].place
        if path:
            self.opened.emit(path, start, end)

    def _measure(self) -> None:
        shown = len(self._rows) if self._all else min(_SHOWN, len(self._rows))
        self.table.show_first(shown)
        hidden = len(self._rows) - shown
        text = self.tr("Show {n} more").replace("{n}", str(hidden))
        self.more.setText(text)
        self.more.setAccessibleName(text)
        self.more.setVisible(hidden > 0)


class _Table(RowsOnly):
    """As tall as the rows it shows. `entered_row`: Enter was pressed in one."""

    entered_row = Signal(int)

    def __init__(self) -> None:
        super().__init__(3)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def fill(self, heads: tuple[str, ...], rows: list[tuple[tuple[str, ...], str]]) -> None:
        """Other rows: (cells, tooltip)."""
        self.setHorizontalHeaderLabels(list(heads))
        self.clearContents()
        self.setRowCount(len(rows))
        for number, (cells, tip) in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(tip)
                self.setItem(number, column, item)

    def show_first(self, count: int) -> None:
        """Hide the rows after the first ones."""
        height = self.fontMetrics().height() + S16
        self.verticalHeader().setDefaultSectionSize(height)
        for row in range(self.rowCount()):
            self.setRowHidden(row, row >= count)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + count * height + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.entered_row.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


def _stretch(each: Stretch) -> _Row:
    where, said, kept = say.stretch(each)
    lines = [f"<p><b>{html.escape(where)}</b></p><p>{html.escape(each.said)}</p>"]
    lines += [f"<p>{html.escape(say.dropped(each))}</p>"] if each.dropped else []
    place = (each.path, each.start, each.end) if each.end else ("", 0, 0)
    return _Row((where, said, kept), "".join(lines), place)
