"""Tables cut into passages: whole where they fit, else between rows, never through one that fits.

Every part but the first has the columns' names for the last of its headings, so that it is found
and read by them; in the text they stand once. Limits: names of columns count to 64 tokens, further
ones are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.messages import ParsedTable
from app.retrieval.splitting import splitter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

COLUMNS_TOKENS = 64
# Rows of a batch: the tokenizer's answer is many times as large as they are.
_BATCH = 512
# The splitter's work grows with the square of a line that has no end.
_PIECE = 4000


@dataclass(frozen=True, slots=True)
class Part:
    """text[start:end]; columns: the names that its rows lack, empty where they stand in it."""

    start: int
    end: int
    columns: str = ""


class TableCutter:
    """limit: tokens of a passage; with names of columns they share `room`."""

    def __init__(self, tokenizer: Tokenizer, limit: int, room: int) -> None:
        self._tokenizer = tokenizer
        self._limit = limit
        self._room = room
        self._narrowest = min(limit, room - COLUMNS_TOKENS)
        self._plain: Any = splitter(tokenizer, limit)
        self._narrow: Any = splitter(tokenizer, self._narrowest)

    def parts(self, text: str, table: ParsedTable, offset: int) -> Iterator[Part]:
        """The passages of a table, in order. offset: where its page begins in the text."""
        rows = [offset + at for at in table.rows]
        end = offset + table.end
        first, last = table.header
        columns = self.within(" ".join(text[offset + first : offset + last].split()))
        below = offset + last if columns else 0
        spans = list(zip(rows, [*rows[1:], end], strict=True))
        begin, length = rows[0] if rows else end, 0
        counts = list(self._counted(text, spans))
        narrow = self._bound(columns)
        left = sum(counts)
        for (start, stop), tokens in zip(spans, counts, strict=True):
            bound = narrow if columns and begin >= below else self._limit
            # Parts of like size: a short rest would be found before the row that is asked for.
            even = bound if left > 2 * bound else (left + 1) // 2 if left > bound else bound
            if length and (length + tokens > bound or length >= even):
                yield from self._part(text, begin, start, columns, below)
                left -= length
                begin, length = start, 0
                bound = narrow if columns and begin >= below else self._limit
            length += tokens
            if length > bound:
                # A row that is too long alone: nothing may fall past the embedder's limit.
                yield from self._cut(text, begin, stop, columns, below)
                left -= length
                begin, length = stop, 0
        yield from self._part(text, begin, end, columns, below)

    def within(self, words: str) -> str:
        """What counts of the columns' names."""
        encoded = self._tokenizer.encode(words[: 20 * COLUMNS_TOKENS], add_special_tokens=False)
        if len(encoded) <= COLUMNS_TOKENS:
            return words[: 20 * COLUMNS_TOKENS]
        return words[: encoded.offsets[COLUMNS_TOKENS - 1][1]]

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _bound(self, columns: str) -> int:
        return min(self._limit, self._room - self.count(columns)) if columns else self._limit

    def _counted(self, text: str, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
        for first in range(0, len(spans), _BATCH):
            some = [text[start:stop] for start, stop in spans[first : first + _BATCH]]
            for encoded in self._tokenizer.encode_batch(some, add_special_tokens=False):
                yield len(encoded)

    def _part(self, text: str, start: int, end: int, columns: str, below: int) -> Iterator[Part]:
        words = text[start:end]
        start += len(words) - len(words.lstrip())
        end -= len(words) - len(words.rstrip())
        if any(letter.isalnum() for letter in words):
            yield Part(start, end, columns if start >= below else "")

    def _cut(self, text: str, start: int, end: int, columns: str, below: int) -> Iterator[Part]:
        splitter = self._narrow if columns else self._plain
        while start < end:
            stop = end if end - start <= _PIECE else _gap_before(text, start + _PIECE)
            for at, words in splitter.chunk_indices(text[start:stop]):
                yield from self._part(text, start + at, start + at + len(words), columns, below)
            start = stop


def _gap_before(text: str, end: int) -> int:
    """The last place before `end`, and not far from it, that is within no word."""
    at = end
    while text[at - 1].isalnum() and at > end - _PIECE // 4:
        at -= 1
    return at if not text[at - 1].isalnum() else end
