"""Why an answer is as it is: what was asked of the index, found, read and left out; what a person
says it should have found; and such passages kept as test cases of the search.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.types.filters import SearchFilter
from app.core.types.retrieval import DocumentFile, Hit


class Cut(StrEnum):
    """Why a passage that was found did not go into the prompt. BELOW: nothing was near enough to
    the question; COUNT: only so many are read; SMALL: a small model reads one; ROOM: it did not
    fit."""

    READ = "read"
    BELOW = "below"
    COUNT = "count"
    SMALL = "small"
    ROOM = "room"


class Reading(StrEnum):
    """What the model was given to read."""

    NOTHING = "nothing"
    PASSAGES = "passages"
    NEIGHBOURS = "neighbours"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Examined:
    """A passage that was found, in the order of the search, and what became of it."""

    hit: Hit
    cut: Cut = Cut.READ


@dataclass(frozen=True, slots=True)
class ReadPlace:
    """text[start:end] of a document."""

    path: str
    page: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One turn of the prompt, before the model's template is laid around it."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchMade:
    """A search that the model made by itself: what for, what was found, and of that (READ) what it
    was given; problem: why it got nothing."""

    query: str
    found: tuple[Examined, ...] = ()
    best_relevance: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the model was asked about: text[start:end] of the document at `path` (0, 0: notes of
    its own that it summed up). said: its reply; kept: what of it was taken on; dropped: what does
    not stand in the text; again: the reply was known from an earlier run."""

    path: str
    page: int | None
    start: int
    end: int
    passages: int
    said: str
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class FileThrough:
    """A document that was gone through: its passages, and how many things were found in it."""

    path: str
    passages: int
    found: int = 0


@dataclass(frozen=True, slots=True)
class Through:
    """How an answer came about for which everything was gone through. kind: as the question was
    taken; how: in what way, in English; more_files, more_stretches: how many are not kept here."""

    kind: str
    how: str
    passages: int
    of_passages: int
    by_model: bool
    files: tuple[FileThrough, ...] = ()
    more_files: int = 0
    stretches: tuple[Stretch, ...] = ()
    more_stretches: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Autopsy:
    """How an answer from documents came about. Kept with its message, within bounds.

    query: what the index was asked; names: of the collections then; share: weight of meaning in
    the search; also_read: passages in the prompt that the search did not give (neighbours, whole
    documents), also_count of them in all; prompt_cut: characters left out of `prompt` here;
    model: path of its file; forced: the person wanted an answer all the same; not_reranked: why the
    reranking model did not order the passages, '' where it did or none is wanted; searches:
    those that the model made by itself; through: of an answer from everything.
    """

    question: str
    query: str
    collections: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    only: SearchFilter = SearchFilter()
    found: tuple[Examined, ...] = ()
    best_relevance: float = 0.0
    relevance: float = 0.0
    share: float = 0.0
    passages: int = 0
    only_documents: bool = True
    declined: bool = False
    forced: bool = False
    reading: Reading = Reading.NOTHING
    also_read: tuple[ReadPlace, ...] = ()
    also_count: int = 0
    prompt: tuple[PromptPart, ...] = ()
    prompt_cut: int = 0
    dropped_turns: int = 0
    model: str = ""
    temperature: float = 0.0
    context_length: int = 0
    not_reranked: str = ""
    searches: tuple[SearchMade, ...] = ()
    through: Through | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a right answer rests on: `words` that stand in it, or text[start:end] of the file that
    had this SHA-256 (hexadecimal) and this path. Text and hash outlive the index."""

    words: str = ""
    path: str = ""
    sha256: str = ""
    start: int = 0
    end: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where what was expected stands now: text[start:end] of a file, and the ids of the passages
    that hold it. searched: whether searches of the collections asked can give it."""

    file: DocumentFile
    title: str
    sha256: str
    page: int | None
    start: int
    end: int
    text: str
    passages: tuple[int, ...]
    searched: bool = True


class Finding(StrEnum):
    """What went wrong with an answer, told by code. ABSENT: in no file that was read; UNREAD: its
    file can't be read or is left out; ELSEWHERE: in a document that was not asked; MISSED: not
    found; CHANGED: it would be found now; CUT: found and not read; IGNORED: read, and not in the
    answer; ANSWERED: the answer has it."""

    ABSENT = "absent"
    UNREAD = "unread"
    ELSEWHERE = "elsewhere"
    MISSED = "missed"
    CHANGED = "changed"
    CUT = "cut"
    IGNORED = "ignored"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an answer did not have what was expected. place: where that stands; rank: its place in
    the search now (0: not among the `looked` passages compared); then: its place when the answer
    was written (0: not kept); unread: files that were asked and have no text."""

    finding: Finding
    expected: Expected
    place: TextPlace | None = None
    rank: int = 0
    keyword_rank: int = 0
    meaning_rank: int = 0
    looked: int = 0
    then: int = 0
    cut: Cut = Cut.READ
    unread: tuple[DocumentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TestCase:
    """A question and what the search must find for it. query: what the index is asked."""

    __test__ = False

    id: int
    question: str
    query: str
    expected: Expected
    collections: tuple[int, ...]
    created: float


@dataclass(frozen=True, slots=True)
class CaseRank:
    """How a case fares: the rank of its passage for each share of meaning that was tried, with its
    neighbours counted as well (0: not found), and the nearest passage's cosine. lost: why it
    can't be scored, None when it can. reranked: the rank with the share and the reranking model in
    use, None without such a model."""

    __test__ = False

    case: TestCase
    ranks: tuple[int, ...]
    with_neighbours: tuple[int, ...]
    best_relevance: float
    lost: Finding | None = None
    reranked: int | None = None


@dataclass(frozen=True, slots=True)
class SettingScore:
    """A way to search, scored over the cases that can be scored: shares of cases whose passage is
    the first, among the first 5 and 10; mean_rank over those found (0: none). share: weight of
    meaning, 0 words only, 1 meaning only; current: it is the one in use; reranked: with the
    person's reranking model."""

    share: float
    neighbours: bool
    hit_1: float
    hit_5: float
    hit_10: float
    mean_rank: float
    found: int
    current: bool
    reranked: bool = False


@dataclass(frozen=True, slots=True)
class RelevanceScore:
    """How many of the cases would be answered, not declined, with this relevance needed."""

    relevance: float
    answered: int
    current: bool


@dataclass(frozen=True, slots=True)
class CaseScores:
    """All of a scoring: the cases, each way to search, each relevance. not_reranked: in how many
    of them the reranking model in use did not order what was found, and why, the last time."""

    cases: tuple[CaseRank, ...]
    settings: tuple[SettingScore, ...]
    relevances: tuple[RelevanceScore, ...]
    not_reranked: tuple[int, str] = (0, "")

    @property
    def used(self) -> SettingScore:
        """The way to search that is in use."""
        return next(each for each in self.settings if each.current)

    def place(self, case: CaseRank) -> int:
        """Where the way in use finds a case's passage; 0: not."""
        if case.reranked is not None:
            return case.reranked
        shares = sorted({each.share for each in self.settings})
        return case.ranks[shares.index(self.used.share)]

    @property
    def scored(self) -> int:
        """Cases that could be scored."""
        return sum(case.lost is None for case in self.cases)
