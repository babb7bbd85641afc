"""Sums up the oldest messages of a chat that no longer fits what the model can keep in mind.

The model writes the summary itself, of a block of messages at a time: the next answers then begin
alike and reuse what is evaluated, and when more messages have to go, the new summary is made of the
last one and of those. Summaries are kept with the chat. For tiny models the sentences that say most
are taken instead (extracting.py). Limits: it costs reading the messages once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from app.core.database import Database
from app.core.errors import LoamError
from app.core.messages import Counted, CountTokens, Generate, Load, Loaded, Progress, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import Sampling
from app.services.extracting import extract
from app.services.question import Question

_TURN_COST = 8  # tokens that a template adds to a turn, about
_LONGEST = 200  # tokens of a summary
_CHARACTERS_PER_TOKEN = 3
_TINY = 700_000_000
"""Parameters below which a model's summary has little to do with what was said."""
_ROOM = 512  # tokens for the answer
_KEPT = 20  # summaries of a chat
_ASK = "Sum up this conversation in a few sentences. Keep names, numbers and what was decided.\n\n"
_INTRODUCED = "What was said before in this conversation: "


class Condenser:
    """Of one profile's chats."""

    def __init__(self, engine: WorkerProcess, database: Database) -> None:
        self._engine = engine
        self._db = database

    def condensed(
        self, chat_id: int, question: Question, cancel: Cancel
    ) -> Generator[object, None, Question]:
        """Progress and Loaded; returns the question to ask: as it was, or with a summary in place
        of its oldest turns. Errors: ModelError tree, StoreError."""
        context = question.spec.context_length  # of a model on a server; others tell it
        tiny = False
        for event in self._engine.stream(Load(question.spec), cancel):
            if isinstance(event, Loaded):
                context = event.model.context_length
                tiny = 0 < event.model.info.parameters < _TINY
            yield event
        turns = question.before
        sizes = self._sizes(question, [turn.content for turn in turns]) if context else []
        gone = _oldest(sizes, context, self._taken(question, context), turns)
        if not gone or cancel.is_set():
            return question
        if tiny:
            summary = extract(turns[:gone], _LONGEST * _CHARACTERS_PER_TOKEN)
        else:
            summary = yield from self._summary(chat_id, question, gone, sizes, context, cancel)
        if not summary:
            return question
        said = f"{question.system_prompt.strip()}\n\n{_INTRODUCED}{summary}".strip()
        return replace(question, system_prompt=said, before=turns[gone:], summed_up=gone)

    def _taken(self, question: Question, context: int) -> int:
        """Tokens that are not for the conversation so far."""
        here = self._sizes(question, [question.system_prompt, question.text, question.prefill])
        documents = context // 4 if question.collections or question.given else 0
        answer = min(question.sampling.max_tokens or _ROOM, _ROOM, context // 4)
        return sum(here) + documents + answer + 2 * _TURN_COST

    def _sizes(self, question: Question, texts: Sequence[str]) -> list[int]:
        counted = self._engine.ask(CountTokens(question.spec, tuple(texts)))
        if not isinstance(counted, Counted):
            raise LoamError("Nothing was counted")
        return [size + _TURN_COST for size in counted.tokens]

    def _summary(
        self,
        chat_id: int,
        question: Question,
        gone: int,
        sizes: Sequence[int],
        context: int,
        cancel: Cancel,
    ) -> Generator[object, None, str]:
        """Progress; returns a summary of the first `gone` turns, empty when there is none."""
        turns, summary, begin = question.before, "", 0
        for end in range(gone, 0, -1):
            if kept := self._kept(chat_id, _key(question, turns[:end])):
                summary, begin = kept, end
                break
        room = context - 2 * _LONGEST - len(_ASK) // 2
        for end in _pieces(sizes, begin, gone, room):
            yield Progress("Summing up the oldest messages", end - begin, gone, "messages")
            text = "\n\n".join(f"{t.role.capitalize()}: {t.content}" for t in turns[begin:end])
            if summary:
                text = f"Before: {summary}\n\n{text}"
            summary = (
                self._written(question, text[: room * _CHARACTERS_PER_TOKEN], cancel) or summary
            )
            begin = end
            if cancel.is_set():
                return ""
        if summary:
            self._keep(chat_id, _key(question, turns[:gone]), summary)
        return summary

    def _written(self, question: Question, text: str, cancel: Cancel) -> str:
        sampling = Sampling(temperature=0.0, max_tokens=_LONGEST)
        request = Generate(
            question.spec,
            sampling,
            (Turn("user", _ASK + text),),
            documents=bool(question.collections or question.given),
        )
        parts = [e.text for e in self._engine.stream(request, cancel) if isinstance(e, Token)]
        return " ".join("".join(parts).split())

    def _kept(self, chat_id: int, key: str) -> str:
        rows = self._db.read(
            "SELECT text FROM summaries WHERE chat_id = ? AND key = ?", (chat_id, key)
        )
        return str(rows[0]["text"]) if rows else ""

    def _keep(self, chat_id: int, key: str, text: str) -> None:
        with self._db.write() as w:
            w.execute(
                "INSERT OR REPLACE INTO summaries (chat_id, key, text) VALUES (?, ?, ?)",
                (chat_id, key, text),
            )
            w.execute(
                """DELETE FROM summaries WHERE chat_id = ?1 AND rowid NOT IN
                (SELECT rowid FROM summaries WHERE chat_id = ?1 ORDER BY rowid DESC LIMIT ?2)""",
                (chat_id, _KEPT),
            )


def _oldest(sizes: Sequence[int], context: int, taken: int, turns: Sequence[Turn]) -> int:
    """How many of the oldest turns have to go. More than needed, in blocks, so that it is the same
    number for several messages; what stays begins with a question."""
    total = sum(sizes)
    if total + taken <= context:
        return 0
    room = context - taken - _LONGEST
    wanted = max(total - room, 0)
    block = max(1, context // 4)
    wanted = -(-wanted // block) * block
    before = gone = 0
    while gone < len(sizes) and before < wanted:
        before += sizes[gone]
        gone += 1
    while gone < len(turns) and turns[gone].role == "assistant":
        gone += 1
    return gone


def _pieces(sizes: Sequence[int], begin: int, end: int, room: int) -> Iterator[int]:
    """Ends of stretches of turns that fit `room` tokens each; a longer turn stands alone."""
    held = 0
    for number in range(begin, end):
        if held and held + sizes[number] > room:
            yield number
            held = 0
        held += sizes[number]
    if held:
        yield end


def _key(question: Question, turns: Sequence[Turn]) -> str:
    """Changes with the model and with what is summed up."""
    digest = hashlib.sha256(question.spec.path.encode())
    for turn in turns:
        digest.update(f"\n{turn.role} {len(turn.content)}\n{turn.content}".encode())
    return digest.hexdigest()[:32]
