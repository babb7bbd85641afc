"""What the Documents page does with watched folders: begin, stop with undo, show their state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal

from app.core.process import Cancel
from app.core.types import Collection, WatchedFolder
from app.ui.context import Context
from app.ui.documents.files_view import FilesView
from app.ui.latest import Latest


class FolderWork(QObject):
    """Shows the folders of one collection in `view`; the window's follower does the reading."""

    created = Signal(object)
    """The Collection that was made because there was none."""

    def __init__(self, context: Context, view: FilesView, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._library = context.loam.library
        self._view = view
        self._lists = Latest(context.tasks)
        self._current: int | None = None
        self._shown: tuple[WatchedFolder, ...] = ()
        view.watched.stop_asked.connect(self.stop)
        view.watched.go_on_asked.connect(context.folders.follow)
        context.folders.paused_changed.connect(self._draw)

    def show(self, collection_id: int | None) -> None:
        """Ask for the folders of a collection and show them."""
        if collection_id != self._current:
            self._current, self._shown = collection_id, ()
            self._draw()
        if collection_id is not None:
            self._lists.call(
                lambda: self._library.watches(collection_id),
                lambda found: self._take(collection_id, found),
            )

    def watch(self, collection_id: int | None, path: str) -> None:
        """Follow a folder from now on; in a new collection when there is none."""
        name = self.tr("My documents")

        def work(cancel: Cancel) -> Iterator[object]:
            wanted = collection_id
            if wanted is None:
                made = self._library.create(name)
                yield made
                wanted = made.id
            yield self._library.watch(wanted, path)

        self._context.tasks.run(work, on_event=self._begun)

    def stop(self, folder: WatchedFolder) -> None:
        """Follow a folder no longer; its files stay."""

        def undo() -> None:
            self.watch(folder.collection_id, folder.path)

        def stopped() -> None:
            text = self.tr("“{path}” is watched no longer. Its files stay in the collection.")
            self._context.notices.toast(text.replace("{path}", folder.path), undo)
            self.show(self._current)

        self._context.tasks.call(lambda: self._library.unwatch(folder.id), lambda _none: stopped())

    def _begun(self, event: object) -> None:
        if isinstance(event, Collection):
            self.created.emit(event)
        elif isinstance(event, WatchedFolder):
            self._context.folders.follow()
            self.show(self._current)

    def _take(self, collection_id: int, found: Sequence[WatchedFolder]) -> None:
        if collection_id == self._current:
            self._shown = tuple(found)
            self._draw()

    def _draw(self) -> None:
        self._view.show_watched(self._shown, self._context.folders.paused)
