"""Asks for a document's pages as they look, where its format has some, and remembers the wish."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject

from app.core.errors import Cancelled, LoamError
from app.core.messages import PagesShown
from app.core.process import Cancel
from app.core.types import DocumentView
from app.ui.context import Context
from app.ui.tasks import Task

_KINDS = ("image", "slides", "docx", "odt", "rtf")
_WANTED = "reader.pages"

Taken = Callable[[PagesShown], None]
Refused = Callable[[LoamError], None]


class PageLook(QObject):
    """Pictures are shown as they are; office files when the person wants their pages."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._task: Task | None = None

    @staticmethod
    def offered(view: DocumentView) -> bool:
        """Whether there may be pages beside the text."""
        return view.kind in _KINDS

    def wanted(self, view: DocumentView) -> bool:
        """Whether the pages are shown first."""
        if view.kind == "image":
            return True
        return view.kind in _KINDS and self._context.memory.flag(_WANTED, False)

    def remember(self, view: DocumentView, pages: bool) -> None:
        """The person switched; the next document is shown alike."""
        if view.kind != "image":
            self._context.memory.put(_WANTED, pages)

    def ask(self, view: DocumentView, start: int, end: int, taken: Taken, refused: Refused) -> None:
        """Make the pages, at the foot of the window where that takes long; what was asked before
        is given up."""
        self.give_up()
        library = self._context.loam.library

        def work(cancel: Cancel) -> Iterator[object]:
            yield library.pages(view.file_id, start, end, cancel)

        def take(event: object) -> None:
            if isinstance(event, PagesShown) and self._task is task:
                taken(event)

        def fail(error: LoamError) -> None:
            if self._task is task and not isinstance(error, Cancelled):
                refused(error)

        title = self.tr("Making the pages of {name}").replace("{name}", view.title)
        task = self._context.tasks.run(
            work, title=title, shown=view.kind != "image", on_event=take, on_error=fail
        )
        self._task = task

    def give_up(self) -> None:
        """What was asked is of no interest any more."""
        task, self._task = self._task, None
        if task is not None and task.running:
            task.cancel()
