"""Finding passages: meaning and keywords, fused into one order.

Each score counts as a part of the best one of its kind, and the two are averaged; that beat ranks,
and stretching over the candidates, whose worst is chance (benchmarks/retrieval.py). Any text is a
valid query. Limits: 200 candidates of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.messages import Found, Rank, Ranked, Search
from app.core.types import MEANING_SHARE, Hit, SearchFilter
from app.retrieval.embedders._base import Embedder, Vectors, of_questions
from app.retrieval.index import DenseIndex
from app.retrieval.keywords import Keywords, words_of
from app.retrieval.nearness import LOOKED_AT, Judge
from app.retrieval.passages import Passages
from app.retrieval.relevance import Scale

_CANDIDATES = 200
_MOST_CHARACTERS = 4_000
_LEAN, _LEANED_ON = 0.5, 3
"""How much the best passages count, together, in what is looked for, and how many they are."""
_SURER = 1.25
"""How much more meaning weighs against words once passages stand behind it (docs/DECISIONS.md)."""


class Searcher:
    """Search over one library."""

    def __init__(
        self, embedder: Embedder, scale: Scale, index: DenseIndex, passages: Passages
    ) -> None:
        self._embedder = embedder
        self._judge = Judge(embedder, scale)
        self._index = index
        self._passages = passages
        self._keywords = Keywords(passages.database)

    def search(self, request: Search) -> Found:
        """The best `top` passages of the collections (none given: of all) in the files that `only`
        allows; share: how much meaning counts, 0 to 1. Scores are in 0..1, equal ones ordered by
        passage id. Errors: StoreError, NoEmbedder."""
        seen = None
        if request.top > 0:
            seen = self._candidates(request.query, request.collections, request.only)
        if seen is None:
            return Found((), 0.0)
        hits = self._hits(seen, request.share, request.top)
        return Found(hits, self._judge.relevance(request.query, hits, request.judged))

    def _hits(self, seen: Candidates, share: float, top: int) -> tuple[Hit, ...]:
        scores = mixed(seen, share)
        order = _ordered(scores)[:top]
        found = self._passages.passages(order)
        by_word, by_meaning = places(seen.keyword), places(seen.near)
        return tuple(
            Hit(
                found[passage],
                scores[passage],
                seen.cosines[passage],
                seen.keyword.get(passage, 0.0),
                by_word.get(passage, 0),
                by_meaning.get(passage, 0),
            )
            for passage in order
            if passage in found
        )

    def rank(self, request: Rank) -> Ranked:
        """Where passages stand among all that are compared, for each share. Errors: StoreError,
        NoEmbedder."""
        seen = self._candidates(request.query, request.collections, request.only)
        if seen is None:
            nowhere = tuple(0 for _ in request.passages)
            return Ranked(tuple(nowhere for _ in request.shares), 0.0, 0)
        ranks = []
        for share in request.shares:
            # Meaning alone tells nothing of what only a word has brought in.
            scores = seen.near if share >= 1 else mixed(seen, share)
            place = places(scores)
            ranks.append(tuple(place.get(passage, 0) for passage in request.passages))
        hits = self._hits(seen, MEANING_SHARE, LOOKED_AT)
        best = self._judge.relevance(request.query, hits)
        return Ranked(tuple(ranks), best, len(seen.cosines))

    def _candidates(
        self, query: str, collections: Sequence[int], only: SearchFilter
    ) -> Candidates | None:
        """None when there is nothing to compare."""
        known = self._passages.collections()
        asked = [one for one in known if one in collections] if collections else known
        query = query[:_MOST_CHARACTERS].strip()
        if not query or not asked:
            return None
        files = self._passages.files(asked, only) if only else None
        vector = of_questions(self._embedder, [query])[0]
        if files is None:
            near = dict(self._index.nearest(asked, vector, _CANDIDATES))
        else:
            near = dict(self._index.nearest_in(files, vector, _CANDIDATES))
        keyword = dict(self._keywords.find(words_of(query), asked, _CANDIDATES, files))
        stored = self._passages.vectors(list(near.keys() | keyword.keys()))
        if not stored:
            return None
        rows = np.stack(list(stored.values()))
        cosines = dict(zip(stored, map(float, rows @ vector), strict=True))
        return Candidates(
            cosines, keyword, {one: cosines[one] for one in near if one in cosines}, rows
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """By passage: cosines of all, BM25 of those found by words, cosines of those found by
    meaning. rows: unit vectors of all, in the order of `cosines`."""

    cosines: dict[int, float]
    keyword: dict[int, float]
    near: dict[int, float]
    rows: Vectors

    def leaning(self, best: dict[int, float]) -> dict[int, float]:
        """Nearness of all to the query together with some of the passages, given with the part
        that each is of them."""
        places = {one: place for place, one in enumerate(self.cosines)}
        parts = np.array(list(best.values()), dtype=np.float32)
        also = self.rows @ (parts @ self.rows[[places[one] for one in best]])
        return {
            one: cosine + _LEAN * float(more)
            for (one, cosine), more in zip(self.cosines.items(), also, strict=True)
        }


def places(scores: dict[int, float]) -> dict[int, int]:
    """Ranks from 1, the highest score first."""
    return {passage: place for place, passage in enumerate(_ordered(scores), 1)}


def _ordered(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda passage: (-scores[passage], passage))


def mixed(seen: Candidates, share: float) -> dict[int, float]:
    """Scores by words and meaning. A query is short and its best passages say the same in many
    words: in a second round all are held against both, and meaning counts for more."""
    scores = fuse(seen.cosines, seen.keyword, share)
    best = leaders(scores) if 0 < share < 1 else {}
    if not best:
        return scores
    surer = _SURER * share
    return fuse(seen.leaning(best), seen.keyword, surer / (surer + 1 - share))


def leaders(scores: dict[int, float]) -> dict[int, float]:
    """The best passages, with parts that add up to 1: each counts by its lead over the first that
    is not among them. One that stands out counts almost alone, as it should where a query has one
    answer; of many alike none is preferred. Empty when none leads."""
    order = _ordered(scores)
    least = scores[order[_LEANED_ON]] if len(order) > _LEANED_ON else 0.0
    leads = {one: scores[one] - least for one in order[:_LEANED_ON]}
    whole = sum(leads.values())
    return {one: lead / whole for one, lead in leads.items()} if whole > 0 else {}


def fuse(
    cosines: dict[int, float], keyword: dict[int, float], share: float = MEANING_SHARE
) -> dict[int, float]:
    """The weighted mean of both scores, each as a part of the best. cosines: of all candidates;
    keyword: of those that hold a word of the query, the others count as nothing. With a share of
    0 only passages that hold a word are found."""
    words = _parts({one: keyword.get(one, 0.0) for one in cosines})
    if share <= 0:
        return {one: score for one, score in words.items() if score > 0}
    dense = _parts(cosines)
    if not any(words.values()):
        return dense
    return {one: share * dense[one] + (1 - share) * words[one] for one in cosines}


def _parts(scores: dict[int, float]) -> dict[int, float]:
    """Of the highest score; nothing for those that are not above zero."""
    best = max(scores.values())
    return {one: max(score, 0.0) / best if best > 0 else 0.0 for one, score in scores.items()}


def attribute(
    embedder: Embedder, scale: Scale, sentences: Sequence[str], passages: Sequence[str]
) -> tuple[tuple[float, ...], ...]:
    """For each sentence its cosines to each passage, on one scale. Errors: NoEmbedder."""
    if not sentences or not passages:
        return tuple(() for _ in sentences)
    rows = np.concatenate([embedder.encode(list(some)) for some in (sentences, passages)])
    cosines = rows[: len(sentences)] @ rows[len(sentences) :].T
    return tuple(tuple(scale.relevance(float(value)) for value in row) for row in cosines)
