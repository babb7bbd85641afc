"""A parsed document to one text and passages that the embedder can take whole.

Each passage is a slice of the text; a heading that would be one alone is left to the prefix of the
next. What is embedded is the document's title and heading path, then the passage, and never more
than the embedder's limit, so that nothing is cut off unseen. A table that fits is one passage; a
longer one is cut between rows, and its parts have the columns' names for a heading.
Limits: sizes are tokens of the embedder's own tokenizer; a passage never crosses a page border.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.messages import Parsed, ParsedTable
from app.core.types import Heading, PageText
from app.retrieval.splitting import splitter
from app.retrieval.tables import TableCutter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PASSAGE_TOKENS = 200
_PREFIX_TOKENS = 48
BEFORE_TOKENS = _PREFIX_TOKENS + 8
"""What the embedder must take beside a passage: what stands before it, and around a text."""
_PAGE_GAP = "\n\n"
# The splitter holds the interpreter while it works: pieces keep searches answering meanwhile.
_PIECE = 40_000
# Neighbouring sections smaller than this are put together.
_SMALL_SECTION = 240
_OVERTURE = 120
_WORDS = re.compile(r"[^\W_]+")
_CUT = re.compile(r"\n\n(?=#)|\n\n|\n|(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class Chunk:
    """text[start:end] of the document; heading: the path of headings above it. columns: of rows,
    whether the last heading names their columns."""

    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]
    columns: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One text for all pages, where the pages stand in it, and its passages in order. note: as
    Parsed has it."""

    kind: str
    title: str
    text: str
    pages: tuple[PageText, ...]
    chunks: tuple[Chunk, ...]
    headings: tuple[Heading, ...] = ()
    note: str = ""


class Chunker:
    """Cuts documents for one embedder. tokenizer: without truncation and padding."""

    def __init__(self, tokenizer: Tokenizer, limit: int = PASSAGE_TOKENS) -> None:
        self._tokenizer = tokenizer
        self._limit = limit
        self._tables = TableCutter(tokenizer, limit, limit + _PREFIX_TOKENS)
        self._plain: Any = splitter(tokenizer, limit)
        self._markdown: Any = splitter(tokenizer, limit, markdown=True)

    def document(self, parsed: Parsed) -> Document:
        """Join the pages and cut them."""
        pages: list[PageText] = []
        headings: list[tuple[int, int, str]] = []
        parts: list[str] = []
        length = 0
        for page in parsed.pages:
            if parts:
                parts.append(_PAGE_GAP)
                length += len(_PAGE_GAP)
            end = length + len(page.text)
            pages.append(PageText(page.number, length, end, page.recognised))
            headings.extend((length + at, level, words) for at, level, words in page.headings)
            parts.append(page.text)
            length += len(page.text)
        text = "".join(parts)
        paths = _Paths(headings)
        marked = _Marked(parsed.kind, sorted(at for at, _, _ in headings))
        chunks: list[Chunk] = []
        for page_text, page in zip(pages, parsed.pages, strict=True):
            for start, end, columns in self._passages(text, page_text, page.tables, marked):
                # A page's running head or a section's last words may come before the heading
                # that the passage is about.
                heading = paths.at(start + (0 if columns else min((end - start) // 4, _OVERTURE)))
                if columns:
                    heading = (*heading, columns)
                chunk = Chunk(start, end, page_text.number, heading, bool(columns))
                if chunks and self._is_heading_of(chunks[-1], chunk, parsed.title, text, marked):
                    chunks.pop()
                chunks.append(chunk)
        marks = tuple(Heading(at, level) for at, level, _ in headings)
        return Document(
            parsed.kind, parsed.title, text, tuple(pages), tuple(chunks), marks, parsed.note
        )

    def prefix(self, title: str, chunk: Chunk) -> str:
        """'title > heading', at most 48 tokens, nothing said twice; then the names of columns."""
        *path, last = (*chunk.heading, "") if not chunk.columns else chunk.heading
        words = [title] if title else []
        words += [part for part in path if part != title]
        above = self._within(" > ".join(words), _PREFIX_TOKENS)
        return f"{above} > {last}" if above and last else above or last

    def embedded(self, document: Document, chunk: Chunk) -> str:
        """The text that stands for a passage in the dense index."""
        prefix = self.prefix(document.title, chunk)
        body = document.text[chunk.start : chunk.end]
        return f"{prefix}\n{body}" if prefix else body

    def _is_heading_of(
        self, above: Chunk, below: Chunk, title: str, text: str, marked: _Marked
    ) -> bool:
        """Whether a passage is nothing but a heading, or names of columns, that the next one's
        prefix repeats whole."""
        if above.page != below.page or not below.heading:
            return False
        if not below.columns and not marked.between(above.start, above.end):
            return False  # the same words, but no heading
        words = _plain_words(text[above.start : above.end])
        prefix = self.prefix(title, below)
        return words == _plain_words(below.heading[-1]) and below.heading[-1] in prefix

    def _within(self, words: str, limit: int) -> str:
        encoded = self._tokenizer.encode(words[: 20 * limit], add_special_tokens=False)
        if len(encoded) <= limit:
            return words[: 20 * limit]
        return words[: encoded.offsets[limit - 1][1]]

    def _passages(
        self, text: str, page: PageText, tables: Sequence[ParsedTable], marked: _Marked
    ) -> Iterator[tuple[int, int, str]]:
        """Slices of one page that hold words, in order, with the names of columns that they
        lack."""
        if not tables:
            for start, end in self._sections(text, page.start, page.end, marked):
                yield start, end, ""
            return
        waiting: tuple[int, int] | None = None
        for start, end, columns, whole in self._cuts(text, page, tables, marked):
            # What leads up to a table, and a note below it, belong to it.
            if waiting is not None:
                joined = whole and not marked.between(start, end)
                if joined and self._tables.count(text[waiting[0] : end]) <= self._limit:
                    waiting = (waiting[0], end)
                    continue
                yield (*waiting, "")
                waiting = None
            if columns or not whole:
                yield start, end, columns
            else:
                waiting = (start, end)
        if waiting is not None:
            yield (*waiting, "")

    def _cuts(
        self, text: str, page: PageText, tables: Sequence[ParsedTable], marked: _Marked
    ) -> Iterator[tuple[int, int, str, bool]]:
        """As `_passages`, with whether the slice may be put together with another."""
        at = page.start
        for table in tables:
            parts = list(self._tables.parts(text, table, page.start))
            for start, end in self._sections(text, at, page.start + table.rows[0], marked):
                yield start, end, "", True
            for part in parts:
                yield part.start, part.end, part.columns, len(parts) == 1
            at = page.start + table.end
        for start, end in self._sections(text, at, page.end, marked):
            yield start, end, "", True

    def _sections(
        self, text: str, start: int, end: int, marked: _Marked
    ) -> Iterator[tuple[int, int]]:
        """Slices of a stretch without tables that hold words, in order."""
        is_markdown = marked.kind == "markdown"
        splitter = self._markdown if is_markdown else self._plain
        for begin, stop in _pieces(text, start, end, [] if is_markdown else marked.headings):
            for offset, words in splitter.chunk_indices(text[begin:stop]):
                if any(letter.isalnum() for letter in words):
                    yield begin + offset, begin + offset + len(words)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A document's kind, and where its headings begin."""

    kind: str
    headings: list[int]

    def between(self, start: int, end: int) -> bool:
        """Whether a heading begins in [start, end)."""
        at = bisect.bisect_left(self.headings, start)
        return at < len(self.headings) and self.headings[at] < end


def _plain_words(text: str) -> list[str]:
    return _WORDS.findall(text)


class _Paths:
    """The heading path at an offset; offsets are asked for in order."""

    def __init__(self, headings: list[tuple[int, int, str]]) -> None:
        self._left = sorted(headings)[::-1]
        self._open: list[tuple[int, str]] = []

    def at(self, offset: int) -> tuple[str, ...]:
        while self._left and self._left[-1][0] <= offset:
            _, level, words = self._left.pop()
            while self._open and self._open[-1][0] >= level:
                self._open.pop()
            self._open.append((level, words))
        return tuple(words for _, words in self._open)


def _pieces(text: str, start: int, end: int, marks: list[int]) -> Iterator[tuple[int, int]]:
    """[start, end) cut at headings that end a section of some size, and where it grows long."""
    begin = start
    for mark in [*(m for m in marks if start < m < end), end]:
        if mark != end and mark - begin < _SMALL_SECTION:
            continue
        while mark - begin > _PIECE:
            cut = _last_break(text, begin, begin + _PIECE)
            yield begin, cut
            begin = cut
        if begin < mark:
            yield begin, mark
        begin = mark


def _last_break(text: str, start: int, end: int) -> int:
    """The best place to cut in the last quarter of [start, end), `end` when there is none."""
    best, rank = end, 9
    for match in _CUT.finditer(text, start + 3 * (end - start) // 4, end):
        found = 0 if match.group() == "\n\n" else 1 if match.group() == "\n" else 2
        if found <= rank:
            best, rank = match.end(), found
    return best
