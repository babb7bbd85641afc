"""Rows as a person knows them become tokens and labels.

A conversation is laid out by the model's own template, as the engine does for an answer: each
answer follows the very tokens that would stand before it in a chat, and closes with the token
that ends a turn. A row that can't be used is reported by name, never cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.core.errors import BadTemplate
from app.core.messages import Turn
from app.core.types import LeftOut, TrainingRow
from app.engine.native import lib
from app.engine.template import Templates, plain_layout
from app.engine.vocabulary import Vocabulary
from app.training.batches import MASKED, Example, windows


@dataclass(frozen=True, slots=True)
class Encoded:
    """What can be used and what not. Examples are not longer than the context asked for."""

    examples: list[Example] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class Encoder:
    """Encodes rows for one loaded model; it must not outlive the model."""

    def __init__(self, model: object, templates: Templates) -> None:
        self._vocabulary = Vocabulary(model)
        self._templates = templates
        raw: bytes = lib.llama_model_chat_template(model, None) or b""
        self._template = raw.decode("utf-8", "replace")
        vocab = lib.llama_model_get_vocab(model)
        ends = (lib.llama_vocab_eot(vocab), lib.llama_vocab_eos(vocab))
        self._end = next((token for token in ends if token >= 0), -1)

    def encode(
        self,
        rows: Sequence[TrainingRow],
        context: int,
        answers_only: bool,
        cancelled: Callable[[], bool],
    ) -> Iterator[int | Encoded]:
        """How many rows are done, now and then; at last all of them (not when cancelled).
        context: the longest that a row may be, in tokens."""
        encoded = Encoded()
        for number, row in enumerate(rows):
            if cancelled():
                return
            if number % 64 == 0:
                yield number
            try:
                for example in self._examples(row, context, answers_only):
                    self._check(example, context)
                    encoded.examples.append(example)
            except _Unusable as problem:
                encoded.left_out.append(LeftOut(row.name, str(problem)))
        yield encoded

    def half_windows(self, text: str, context: int) -> list[Example]:
        """A text in whole windows of which the second half is scored, as llama.cpp's perplexity
        program takes it; what is left at the end is not."""
        tokens = np.asarray(self._vocabulary.tokens(text, begin=True), np.int32)
        examples = []
        for start in range(0, len(tokens) // context * context, context):
            window = tokens[start : start + context].copy()
            labels = np.full(context, MASKED, np.int32)
            labels[context // 2 : -1] = window[context // 2 + 1 :]
            if self._vocabulary.adds_bos:
                window[0] = tokens[0]
            name = f"window {start // context + 1}"
            examples.append(self._measured(Example(name, window, labels)))
        return examples

    def _examples(self, row: TrainingRow, context: int, answers_only: bool) -> Iterator[Example]:
        if row.tokens:
            if len(row.tokens) != len(row.labels):
                raise _Unusable("it has not as many labels as tokens")
            tokens = np.asarray(row.tokens, np.int32)
            labels = np.asarray(row.labels, np.int32)
            yield self._measured(Example(row.name, tokens, labels))
        elif row.turns:
            yield self._conversation(row, answers_only)
        elif row.text:
            tokens_of_text = self._vocabulary.tokens(row.text, begin=True)
            whole = len(tokens_of_text) <= context + 1
            for window in windows(row.name, tokens_of_text, context):
                part = Example(row.name, window.tokens, window.labels) if whole else window
                yield self._measured(part)
        else:
            raise _Unusable("it is empty")

    def _conversation(self, row: TrainingRow, answers_only: bool) -> Example:
        turns = [Turn(role, content) for role, content in row.turns]
        answers = [i for i, turn in enumerate(turns) if turn.role == "assistant"]
        if not answers or answers[0] == 0:
            raise _Unusable("it has no answer to a message")
        if not turns[answers[-1]].content.strip():
            raise _Unusable("its answer is empty")
        tokens = self._prompt(turns[: answers[-1]])
        spans = [self._answer_span(tokens, turns, index) for index in answers[:-1]]
        answer = self._answer(turns[answers[-1]].content)
        spans.append((len(tokens), len(tokens) + len(answer)))
        tokens = [*tokens, *answer]
        learnt = np.zeros(len(tokens), bool)
        for begin, end in spans if answers_only else [(1, len(tokens))]:
            learnt[begin:end] = True
        ids = np.asarray(tokens, np.int32)
        labels = np.where(learnt[1:], ids[1:], MASKED).astype(np.int32)
        return self._measured(Example(row.name, ids[:-1].copy(), labels))

    def _answer_span(
        self, tokens: Sequence[int], turns: Sequence[Turn], index: int
    ) -> tuple[int, int]:
        """Where an earlier answer stands in the last prompt; nowhere when the template shows it
        otherwise than the model would have written it."""
        begin = len(before := self._prompt(turns[:index]))
        answer = self._answer(turns[index].content)
        same = list(tokens[: begin + len(answer)]) == [*before, *answer]
        return (begin, begin + len(answer)) if same else (0, 0)

    def _answer(self, content: str) -> list[int]:
        end = [self._end] if self._end >= 0 else []
        return [*self._vocabulary.tokens(content.strip()), *end]

    def _prompt(self, turns: Sequence[Turn]) -> list[int]:
        if self._template:
            try:
                layout = self._templates.layout(self._template, turns, self._vocabulary)
            except BadTemplate as error:
                reason = error.params.get("reason", "it has an error")
                raise _Unusable(f"the chat template does not take it: {reason}") from None
        else:
            layout = plain_layout(turns, self._vocabulary)
        return self._vocabulary.prompt_tokens(layout.segments)

    def _measured(self, example: Example) -> Example:
        kept = example.labels[example.labels != MASKED]
        if kept.size and not 0 <= int(kept.min()) <= int(kept.max()) < self._vocabulary.size:
            raise _Unusable("it has tokens that the model does not know")
        ids = example.tokens
        if ids.size and not 0 <= int(ids.min()) <= int(ids.max()) < self._vocabulary.size:
            raise _Unusable("it has tokens that the model does not know")
        size = sum(len(self._vocabulary.piece(int(token))) for token in kept)
        return Example(example.name, example.tokens, example.labels, size)

    @staticmethod
    def _check(example: Example, context: int) -> None:
        if len(example.tokens) > context:
            length = len(example.tokens)
            raise _Unusable(f"it has {length} tokens, more than the context of {context}")
        if not example.kept:
            raise _Unusable("nothing in it is to be learnt")


class _Unusable(Exception):
    """Why a row can't be used, for a person."""
