"""Passages of documents in reading order, packed into stretches that one prompt holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.messages.everything import FileTally
from app.core.types import Passage
from app.services import material
from app.services.citations import heading_of

_TINY_CHARACTERS = 900
"""Of a stretch for a tiny model, which loses its way in more."""
_MOST_CHARACTERS = 5_000
"""Of a stretch for other models: in longer ones items are left out."""
_LEAST_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Pack:
    """Passages of one document that follow each other. text: what a model reads of them."""

    file: FileTally
    passages: tuple[Passage, ...]
    text: str

    @property
    def characters(self) -> int:
        """Of the passages alone."""
        return sum(len(passage.text) for passage in self.passages)


def size(context_length: int, answer_tokens: int, question: str, tiny: bool) -> int:
    """Characters of a stretch that fit the context beside question and answer."""
    fits = material.room(context_length, answer_tokens, len(question))
    most = _TINY_CHARACTERS if tiny else _MOST_CHARACTERS
    return max(_LEAST_CHARACTERS, min(most, fits))


def packs(file: FileTally, passages: Sequence[Passage], most: int) -> Iterator[Pack]:
    """Stretches of at most `most` characters; a single passage may be longer. A stretch begins
    anew where the topmost heading changes and it is half full."""
    run: list[Passage] = []
    length = 0
    for passage in passages:
        changes = bool(run) and run[-1].heading[:2] != passage.heading[:2]
        if run and (length + len(passage.text) > most or (changes and length > most // 2)):
            yield _pack(file, run)
            run, length = [], 0
        run.append(passage)
        length += len(passage.text)
    if run:
        yield _pack(file, run)


def _pack(file: FileTally, run: Sequence[Passage]) -> Pack:
    text = "\n".join(passage.text.strip() for passage in run)
    return Pack(file, tuple(run), f"{heading_of(run[0])}\n{text}")
