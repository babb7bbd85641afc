"""The parts of Loam with their licences; the texts of the one that is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
)

from app.services import about
from app.ui.context import Context
from app.ui.help.column import Column, text
from app.ui.tokens import S8

_WIDTHS = (220, 90)


class LicencesSection(Column):
    """Filled when it is first seen."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._asked = False
        self.parts: tuple[about.Part, ...] = ()
        self.head(self.tr("Licences"))
        self.column.addWidget(
            text(self.tr("Models and libraries that Loam uses. Choose one to read its licence."))
        )
        self.list = QTreeWidget()
        self.list.setHeaderLabels([self.tr("Name"), self.tr("Version"), self.tr("Licence")])
        self.list.setAccessibleName(self.tr("Models and libraries"))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.list.header()
        header.setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, round(context.theme.scaled(width)))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._show)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Text of the licence"))
        self.text.setFont(context.theme.monospace(9))
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(self.text)
        split.setSizes([200, 160])
        split.setHandleWidth(S8)
        split.setChildrenCollapsible(False)
        self.column.addWidget(split, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._context.tasks.call(about.parts, self._fill)

    def _fill(self, parts: tuple[about.Part, ...]) -> None:
        self.parts = parts
        rows = [QTreeWidgetItem([part.name, part.version, part.licence]) for part in parts]
        for row, part in zip(rows, parts, strict=True):
            row.setToolTip(0, part.name)
            row.setToolTip(2, part.licence)
        self.list.addTopLevelItems(rows)
        if rows:
            self.list.setCurrentItem(rows[0])

    def _show(self, row: QTreeWidgetItem | None) -> None:
        part = self.parts[self.list.indexOfTopLevelItem(row)] if row is not None else None
        told = about.text_of(part) if part is not None else ""
        if part is not None and not told:
            told = self.tr("{licence}. No text came with it.").replace("{licence}", part.licence)
        self.text.setPlainText(told)
