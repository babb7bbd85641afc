"""The passages that a search found, with their ranks and whether the model read them."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem

from app.core.types import Autopsy, Cut, Examined
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S16
from app.ui.why import say
from app.ui.why.rows_only import RowsOnly

_SHOWN = 8
_TIP = 900
PASSAGE, TOGETHER, WORDS, MEANING, RERANKED, SCORE, READ = range(7)
_ROOM_LETTERS = 75


class FoundTable(RowsOnly):
    """As tall as its rows, the first eight until `show_all`. `chosen`: another row, or none."""

    opened = Signal(object)
    """An Examined that shall be shown in its document."""
    chosen = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__(7)
        self._rows: tuple[Examined, ...] = ()
        self._all = False
        self.setAccessibleName(self.tr("Passages found"))
        heads = (
            (self.tr("Passage"), self.tr("Where it stands and how it begins")),
            (self.tr("Place"), self.tr("Its place in the search, by all of these together")),
            (self.tr("By words"), self.tr("Its place by the words of the question alone")),
            (self.tr("By meaning"), self.tr("Its place by nearness in meaning alone")),
            (self.tr("By reading"), self.tr("Its place by the reranking model, which read it")),
            (self.tr("Score"), self.tr("Words and meaning together, 0 to 1")),
            (self.tr("Read"), self.tr("Whether it went into the prompt, and if not, why")),
        )
        for column, (head, tip) in enumerate(heads):
            item = QTableWidgetItem(head)
            item.setToolTip(tip)
            self.setHorizontalHeaderItem(column, item)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(PASSAGE, QHeaderView.ResizeMode.Stretch)
        self.itemSelectionChanged.connect(self.chosen)
        self.cellDoubleClicked.connect(lambda row, _column: self.opened.emit(self._rows[row]))
        theme.changed.connect(lambda: QTimer.singleShot(0, self, self._measure))

    @property
    def current(self) -> Examined | None:
        """The passage of the row chosen."""
        rows = self.selectionModel().selectedRows()
        return self._rows[rows[0].row()] if rows else None

    @property
    def hidden_rows(self) -> int:
        """How many rows `show_all` would add."""
        return max(0, len(self._rows) - _SHOWN) if not self._all else 0

    def show_found(self, autopsy: Autopsy) -> None:
        """Fill the table."""
        self._rows = autopsy.found
        self._all = False
        self.clearContents()
        self.setColumnHidden(RERANKED, not any(each.hit.rerank_rank for each in self._rows))
        self.setRowCount(len(self._rows))
        for row, each in enumerate(self._rows):
            self._fill(row, each)
        self._measure()

    def show_all(self) -> None:
        """Show the rows below the first ones."""
        self._all = True
        self._measure()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        letters = self.viewport().width() // max(1, self.fontMetrics().averageCharWidth())
        self.setColumnHidden(SCORE, letters < _ROOM_LETTERS)

    def _fill(self, row: int, each: Examined) -> None:
        hit = each.hit
        where = say.place(hit.passage.path, hit.passage.page)
        texts = (
            f"{where} · {say.snippet(hit.passage)}",
            say.rank(row + 1),
            say.rank(hit.keyword_rank),
            say.rank(hit.meaning_rank),
            say.rank(hit.rerank_rank),
            say.number(hit.score),
            self.tr("Yes") if each.cut is Cut.READ else self.tr("No"),
        )
        text = hit.passage.text[:_TIP]
        tips = {PASSAGE: f"<p><b>{html.escape(where)}</b></p><p>{html.escape(text)}</p>"}
        if each.cut is not Cut.READ:
            tips[READ] = html.escape(say.cut(each.cut))
        for column, words in enumerate(texts):
            item = QTableWidgetItem(words)
            item.setToolTip(tips.get(column, ""))
            self.setItem(row, column, item)

    def _measure(self) -> None:
        height = self.fontMetrics().height() + S16
        self.verticalHeader().setDefaultSectionSize(height)
        shown = len(self._rows) - self.hidden_rows
        for row in range(len(self._rows)):
            self.setRowHidden(row, row >= shown)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * height + 4)
