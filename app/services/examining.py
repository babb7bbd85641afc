"""The record of how an answer from documents came about, made while it is written.

It is bounded: 20 passages found, of each of 8 searches, 200 places read besides, 60,000 characters
of prompt. Of answers from everything `everything/record.py` makes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.messages import Found, Turn
from app.core.types import (
    Autopsy,
    Cut,
    Examined,
    Hit,
    Passage,
    PromptPart,
    Reading,
    ReadPlace,
    SearchMade,
    Source,
)

if TYPE_CHECKING:
    from app.services.question import Question

KEPT = 20
"""Passages of a search that are kept, read or not."""
_PASSAGE = 4_000
_PLACES = 200
_PROMPT = 60_000
_SEARCHES = 8


def searched(question: Question, query: str, found: Found, names: Mapping[int, str]) -> Autopsy:
    """What was asked and found. Nothing is read yet: without `read`, the answer was declined or
    given without documents."""
    return Autopsy(
        question=question.text,
        query=query,
        collections=question.collections,
        names=tuple(names.get(each, "") for each in question.collections),
        only=question.only,
        found=tuple(Examined(_short(hit), Cut.BELOW) for hit in found.hits[:KEPT]),
        best_relevance=found.relevance,
        relevance=question.relevance,
        share=question.share,
        passages=question.passages,
        only_documents=question.only_documents,
        model=question.spec.path,
        temperature=question.sampling.temperature,
        context_length=question.spec.context_length,
        not_reranked=found.not_reranked,
    )


def forced(question: Question, query: str, names: Mapping[int, str]) -> Autopsy:
    """As `searched`, where the passages of a declined answer are read all the same."""
    hits = tuple(source.hit for source in question.given or ())
    best = max((hit.cosine for hit in hits), default=0.0)
    return replace(searched(question, query, Found(hits, best), names), forced=True)


def declined(autopsy: Autopsy) -> Autopsy:
    """Nothing was near enough, so the model was not asked."""
    return replace(autopsy, declined=True)


def prompted(
    autopsy: Autopsy,
    turns: Sequence[Turn],
    read: Sequence[Passage],
    reading: Reading,
    why: Mapping[int, Cut],
) -> Autopsy:
    """With what the model gets: read, the passages in the prompt; why: the reason for each passage
    (by id) that was found and is not among them, COUNT where none is given."""
    ids = {passage.chunk_id for passage in read}
    known = {each.hit.passage.chunk_id for each in autopsy.found}
    also = [passage for passage in read if passage.chunk_id not in known]
    left = Cut.BELOW if not read else Cut.COUNT
    examined = tuple(
        replace(each, cut=_cut(each.hit.passage.chunk_id, ids, why, left)) for each in autopsy.found
    )
    prompt, cut = _bounded(turns)
    return replace(
        autopsy,
        found=examined,
        reading=reading if read else Reading.NOTHING,
        also_read=tuple(
            ReadPlace(each.path, each.page, each.start, each.end) for each in also[:_PLACES]
        ),
        also_count=len(also),
        prompt=prompt,
        prompt_cut=cut,
    )


def made(query: str, found: Found, given: Sequence[Source], problem: str) -> SearchMade:
    """A search that the model made; given: the passages that it got of it."""
    ids = {source.hit.passage.chunk_id for source in given}
    left = Cut.COUNT if given else Cut.BELOW
    examined = tuple(
        Examined(_short(hit), Cut.READ if hit.passage.chunk_id in ids else left)
        for hit in found.hits[:KEPT]
    )
    return SearchMade(query, examined, found.relevance, problem)


def with_searches(autopsy: Autopsy, searches: Sequence[SearchMade]) -> Autopsy:
    """With what the model searched for by itself."""
    return replace(autopsy, searches=tuple(searches[:_SEARCHES]))


def _cut(passage: int, read: Collection[int], why: Mapping[int, Cut], left: Cut) -> Cut:
    return Cut.READ if passage in read else why.get(passage, left)


def _short(hit: Hit) -> Hit:
    passage = hit.passage
    if len(passage.text) <= _PASSAGE:
        return hit
    return replace(hit, passage=replace(passage, text=f"{passage.text[:_PASSAGE]} …"))


def _bounded(turns: Sequence[Turn]) -> tuple[tuple[PromptPart, ...], int]:
    """The turns, the last ones kept whole as far as they go; and how many characters went."""
    left, cut = _PROMPT, 0
    parts = []
    for turn in reversed(turns):
        kept = turn.content[:left]
        cut += len(turn.content) - len(kept)
        left -= len(kept)
        if kept or not turn.content:
            parts.append(PromptPart(turn.role, kept))
    return tuple(reversed(parts)), cut
