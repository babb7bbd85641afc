"""Going through whole documents: what there is, where patterns match, how near each passage is.

Matches are looked for in the text itself and not in passages, so that nothing is lost where one
passage ends and the next begins.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence

from app.core.messages.common import Progress
from app.core.messages.everything import FileTally, Nearness, Place, ScannedFile, Surveyed
from app.core.types import SearchFilter
from app.retrieval.embedders._base import Embedder, of_questions
from app.retrieval.passages import Passages

_ASK_EVERY = 512
"""Matches between two looks at whether the work was stopped."""
_NO_FILTER = SearchFilter()


class Everything:
    """Over one library. All may raise StoreError."""

    def __init__(self, passages: Passages) -> None:
        self._passages = passages

    def survey(self, collections: Sequence[int], only: SearchFilter | None) -> Surveyed:
        """The documents, in the order in which they are gone through."""
        ids = self._passages.files(collections, only or _NO_FILTER)
        tallies = tuple(FileTally(*row) for row in self._passages.tallies(ids))
        return Surveyed(tallies, self._passages.unread(collections))

    def scan(
        self,
        patterns: Sequence[str],
        collections: Sequence[int],
        only: SearchFilter | None,
        most: int,
        cancelled: Callable[[], bool],
    ) -> Iterator[Progress | ScannedFile]:
        """As messages.Scan. Stops between documents when asked to."""
        compiled = [re.compile(pattern) for pattern in patterns]
        files = self.survey(collections, only).files
        for number, file in enumerate(files):
            if cancelled():
                return
            yield Progress("Looking through the documents", number, len(files), "files")
            text = self._passages.text(file.file_id)
            spans = _spans(text, compiled, cancelled)
            if spans:
                passages = self._passages.places(file.file_id)
                places = tuple(
                    Place(start, end, text[start:end], _passage(passages, start))
                    for start, end in spans[:most]
                )
                yield ScannedFile(file, places, len(spans))

    def near(
        self,
        text: str,
        collections: Sequence[int],
        only: SearchFilter | None,
        embedder: Embedder,
    ) -> Nearness:
        """Cosine of a text to every passage. Errors: NoEmbedder."""
        vector = of_questions(embedder, [text])[0]
        files = self._passages.files(collections, only or _NO_FILTER)
        cosines: dict[int, float] = {}
        for file_id in files:
            ids = [passage for _, _, passage in self._passages.places(file_id)]
            rows = self._passages.vectors(ids)
            cosines.update((passage, float(row @ vector)) for passage, row in rows.items())
        return Nearness(cosines)


def _spans(
    text: str, patterns: Sequence[re.Pattern[str]], cancelled: Callable[[], bool]
) -> list[tuple[int, int]]:
    """(start, end) of all matches, by start; overlaps go to the earlier pattern."""
    found: list[tuple[int, int]] = []
    for pattern in patterns:
        taken = sorted(found)
        for number, match in enumerate(pattern.finditer(text)):
            if number % _ASK_EVERY == 0 and cancelled():
                return sorted(found)
            start, end = match.span()
            at = bisect.bisect_left(taken, (end, 0)) - 1
            if start < end and (at < 0 or taken[at][1] <= start):
                found.append((start, end))
    return sorted(found)


def _passage(passages: Sequence[tuple[int, int, int]], offset: int) -> int:
    """The passage that holds an offset; else the next one, which a heading belongs to. passages:
    (start, end, id), in order and not empty."""
    at = max(0, bisect.bisect_right(passages, (offset, 1 << 62, 0)) - 1)
    if offset >= passages[at][1] and at + 1 < len(passages):
        at += 1
    return passages[at][2]
