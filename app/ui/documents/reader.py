"""Opens one document: PDF pages as they look, texts with headings and lists as formatted text,
everything else as the plain text that was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.core.errors import LoamError, NoLook
from app.core.messages import Located, PagesShown
from app.core.types import DocumentView
from app.ui.context import Context
from app.ui.documents import formatted, places
from app.ui.documents.page_look import PageLook
from app.ui.documents.passwords import Passwords
from app.ui.documents.reader_bar import ZOOM_STEP, ReaderBar
from app.ui.documents.reader_views import ReaderViews
from app.ui.tokens import S4, S12

if TYPE_CHECKING:
    from app.ui.documents.locked_view import LockedView
    from app.ui.documents.page_select import PageSelection
    from app.ui.documents.pdf_view import PdfView
    from app.ui.documents.rich_reader import RichReader


class Reader(QWidget):
    """One document at a time. `closed` asks to go back to where the person was."""

    closed = Signal()
    opened = Signal()
    """The document and, when a passage was asked for, its mark are shown."""

    def __init__(self, context: Context, passwords: Passwords) -> None:
        super().__init__()
        self._context = context
        self._passwords = passwords
        self._ticket = 0
        self._view: DocumentView | None = None
        self._wanted = (0, 0)
        self._look = PageLook(context)
        self._as_pages = False
        self._views = ReaderViews(context)
        self._views.page_changed.connect(self._show_page)
        self._views.unlocked.connect(self._unlock)
        self._views.text_asked.connect(self._show_text)
        self.text = self._views.text
        self.bar = ReaderBar(context.theme)
        self.bar.closed.connect(self.closed)
        self.bar.zoomed.connect(self._views.zoom)
        self.bar.look_switched.connect(self._switch_look)
        self._note = QLabel(
            self.tr("The file can't be shown as it looks; this is the text that was read.")
        )
        self._note.setProperty("kind", "hint")
        self._note.setWordWrap(True)
        self._note.setContentsMargins(S12, S4, S12, S4)
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._note)
        layout.addWidget(self._views, 1)
        for name, factor in (("zoom_in", ZOOM_STEP), ("zoom_out", 1 / ZOOM_STEP)):
            shortcut = QShortcut(self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda factor=factor: self._views.zoom(factor))
            context.keys.govern({name: shortcut})

    @property
    def pdf(self) -> PdfView | None:
        """The pages, when a PDF is shown as pages."""
        return self._views.pdf

    @property
    def selection(self) -> PageSelection | None:
        """What is selected on pages, once something could be."""
        return self._views.selection

    def selectable(self, ask: Callable[[int], None]) -> PageSelection:
        """Words can be selected on the pages shown. ask: for the words of a page."""
        return self._views.selectable(ask)

    @property
    def rich(self) -> RichReader | None:
        """The formatted text, when a document is shown so."""
        return self._views.rich

    @property
    def locked(self) -> LockedView | None:
        """The question for a password, while it is asked."""
        return self._views.locked

    @property
    def marked_text(self) -> str:
        """The marked passage of a text as it is shown."""
        rich = self.rich
        return self.text.marked_text if rich is None else rich.marked_text

    @property
    def document(self) -> DocumentView | None:
        """What is open."""
        return self._view

    def set_back_text(self, text: str) -> None:
        """Where the back button leads."""
        self.bar.set_back_text(text)

    def open(self, file_id: int, start: int = 0, end: int = 0) -> None:
        """Open a document at text[start:end]; 0, 0 opens it at its beginning."""
        self._ticket += 1
        ticket = self._ticket
        if self._view is not None and self._view.file_id == file_id:
            self._go_to(self._view, start, end, ticket)
            return
        self._views.wait()
        self.bar.title.show_text("")
        self.bar.place.clear()
        self._note.hide()
        library = self._context.loam.library
        self._context.tasks.call(
            lambda: library.open(file_id),
            lambda view: self._show(view, start, end, ticket),
            on_error=lambda error: self._refuse(error, ticket),
        )

    def show_text(self) -> None:
        """Show the text that was read, however the document looks: one can select in it."""
        if self._view is not None and self._views.currentWidget() is not self.text:
            self._views.show_plain(self._view, *self._wanted)

    def clear(self) -> None:
        """Close the document; its file is free again."""
        self._ticket += 1
        self._view = None
        self._as_pages = False
        self._look.give_up()
        self.bar.offer_look(False)
        self._views.clear()

    def _show(self, view: DocumentView, start: int, end: int, ticket: int) -> None:
        if ticket != self._ticket:
            return
        self._view = view
        self.bar.title.show_text(view.title or Path(view.path).name, tip=view.path)
        password = self._passwords.of(view.file_id)
        if view.kind == "pdf" and self._views.pages().load(view.path, password):
            self._views.show_pages()
        elif view.kind == "pdf" and self._views.pages().locked:
            self._views.ask_password()
        else:
            self._note.setVisible(view.kind == "pdf")
            if view.kind != "image":
                self._show_read(view, start, end)
        self._as_pages = self._look.wanted(view)
        self.bar.offer_look(self._look.offered(view), self._as_pages)
        self._go_to(view, start, end, ticket)

    def _show_read(self, view: DocumentView, start: int, end: int) -> None:
        """The text that was read, formatted where it can be."""
        if view.kind in formatted.KINDS:
            self._views.show_formatted(view)
        else:
            self._views.show_plain(view, start, end)

    def _switch_look(self, pages: bool) -> None:
        view = self._view
        if view is None:
            return
        self._look.remember(view, pages)
        self._look.give_up()
        self._as_pages = pages
        self._note.hide()
        self.bar.offer_look(True, pages)
        if not pages:
            self._show_read(view, *self._wanted)
        self._go_to(view, *self._wanted, self._ticket)

    def _take_pages(self, shown: PagesShown, ticket: int) -> None:
        view = self._view
        if ticket != self._ticket or view is None or not self._as_pages:
            return
        if not self._views.pages().load(shown.path):
            self._no_pages(NoLook(path=view.title, reason="the file is damaged"), ticket)
            return
        pages = self._views.show_pages()
        pages.go_to_page(places.page_of(view, self._wanted[0]))
        pages.mark(shown.located.pages)
        self.opened.emit()

    def _no_pages(self, error: LoamError, ticket: int) -> None:
        """The text is shown already."""
        if ticket != self._ticket or self._view is None:
            return
        self._as_pages = False
        self.bar.offer_look(True)
        if self._view.kind == "image":
            self._note.show()
            self._show_read(self._view, *self._wanted)
        else:
            self._context.notices.show(error)
        self._go_to(self._view, *self._wanted, ticket)

    def _unlock(self, password: str) -> None:
        view = self._view
        if view is None:
            return
        if self._views.pages().load(view.path, password):
            self._passwords.keep([view.file_id], password)
            self._views.forget_password()
            self._views.show_pages()
            self._go_to(view, *self._wanted, self._ticket)
        elif self._views.pages().locked:
            self._views.ask_password(wrong=True)
        else:
            self._show_text()

    def _show_text(self) -> None:
        view = self._view
        if view is not None:
            self._note.show()
            self._views.show_plain(view, *self._wanted)
            self._go_to(view, *self._wanted, self._ticket)

    def _go_to(self, view: DocumentView, start: int, end: int, ticket: int) -> None:
        self._wanted = (start, end)
        if self.locked is not None:
            self.bar.place.clear()
            self.opened.emit()
            return
        if self._as_pages:
            self._look.ask(
                view,
                start,
                end,
                lambda shown: self._take_pages(shown, ticket),
                lambda error: self._no_pages(error, ticket),
            )
            if self._views.waiting or self._views.pdf is not None:
                return
        pdf = self.pdf
        rich = self.rich
        if rich is not None and not rich.mark(start, end):
            # Such a passage is marked exactly in the plain text.
            self._views.show_plain(view, start, end)
            rich = None
        if pdf is None:
            if rich is None:
                self.text.mark(start, end)
            self.bar.place.setText(places.part_words(view, start))
            self.opened.emit()
            return
        pdf.mark(())
        pdf.go_to_page(places.page_of(view, start) if end > start else 1)
        if end <= start:
            self.opened.emit()
            return
        library, password = self._context.loam.library, self._passwords.of(view.file_id)
        self._context.tasks.call(
            lambda: places.locate(library, view.file_id, start, end, password),
            lambda located: self._mark(located, ticket),
            on_error=lambda error: self._not_located(error, ticket),
        )

    def _mark(self, located: Located, ticket: int) -> None:
        pdf = self.pdf
        if ticket == self._ticket and pdf is not None:
            pdf.mark(located.pages)
            self.opened.emit()

    def _not_located(self, error: LoamError, ticket: int) -> None:
        # The page is shown already; only the mark is missing.
        if ticket == self._ticket:
            self._context.notices.show(error)
            self.opened.emit()

    def _refuse(self, error: LoamError, ticket: int) -> None:
        self._context.notices.show(error)
        if ticket == self._ticket:
            self._view = None
            self.closed.emit()

    def _show_page(self, page: int) -> None:
        self.bar.place.setText(places.page_words(page, self._views.pages().pages))
