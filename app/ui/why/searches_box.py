"""The searches that the model made by itself: what for, what was found, and what it was given."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.types import Autopsy
from app.ui.finetune.labels import text_label
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8
from app.ui.why import say
from app.ui.why.found_table import FoundTable


class SearchesBox(QWidget):
    """`opened`: an Examined shall be shown in its document; `chosen`: a row was chosen."""

    opened = Signal(object)
    chosen = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.tables: list[FoundTable] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(S8)

    def show_searches(self, autopsy: Autopsy) -> None:
        """Fill it; hidden where the model made none."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.tables = []
        self.setVisible(bool(autopsy.searches))
        for number, search in enumerate(autopsy.searches, 1):
            self._column.addWidget(text_label(say.search_title(number, search), "heading"))
            self._column.addWidget(text_label(say.search_about(search, autopsy), "quiet"))
            if not search.found:
                continue
            table = FoundTable(self._theme)
            table.show_found(replace(autopsy, found=search.found))
            table.setAccessibleName(say.search_title(number, search))
            table.opened.connect(self.opened)
            table.chosen.connect(self.chosen)
            self._column.addWidget(table)
            self.tables.append(table)
