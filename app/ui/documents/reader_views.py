"""The views in which the reader shows a document, made when they are first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget

from app.core.types import DocumentView
from app.ui.context import Context
from app.ui.documents.kinds import is_monospace
from app.ui.documents.text_reader import TextReader

if TYPE_CHECKING:
    from app.ui.documents.locked_view import LockedView
    from app.ui.documents.page_select import PageSelection
    from app.ui.documents.pdf_view import PdfView
    from app.ui.documents.rich_reader import RichReader


class ReaderViews(QStackedWidget):
    """Plain text, formatted text, pages, or the question for a password; at first nothing.
    `page_changed`: another page is read; `unlocked`: a password was entered; `text_asked`: the text
    is wanted instead."""

    page_changed = Signal(int)
    unlocked = Signal(str)
    text_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._pdf: PdfView | None = None
        self._rich: RichReader | None = None
        self._locked: LockedView | None = None
        self._zoom = 1.0
        self.selection: PageSelection | None = None
        self.text = TextReader(context.theme)
        self._waiting = QLabel(self.tr("Opening"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("kind", "quiet")
        self.addWidget(self._waiting)
        self.addWidget(self.text)

    @property
    def pdf(self) -> PdfView | None:
        """The pages, while they are shown."""
        return self._pdf if self.currentWidget() is self._pdf else None

    @property
    def rich(self) -> RichReader | None:
        """The formatted text, while it is shown."""
        return self._rich if self.currentWidget() is self._rich else None

    @property
    def locked(self) -> LockedView | None:
        """The question for a password, while it is asked."""
        return self._locked if self.currentWidget() is self._locked else None

    @property
    def waiting(self) -> bool:
        """Whether nothing of a document is shown yet."""
        return self.currentWidget() is self._waiting

    def wait(self) -> None:
        """A document is on its way."""
        self.setCurrentWidget(self._waiting)

    def pages(self) -> PdfView:
        """The view of pages, shown or not."""
        if self._pdf is None:
            # QtPdf is loaded with the first PDF that is opened.
            from app.ui.documents.pdf_view import PdfView

            self._pdf = PdfView(self._context.theme)
            self._pdf.page_changed.connect(self.page_changed)
            self.addWidget(self._pdf)
        return self._pdf

    def show_pages(self) -> PdfView:
        """Bring the pages to the front."""
        pages = self.pages()
        self.setCurrentWidget(pages)
        pages.setFocus()
        return pages

    def show_formatted(self, view: DocumentView) -> None:
        """A text with its headings, lists and tables."""
        if self._rich is None:
            # What formats text is loaded with the first document that needs it.
            from app.ui.documents.rich_reader import RichReader

            self._rich = RichReader(self._context)
            self._rich.zoom(self._zoom)
            self.addWidget(self._rich)
        self._rich.show_document(view)
        self.setCurrentWidget(self._rich)
        self._rich.field.setFocus()

    def show_plain(self, view: DocumentView, start: int, end: int) -> None:
        """The text that was read, as it is."""
        self.text.show_text(view.text, start, end, is_monospace(view.kind))
        self.setCurrentWidget(self.text)
        self.text.field.setFocus()

    def ask_password(self, wrong: bool = False) -> None:
        """Ask for the password of the document; wrong: again."""
        if self._locked is None:
            from app.ui.documents.locked_view import LockedView

            self._locked = LockedView(self._context.theme)
            self._locked.entered.connect(self.unlocked)
            self._locked.text_asked.connect(self.text_asked)
            self.addWidget(self._locked)
        self.setCurrentWidget(self._locked)
        self._locked.ask(wrong)

    def forget_password(self) -> None:
        """What was typed is needed no more."""
        if self._locked is not None:
            self._locked.field.clear()

    def selectable(self, ask: Callable[[int], None]) -> PageSelection:
        """Words can be selected on the pages. ask: for the words of a page."""
        if self.selection is None:
            from app.ui.documents.page_select import PageSelection

            self.selection = PageSelection(self.pages(), ask)
        return self.selection

    def zoom(self, factor: float) -> None:
        """Enlarge what is shown."""
        if self.pdf is not None:
            self.pdf.set_zoom(self.pdf.zoom * factor)
            return
        self._zoom = max(0.6, min(3.0, self._zoom * factor))
        self.text.zoom(self._zoom)
        if self._rich is not None:
            self._rich.zoom(self._zoom)

    def clear(self) -> None:
        """Let go of the document."""
        self.text.clear()
        self.forget_password()
        if self._rich is not None:
            self._rich.clear()
        if self._pdf is not None:
            self._pdf.clear()
        if self.selection is not None:
            self.selection.end()
