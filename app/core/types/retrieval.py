"""Documents, collections, passages, and what a search finds.

Offsets (`start`, `end`) count Python characters in a document's extracted text, end exclusive:
`text[start:end]` is the passage. Pages count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileState(StrEnum):
    """Where a document stands on its way into the index. SCANNED: pictures of text that can't be
    read here; EXCLUDED: read, but left out of searches."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    EXCLUDED = "excluded"
    EMPTY = "empty"
    SCANNED = "scanned"
    PASSWORD = "password"
    FAILED = "failed"


MEANING_SHARE = 0.6
"""How much nearness in meaning counts in a search, against words: 0 only words, 1 only meaning."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document: where it stands and what it says."""

    chunk_id: int
    file_id: int
    path: str
    title: str
    page: int | None
    heading: tuple[str, ...]
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. score is the fused rank score in 0..1; cosine is the similarity of meaning
    in -1..1; keyword is BM25 (higher is better, 0 when no word matched). The ranks are its places
    by each of them alone, from 1; 0: not among the candidates of that kind. rerank_rank: its place
    by the reranking model; 0: none was used, or it looked only at better ones."""

    passage: Passage
    score: float
    cosine: float
    keyword: float
    keyword_rank: int = 0
    meaning_rank: int = 0
    rerank_rank: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A hit under the number that an answer cites it by."""

    number: int
    hit: Hit


@dataclass(frozen=True, slots=True)
class Rect:
    """A box on a page in points, origin at the top left of the page."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageText:
    """One page (or the whole of a document without pages: number None) of extracted text.
    recognised: its text was read from a picture, so letters may be wrong."""

    number: int | None
    start: int
    end: int
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a heading begins in a document's text, and its level from 1."""

    start: int
    level: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document to be shown: its text, where its pages begin, and its headings in order (none
    are known of a document that was read by an early Loam)."""

    file_id: int
    path: str
    title: str
    kind: str
    text: str
    pages: tuple[PageText, ...]
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents. Of its files, `ready` are read (left out of searches or not),
    `waiting` are still to be read, and `troubled` can't be read as they are."""

    id: int
    name: str
    files: int = 0
    ready: int = 0
    passages: int = 0
    waiting: int = 0
    troubled: int = 0


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document in a collection. detail says why in plain words when state is not ready, and
    what was left out when it is."""

    id: int
    collection_id: int
    path: str
    name: str
    kind: str
    size_bytes: int
    pages: int
    passages: int
    state: FileState
    detail: str = ""


class WatchState(StrEnum):
    """Whether a watched folder can be seen; AWAY: such as a drive that was taken off."""

    FOLLOWING = "following"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder whose documents a collection follows."""

    id: int
    collection_id: int
    path: str
    state: WatchState = WatchState.FOLLOWING
