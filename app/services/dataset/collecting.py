"""Rows from the person's own chats: a chosen answer with what led to it, or a whole chat.

Answers keep the words that the person saw, less the citation markers. What failed, was declined
or is still being written is turned away by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from app.core.messages import Turn
from app.core.sentences import without_markers
from app.core.types import Chat, ChatKind, Message, Role, Status
from app.services.dataset.formats._base import Unusable, checked, conversation
from app.services.dataset.types import Draft, Origin, Provenance, Rejected

_LONGEST = 400
_USABLE = (Status.COMPLETE, Status.STOPPED, Status.LENGTH)
Collected = tuple[Draft, Provenance] | Rejected


class Conversations(Protocol):
    """What is needed of the chats; ChatService has it."""

    def get(self, chat_id: int) -> Chat: ...
    def message(self, message_id: int) -> Message: ...
    def thread(self, chat_id: int, before: int | None = None, limit: int = 40) -> list[Message]: ...


class LikedConversations(Protocol):
    """Chats that know which answers are good examples; ChatService does."""

    def liked(self) -> list[Message]: ...


def answers(
    chats: Conversations, message_ids: Sequence[int], edited: Mapping[int, str]
) -> Iterator[Collected]:
    """A row for each answer: the branch that led to it, and it, or its better version in
    `edited`. Errors: NotFound."""
    for message_id in message_ids:
        message = chats.message(message_id)
        chat = chats.get(message.chat_id)
        before = chats.thread(chat.id, before=message_id, limit=_LONGEST)
        yield _collected(chat, [*before, message], edited)


def whole(chats: Conversations, chat_ids: Sequence[int]) -> Iterator[Collected]:
    """A row for each chat: the branch that is shown, less exchanges that came to nothing.
    Errors: NotFound."""
    for chat_id in chat_ids:
        chat = chats.get(chat_id)
        yield _collected(chat, _without_failures(chats.thread(chat_id, limit=_LONGEST + 1)), {})


def _collected(chat: Chat, messages: Sequence[Message], edited: Mapping[int, str]) -> Collected:
    last = messages[-1] if messages else None
    try:
        if chat.kind is not ChatKind.CHAT:
            raise Unusable("it is a page that a model continued, not a chat")
        if last is None or last.role is not Role.ASSISTANT:
            raise Unusable("it does not end with an answer")
        if last.id not in edited and (last.declined or last.status not in _USABLE):
            raise Unusable("the answer failed or was declined")
        if len(messages) > _LONGEST:
            raise Unusable(f"it has more than {_LONGEST} messages")
        system = chat.settings.system_prompt
        turns = [Turn("system", system)] if system.strip() else []
        for message in messages:
            said = edited.get(message.id, message.content)
            if message.role is Role.ASSISTANT:
                said = without_markers(said)
            turns.append(Turn(message.role.value, said))
        draft = checked(Draft(conversation(turns), group=f"chat {chat.id}"))
    except Unusable as problem:
        return Rejected(0, str(problem), chat.title)
    source = Provenance(
        Origin.CHAT, chat.title, chat_id=chat.id, message_id=last.id, model=last.model
    )
    return draft, source


def _without_failures(messages: Sequence[Message]) -> list[Message]:
    """Pairs of a question and an answer that can be learnt from, in order."""
    kept: list[Message] = []
    for asked, answered in itertools.pairwise(messages):
        pair = (asked.role, answered.role) == (Role.USER, Role.ASSISTANT)
        if pair and not answered.declined and answered.status in _USABLE:
            kept += [asked, answered]
    return kept
