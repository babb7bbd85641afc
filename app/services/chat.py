"""Chats: what a person does with a conversation.

Plain methods are quick SQLite calls. Those that answer are generators that yield a MessageStarted
for what the person said, where that is new, and then what services/chat_answers.py yields.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core import messages
from app.core.errors import BadInput
from app.core.lazy import on_first_use
from app.core.process import Cancel, WorkerProcess
from app.core.types import Message, Over, Role, Status
from app.services.chat_list import NEW_TITLE, ChatList
from app.services.models import ModelService
from app.services.preferences import SettingsService
from app.services.store.chats import ChatStore

if TYPE_CHECKING:
    from app.core.types import Picture
    from app.services.chat_answers import ChatAnswers
    from app.services.everything.service import Everything
    from app.services.export import Kind
    from app.services.gallery import Gallery
    from app.services.store.ratings import RatingStore

_TITLE_LENGTH = 48
_EXPORT_AT_ONCE = 1_000_000


class ChatService(ChatList):
    """The chats of one profile, their messages and answers."""

    def __init__(
        self,
        store: ChatStore,
        engine: WorkerProcess,
        answering: Callable[[], Everything],
        models: ModelService,
        settings: SettingsService,
        gallery: Callable[[], Gallery],
    ) -> None:
        super().__init__(store, settings)
        self._make_gallery = gallery
        self._engine = engine
        self._make_answering = answering
        self._models = models

    @on_first_use
    def _answers(self) -> ChatAnswers:
        # What an answer is made with is loaded with the first one, not before the window is there.
        from app.services.chat_answers import ChatAnswers

        return ChatAnswers(
            self._store,
            self._engine,
            self._make_answering(),
            self._models,
            self._settings,
            self.picture_path,
        )

    @on_first_use
    def _ratings(self) -> RatingStore:
        from app.services.store.ratings import RatingStore

        return RatingStore(self._store.database)

    # --- messages --------------------------------------------------------------------------------

    def thread(self, chat_id: int, before: int | None = None, limit: int = 40) -> list[Message]:
        """The shown branch, oldest first: at most `limit` messages before message `before`
        (None: the newest ones)."""
        leaf = self.get(chat_id).leaf if before is None else self.message(before).parent_id
        return self._store.path(leaf, limit)

    def count(self, chat_id: int) -> int:
        """Messages in the shown branch."""
        leaf = self.get(chat_id).leaf
        return 0 if leaf is None else self._store.depth(leaf) + 1

    def message(self, message_id: int) -> Message:
        """Errors: NotFound."""
        return self._store.message(message_id)

    def switch_branch(self, message_id: int, branch: int) -> None:
        """Show sibling number `branch` (from 1) of a message. Errors: NotFound."""
        self._store.show_branch(message_id, branch)

    def rate(self, message_id: int, rating: int) -> None:
        """Thumbs up (1), down (-1) or neither (0) for an answer. Errors: BadInput, NotFound."""
        if self.message(message_id).role is not Role.ASSISTANT:
            raise BadInput(problem="Only an answer can be rated.")
        if rating not in (-1, 0, 1):
            raise BadInput(problem=f"A rating is -1, 0 or 1, not {rating}.")
        self._ratings.rate(message_id, rating)

    def edit_answer(self, message_id: int, text: str) -> Message:
        """The person's own version of an answer, shown in its place; the old one stays beside it
        as a branch. Gives the new message. Errors: BadInput, NotFound."""
        if not text.strip():
            raise BadInput(problem="An answer can't be empty.")
        message = self.message(message_id)
        if message.role is not Role.ASSISTANT or message.parent_id is None:
            raise BadInput(problem="Only an answer can be rewritten.")
        if message.status is Status.STREAMING:
            raise BadInput(problem="This answer is still being written.")
        return message if text == message.content else self._ratings.rewrite(message, text)

    def liked(self) -> list[Message]:
        """Answers that the person rated up or wrote themselves: good examples to learn from."""
        return self._ratings.liked()

    def export(self, chat_id: int, kind: Kind) -> str:
        """The shown branch as Markdown or JSON."""
        from app.services.export import export

        messages = self.thread(chat_id, limit=_EXPORT_AT_ONCE)
        return export(self.get(chat_id), messages, kind, self.picture_path)

    # --- pictures --------------------------------------------------------------------------------

    @on_first_use
    def gallery(self) -> Gallery:
        """Pictures in chats; those that no message has go when it is first asked for."""
        gallery = self._make_gallery()
        gallery.forget_all_but(self._store.pictures())
        return gallery

    def picture_path(self, picture: Picture) -> Path:
        """Where a picture of a message is."""
        return self.gallery.path(picture)

    def sees(self, chat_id: int) -> bool:
        """Whether this chat's model can be shown pictures. Errors: NotFound, NoModel."""
        return self._models.sees(self._models.spec_for(self.get(chat_id)))

    def check_sees(self, chat_id: int) -> None:
        """Errors: CannotSee where `sees` is not so, NotFound, NoModel."""
        spec = self._models.spec_for(self.get(chat_id))
        if not self._models.sees(spec):
            from app.core.errors import CannotSee

            raise CannotSee(name=Path(spec.path).stem)

    # --- answers ---------------------------------------------------------------------------------

    def reply(
        self,
        chat_id: int,
        text: str,
        cancel: Cancel,
        over: Over | None = None,
        pictures: Sequence[Picture] = (),
    ) -> Iterator[object]:
        """Say something and get an answer. over: what of the documents it is drawn from, whatever
        the chat's settings say, and however long that takes; without it, a question that would
        take long gets an Offered and nothing else. pictures: shown with it, from the gallery.
        Errors: BadInput for an empty text without pictures, CannotSee."""
        if not text.strip() and not pictures:
            raise BadInput(problem="There is nothing to send.")
        chat = self.get(chat_id)
        if pictures:
            self.check_sees(chat_id)
        if over is None and (offer := self._answers.offer(chat, text, chat.leaf, cancel)):
            yield offer
            return
        asked = self._store.add(
            chat_id, chat.leaf, Role.USER, text, Status.COMPLETE, pictures=pictures
        )
        if chat.title == NEW_TITLE:
            title = text if text.strip() else pictures[0].name
            self._store.update(chat_id, title=title_of(title))
        yield messages.MessageStarted(asked.id, chat_id)
        yield from self._answers.answer(chat, asked, cancel, over=over)

    def regenerate(
        self, message_id: int, cancel: Cancel, over: Over | None = None
    ) -> Iterator[object]:
        """Another answer beside this one. over: as for `reply`; without it, as this one was."""
        message = self.message(message_id)
        if message.role is not Role.ASSISTANT or message.parent_id is None:
            raise BadInput(problem="Only an answer can be written anew.")
        asked = self.message(message.parent_id)
        over = over or (None if message.over is Over.AUTO else message.over)
        yield from self._answers.answer(self.get(message.chat_id), asked, cancel, over=over)

    def offer(self, message_id: int, cancel: Cancel) -> Iterator[object]:
        """Offered when going through everything for an answer would take long, else nothing.
        Errors: of the library."""
        message = self.message(message_id)
        if message.parent_id is not None:
            chat, asked = self.get(message.chat_id), self.message(message.parent_id)
            offer = self._answers.offer(
                chat, asked.content, asked.parent_id, cancel, Over.EVERYTHING
            )
            if offer:
                yield offer

    def edit(self, message_id: int, text: str, cancel: Cancel) -> Iterator[object]:
        """A new version of the person's message beside the old one, with its pictures, and an
        answer to it."""
        message = self.message(message_id)
        if not text.strip() and not message.pictures:
            raise BadInput(problem="There is nothing to send.")
        if message.role is not Role.USER:
            raise BadInput(problem="Only your own messages can be edited.")
        chat = self.get(message.chat_id)
        asked = self._store.add(
            chat.id, message.parent_id, Role.USER, text, Status.COMPLETE, pictures=message.pictures
        )
        yield messages.MessageStarted(asked.id, chat.id)
        yield from self._answers.answer(chat, asked, cancel)

    def answer_anyway(
        self, message_id: int, from_passages: bool, cancel: Cancel
    ) -> Iterator[object]:
        """Another answer beside one that was declined: from the nearest passages, though they are
        below what counts as relevant, or without documents. Errors: BadInput."""
        message = self.message(message_id)
        if not message.declined or message.parent_id is None:
            raise BadInput(problem="Only a question that was declined can be answered anyway.")
        chat, asked = self.get(message.chat_id), self.message(message.parent_id)
        question = dataclasses.replace(self._answers.question(chat, asked), only_documents=False)
        if from_passages:
            question = dataclasses.replace(question, given=message.sources, forced=True)
        else:
            question = dataclasses.replace(question, collections=())
        yield from self._answers.answer(chat, asked, cancel, question)

    def resume(self, message_id: int, cancel: Cancel) -> Iterator[object]:
        """Go on with an answer that was stopped or cut."""
        message = self.message(message_id)
        if message.role is not Role.ASSISTANT or message.parent_id is None:
            raise BadInput(problem="Only an answer can be continued.")
        chat = self.get(message.chat_id)
        asked = self.message(message.parent_id)
        yield from self._answers.go_on(chat, asked, message, cancel)

    def complete(self, chat_id: int, text: str, cancel: Cancel) -> Iterator[object]:
        """A completion page: keep `text` and let the model write on."""
        chat = self.get(chat_id)
        page = self.message(chat.leaf) if chat.leaf else None
        if page is None:
            page = self._store.add(chat_id, None, Role.ASSISTANT, text, Status.COMPLETE)
            if chat.title == NEW_TITLE and text.strip():
                self._store.update(chat_id, title=title_of(text))
        yield from self._answers.write_on(chat, page, text, cancel)


def title_of(text: str) -> str:
    """A chat's title from its first message: the first line, cut between words."""
    line = " ".join(text.strip().splitlines()[0].split()) if text.strip() else NEW_TITLE
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
