"""A parsed document to one text and passages that the embedder can take whole.

Each passage is a slice of the text; a heading that would be one alone is left to the prefix of the
next. What is embedded is the document's title and heading path, then the passage, and never more
than the embedder's limit, so that nothing is cut off unseen.
Limits: sizes are tokens of the embedder's own tokenizer; a passage never crosses a page border.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.messages import Parsed
from app.core.types import Heading, PageText

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PASSAGE_TOKENS = 200
_PREFIX_TOKENS = 48
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
    """text[start:end] of the document; heading: the path of headings above it."""

    start: int
    end: int
    page: int | None
    heading: tuple[str, ...]


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
        from semantic_text_splitter import MarkdownSplitter, TextSplitter

        self._tokenizer = tokenizer
        self._plain: Any = TextSplitter.from_huggingface_tokenizer(tokenizer, limit)
        self._markdown: Any = MarkdownSplitter.from_huggingface_tokenizer(tokenizer, limit)

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
        chunks: list[Chunk] = []
        for page_text in pages:
            for start, end in self._sections(text, page_text, parsed.kind, headings):
                # A page's running head or a section's last words may come before the heading
                # that the passage is about.
                heading = paths.at(start + min((end - start) // 4, _OVERTURE))
                chunk = Chunk(start, end, page_text.number, heading)
                if chunks and self._is_heading_of(chunks[-1], chunk, parsed.title, text):
                    chunks.pop()
                chunks.append(chunk)
        marks = tuple(Heading(at, level) for at, level, _ in headings)
        return Document(
            parsed.kind, parsed.title, text, tuple(pages), tuple(chunks), marks, parsed.note
        )

    def prefix(self, title: str, heading: tuple[str, ...]) -> str:
        """'title > heading', at most 48 tokens, nothing said twice."""
        words = [title] if title else []
        words += [part for part in heading if part != title]
        return self._within(" > ".join(words), _PREFIX_TOKENS)

    def embedded(self, document: Document, chunk: Chunk) -> str:
        """The text that stands for a passage in the dense index."""
        prefix = self.prefix(document.title, chunk.heading)
        body = document.text[chunk.start : chunk.end]
        return f"{prefix}\n{body}" if prefix else body

    def _is_heading_of(self, above: Chunk, below: Chunk, title: str, text: str) -> bool:
        """Whether a passage is nothing but a heading that the next one's prefix repeats whole."""
        if above.page != below.page or not below.heading:
            return False
        words = _plain_words(text[above.start : above.end])
        prefix = self.prefix(title, below.heading)
        return words == _plain_words(below.heading[-1]) and below.heading[-1] in prefix

    def _within(self, words: str, limit: int) -> str:
        encoded = self._tokenizer.encode(words[: 20 * limit], add_special_tokens=False)
        if len(encoded) <= limit:
            return words[: 20 * limit]
        return words[: encoded.offsets[limit - 1][1]]

    def _sections(
        self, text: str, page: PageText, kind: str, headings: list[tuple[int, int, str]]
    ) -> Iterator[tuple[int, int]]:
        """Slices of one page that hold words, in order."""
        splitter = self._markdown if kind == "markdown" else self._plain
        marks = [] if kind == "markdown" else [at for at, _, _ in headings]
        for start, end in _pieces(text, page.start, page.end, marks):
            for offset, words in splitter.chunk_indices(text[start:end]):
                if any(letter.isalnum() for letter in words):
                    yield start + offset, start + offset + len(words)


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
