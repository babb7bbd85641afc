"""The records that could not be used, with line, file and reason; to copy or to save."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHeaderView, QPushButton, QTableView, QWidget

from app.core.errors import StoreError
from app.core.files import write_atomically
from app.services.dataset.types import Rejected
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data.dialog import StepDialog

_ROOT = QModelIndex()


class RejectedModel(QAbstractTableModel):
    """Line, reason, file."""

    def __init__(self, items: Sequence[Rejected]) -> None:
        super().__init__()
        self.items = items

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else 3

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Line"), self.tr("Why"), self.tr("File or chat"))[section]

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        item = self.items[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            line = words.number(item.line) if item.line else ""
            reason = item.reason[:1].upper() + item.reason[1:]
            return (line, reason, item.name)[index.column()]
        return None


class RejectedDialog(StepDialog):
    """Shows them all."""

    def __init__(self, parent: QWidget, context: Context, items: Sequence[Rejected]) -> None:
        super().__init__(parent)
        self.say(
            self.tr("What could not be used"),
            self.tr("The rest was imported. Mend these lines and import the file again."),
            "",
        )
        self._context = context
        self.items = list(items)
        self.resize(680, 460)
        self.table = QTableView()
        self.table.setModel(RejectedModel(self.items))
        self.table.setAccessibleName(self.tr("Records that could not be used"))
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 70)
        self.table.setColumnWidth(2, 170)
        self.body.addWidget(self.table, 1)
        self.copy_button = self._button(self.tr("Copy"), self.copy)
        self.save_button = self._button(self.tr("Save as…"), self._save)
        self.feet.insertWidget(0, self.copy_button)
        self.feet.insertWidget(1, self.save_button)

    @property
    def text(self) -> str:
        """All of them as a table (CSV)."""
        written = io.StringIO()
        table = csv.writer(written, lineterminator="\n")
        table.writerow(("line", "reason", "name"))
        table.writerows((item.line or "", item.reason, item.name) for item in self.items)
        return written.getvalue()

    def copy(self) -> None:
        """Put them on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)
        self._context.notices.toast(self.tr("Copied."))

    def save(self, path: Path) -> None:
        """Write them to a file."""
        try:
            write_atomically(path, self.text.encode())
        except OSError as error:
            reason = error.strerror or ""
            self._context.notices.show(StoreError(repr(error), reason=reason, path=path))

    def _save(self) -> None:
        chosen, _kind = QFileDialog.getSaveFileName(
            self, self.tr("Save the list"), "rejected.csv", self.tr("Table (*.csv)")
        )
        if chosen:
            self.save(Path(chosen))

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(action)
        return button
