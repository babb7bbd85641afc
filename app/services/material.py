"""What a model reads for an answer: whole documents when they fit, else passages with those around.

Only for models that make use of it: a tiny one answers better from one passage. Limits: what fits
is reckoned in characters, on the safe side.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.types import Hit, Passage, Reading, SearchFilter, Source
from app.services.citations import heading_of
from app.services.library import LibraryService

_CHARACTERS_PER_TOKEN = 2.5
_DEFAULT_CONTEXT = 4096
_LONGEST_ANSWER = 1024
_LAYOUT_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Material:
    """blocks: texts under their headings, as the prompt has them; sources: what they may be cited
    by, those that were found first and then the others; read: the passages in the blocks."""

    blocks: tuple[str, ...]
    sources: tuple[Source, ...]
    read: tuple[Passage, ...]
    reading: Reading


def room(context_length: int, max_tokens: int, taken_characters: int) -> int:
    """Characters of documents that fit beside what is said already (context 0: the default;
    max_tokens 0: no bound)."""
    answer = min(max_tokens or _LONGEST_ANSWER, _LONGEST_ANSWER)
    tokens = (context_length or _DEFAULT_CONTEXT) - answer - _LAYOUT_TOKENS
    return max(0, int(tokens * _CHARACTERS_PER_TOKEN) - taken_characters)


def gather(
    library: LibraryService,
    found: tuple[Source, ...],
    collections: Sequence[int],
    only: SearchFilter,
    most_characters: int,
    all_of_it: bool = True,
) -> Material:
    """The most that fits: all of the documents asked, passages with their neighbours, or the
    passages alone. all_of_it: whole documents may be read. Errors: of the library."""
    whole = library.whole(collections, only, most_characters) if all_of_it else []
    if whole:
        return Material(blocks(whole), _with_others(found, whole), tuple(whole), Reading.WHOLE)
    wide = library.neighbours([source.hit.passage.chunk_id for source in found])
    if sum(len(passage.text) for passage in wide) <= most_characters:
        return Material(blocks(wide), _with_others(found, wide), tuple(wide), Reading.NEIGHBOURS)
    alone = tuple(source.hit.passage for source in found)
    return Material(tuple(block([each]) for each in alone), found, alone, Reading.PASSAGES)


def blocks(passages: Sequence[Passage]) -> tuple[str, ...]:
    """A text for each run of passages that follow each other under one heading path."""
    return tuple(block(run) for run in _runs(passages))


def block(run: Sequence[Passage]) -> str:
    """Passages that follow each other, under their heading path."""
    text = "\n".join(passage.text.strip() for passage in run)
    return f"{heading_of(run[0])}\n{text}"


def _runs(passages: Sequence[Passage]) -> Iterator[list[Passage]]:
    for _, some in itertools.groupby(passages, lambda each: (each.file_id, each.heading)):
        yield list(some)


def _with_others(found: tuple[Source, ...], more: Sequence[Passage]) -> tuple[Source, ...]:
    known = {source.hit.passage.chunk_id for source in found}
    others = [passage for passage in more if passage.chunk_id not in known]
    return found + tuple(
        Source(number, Hit(passage, 0.0, 0.0, 0.0))
        for number, passage in enumerate(others, len(found) + 1)
    )
