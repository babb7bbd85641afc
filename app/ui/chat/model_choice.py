"""What the chat in front answers with: its model, and the adapters on it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.ui.chat.page_kind import PageKind
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import AdapterUse, Chat


class ModelChoice(QObject):
    """Keeps what the menu of models chooses. `changed`: the chat in front is stored differently."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._chats = context.loam.chats
        self._chat_id: int | None = None
        self.kind = PageKind(context)
        context.navigator.model_chosen.connect(self.choose_model)
        context.navigator.adapters_chosen.connect(self.choose_adapters)

    def show_chat(self, chat: Chat | None) -> None:
        """The chat in front."""
        self._chat_id = chat.id if chat is not None else None
        self.kind.show_chat(chat)

    def choose_model(self, path: str) -> None:
        """Another model for the chat in front; adapters of the one before go, with Undo."""
        if self._chat_id is None:
            return
        before = self._chats.get(self._chat_id)
        if before.settings.adapters and path != self._context.loam.models.spec_for(before).path:
            # With another model every answer would be refused.
            self._put_on(before, ())

            def undo() -> None:
                self._chats.set_model(before.id, before.model)
                self._put_on(before, before.settings.adapters)
                self.changed.emit()

            text = self.tr("Adapters are off: they belong to the model before.")
            self._context.notices.toast(text, undo)
        self._chats.set_model(before.id, path)
        self.changed.emit()

    def choose_adapters(self, adapters: tuple[AdapterUse, ...]) -> None:
        """The adapters of the chat in front."""
        if self._chat_id is None:
            return
        chat = self._chats.get(self._chat_id)
        if adapters and not chat.model:
            # Else another default model would pull the ground away from under them.
            self._chats.set_model(chat.id, self._context.loam.models.spec_for(chat).path)
        self._put_on(chat, adapters)
        self.changed.emit()

    def begin(self, chat: Chat, model: str, use: AdapterUse) -> None:
        """A chat that was just made answers with a model and an adapter."""
        self._chats.set_model(chat.id, model)
        self._put_on(chat, (use,))

    def _put_on(self, chat: Chat, adapters: tuple[AdapterUse, ...]) -> None:
        settings = dataclasses.replace(self._chats.get(chat.id).settings, adapters=adapters)
        self._chats.set_settings(chat.id, settings)
