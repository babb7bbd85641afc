"""Which files of a collection are shown: by name, state and type."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Signal,
)
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.core.types import FileState
from app.ui.documents.file_model import FileModel
from app.ui.documents.kinds import kind_name
from app.ui.tokens import S8
from app.ui.wrap_layout import WrapLayout

READY = frozenset({FileState.READY})
BUSY = frozenset({FileState.WAITING, FileState.READING})
TROUBLED = frozenset({FileState.PASSWORD, FileState.SCANNED, FileState.EMPTY, FileState.FAILED})
LEFT_OUT = frozenset({FileState.EXCLUDED})


class FileFilter(QSortFilterProxyModel):
    """Passes on the rows that fit all three; an empty condition fits every file."""

    def __init__(self, model: FileModel, parent: QObject) -> None:
        super().__init__(parent)
        self._files = model
        self._words = ""
        self._states: frozenset[FileState] = frozenset()
        self._kinds = ""
        self.setSourceModel(model)

    def show_only(self, words: str, states: frozenset[FileState], kind: str) -> None:
        """words: of the name; kind: as `kind_name` calls it."""
        self.beginFilterChange()
        self._words, self._states, self._kinds = words.casefold().strip(), states, kind
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        file = self._files.file(row)
        return (
            self._words in file.name.casefold()
            and (not self._states or file.state in self._states)
            and (not self._kinds or kind_name(file.kind) == self._kinds)
        )


class FilterBar(QWidget):
    """A field for the name and two lists, side by side where there is room."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = QLineEdit()
        self.words.setPlaceholderText(self.tr("Find a file"))
        self.words.setAccessibleName(self.tr("Find a file"))
        self.words.setClearButtonEnabled(True)
        self.words.setMinimumWidth(160)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.state = _choice(self.tr("State of the files"))
        for text, states in (
            (self.tr("All states"), frozenset()),
            (self.tr("Ready"), READY),
            (self.tr("Being read"), BUSY),
            (self.tr("Could not be read"), TROUBLED),
            (self.tr("Left out of searches"), LEFT_OUT),
        ):
            self.state.addItem(text, states)
        self.kind = _choice(self.tr("Type of the files"))
        self.kind.addItem(self.tr("All types"), "")
        holder = QWidget()
        row = WrapLayout(holder, S8)
        for part in (self.words, self.state, self.kind):
            row.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(holder)
        self.words.textChanged.connect(self.changed)
        self.state.currentIndexChanged.connect(self.changed)
        self.kind.currentIndexChanged.connect(self.changed)

    @property
    def active(self) -> bool:
        """Whether some files may be hidden."""
        return bool(self.words.text().strip() or self.states or self.chosen_kind)

    @property
    def states(self) -> frozenset[FileState]:
        """The states that are shown; none: all."""
        found: frozenset[FileState] = self.state.currentData()
        return found

    @property
    def chosen_kind(self) -> str:
        """The type that is shown, as `kind_name` calls it; empty: all."""
        found: str = self.kind.currentData() or ""
        return found

    def offer_kinds(self, kinds: Iterable[str]) -> None:
        """The types that there are; one that was chosen and is gone gives way to all."""
        names = sorted({kind_name(each) for each in kinds}, key=str.casefold)
        if names == [self.kind.itemData(row) for row in range(1, self.kind.count())]:
            return
        before = self.chosen_kind
        self.kind.blockSignals(True)
        while self.kind.count() > 1:
            self.kind.removeItem(1)
        for name in names:
            self.kind.addItem(name, name)
        self.kind.setCurrentIndex(names.index(before) + 1 if before in names else 0)
        self.kind.blockSignals(False)
        self.changed.emit()

    def clear(self) -> None:
        """Show all files."""
        self.words.clear()
        self.state.setCurrentIndex(0)
        self.kind.setCurrentIndex(0)


def _choice(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box
