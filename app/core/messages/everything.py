"""Going through all documents of some collections instead of the best passages: requests to the
index, its events, and what the service of that name yields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.filters import SearchFilter


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to go through. Events: one Surveyed. only: None leaves nothing out."""

    collections: tuple[int, ...]
    only: SearchFilter | None = None


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """All passages of one document, in order. Events: one PassageList, empty when it is gone."""

    file_id: int


@dataclass(frozen=True, slots=True)
class Scan:
    """Where patterns (of Python's `re`) match in the whole text of documents, in reading order.
    Where two of them overlap, the earlier pattern counts. most: matches told of one document; all
    are counted. Events: Progress (files), a ScannedFile for each document with a match."""

    patterns: tuple[str, ...]
    collections: tuple[int, ...]
    only: SearchFilter | None = None
    most: int = 2_000


@dataclass(frozen=True, slots=True)
class Near:
    """How near in meaning each passage is to a text. Events: one Nearness."""

    text: str
    collections: tuple[int, ...]
    only: SearchFilter | None = None


@dataclass(frozen=True, slots=True)
class FileTally:
    """A document that can be gone through: its passages and their characters."""

    file_id: int
    path: str
    title: str
    passages: int
    characters: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Documents by path; unread: how many of the collections are not read yet."""

    files: tuple[FileTally, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A match: text[start:end] of its document, and the passage that it stands in or before."""

    start: int
    end: int
    text: str
    chunk_id: int


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """total: matches in the document, of which `places` are the first."""

    file: FileTally
    places: tuple[Place, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Nearness:
    """Cosine by passage id."""

    cosines: dict[int, float]


# --- what services/everything yields ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """Going through everything would take long, so nothing was begun: the person chooses.
    passages, files: what there is to go through; seconds: about how long, 0 while unknown; why:
    what in the question asks for it, empty when the person did."""

    passages: int
    files: int
    seconds: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """An answer begins: what of the documents it is drawn from, as AnswerDone has it."""

    over: str


@dataclass(frozen=True, slots=True)
class FoundItem:
    """Something found, as it is listed: how often, and (path, start, end) of its places in the
    documents' text, the first of them."""

    text: str
    count: int
    places: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class WentThrough:
    """What came of going through everything, before AnswerDone says it in words. kind: as the
    question was taken; passages of of_passages were gone through; by_model: whether a model read
    them (else they were compared to the letter); dropped: what it named that does not stand in
    the passage it was given."""

    kind: str
    passages: int
    of_passages: int
    files: int
    by_model: bool
    items: tuple[FoundItem, ...]
    dropped: int = 0
    sums: tuple[tuple[str, str], ...] = ()
    unclear: int = 0
