"""Where text of a document stands on its pages, read from the file anew."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from app.core.messages import Located, PageBoxes, WordAt, WordsLocated
from app.core.types import DocumentView
from app.retrieval.reader import Reader, Wanted
from app.retrieval.store import Store
from app.retrieval.unchanged import need_unchanged

_MOST_WORDS = 10_000


class Locator:
    """One place at a time, in a parser of its own. passwords: by file."""

    def __init__(self, store: Store, reader: Reader, passwords: dict[int, str]) -> None:
        self._store = store
        self._reader = reader
        self._passwords = passwords
        self._turn = threading.Lock()

    def locate(self, file_id: int, start: int, end: int, cancelled: Callable[[], bool]) -> Located:
        """Boxes of text[start:end], which may go over several pages. Errors: NotFound,
        DocumentError when the file is not what was read."""
        document = self._store.document(file_id)
        spans = tuple(
            (number, max(start, page.start) - page.start, min(end, page.end) - page.start)
            for page in document.pages
            # The only page of a picture was read without a number.
            if (number := page.number or (1 if document.kind == "image" else None)) is not None
            and start < page.end
            and end > page.start
        )
        return Located(self._boxes(document, spans, cancelled))

    def words(self, file_id: int, page: int, cancelled: Callable[[], bool]) -> WordsLocated:
        """As LocateWords."""
        document = self._store.document(file_id)
        spans: list[tuple[int, int, int]] = []
        starts: list[int] = []
        for each in document.pages:
            number = each.number or (1 if document.kind == "image" else None)
            if number is None or number != page:
                continue
            text = document.text[each.start : each.end]
            for word in islice(re.finditer(r"\S+", text), _MOST_WORDS):
                spans.append((number, word.start(), word.end()))
                starts.append(each.start)
        found = self._boxes(document, tuple(spans), cancelled)
        return WordsLocated(
            tuple(
                WordAt(at + start, at + end, boxes.boxes)
                for (_, start, end), at, boxes in zip(spans, starts, found, strict=False)
                if boxes.boxes
            )
        )

    def _boxes(
        self,
        document: DocumentView,
        spans: tuple[tuple[int, int, int], ...],
        cancelled: Callable[[], bool],
    ) -> tuple[PageBoxes, ...]:
        file_id = document.file_id
        if not spans:
            return ()
        path = Path(document.path)
        need_unchanged(path, self._store.fingerprint(file_id))
        wanted = Wanted(self._passwords.get(file_id, ""), self._store.languages(file_id))
        with self._turn:
            return self._reader.locate(path, spans, cancelled, wanted).pages
