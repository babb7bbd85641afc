"""What is searched, read and located in the index, what is found there, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.types.filters import SearchFilter
from app.core.types.retrieval import MEANING_SHARE

if TYPE_CHECKING:
    from app.core.errors import LoamError
    from app.core.types.autopsy import Expected, TextPlace
    from app.core.types.retrieval import DocumentFile, DocumentView, Hit, Passage, Rect


@dataclass(frozen=True, slots=True)
class Search:
    """Find passages, best first. Events: one Found. No collections: all of them. judged: whether
    they are about the query is looked at closely, as an answer needs it; reranker: path of a model
    that puts the best into a new order, '' for none."""

    query: str
    collections: tuple[int, ...] = ()
    top: int = 8
    only: SearchFilter = SearchFilter()
    share: float = MEANING_SHARE
    judged: bool = False
    reranker: str = ""


@dataclass(frozen=True, slots=True)
class ReadPassages:
    """All passages of some documents, in their order, when they have at most so many characters
    together. Events: one PassageList, empty when they have more."""

    collections: tuple[int, ...]
    only: SearchFilter = SearchFilter()
    most_characters: int = 20_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The passages around some others: up to `each_side` before and after each, in their order,
    of the same document. Events: one PassageList, without doubles."""

    passages: tuple[int, ...]
    each_side: int = 1


@dataclass(frozen=True, slots=True)
class Attribute:
    """Match sentences against passages by meaning. Events: one Attributed, for each sentence the
    cosines to each passage."""

    sentences: tuple[str, ...]
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """Events: one Opened. Errors: NotFound."""

    file_id: int


@dataclass(frozen=True, slots=True)
class Locate:
    """Where text[start:end] of a document stands on its pages. Events: one Located; no boxes for
    formats without page geometry. Errors: NotFound, DocumentError (the file changed or is gone)."""

    file_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rank:
    """Where some passages stand among all that a search compares, for each share of meaning.
    Events: one Ranked."""

    query: str
    passages: tuple[int, ...]
    shares: tuple[float, ...]
    collections: tuple[int, ...] = ()
    only: SearchFilter = SearchFilter()


@dataclass(frozen=True, slots=True)
class FindText:
    """Where a passage of old or some words stand now, in any collection; `searched` tells whether
    searches of these collections and files can give it. Events: one TextPlaces."""

    expected: Expected
    collections: tuple[int, ...] = ()
    only: SearchFilter = SearchFilter()
    most: int = 50


@dataclass(frozen=True, slots=True)
class Health:
    """Events: one HealthReport."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; relevance is how near the nearest of the first comes to the query, 0 to 1,
    on the scale of the default embedding model whichever is used (retrieval/nearness.py).
    not_reranked: why a reranking model that was wanted did not order them."""

    hits: tuple[Hit, ...]
    relevance: float
    not_reranked: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """For each share a rank for each passage, from 1; 0: not among those compared, of which there
    were `looked`."""

    ranks: tuple[tuple[int, ...], ...]
    relevance: float
    looked: int


@dataclass(frozen=True, slots=True)
class TextPlaces:
    """Searched ones first; unread: files of the collections asked that have no text to search."""

    places: tuple[TextPlace, ...]
    unread: tuple[DocumentFile, ...]


@dataclass(frozen=True, slots=True)
class PassageList:
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Attributed:
    cosines: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Opened:
    document: DocumentView


@dataclass(frozen=True, slots=True)
class PageBoxes:
    page: int
    boxes: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class Located:
    pages: tuple[PageBoxes, ...]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """dense_index: 'starting', 'ready', 'rebuilding', 'away' (its server does not answer) or 'off';
    server: the address it lives at, '' on this machine; trouble: why it is away."""

    dense_index: str
    passages: int
    embedder: str
    server: str = ""
    trouble: LoamError | None = None
