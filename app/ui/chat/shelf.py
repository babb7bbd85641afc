"""The list of chats over the store: what it shows, and the wishes that need the store alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

from app.core.errors import NotFound
from app.ui.chat.chat_list import ChatList
from app.ui.context import Context


class Shelf(QObject):
    """`changed`: a chat has another name, or is pinned or not."""

    changed = Signal()

    def __init__(self, context: Context, view: ChatList) -> None:
        super().__init__()
        self._context = context
        self._chats = context.loam.chats
        self._view = view
        self._query = ""
        self._current: int | None = None
        # Not inside the list's editor, which this would take away.
        view.renamed.connect(self._changing(self._chats.rename), Qt.ConnectionType.QueuedConnection)
        view.pinned.connect(self._changing(self._chats.pin))
        view.exported.connect(self._export)
        view.searched.connect(self._search)
        context.keys.govern(view.shortcuts)
        context.keys.watch("new_chat", lambda: view.show_keys(context.keys.words("new_chat")))

    def show(self, current: int | None) -> None:
        """Bring the list up to date; `current` is the chat in front."""
        self._current = current
        self._view.show_chats(self._chats.chats(self._query), current, self._query)

    def knows(self, chat_id: int) -> bool:
        """Whether there is such a chat, or one that can be brought back."""
        try:
            return bool(self._chats.get(chat_id))
        except NotFound:
            return False

    def _search(self, query: str) -> None:
        self._query = query
        self.show(self._current)

    def _changing(self, change: Callable[..., object]) -> Callable[..., None]:
        def apply(*values: object) -> None:
            change(*values)
            self.changed.emit()

        return apply

    def _export(self, chat_id: int, kind: str) -> None:
        from app.ui.chat.export import ask_and_save

        ask_and_save(self._view, self._context, self._chats.get(chat_id), kind)
