"""The documents of the chat in front: what it answers from, and where files go that come to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.ui.chat.attach import Attacher
from app.ui.chat.chat_view import ChatView
from app.ui.chat.filtering import ChatFilter
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Chat


class ChatDocuments(QObject):
    """Serves the composer of `view`. chat: the one in front; to_ask: that one, or a new one where
    it can't have documents. `changed`: it may answer from others now, or they have other names."""

    changed = Signal()

    def __init__(
        self,
        context: Context,
        view: ChatView,
        chat: Callable[[], Chat | None],
        to_ask: Callable[[], Chat],
    ) -> None:
        super().__init__()
        self.attacher = Attacher(context)
        self.filter = ChatFilter(context)
        self._view = view
        self._chat = chat
        self._to_ask = to_ask
        self.attacher.known.connect(self.show)
        self.attacher.attached.connect(self._attached)
        self.filter.changed.connect(self._attached)
        self.filter.serve(view.composer, chat)
        view.add_files.connect(lambda: self.choose(view))
        view.text_wanted.connect(self.attacher.add)
        view.note_wanted.connect(lambda text: self.attacher.add_note(self._to_ask(), text))
        view.composer.field.files_pasted.connect(self.take)
        view.composer.attached.connect(self.attach)
        view.composer.detached.connect(lambda which: self.attach(which, False))

    def choose(self, parent: QWidget) -> None:
        """Ask for files to answer from."""
        self.attacher.choose(parent, self.take)

    def take(self, paths: Sequence[str]) -> None:
        """Files for the chat: pictures go with the next message, the rest among its documents."""
        chat = self._to_ask()
        others = self._view.pictures.take(paths)
        if others:
            self.attacher.add(chat, others)

    def hint(self, paths: Sequence[str]) -> str:
        """What would become of files that are dropped."""
        return self.attacher.drop_hint(self._chat(), paths)

    def show(self) -> None:
        """Say in the composer what the chat in front answers from."""
        chat = self._chat()
        chosen = chat.collections if chat is not None else ()
        self._view.composer.show_collections(
            self.attacher.collections, chosen, self.filter.words(chat)
        )

    def attach(self, collection_id: int, attached: bool = True) -> None:
        """Let the chat in front answer from a collection, or no longer."""
        chat = self._chat()
        if chat is not None:
            self.attacher.attach(chat.id, collection_id, attached)

    def _attached(self) -> None:
        self.changed.emit()
        self.show()
