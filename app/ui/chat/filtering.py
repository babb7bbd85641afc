"""The filter of a chat: its chip in the composer, and the dialog that sets it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.core.types import SearchFilter
from app.ui.chat.composer import Composer
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Chat, DocumentFile

_AFTER_FIRST_FRAME_MS = 400


class ChatFilter(QObject):
    """`changed`: a chat has another filter now."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._names: dict[int, str] = {}
        self._looked: set[tuple[int, ...]] = set()

    def words(self, chat: Chat | None) -> str:
        """What the chip says; empty for none."""
        if chat is None or not chat.settings.only or not chat.collections:
            return ""
        from app.ui.chat.filter_words import filter_words

        if len(chat.settings.only.files) == 1 and chat.settings.only.files[0] not in self._names:
            self._look_up(chat.collections)
        return filter_words(chat.settings.only, self._names)

    def serve(self, composer: Composer, chat: Callable[[], Chat | None]) -> None:
        """Answer what a composer asks for the chat in front."""
        composer.filter_wanted.connect(lambda: self.ask(composer, chat()))
        composer.filter_dropped.connect(lambda: self.clear(chat()))

    def ask(self, parent: QWidget, chat: Chat | None) -> None:
        """Let the person choose; the files are listed by the library's process first."""
        if chat is None or not chat.collections:
            return
        library, collections = self._context.loam.library, chat.collections
        self._context.tasks.call(
            lambda: [file for one in collections for file in library.files(one)],
            lambda files: self._open(parent, chat.id, files),
        )

    def clear(self, chat: Chat | None) -> None:
        """Let all documents count again."""
        if chat is not None:
            self._keep(chat.id, SearchFilter())

    def _look_up(self, collections: tuple[int, ...]) -> None:
        """Learn the names of files, once, and not while the window is still being drawn."""
        if collections in self._looked:
            return
        self._looked.add(collections)
        library = self._context.loam.library

        def take(files: list[DocumentFile]) -> None:
            self._names.update({file.id: file.name for file in files})
            self.changed.emit()

        def ask() -> None:
            self._context.tasks.call(
                lambda: [file for one in collections for file in library.files(one)], take
            )

        QTimer.singleShot(_AFTER_FIRST_FRAME_MS, self, ask)

    def _open(self, parent: QWidget, chat_id: int, files: list[DocumentFile]) -> None:
        from app.ui.chat.filter_dialog import FilterDialog

        self._names.update({file.id: file.name for file in files})
        current = self._context.loam.chats.get(chat_id).settings.only
        dialog = FilterDialog(parent.window(), files, current)
        dialog.chosen.connect(lambda only: self._keep(chat_id, only))
        dialog.open()

    def _keep(self, chat_id: int, only: SearchFilter) -> None:
        chats = self._context.loam.chats
        settings = dataclasses.replace(chats.get(chat_id).settings, only=only)
        chats.set_settings(chat_id, settings)
        self.changed.emit()
