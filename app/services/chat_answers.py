"""Answers in a chat: what each is made with, and that it is kept while it is written.

The generators yield MessageStarted, Progress, SourcesFound (with collections), Loaded, Token...,
AnswerDone. What came so far is stored at least every half second; an error is raised after the
text so far was kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import messages
from app.core.errors import LoamError
from app.core.process import Cancel, WorkerProcess
from app.core.sentences import without_markers
from app.core.settings import WhenFull
from app.core.types import Chat, Message, Over, Picture, Role, Status
from app.services.chat_question import question_of
from app.services.keeper import Keeper
from app.services.models import ModelService
from app.services.preferences import SettingsService
from app.services.store.chats import ChatStore

if TYPE_CHECKING:
    from app.services.everything.service import Everything
    from app.services.question import Question


class ChatAnswers:
    """Of one profile's chats. picture_path: where a picture of a message is. Errors of all
    generators: of the engine and the library, StoreError."""

    def __init__(
        self,
        store: ChatStore,
        engine: WorkerProcess,
        answering: Everything,
        models: ModelService,
        settings: SettingsService,
        picture_path: Callable[[Picture], Path],
    ) -> None:
        self._store = store
        self._engine = engine
        self._answering = answering
        self._models = models
        self._settings = settings
        self._picture_path = picture_path

    def question(self, chat: Chat, asked: Message) -> Question:
        """What a message asks, with all that its answer depends on. Errors: as question_of."""
        earlier = self._store.path(asked.parent_id, limit=200)
        spec = self._models.spec_for(chat)
        sees = self._models.sees(spec) if asked.pictures or _has_pictures(earlier) else False
        path = self._picture_path if sees else None
        return question_of(chat, asked, earlier, spec, self._settings.current, path)

    def offer(
        self, chat: Chat, text: str, parent: int | None, cancel: Cancel, over: Over | None = None
    ) -> messages.Offered | None:
        """When going through everything for `text`, said after message `parent`, would take long.
        over: what of the documents is read, whatever the chat's settings say."""
        if not chat.collections or not text.strip():
            return None
        asked = Message(0, chat.id, parent, Role.USER, text, Status.COMPLETE, 0.0)
        question = self.question(chat, asked)
        return self._answering.offer(
            dataclasses.replace(question, over=over or question.over), cancel
        )

    def answer(
        self,
        chat: Chat,
        asked: Message,
        cancel: Cancel,
        question: Question | None = None,
        over: Over | None = None,
    ) -> Iterator[object]:
        """A new answer below the message `asked`; question: in place of what that asks."""
        question = question or self.question(chat, asked)
        question = dataclasses.replace(question, over=over or question.over)
        answer = self._store.add(
            chat.id, asked.id, Role.ASSISTANT, "", Status.STREAMING, question.spec.path
        )
        yield messages.MessageStarted(answer.id, chat.id)
        yield from self._record(answer.id, "", self._answered(chat.id, question, cancel))

    def go_on(
        self, chat: Chat, asked: Message, answer: Message, cancel: Cancel
    ) -> Iterator[object]:
        """The rest of an answer to `asked` that was stopped or cut."""
        question = self.question(chat, asked)
        if answer.over is Over.EVERYTHING:
            # Everything is gone through again; what was read of it is remembered.
            question = dataclasses.replace(question, over=Over.EVERYTHING)
            self._store.finish(answer.id, "", Status.STREAMING, over=Over.EVERYTHING.value)
            yield messages.MessageStarted(answer.id, chat.id)
            yield from self._record(answer.id, "", self._answering.answer(question, cancel))
            return
        question = dataclasses.replace(
            question, prefill=without_markers(answer.content), given=answer.sources
        )
        self._store.reopen(answer.id)
        yield messages.MessageStarted(answer.id, chat.id)
        yield from self._record(
            answer.id, answer.content, self._answered(chat.id, question, cancel)
        )

    def write_on(self, chat: Chat, page: Message, text: str, cancel: Cancel) -> Iterator[object]:
        """What the model writes after `text`, the whole of a completion page."""
        self._store.finish(page.id, text, Status.COMPLETE)
        self._store.reopen(page.id)
        yield messages.MessageStarted(page.id, chat.id)
        yield from self._record(page.id, text, self._continuation(chat, text, cancel))

    def _continuation(self, chat: Chat, text: str, cancel: Cancel) -> Iterator[object]:
        request = messages.Generate(
            self._models.spec_for(chat), chat.settings.sampling, prompt=text, documents=False
        )
        said = [text]
        for event in self._engine.stream(request, cancel):
            if isinstance(event, messages.Token):
                said.append(event.text)
            if isinstance(event, messages.Generated):
                yield messages.AnswerDone("".join(said), False, (), event.status, event.stats)
            else:
                yield event

    def _answered(self, chat_id: int, question: Question, cancel: Cancel) -> Iterator[object]:
        """An answer, after the oldest messages were summed up where that is needed and wanted."""
        if question.when_full is WhenFull.SUM_UP and question.before:
            from app.services.condensing import Condenser

            condenser = Condenser(self._engine, self._store.database)
            question = yield from condenser.condensed(chat_id, question, cancel)
        yield from self._answering.answer(question, cancel)

    def _record(self, message_id: int, stored: str, events: Iterator[object]) -> Iterator[object]:
        """Pass events on while what they say is kept. `stored` is in the message already."""
        keeper = Keeper(self._store, message_id, stored)
        try:
            for event in events:
                self._models.note(event)
                if isinstance(event, messages.Token):
                    keeper.add(event.text)
                if isinstance(event, messages.DrawnFrom):
                    self._store.drawn_from(message_id, event.over)
                if isinstance(event, messages.Explained):
                    keeper.explain(event.autopsy)
                if isinstance(event, messages.AnswerDone):
                    keeper.finish(event)
                    yield dataclasses.replace(event, message_id=message_id)
                else:
                    yield event
        except LoamError as error:
            keeper.end(Status.FAILED, error.what_text)
            raise
        finally:
            keeper.end(Status.STOPPED, "")


def _has_pictures(messages: Sequence[Message]) -> bool:
    return any(message.pictures for message in messages)
