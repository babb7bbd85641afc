"""Adding files to the documents that a chat answers from; indexing runs on while one chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core import messages, types
from app.core.process import Cancel
from app.ui import words
from app.ui.context import Context
from app.ui.latest import Latest

if TYPE_CHECKING:
    from app.core.types import Chat, Collection
    from app.services.library import LibraryService


class Attacher(QObject):
    """Knows the collections there are and which of them a chat answers from. `known`: the list
    is there; `attached`: a chat answers from others now."""

    known = Signal()
    attached = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._chats = context.loam.chats
        self._lists = Latest(context.tasks)
        self.collections: list[Collection] = []
        context.navigator.library_changed.connect(self.refresh)

    @property
    def _library(self) -> LibraryService:
        return self._context.loam.library

    def refresh(self) -> None:
        """Ask for the collections; `known` follows."""
        self._lists.call(lambda: self._library.collections(), self._take)

    def attach(self, chat_id: int, collection_id: int, wanted: bool = True) -> None:
        """Let a chat answer from a collection, or no longer."""
        before = self._chats.get(chat_id).collections
        after = tuple(each for each in before if each != collection_id)
        self._chats.set_collections(chat_id, (*after, collection_id) if wanted else after)
        self.attached.emit()

    def drop_hint(self, chat: Chat | None, paths: Sequence[str]) -> str:
        """What would happen to files that are dropped."""
        names = {each.id: each.name for each in self.collections}
        name = self.tr("My documents")
        if chat is not None and chat.collections:
            name = names.get(chat.collections[0], "")
        text = self.tr("Add {n} to “{name}” and ask about it")
        return text.replace("{n}", words.paths(paths)).replace("{name}", name)

    def choose(self, parent: QWidget, then: Callable[[list[str]], object]) -> None:
        """Ask for files."""
        dialog = QFileDialog(parent, self.tr("Add documents"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(then)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add(self, chat: Chat, paths: Sequence[str]) -> None:
        """Add files and folders to the first collection of a chat; one without any gets 'My
        documents', which is made when it is not there."""
        chosen = tuple(paths)
        one = Path(chosen[0]).name if len(chosen) == 1 else ""
        what = one or words.paths(chosen)
        self._fill(chat, lambda to, stop: self._library.add(to, chosen, stop), what)

    def add_note(self, chat: Chat, text: str) -> None:
        """Keep a text as a document, named by its first line, where files would go."""
        from app.services.notes import suggested_title

        notes = self._context.loam.notes
        title = suggested_title(text) or self.tr("Pasted text")
        self._fill(chat, lambda to, stop: notes.add_text(to, title, text, stop), f"“{title}”")

    def _fill(self, chat: Chat, add: Callable[[int, Cancel], Iterator[object]], what: str) -> None:
        name = self.tr("My documents")
        into = chat.collections[0] if chat.collections else None
        bad: list[str] = []

        def work(cancel: Cancel) -> Iterator[object]:
            which = into
            if which is None:
                known = {each.name: each for each in self._library.collections()}
                collection = known.get(name) or self._library.create(name)
                which = collection.id
                yield collection
            yield from add(which, cancel)

        def take(event: object) -> None:
            if isinstance(event, types.Collection):
                others = [each for each in self.collections if each.id != event.id]
                self.collections = [*others, event]
                self.attach(chat.id, event.id)
            elif isinstance(event, messages.FileChanged):
                self._context.navigator.file_changed.emit(event)
                if event.file.state in _bad():
                    bad.append(f"{event.file.name} ({words.state(event.file.state)})")
            elif isinstance(event, messages.Indexed) and bad:
                self._tell(bad)
            elif isinstance(event, messages.Indexed) and event.nothing:
                self._context.notices.toast(self.tr("Nothing that Loam can read was found there."))

        title = self.tr("Reading {n}").replace("{n}", what)
        task = self._context.tasks.run(
            work,
            title=title,
            shown=True,
            on_event=take,
            on_done=self._context.navigator.library_changed.emit,
        )
        task.reads = True

    def _tell(self, bad: list[str]) -> None:
        names = ", ".join(dict.fromkeys(bad[:3]))
        more = f" +{len(bad) - 3}" if len(bad) > 3 else ""
        text = self.tr("Could not be read: {names}").replace("{names}", names + more)
        self._context.notices.toast(text)

    def _take(self, collections: list[Collection]) -> None:
        self.collections = collections
        self.known.emit()


def _bad() -> tuple[types.FileState, ...]:
    state = types.FileState
    return state.EMPTY, state.SCANNED, state.PASSWORD, state.FAILED
