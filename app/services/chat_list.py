"""The list of chats: what a person does with a chat as a whole. All of it is quick SQLite calls."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence

from app.core.errors import BadInput
from app.core.types import Chat, ChatKind, ChatSettings, Over, Sampling
from app.services.preferences import SettingsService
from app.services.store.chats import ChatStore

NEW_TITLE = "New chat"


class ChatList:
    """The chats of one profile. Errors of all methods: StoreError."""

    def __init__(self, store: ChatStore, settings: SettingsService) -> None:
        self._store = store
        self._settings = settings

    def chats(self, query: str = "") -> list[Chat]:
        """Pinned first, then last used; `query` is looked for in titles and text."""
        return self._store.chats(query)

    def get(self, chat_id: int) -> Chat:
        """Errors: NotFound."""
        return self._store.chat(chat_id)

    def create(self, kind: ChatKind = ChatKind.CHAT, collections: Sequence[int] = ()) -> Chat:
        """A new, empty chat with the settings of the day."""
        current = self._settings.current
        sampling = Sampling(temperature=current.temperature, max_tokens=current.max_tokens)
        settings = ChatSettings(
            system_prompt=current.system_prompt,
            sampling=sampling,
            only_documents=current.only_documents,
        )
        return self._store.create(NEW_TITLE, kind, settings, tuple(collections))

    def rename(self, chat_id: int, title: str) -> None:
        """Errors: BadInput when the title is empty, NotFound."""
        title = " ".join(title.split())
        if not title:
            raise BadInput(problem="A chat needs a title.")
        self._store.update(chat_id, title=title[:200])

    def pin(self, chat_id: int, pinned: bool) -> None:
        """Keep a chat at the top of the list, or no longer."""
        self._store.update(chat_id, pinned=int(pinned))

    def delete(self, chat_id: int) -> None:
        """Take a chat out of the list; `restore` brings it back for 30 days."""
        self._store.update(chat_id, deleted=time.time())

    def restore(self, chat_id: int) -> None:
        """Undo `delete`."""
        self._store.update(chat_id, deleted=None)

    def set_settings(self, chat_id: int, settings: ChatSettings) -> None:
        """Replace what this chat keeps for itself. Errors: BadInput for a form of answers that
        can't be held."""
        if settings.form:
            from app.core.answer_form import rules_of

            rules_of(settings.form)
        self._store.set_settings(chat_id, settings)

    def set_collections(self, chat_id: int, collections: Sequence[int]) -> None:
        """Which collections this chat answers from."""
        self._store.set_collections(chat_id, tuple(dict.fromkeys(collections)))

    def set_over(self, chat_id: int, over: Over) -> None:
        """What of the documents this chat's answers are drawn from."""
        settings = dataclasses.replace(self.get(chat_id).settings, over=over)
        self._store.set_settings(chat_id, settings)

    def set_kind(self, chat_id: int, kind: ChatKind) -> None:
        """Make an empty chat another kind. Errors: BadInput when something was said in it."""
        if self.get(chat_id).leaf is not None:
            raise BadInput(problem="Only an empty chat can become another kind.")
        self._store.update(chat_id, kind=kind.value)

    def set_model(self, chat_id: int, path: str) -> None:
        """Which GGUF file this chat uses; empty: the default one."""
        self._store.update(chat_id, model=path)
