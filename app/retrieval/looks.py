"""Documents as PDFs of their pages, made once and kept by what the file holds; bounded in bytes.

Limits: what was made of a file that is no longer in the library goes with the next look, and at
the start.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from app.core.messages import Located, PagesShown
from app.core.types import DocumentView
from app.retrieval.reader import Reader
from app.retrieval.store import Store
from app.retrieval.unchanged import need_unchanged

FOLDER = "looks"
_MOST_BYTES = 500_000_000

Cancelled = Callable[[], bool]
Locate = Callable[[int, int, int, Cancelled], Located]


class Looks:
    """reader: a parser of its own, since making pages takes seconds. locate: boxes of a text on
    the pages of pictures, which are known."""

    def __init__(self, folder: Path, store: Store, reader: Reader, locate: Locate) -> None:
        self._folder = folder / FOLDER
        self._store = store
        self._reader = reader
        self._locate = locate
        self._turn = threading.Lock()
        for left in self._folder.glob("*.part"):
            left.unlink(missing_ok=True)
        self.prune()

    def show(self, file_id: int, start: int, end: int, cancelled: Cancelled) -> PagesShown:
        """As ShowPages."""
        document = self._store.document(file_id)
        pages = self.pages(file_id, cancelled)
        if end <= start:
            return PagesShown(str(pages), Located(()))
        if document.kind == "image":
            return PagesShown(str(pages), self._locate(file_id, start, end, cancelled))
        with self._turn:
            located = self._reader.find(
                pages, document.text[start:end], _page_of(document, start), cancelled
            )
        return PagesShown(str(pages), located)

    def pages(self, file_id: int, cancelled: Cancelled) -> Path:
        """The PDF of a document's pages. Errors: NotFound, NoLook, DocumentError."""
        file = self._store.file(file_id)
        path = Path(file.path)
        before = self._store.fingerprint(file_id)
        need_unchanged(path, before)
        made = self._folder / f"{before.sha256}.pdf"
        with self._turn:
            if made.is_file():
                os.utime(made)
                return made
            self._folder.mkdir(mode=0o700, exist_ok=True)
            part = made.with_suffix(".part")
            try:
                self._reader.depict(path, part, cancelled)
                os.replace(part, made)
            finally:
                part.unlink(missing_ok=True)
        self.prune(keep=made)
        return made

    def prune(self, keep: Path | None = None) -> None:
        """Delete what belongs to no file of the library any more, and the oldest beyond the
        bound."""
        with contextlib.suppress(OSError):
            kept = sorted(self._folder.iterdir(), key=lambda one: -one.stat().st_mtime)
            kept = [one for one in kept if one.suffix == ".pdf"]
            known = self._store.contents() if kept else set()
            room = _MOST_BYTES
            for one in kept:
                room -= one.stat().st_size
                if one != keep and (one.stem not in known or room < 0):
                    one.unlink(missing_ok=True)


def _page_of(document: DocumentView, offset: int) -> int:
    for page in document.pages:
        if page.start <= offset < page.end:
            return page.number or 0
    return 0
