"""Selecting the passage that an answer should have found, on the pages of a document or in its
text."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.core.types import Autopsy, Expected
from app.ui.context import Context
from app.ui.documents.page_picking import PagePicking
from app.ui.documents.pick_bar import PickBar
from app.ui.documents.reader import Reader

_LONGEST = 4_000


class Picking(QObject):
    """From `pick_passage` of the navigator to `passage_picked`; `bar` shows what is wanted.
    `begun`: with the collection that was asked."""

    begun = Signal(int)

    def __init__(self, context: Context, reader: Reader) -> None:
        super().__init__(reader)
        self._context = context
        self._reader = reader
        self._question = ""
        self.pages = PagePicking(context, reader)
        self.bar = PickBar()
        self.bar.text_wanted.connect(self._in_text)
        self.bar.taken.connect(self._take)
        self.bar.given_up.connect(self._give_up)
        context.navigator.pick_passage.connect(self._begin)
        reader.opened.connect(self._show)
        reader.closed.connect(self._show)

    @property
    def wanted(self) -> bool:
        """Whether a passage is to be selected."""
        return bool(self._question)

    def _begin(self, autopsy: Autopsy) -> None:
        self._question = autopsy.question
        if autopsy.collections and self._reader.document is None:
            self.begun.emit(autopsy.collections[0])
        self._show()

    def _show(self) -> None:
        if not self.wanted:
            return
        reading = self._reader.isVisible() and self._reader.document is not None
        if reading:
            self.pages.begin()
        self.bar.ask(self._question, reading, self.pages.on_pages)

    def _take(self) -> None:
        document = self._reader.document
        start, end = self.pages.selected
        if document is None or end <= start:
            self.pages.begin()
            self.bar.say(
                self.tr("Select the passage with the mouse, or with Shift and the arrows.")
            )
            return
        if end - start > _LONGEST:
            self.bar.say(self.tr("That is too much for one passage; select a few sentences."))
            return
        text = document.text[start:end]
        self._end(Expected(path=document.path, start=start, end=end, text=text))

    def _in_text(self) -> None:
        self.pages.in_text()
        self.bar.ask(self._question, True)

    def _give_up(self) -> None:
        self._end(None)

    def _end(self, expected: Expected | None) -> None:
        self._question = ""
        self.pages.end()
        self.bar.hide()
        if self._reader.document is not None:
            self._reader.closed.emit()
        self._context.navigator.show_page.emit("chats")
        self._context.navigator.passage_picked.emit(expected)
