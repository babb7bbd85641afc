"""An empty chat becomes a completion page when its model was not taught to converse, and a chat
again when it gets one that was.

What kind a model is shows when it is loaded, which the model picker does ahead of the first
message; until then nothing is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core import messages
from app.core.errors import LoamError
from app.core.types import ChatKind
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Chat


class PageKind(QObject):
    """`changed`: the chat in front is stored as another kind now."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._chat: Chat | None = None
        self._pages: set[int] = set()
        context.navigator.model_event.connect(self._take)

    def show_chat(self, chat: Chat | None) -> None:
        """The chat in front, or the same one with another model."""
        self._chat = chat
        self._fit()

    def takes(self, chat: Chat, kind: ChatKind, collections: tuple[int, ...]) -> bool:
        """Whether an empty chat is what a new one of this kind, with these collections, would be.
        With documents it stays a chat, whatever its model is."""
        own_page = kind is ChatKind.CHAT and chat.id in self._pages
        return chat.kind is kind or (own_page and not collections)

    def _take(self, event: object) -> None:
        if isinstance(event, messages.Loaded):
            self._fit()

    def _fit(self) -> None:
        chats, models = self._context.loam.chats, self._context.loam.models
        loaded = models.loaded()
        if self._chat is None or loaded is None:
            return
        try:
            # As it is now: something may have been said since it came to the front.
            chat = chats.get(self._chat.id)
            if chat.leaf is not None or chat.collections:
                return
            if models.spec_for(chat).path != loaded.info.path:
                return
            if chat.kind is ChatKind.CHAT and not loaded.info.has_chat_template:
                self._pages.add(chat.id)
                chats.set_kind(chat.id, ChatKind.COMPLETION)
            elif chat.id in self._pages and loaded.info.has_chat_template:
                self._pages.remove(chat.id)
                chats.set_kind(chat.id, ChatKind.CHAT)
            else:
                return
        except LoamError as error:
            self._context.notices.show(error)
            return
        self.changed.emit()
