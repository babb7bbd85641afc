"""Selecting a passage in the document that the reader shows: on its pages as they look where words
have places there, else in the text that was read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.core.errors import LoamError
from app.core.messages import WordAt
from app.ui.context import Context
from app.ui.documents.reader import Reader

_KINDS = ("pdf", "image")


class PagePicking(QObject):
    """From `begin` to `end`. A page whose words can't be found leads to the text."""

    def __init__(self, context: Context, reader: Reader) -> None:
        super().__init__(reader)
        self._context = context
        self._reader = reader
        self._file = 0
        self._as_text = False

    @property
    def on_pages(self) -> bool:
        """Whether words are selected on pages now."""
        selection = self._reader.selection
        return selection is not None and selection.on and self._reader.pdf is not None

    @property
    def selected(self) -> tuple[int, int]:
        """Offsets in the document's text; 0, 0 for nothing."""
        selection = self._reader.selection
        if self.on_pages and selection is not None:
            return selection.selected
        return self._reader.text.selected if self._reader.text.isVisible() else (0, 0)

    def begin(self) -> None:
        """Let the person select in what the reader shows; safe to repeat."""
        document, pdf = self._reader.document, self._reader.pdf
        if document is None:
            return
        if document.file_id != self._file:
            self._file, self._as_text = document.file_id, False
            if self._reader.selection is not None:
                self._reader.selection.end()
        if pdf is None or document.kind not in _KINDS or self._as_text:
            self._reader.show_text()
            return
        self._reader.selectable(self._ask).begin()

    def in_text(self) -> None:
        """Select in the text that was read instead."""
        self._as_text = True
        self.begin()

    def end(self) -> None:
        """Pages are only read again."""
        self._file, self._as_text = 0, False
        if self._reader.selection is not None:
            self._reader.selection.end()

    def _ask(self, page: int) -> None:
        file_id, library = self._file, self._context.loam.library
        self._context.tasks.call(
            lambda: library.page_words(file_id, page),
            lambda words: self._take(file_id, page, words),
            on_error=lambda error: self._fail(file_id, error),
        )

    def _take(self, file_id: int, page: int, words: Sequence[WordAt]) -> None:
        selection = self._reader.selection
        if file_id == self._file and selection is not None:
            selection.take(page, words)

    def _fail(self, file_id: int, error: LoamError) -> None:
        if file_id == self._file:
            self._context.notices.show(error)
            self.in_text()
