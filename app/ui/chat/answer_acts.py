"""What is done with a message that is there: answered anew, gone on with, rated, rewritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError
from app.core.types import Over
from app.ui.chat.conversation import Conversation
from app.ui.context import Context

if TYPE_CHECKING:
    from app.core.types import Source

Start = Callable[..., None]


class AnswerActs(QObject):
    """Of the messages in `talk`. start: begins work in the chat in front. `sources_shown`: as the
    chat's view tells it; `written`: the id of an answer that the person put in place of another."""

    sources_shown = Signal(object, int, bool)
    written = Signal(int)

    def __init__(self, context: Context, talk: Conversation, start: Start) -> None:
        super().__init__()
        self._chats = context.loam.chats
        self._notices = context.notices
        self._talk = talk
        self._start = start
        chats = self._chats
        talk.regenerate.connect(lambda which: start(lambda cancel: chats.regenerate(which, cancel)))
        talk.resume.connect(self._resume)
        talk.anyway.connect(
            lambda which, near: start(lambda cancel: chats.answer_anyway(which, near, cancel))
        )
        talk.edited.connect(
            lambda which, text: start(lambda cancel: chats.edit(which, text, cancel))
        )
        talk.rated.connect(self._rate)
        talk.rewritten.connect(self._rewrite)
        talk.cited.connect(lambda which, number: self._show(which, number, True))
        talk.chosen.connect(self._show_chosen)

    def _resume(self, message_id: int) -> None:
        view = self._talk.view(message_id)
        if view is not None:
            text, sources = view.message.content, view.message.sources
            if view.message.over is Over.EVERYTHING:
                text = ""  # it is written anew, from what was read and the rest
            self._start(lambda cancel: self._chats.resume(message_id, cancel), text, sources)

    def _rate(self, message_id: int, rating: int) -> None:
        try:
            self._chats.rate(message_id, rating)
        except LoamError as error:
            self._notices.show(error)
            return
        self._talk.replace(self._chats.message(message_id))

    def _rewrite(self, message_id: int, text: str) -> None:
        try:
            written = self._chats.edit_answer(message_id, text)
        except LoamError as error:
            self._notices.show(error)
            return
        self.written.emit(written.id)

    def _show_chosen(self, message_id: int) -> None:
        if self._sources_of(message_id):
            self._show(message_id, 0, False)

    def _show(self, message_id: int, number: int, asked: bool) -> None:
        self.sources_shown.emit(self._sources_of(message_id), number, asked)

    def _sources_of(self, message_id: int) -> tuple[Source, ...]:
        view = self._talk.view(message_id)
        return view.message.sources if view is not None else ()
