"""Adding files to the documents that a chat answers from; indexing runs on while one chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject

from app.core.messages import FileChanged, Indexed
from app.core.process import Cancel
from app.core.types import Collection, FileState
from app.ui import words
from app.ui.context import Context

_BAD = (FileState.EMPTY, FileState.PASSWORD, FileState.FAILED)


class Attacher(QObject):
    """Knows the collections there are and brings files into one of them."""

    def __init__(self, context: Context, on_collections: Callable[[], None]) -> None:
        super().__init__()
        self._context = context
        self._library = context.loam.library
        self._on_collections = on_collections
        self.collections: list[Collection] = []
        context.navigator.library_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Ask for the collections; `on_collections` is called when they are known."""
        self._context.tasks.call(self._library.collections, self._take)

    def add(
        self, paths: Sequence[str], into: int | None, attach: Callable[[Collection], None]
    ) -> None:
        """Add files and folders to a collection, or to 'My documents', which `attach` gets as
        soon as it is there."""
        name = self.tr("My documents")
        chosen = tuple(paths)
        bad: list[str] = []

        def work(cancel: Cancel) -> Iterator[object]:
            which = into
            if which is None:
                known = {each.name: each for each in self._library.collections()}
                collection = known.get(name) or self._library.create(name)
                which = collection.id
                yield collection
            yield from self._library.add(which, chosen, cancel)

        def take(event: object) -> None:
            if isinstance(event, Collection):
                self.collections = [
                    *(each for each in self.collections if each.id != event.id),
                    event,
                ]
                attach(event)
            elif isinstance(event, FileChanged) and event.file.state in _BAD:
                bad.append(f"{event.file.name} ({words.state(event.file.state)})")
            elif isinstance(event, Indexed) and bad:
                self._tell(bad)

        title = self.tr("Reading {n}").replace("{n}", words.files(len(chosen)))
        if len(chosen) == 1:
            title = self.tr("Reading {n}").replace("{n}", chosen[0].rstrip("/\\").split("/")[-1])
        self._context.tasks.run(
            work,
            title=title,
            shown=True,
            on_event=take,
            on_done=self._context.navigator.library_changed.emit,
        )

    def _tell(self, bad: list[str]) -> None:
        names = ", ".join(dict.fromkeys(bad[:3]))
        more = f" +{len(bad) - 3}" if len(bad) > 3 else ""
        text = self.tr("Could not be read: {names}").replace("{names}", names + more)
        self._context.notices.toast(text)

    def _take(self, collections: list[Collection]) -> None:
        self.collections = collections
        self._on_collections()
