"""Documents as they look: what the index and the parser are asked, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.messages.retrieval import Located
    from app.core.types.retrieval import Rect


@dataclass(frozen=True, slots=True)
class ShowPages:
    """A document as a PDF of its pages, with text[start:end] found on them (0, 0: nowhere). Events:
    one PagesShown. Errors: NotFound, NoLook, DocumentError."""

    file_id: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class PagesShown:
    """path: of a PDF that is Loam's own; located: where the text stands, no pages when it was not
    found there."""

    path: str
    located: Located


@dataclass(frozen=True, slots=True)
class LocateWords:
    """Where each word of a page stands (0: the only page of a picture). Events: one WordsLocated.
    Errors: NotFound, DocumentError."""

    file_id: int
    page: int


@dataclass(frozen=True, slots=True)
class WordAt:
    """text[start:end] of a document and its boxes on the page; two where a line ends in it."""

    start: int
    end: int
    boxes: tuple[Rect, ...]


@dataclass(frozen=True, slots=True)
class WordsLocated:
    """Words in the order of the text; none where the format has no page geometry."""

    words: tuple[WordAt, ...]


@dataclass(frozen=True, slots=True)
class Depict:
    """To the parser: write a document's pages as a PDF to `target`. Events: one Depicted. Errors:
    NoLook, DocumentError."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Depicted:
    """The PDF is there."""


@dataclass(frozen=True, slots=True)
class FindWords:
    """To the parser: where a text stands on the pages of a PDF, whose line ends, hyphens and order
    may be others. page: looked at first, 0 for any. Events: one Located."""

    path: str
    text: str
    page: int = 0
