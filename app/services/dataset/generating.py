"""Questions and answers about passages of documents, written by a model.

Each is a suggestion: it stays out of training and export until a person accepts it. Code turns
away what is plainly unusable: no question, or an answer whose words and numbers don't stand in
the passage. That is a sieve, not a proof: small models write much that is wrong.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.core.messages import Generate, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import DocumentView, ModelSpec, Sampling
from app.services.dataset.collecting import Collected
from app.services.dataset.formats._base import Unusable, checked, exchange
from app.services.dataset.types import Draft, Origin, Provenance, Rejected

T = TypeVar("T")
Write = Callable[[tuple[Turn, ...]], str]
"""A model's answer to a conversation."""

_ASK = "Read this text:\n\n{text}\n\nWrite one question that this text answers. Only the question."
# Without examples, a small model asks 'What is the answer to this question?'.
_EXAMPLES = (
    Turn(
        "user",
        _ASK.format(
            text="The observatory on Mount Kell was built in 1931. Its main telescope has a mirror "
            "of two metres and is open to visitors on Fridays."
        ),
    ),
    Turn("assistant", "When was the observatory on Mount Kell built?"),
    Turn(
        "user",
        _ASK.format(
            text="Rye dough is sticky, because its proteins form little gluten. Bakers wet their "
            "hands instead of flouring the table."
        ),
    ),
    Turn("assistant", "Why is rye dough sticky?"),
)
_ANSWER = "Read this text:\n\n{text}\n\nBased on the text, {question}"
_LONGEST = 1_200
_SHORTEST = 80
_GROUNDED = 0.5
_WORD = re.compile(r"\w{4,}|\d+")
_NUMBER = re.compile(r"\d+")
_COMMON = frozenset(
    "what when where which whose does this that text answer question about there they have with "
    "from passage according following information author".split()
)
_OPENING = re.compile(r"^the answer (?:to (?:this|the) question )?is:?\s+", re.I)
_LEAD = re.compile(r"^(?:\W*(?:question|q|here is (?:a|one) question)\s*\d*\s*[:.)-]\s*)", re.I)


@dataclass(frozen=True, slots=True)
class PassageText:
    """text of a document from character `start` to `end`; page 0: the document has none."""

    title: str
    path: str
    page: int
    start: int
    end: int
    text: str

    @property
    def place(self) -> tuple[str, int, int]:
        """What tells it from all others."""
        return self.path, self.start, self.end


Document = Callable[[], DocumentView]
"""Opens a document."""


def chosen(documents: Sequence[Document], count: int) -> Iterator[PassageText]:
    """All passages of documents in an order by chance, the same each time: a few of each document,
    then a few more of each, so that `count` of them come from all. One document is in memory at
    a time."""
    order = list(documents)
    _shuffle(order)
    each = max(3, math.ceil(2 * count / max(1, len(order))))
    number = 0
    while order:
        left = []
        for document in order:
            passages = list(passages_of(document()))
            _shuffle(passages)
            yield from passages[number * each : (number + 1) * each]
            if len(passages) > (number + 1) * each:
                left.append(document)
        order, number = left, number + 1


def _shuffle(items: list[T]) -> None:
    random.Random(len(items)).shuffle(items)  # noqa: S311 - an order, not a secret


def passages_of(document: DocumentView) -> Iterator[PassageText]:
    """Whole paragraphs of a document put together to about 1,200 characters, never across pages;
    very short ones are left out."""
    for page in document.pages:
        begin = end = page.start
        for match in re.finditer(r".+?(?:\n\s*\n|\Z)", document.text[page.start : page.end], re.S):
            stop = page.start + match.end()
            if end > begin and stop - begin > _LONGEST:
                yield from _passage(document, page.number or 0, begin, end)
                begin = end
            end = stop
        yield from _passage(document, page.number or 0, begin, end)


def _passage(document: DocumentView, page: int, begin: int, end: int) -> Iterator[PassageText]:
    held = document.text[begin:end]
    begin += len(held) - len(held.lstrip())
    text = held.strip()
    if len(text) >= _SHORTEST:
        title = document.title or Path(document.path).name
        yield PassageText(title, document.path, page, begin, begin + len(text), text)


def pairs(passages: Iterable[PassageText], write: Write, model: str) -> Iterator[Collected]:
    """One question and answer for each passage, or why there is none. Errors: those of `write`."""
    for passage in passages:
        name = f"{passage.title}, page {passage.page}" if passage.page else passage.title
        try:
            asked = Turn("user", _ASK.format(text=passage.text))
            question = _question(write((*_EXAMPLES, asked)), passage.text)
            lowered = question[0].lower() + question[1:]
            prompt = _ANSWER.format(text=passage.text, question=lowered)
            answer = _answer(write((Turn("user", prompt),)), passage.text)
            draft = checked(Draft(exchange(question, answer), group=f"document {passage.path}"))
        except Unusable as problem:
            yield Rejected(0, str(problem), name)
            continue
        yield (
            draft,
            Provenance(
                Origin.MODEL,
                passage.title,
                passage.path,
                page=passage.page,
                start=passage.start,
                end=passage.end,
                model=model,
            ),
        )


def engine_writer(engine: WorkerProcess, spec: ModelSpec, cancel: Cancel) -> Write:
    """The loaded model as a `Write`; the same prompt gives the same words. Errors: of the engine;
    Cancelled."""

    def write(turns: tuple[Turn, ...]) -> str:
        request = Generate(spec, Sampling(temperature=0.0, max_tokens=160, seed=1), turns)
        said = [e.text for e in engine.stream(request, cancel) if isinstance(e, Token)]
        return "".join(said)

    return write


def _question(written: str, passage: str) -> str:
    """The first question about the passage in what the model wrote. Errors: Unusable."""
    for line in written.splitlines():
        asked = _LEAD.sub("", line).strip(" \"'*“”")
        about = _words(asked) - _COMMON
        if asked.endswith("?") and len(asked) <= 300 and about & _words(passage):
            return asked
    raise Unusable("the model wrote no question about it")


def _answer(written: str, passage: str) -> str:
    """What the model wrote, when it rests on the passage. Errors: Unusable."""
    answer = _OPENING.sub("", written.strip())
    if not answer:
        raise Unusable("the model wrote no answer")
    words = _words(answer)
    few = len(words & _words(passage)) < _GROUNDED * len(words)
    if few or not set(_NUMBER.findall(answer)) <= set(_NUMBER.findall(passage)):
        raise Unusable("the answer does not rest on the passage")
    return answer


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}
