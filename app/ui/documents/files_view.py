"""One collection: its name and size, buttons to add, the table of its files or what to do first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Collection, DocumentFile
from app.ui import words
from app.ui.documents.file_model import FileModel
from app.ui.documents.file_table import FileTable
from app.ui.elided import ElidedLabel
from app.ui.empty_state import EmptyState
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S16, S24


class FilesView(QWidget):
    """Shows one collection and asks for changes; the page makes them."""

    paths_chosen = Signal(list)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.model = FileModel(theme)
        self.table = FileTable(self.model, theme)
        self._name = ElidedLabel(kind="title")
        self._summary = ElidedLabel(kind="hint")
        self._add_files = self._button(self.tr("Add files"), self.choose_files)
        self._add_folder = self._button(self.tr("Add folder"), self.choose_folder)
        self._add_files.setProperty("kind", "primary")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a file"))
        self.filter.setAccessibleName(self.tr("Find a file"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(280)
        self.filter.textChanged.connect(self._filter)
        self._nothing = QLabel(self.tr("No file has such a name."))
        self._nothing.setProperty("kind", "hint")
        self._nothing.hide()
        titles = QVBoxLayout()
        titles.setSpacing(S4)
        titles.addWidget(self._name)
        titles.addWidget(self._summary)
        head = QHBoxLayout()
        head.setSpacing(S8)
        head.addLayout(titles, 1)
        head.addWidget(self._add_folder)
        head.addWidget(self._add_files)
        self._empty = EmptyState(
            theme, "file-plus", self.tr("Drop files or folders here, or choose them.")
        )
        self._empty.add_button(self.tr("Add files"), self.choose_files)
        self._stack = QStackedWidget()
        listed = QWidget()
        inside = QVBoxLayout(listed)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(S12)
        inside.addWidget(self.filter)
        inside.addWidget(self._nothing)
        inside.addWidget(self.table, 1)
        self._stack.addWidget(listed)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S16, S24, S8)
        layout.setSpacing(S16)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        self.model.modelReset.connect(self._choose_view)
        self.model.rowsInserted.connect(lambda *_rows: self._choose_view())
        theme.changed.connect(self._tint)
        self._tint()

    def show_collection(self, collection: Collection) -> None:
        """Name and counts; the files come with show_files()."""
        self._name.show_text(collection.name)
        parts = [words.files(collection.files), words.passages(collection.passages)]
        if collection.ready < collection.files:
            parts.append(self.tr("{n} ready").replace("{n}", words.number(collection.ready)))
        self._summary.show_text("  ·  ".join(parts))

    def show_files(self, files: Sequence[DocumentFile]) -> None:
        """The files of the collection."""
        self.model.show_files(files)

    def choose_files(self) -> None:
        """Let the person choose files to add."""
        paths, _kind = QFileDialog.getOpenFileNames(self, self.tr("Add files"))
        if paths:
            self.paths_chosen.emit(paths)

    def choose_folder(self) -> None:
        """Let the person choose a folder to add."""
        path = QFileDialog.getExistingDirectory(self, self.tr("Add folder"))
        if path:
            self.paths_chosen.emit([path])

    def _filter(self, words: str) -> None:
        self.table.filter(words)
        self._nothing.setVisible(bool(words) and self.table.model().rowCount() == 0)

    def _choose_view(self) -> None:
        empty = self.model.rowCount() == 0
        self._stack.setCurrentIndex(1 if empty else 0)
        self._add_files.setVisible(not empty)

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.setIconSize(QSize(22, 18))
        button.clicked.connect(action)
        return button

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._add_files.setIcon(icon("plus", tokens.on_accent, gap=4))
        self._add_folder.setIcon(icon("folder-plus", tokens.text, gap=4))
