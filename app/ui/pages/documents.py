"""The Documents page: collections at the left, their files or the open document beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from app.core.errors import LoamError
from app.core.messages import FileChanged, Indexed, Progress
from app.core.process import Cancel
from app.core.types import Collection, DocumentFile
from app.ui import words
from app.ui.context import Context
from app.ui.deferred import Deferred
from app.ui.page import Page


class DocumentsPage(Page):
    """Every call of the library goes through a task: it may wait for its child."""

    key = "documents"
    title = "Documents"
    icon = "library"
    order = 20

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.documents.collection_list import CollectionList
        from app.ui.documents.files_view import FilesView
        from app.ui.documents.reader import Reader
        from app.ui.empty_state import EmptyState
        from app.ui.three_pane import ThreePane

        self._library = context.loam.library
        self._collections: list[Collection] = []
        self._deleted: set[int] = set()
        self._current: int | None = None
        self._from_elsewhere = False
        self._deferred = Deferred(context.notices, self)
        self.list = CollectionList(context.theme)
        self.files = FilesView(context.theme)
        self.reader = Reader(context)
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panes)
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
        self._add(self._current, paths)
        return True

    def drop_hint(self, paths: Sequence[str]) -> str:
        name = next((c.name for c in self._collections if c.id == self._current), "")
        what = words.files(len(paths))
        if not name:
            return self.tr("Add {n} to Documents").replace("{n}", what)
        text = self.tr("Add {n} to “{name}”")
        return text.replace("{n}", what).replace("{name}", name)

    def refresh(self, choose: int | None = None) -> None:
        """Ask for the collections again, then for the files of the one chosen."""
        self.context.tasks.call(
            self._library.collections, lambda found: self._show_collections(found, choose)
        )

    def _connect(self) -> None:
        navigator = self.context.navigator
        navigator.open_document.connect(self._open_from_elsewhere)
        navigator.library_changed.connect(self.refresh)
        navigator.file_changed.connect(self._take_change)
        self.list.chosen.connect(self._choose)
        self.list.create_asked.connect(self._create)
        self.list.rename_asked.connect(self._rename)
        self.list.delete_asked.connect(self._delete)
        self.files.paths_chosen.connect(self.accept_paths)
        self.files.table.open_asked.connect(self._open_file)
        self.files.table.read_asked.connect(self._read_again)
        self.files.table.remove_asked.connect(self._remove)
        self.reader.closed.connect(self._close_reader)

    def _show_collections(self, found: Sequence[Collection], choose: int | None) -> None:
        self._collections = [each for each in found if each.id not in self._deleted]
        if choose is not None:
            self._current = choose
        ids = [each.id for each in self._collections]
        if self._current not in ids:
            self._current = ids[0] if ids else None
        self.list.blockSignals(True)
        self.list.show_collections(self._collections, self._current)
        self.list.blockSignals(False)
        if self._body.currentWidget() is not self.reader:
            self._show_files()
        self._ask_for_files()

    def _choose(self, collection_id: int) -> None:
        self._current = collection_id
        self._from_elsewhere = False
        self.files.filter.clear()
        self._show_files()
        self._ask_for_files()

    def _show_files(self) -> None:
        self._body.setCurrentWidget(self._empty if self._current is None else self.files)

    def _ask_for_files(self) -> None:
        wanted = self._current
        if wanted is None:
            self.files.show_files(())
            return
        self.context.tasks.call(
            lambda: self._library.files(wanted), lambda files: self._take_files(wanted, files)
        )

    def _take_files(self, collection_id: int, files: Sequence[DocumentFile]) -> None:
        if collection_id != self._current:
            return
        for each in self._collections:
            if each.id == collection_id:
                self.files.show_collection(each)
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

    def _add(self, collection_id: int | None, paths: Sequence[str]) -> None:
        name = self.tr("My documents")

        def work(cancel: Cancel) -> Iterator[object]:
            wanted = collection_id
            if wanted is None:
                made = self._library.create(name)
                yield made
                wanted = made.id
            yield from self._library.add(wanted, paths, cancel)

        title = self.tr("Reading {n}").replace("{n}", words.files(len(paths)))
        self.context.tasks.run(
            work, title=title, shown=True, on_event=self._take_event, on_done=self._changed
        )

    def _read_again(self, files: list[DocumentFile]) -> None:
        if not files:
            return
        collection_id = files[0].collection_id

        def work(cancel: Cancel) -> Iterator[object]:
            # An unchanged file would only be compared, hence out first and in again.
            self._library.remove(collection_id, [each.id for each in files])
            yield from self._library.add(collection_id, [each.path for each in files], cancel)

        title = self.tr("Reading {n} again").replace("{n}", words.files(len(files)))
        self.context.tasks.run(
            work, title=title, shown=True, on_event=self._take_event, on_done=self._changed
        )

    def _take_event(self, event: object) -> None:
        if isinstance(event, Collection):
            self._current = event.id
            self.refresh(event.id)
        elif isinstance(event, Progress) and event.done == 0 and not event.what:
            self._ask_for_files()  # those that wait their turn have rows too
        elif isinstance(event, FileChanged):
            self.context.navigator.file_changed.emit(event)
        elif isinstance(event, Indexed) and event.failed:
            text = self.tr("{n} could not be read. The list says why.")
            self.context.notices.toast(text.replace("{n}", words.files(event.failed)))

    def _take_change(self, event: FileChanged) -> None:
        if event.file.collection_id == self._current:
            self.files.model.update(event.file, event.part)

    def _remove(self, files: list[DocumentFile]) -> None:
        if not files:
            return
        collection_id, ids = files[0].collection_id, {each.id for each in files}
        self.files.model.hide(ids, True)

        def commit() -> None:
            self.context.tasks.call(
                lambda: self._library.remove(collection_id, sorted(ids)),
                lambda _files: self._changed(),
            )

        def undo() -> None:
            self.files.model.hide(ids, False)
            self._ask_for_files()

        self._ask_for_files()
        text = self.tr("Removed {n} from the collection.")
        self._deferred.delete(text.replace("{n}", words.files(len(ids))), commit, undo)

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
