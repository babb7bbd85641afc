"""The Documents page: collections at the left, their files or the open document beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.core.errors import LoamError
from app.ui import words
from app.ui.context import Context
from app.ui.deferred import Deferred
from app.ui.page import Page

if TYPE_CHECKING:
    from app.core.messages import FileChanged
    from app.core.types import Collection, DocumentFile


class DocumentsPage(Page):
    """Every call of the library goes through a task: it may wait for its child."""

    key = "documents"
    title = "Documents"
    icon = "library"
    order = 20

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.documents.collection_list import CollectionList
        from app.ui.documents.embedding_strip import EmbeddingStrip
        from app.ui.documents.extras import Extras
        from app.ui.documents.file_work import FileWork
        from app.ui.documents.files_view import FilesView
        from app.ui.documents.folder_work import FolderWork
        from app.ui.documents.listing import CollectionListing, FileListing
        from app.ui.documents.passwords import Passwords
        from app.ui.documents.pasting import Pasting
        from app.ui.documents.reader import Reader
        from app.ui.documents.unread_strip import UnreadStrip
        from app.ui.empty_state import EmptyState
        from app.ui.three_pane import ThreePane

        self._library = context.loam.library
        self._collections: list[Collection] = []
        self._deleted: set[int] = set()
        self._current: int | None = None
        self._to_choose: int | None = None
        self._overview = CollectionListing(context.tasks, self._library, self)
        self._listing = FileListing(context.tasks, self._library)
        self._from_elsewhere = False
        self._deferred = Deferred(context.notices, self)
        self.list = CollectionList(context.theme)
        self.files = FilesView(context.theme)
        passwords = Passwords()
        self.reader = Reader(context, passwords)
        self.work = FileWork(context, self.files.model, self._deferred, passwords, self)
        self.folders = FolderWork(context, self.files, self)
        self.pasting = Pasting(context, self.work, lambda: self._current, self)
        self._empty = EmptyState(
            context.theme, "library", self.tr("Add documents, and chats can answer from them.")
        )
        self._empty.add_button(self.tr("Add files"), self.files.choose_files)
        self._empty.add_button(
            self.tr("Try the sample documents"), context.navigator.prepare_samples.emit
        )
        self._body = QStackedWidget()
        for view in (self._empty, self.files, self.reader):
            self._body.addWidget(view)
        self.panes = ThreePane(context.memory, "documents", self.list, self._body)
        self.unread = UnreadStrip(context)
        self.extras = Extras(context, self._body, self.reader, self._show_files, self.refresh)
        self.list.add_below(self.extras.button)
        self.list.add_below(self.extras.index, wide=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.extras.bar)
        layout.addWidget(EmbeddingStrip(context))
        layout.addWidget(self.unread)
        layout.addWidget(self.panes, 1)
        self._connect()
        context.keys.govern(self.list.shortcuts)
        context.keys.govern(self.files.table.shortcuts)

    def shown(self) -> None:
        self.list.focus_list()
        self.refresh()

    def closing(self) -> None:
        self._deferred.commit_all()

    def search(self) -> None:
        self.list.search.setFocus()
        self.list.search.selectAll()

    def accept_paths(self, paths: Sequence[str]) -> bool:
        self._show_files()
        self.work.add(self._current, paths)
        return True

    def drop_hint(self, paths: Sequence[str]) -> str:
        name = next((c.name for c in self._collections if c.id == self._current), "")
        what = words.paths(paths)
        if not name:
            return self.tr("Add {n} to Documents").replace("{n}", what)
        text = self.tr("Add {n} to “{name}”")
        return text.replace("{n}", what).replace("{name}", name)

    def _paste(self) -> None:
        if self._body.currentWidget() is not self.reader:
            self.pasting.paste()

    def refresh(self, choose: int | None = None) -> None:
        """Ask for the collections again, then for the files of the one chosen."""
        if choose is not None:
            self._to_choose = choose
        self._overview.ask(lambda found: self._show_collections(found, self._to_choose))

    def _connect(self) -> None:
        navigator = self.context.navigator
        navigator.open_document.connect(self._open_from_elsewhere)
        navigator.library_changed.connect(self.refresh)
        navigator.file_changed.connect(self._take_change)
        self.list.chosen.connect(self._choose)
        self.list.create_asked.connect(self._create)
        self.list.rename_asked.connect(self._rename)
        self.list.delete_asked.connect(self._delete)
        self.list.watch_asked.connect(self._watch_from_menu)
        self.files.paths_chosen.connect(self.accept_paths)
        self.files.folder_watched.connect(lambda path: self.folders.watch(self._current, path))
        self.files.table.asked.connect(self.work.do)
        self.work.open_asked.connect(self._open_file)
        self.work.retitle_asked.connect(self.pasting.retitle)
        self.files.paste_asked.connect(self.pasting.paste)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        # Fields that are written in keep it for themselves.
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self._paste)
        self.work.listed.connect(self._ask_for_files)
        self.work.created.connect(self._made)
        self.folders.created.connect(self._made)
        self.reader.closed.connect(self._close_reader)
        self.unread.asked.connect(self.work.go_on)
        self.unread.changed.connect(self._fill_list)
        self.unread.changed.connect(self._show_counts)

    def _show_collections(self, found: Sequence[Collection], choose: int | None) -> None:
        self._collections = [each for each in found if each.id not in self._deleted]
        self._to_choose = None
        if choose is not None:
            self._current = choose
        ids = [each.id for each in self._collections]
        if self._current not in ids:
            self._current = ids[0] if ids else None
        self._fill_list()
        if self._body.currentWidget() in (self._empty, self.files):
            self._show_files()
        self._ask_for_files()

    def _fill_list(self) -> None:
        self.list.blockSignals(True)
        self.list.show_collections(self._collections, self._current, self.unread.reading)
        self.list.blockSignals(False)
        self.unread.show_waiting(sum(each.waiting for each in self._collections))

    def _show_counts(self) -> None:
        for each in self._collections:
            if each.id == self._current:
                self.files.show_collection(each, self.unread.reading)

    def _choose(self, collection_id: int) -> None:
        self._current, self._to_choose = collection_id, None
        self._from_elsewhere = False
        self.files.bar.clear()
        self._show_files()
        self._ask_for_files()

    def _show_files(self) -> None:
        self._body.setCurrentWidget(self._empty if self._current is None else self.files)

    def _ask_for_files(self) -> None:
        wanted = self._current
        self.folders.show(wanted)
        if wanted is None:
            self.files.show_files(())
            return
        self._listing.ask(wanted, self._take_files)

    def _take_files(self, collection_id: int, files: Sequence[DocumentFile]) -> None:
        if collection_id != self._current:
            return
        self._show_counts()
        self.files.show_files(files)

    def _create(self) -> None:
        names = {each.name for each in self._collections}
        base = self.tr("New collection")
        name = next(n for n in (base, *(f"{base} {i}" for i in range(2, 10_000))) if n not in names)
        self.context.tasks.call(lambda: self._library.create(name), self._created)

    def _created(self, collection: Collection) -> None:
        self._current = collection.id
        self._show_collections([*self._collections, collection], collection.id)
        self._changed()
        self.list.edit_current()

    def _rename(self, collection_id: int, name: str) -> None:
        self.context.tasks.call(
            lambda: self._library.rename(collection_id, name),
            lambda _none: self._changed(),
            on_error=self._refused,
        )

    def _delete(self, collection_id: int) -> None:
        name = next((c.name for c in self._collections if c.id == collection_id), "")
        self._deleted.add(collection_id)

        def commit() -> None:
            self.context.tasks.call(
                lambda: self._library.delete(collection_id), lambda _none: self._changed()
            )

        def undo() -> None:
            self._deleted.discard(collection_id)
            self.refresh(collection_id)

        self._show_collections(self._collections, None)
        text = self.tr("Deleted the collection “{name}”. Your files stay where they are.")
        self._deferred.delete(text.replace("{name}", name), commit, undo)

    def _made(self, collection: Collection) -> None:
        self._current = collection.id
        self.refresh(collection.id)

    def _watch_from_menu(self, collection_id: int) -> None:
        if collection_id != self._current:
            self._choose(collection_id)
        self.files.choose_watched()

    def _take_change(self, event: FileChanged) -> None:
        self._listing.note(event.file)
        if event.file.collection_id == self._current:
            self.files.model.update(event.file, event.part)
        if event.part < 0:
            self._overview.ask_soon(self._show_lights)

    def _show_lights(self, found: Sequence[Collection]) -> None:
        known = {each.id for each in self._collections}
        kept = [each for each in found if each.id not in self._deleted]
        if {each.id for each in kept} == known:
            self._collections = kept
            self._fill_list()
            self._show_counts()

    def _open_file(self, file: DocumentFile) -> None:
        self._from_elsewhere = False
        self._open(file.id, 0, 0)

    def _open_from_elsewhere(self, file_id: int, start: int, end: int) -> None:
        self._from_elsewhere = True
        self._open(file_id, start, end)

    def _open(self, file_id: int, start: int, end: int) -> None:
        self.reader.set_back_text(
            self._back_words() if self._from_elsewhere else self.tr("Back to the files")
        )
        self._body.setCurrentWidget(self.reader)
        self.reader.open(file_id, start, end)

    def _back_words(self) -> str:
        if self.context.navigator.back_to == "finetune":
            return self.tr("Back to the rows")
        return self.tr("Back to the chat")

    def _close_reader(self) -> None:
        self.reader.clear()
        self._show_files()
        if self._from_elsewhere:
            self._from_elsewhere = False
            navigator = self.context.navigator
            back, navigator.back_to = navigator.back_to, "chats"
            navigator.show_page.emit(back)

    def _changed(self) -> None:
        self.context.navigator.library_changed.emit()

    def _refused(self, error: LoamError) -> None:
        self.context.notices.show(error)
        self.refresh()


PAGE = DocumentsPage
