"""What the Documents page lists, asked for so that nothing older takes the place of the newest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.ui.latest import Latest
from app.ui.tasks import Tasks

if TYPE_CHECKING:
    from app.core.types import Collection, DocumentFile
    from app.services.library import LibraryService

_SOON_MS = 1000


class CollectionListing(QObject):
    """Asks for the collections."""

    def __init__(self, tasks: Tasks, library: LibraryService, parent: QObject) -> None:
        super().__init__(parent)
        self._lists = Latest(tasks)
        self._library = library
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SOON_MS)
        self._timer.timeout.connect(self._look)
        self._on_soon: Callable[[Sequence[Collection]], None] = lambda _found: None

    def ask(self, on_found: Callable[[Sequence[Collection]], None]) -> None:
        """Give all collections, unless they are asked for again meanwhile."""
        self._lists.call(self._library.collections, on_found)

    def ask_soon(self, on_found: Callable[[Sequence[Collection]], None]) -> None:
        """While many files are read: now and then only, and never in the place of an `ask`."""
        self._on_soon = on_found
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        if self._lists.waiting:
            self._timer.start()
        else:
            self.ask(self._on_soon)


class FileListing:
    """Asks for the files of a collection. A change that was heard while a list was on its way may
    be newer than it: a file that has come is not taken out again, and with it what was selected.
    What has gone since, or changed once more, is told in an event or a list that follows."""

    def __init__(self, tasks: Tasks, library: LibraryService) -> None:
        self._lists = Latest(tasks)
        self._library = library
        self._changed: dict[int, DocumentFile] = {}

    def ask(
        self, collection_id: int, on_files: Callable[[int, Sequence[DocumentFile]], None]
    ) -> None:
        """Give the collection and all its files, unless files are asked for again meanwhile."""
        self._changed = {}

        def take(found: Sequence[DocumentFile]) -> None:
            files = {each.id: each for each in found} | self._changed
            on_files(
                collection_id,
                [each for each in files.values() if each.collection_id == collection_id],
            )

        self._lists.call(lambda: self._library.files(collection_id), take)

    def note(self, file: DocumentFile) -> None:
        """A file is new or has changed."""
        if self._lists.waiting:
            self._changed[file.id] = file
