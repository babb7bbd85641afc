"""The person's own test cases: questions and the passages that a search must find for them, and how
each way to search fares on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from app.core.errors import BadInput, Cancelled
from app.core.messages import FindText, Progress, Rank
from app.core.process import Cancel
from app.core.types import (
    CaseRank,
    CaseScores,
    Expected,
    FileState,
    Finding,
    RelevanceScore,
    SettingScore,
    TestCase,
    TextPlace,
    Verdict,
)
from app.services.autopsy import checked
from app.services.library import LibraryService
from app.services.preferences import SettingsService
from app.services.store.cases import CaseStore

if TYPE_CHECKING:
    from app.core.settings import Settings

SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Weights of meaning that are tried, besides the one in use."""
_RELEVANCES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_MOST_PASSAGES = 200
_DEPTH = 30
"""At least as many as a reranking model puts in order."""


class CaseService:
    """Test cases of one profile."""

    def __init__(
        self, store: CaseStore, library: LibraryService, settings: SettingsService
    ) -> None:
        self._store = store
        self._library = library
        self._settings = settings

    def cases(self) -> list[TestCase]:
        """All, oldest first."""
        return self._store.all()

    def add(
        self,
        question: str,
        expected: Expected,
        collections: Sequence[int] = (),
        query: str = "",
    ) -> TestCase:
        """Keep a question and what must be found for it. query: what the index is asked, the
        question when empty; no collections: all. Errors: BadInput."""
        question = question.strip()
        if not question:
            raise BadInput(problem="A test case needs a question.")
        return self._store.add(
            question, query.strip() or question, checked(expected), tuple(collections)
        )

    def kept(self, verdict: Verdict) -> Expected:
        """What a verdict was about, as a test case keeps it: words, or a passage with the content
        of its file."""
        place = verdict.place
        if verdict.expected.words or place is None or place.end <= place.start:
            return verdict.expected
        return Expected("", place.file.path, place.sha256, place.start, place.end, place.text)

    def remove(self, case_id: int) -> None:
        """Delete a case; `restore` brings it back for 30 days. Errors: NotFound."""
        self._store.mark(case_id, True)

    def restore(self, case_id: int) -> None:
        """Undo `remove`. Errors: NotFound."""
        self._store.mark(case_id, False)

    def score(self, cancel: Cancel) -> Iterator[object]:
        """Search for each case in every way, and as it is done now with the reranking model where
        one is chosen. Progress (in cases), at last CaseScores, of those done when it is stopped.
        Errors: BadInput without cases, those of the library."""
        cases = self.cases()
        if not cases:
            raise BadInput(problem="There are no test cases yet.")
        current = self._settings.current
        shares = tuple(sorted({*SHARES, current.meaning_share}))
        ranked: list[CaseRank] = []
        unordered: list[str] = []
        for number, case in enumerate(cases):
            if cancel.is_set():
                break
            yield Progress("Scoring your test cases", number, len(cases), "cases")
            try:
                ranked.append(self._rank(case, shares, current, unordered, cancel))
            except Cancelled:
                break
        yield CaseScores(
            tuple(ranked),
            _settings(ranked, shares, current.meaning_share, bool(current.reranker)),
            _relevances(ranked, current.relevance),
            (len(unordered), unordered[-1] if unordered else ""),
        )

    def _rank(
        self,
        case: TestCase,
        shares: tuple[float, ...],
        current: Settings,
        unordered: list[str],
        cancel: Cancel,
    ) -> CaseRank:
        """unordered: gets why the reranking model did not order what was found."""
        found = self._library.whereabouts(FindText(case.expected, case.collections), cancel)
        places = [place for place in found.places if place.searched and place.passages]
        if not places:
            return CaseRank(case, (), (), 0.0, _lost(found.places, bool(found.unread)))
        every = dict.fromkeys(one for place in places for one in place.passages)
        passages = tuple(every)[:_MOST_PASSAGES]
        around = tuple(each.chunk_id for each in self._library.neighbours(passages))
        ranked = self._library.rank(
            Rank(case.query, passages + around, shares, case.collections), cancel
        )
        alone = tuple(_best(row[: len(passages)]) for row in ranked.ranks)
        with_neighbours = tuple(_best(row) for row in ranked.ranks)
        reranked = None
        if current.reranker:
            share = current.meaning_share
            order = self._library.search(case.query, case.collections, _DEPTH, cancel, share=share)
            # What the model does not get to see keeps its place.
            reranked = alone[shares.index(share)]
            if order.not_reranked:
                unordered.append(order.not_reranked)
            else:
                ranks = {hit.passage.chunk_id: at for at, hit in enumerate(order.hits, 1)}
                reranked = _best([ranks.get(one, 0) for one in passages]) or reranked
        return CaseRank(case, alone, with_neighbours, ranked.relevance, reranked=reranked)


def _lost(places: Sequence[TextPlace], unread: bool) -> Finding:
    """Why the passage of a case can't be found by any search."""
    if not places:
        return Finding.UNREAD if unread else Finding.ABSENT
    readable = places[0].end > places[0].start and places[0].file.state is not FileState.EXCLUDED
    return Finding.ELSEWHERE if readable else Finding.UNREAD


def _best(ranks: Sequence[int]) -> int:
    return min((rank for rank in ranks if rank), default=0)


def _settings(
    ranked: Sequence[CaseRank], shares: tuple[float, ...], current: float, reranks: bool
) -> tuple[SettingScore, ...]:
    """A score for each share; for the current one also with the passages around it, and with the
    reranking model when one is in use."""
    scored = [each for each in ranked if each.lost is None]
    found = []
    for at, share in enumerate(shares):
        used = share == current and not reranks
        found.append(_setting([each.ranks[at] for each in scored], share, current=used))
        if share != current:
            continue
        wide = [each.with_neighbours[at] for each in scored]
        found.append(_setting(wide, share, neighbours=True))
        if reranks:
            ordered = [each.reranked or 0 for each in scored]
            found.append(_setting(ordered, share, current=True, reranked=True))
    return tuple(found)


def _setting(
    ranks: list[int],
    share: float,
    neighbours: bool = False,
    current: bool = False,
    reranked: bool = False,
) -> SettingScore:
    count, there = max(1, len(ranks)), [rank for rank in ranks if rank]

    def hit(most: int) -> float:
        return sum(rank <= most for rank in there) / count

    mean = sum(there) / len(there) if there else 0.0
    return SettingScore(
        share, neighbours, hit(1), hit(5), hit(10), mean, len(there), current, reranked
    )


def _relevances(ranked: Sequence[CaseRank], current: float) -> tuple[RelevanceScore, ...]:
    scored = [each.best_relevance for each in ranked if each.lost is None]
    return tuple(
        RelevanceScore(each, sum(best >= each for best in scored), each == current)
        for each in sorted({*_RELEVANCES, current})
    )
