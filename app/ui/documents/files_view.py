"""One collection: its name and size, buttons to add, the table of its files or what to do first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.types import Collection, DocumentFile, WatchedFolder
from app.ui import words
from app.ui.documents.collection_list import light
from app.ui.documents.file_filter import FilterBar
from app.ui.documents.file_model import FileModel
from app.ui.documents.file_table import FileTable
from app.ui.documents.watched import WatchedFolders
from app.ui.elided import ElidedLabel
from app.ui.empty_state import EmptyState
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12, S16, S24


class FilesView(QWidget):
    """Shows one collection and asks for changes; the page makes them."""

    paths_chosen = Signal(list)
    folder_watched = Signal(str)
    paste_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.model = FileModel(theme)
        self.table = FileTable(self.model, theme)
        self._name = ElidedLabel(kind="title")
        self._summary = ElidedLabel(kind="hint")
        self._add_files = self._button(self.tr("Add files"), self.choose_files)
        self._paste = self._button(self.tr("Paste"), self.paste_asked.emit)
        self._paste.setToolTip(
            self.tr("Add what is on the clipboard: files, a text or a picture (Ctrl+V)")
        )
        self._add_folder = QPushButton(self.tr("Add folder"))
        self._add_folder.setAccessibleName(self._add_folder.text())
        self._add_folder.setIconSize(QSize(22, 18))
        self.folder_menu = QMenu(self._add_folder)
        once = self.folder_menu.addAction(self.tr("Add once…"), self.choose_folder)
        once.setToolTip(self.tr("Read what is in the folder now"))
        watch = self.folder_menu.addAction(self.tr("Watch a folder…"), self.choose_watched)
        watch.setToolTip(self.tr("Read the folder now, and again whenever something changes in it"))
        self.folder_menu.setToolTipsVisible(True)
        self._add_folder.setMenu(self.folder_menu)
        self._add_files.setProperty("kind", "primary")
        self.watched = WatchedFolders(theme)
        self.bar = FilterBar()
        self.bar.changed.connect(self._filter)
        self.filter = self.bar.words
        self._nothing = QLabel(self.tr("No file fits."))
        self._nothing.setProperty("kind", "hint")
        self._nothing.hide()
        titles = QVBoxLayout()
        titles.setSpacing(S4)
        titles.addWidget(self._name)
        titles.addWidget(self._summary)
        head = QHBoxLayout()
        head.setSpacing(S8)
        head.addLayout(titles, 1)
        head.addWidget(self._paste)
        head.addWidget(self._add_folder)
        head.addWidget(self._add_files)
        self._empty = EmptyState(
            theme, "file-plus", self.tr("Drop or paste files here, or choose them.")
        )
        self._empty.add_button(self.tr("Add files"), self.choose_files)
        self._empty.add_button(self.tr("Watch a folder"), self.choose_watched)
        self._empty.add_button(self.tr("Paste"), self.paste_asked.emit)
        self._stack = QStackedWidget()
        listed = QWidget()
        inside = QVBoxLayout(listed)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(S12)
        inside.addWidget(self.bar)
        inside.addWidget(self._nothing)
        inside.addWidget(self.table, 1)
        self._stack.addWidget(listed)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S24, S16, S24, S8)
        layout.setSpacing(S16)
        layout.addLayout(head)
        layout.addWidget(self.watched)
        layout.addWidget(self._stack, 1)
        self.model.modelReset.connect(self._rows_came)
        self.model.rowsInserted.connect(lambda *_rows: self._rows_came())
        theme.changed.connect(self._tint)
        self._tint()

    def show_collection(self, collection: Collection, reading: bool = True) -> None:
        """Name and counts; the files come with show_files(). reading: as `light`."""
        self._name.show_text(collection.name)
        parts = [words.files(collection.files), words.passages(collection.passages)]
        if collection.waiting or collection.troubled:
            parts.append(light(collection, reading)[0])
        self._summary.show_text("  ·  ".join(parts))

    def show_watched(self, folders: Sequence[WatchedFolder], paused: bool) -> None:
        """The folders that the collection follows; paused: not now."""
        self.watched.show_folders(folders, paused)

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

    def choose_watched(self) -> None:
        """Let the person choose a folder to follow."""
        path = QFileDialog.getExistingDirectory(self, self.tr("Watch a folder"))
        if path:
            self.folder_watched.emit(path)

    def _filter(self) -> None:
        self.table.show_only(self.filter.text(), self.bar.states, self.bar.chosen_kind)
        self._say_nothing()

    def _say_nothing(self) -> None:
        self._nothing.setVisible(self.bar.active and self.table.model().rowCount() == 0)

    def _rows_came(self) -> None:
        empty = self.model.rowCount() == 0
        self._stack.setCurrentIndex(1 if empty else 0)
        self._add_files.setVisible(not empty)
        self._add_folder.setVisible(not empty)
        self._paste.setVisible(not empty)
        self.bar.offer_kinds(self.model.kinds())
        self._say_nothing()

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
        self._paste.setIcon(icon("clipboard", tokens.text, gap=4))
