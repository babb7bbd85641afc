"""Opens one document: PDF pages as they look, texts with headings and lists as formatted text,
everything else as the plain text that was read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.messages import Located
from app.core.types import DocumentView
from app.ui import words
from app.ui.context import Context
from app.ui.documents import formatted
from app.ui.documents.kinds import is_monospace
from app.ui.documents.text_reader import TextReader
from app.ui.elided import ElidedLabel
from app.ui.icons import icon
from app.ui.tokens import S4, S8, S12

if TYPE_CHECKING:
    from app.ui.documents.pdf_view import PdfView
    from app.ui.documents.rich_reader import RichReader

_ZOOM_STEP = 1.2


class Reader(QWidget):
    """One document at a time. `closed` asks to go back to where the person was."""

    closed = Signal()
    opened = Signal()
    """The document and, when a passage was asked for, its mark are shown."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._ticket = 0
        self._view: DocumentView | None = None
        self._pdf: PdfView | None = None
        self._rich: RichReader | None = None
        self._zoom = 1.0
        self.text = TextReader(context.theme)
        self._stack = QStackedWidget()
        self._waiting = QLabel(self.tr("Opening"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("kind", "quiet")
        self._stack.addWidget(self._waiting)
        self._stack.addWidget(self.text)

        self._back = QPushButton()
        self._back.setProperty("kind", "quiet")
        self._back.clicked.connect(self.closed)
        self._title = ElidedLabel(kind="strong")
        self._place = QLabel()
        self._place.setProperty("kind", "hint")
        self._smaller = self._tool(self.tr("Smaller"), lambda: self._set_zoom(1 / _ZOOM_STEP))
        self._larger = self._tool(self.tr("Larger"), lambda: self._set_zoom(_ZOOM_STEP))
        bar = QFrame()
        bar.setProperty("kind", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(S12, S4, S12, S4)
        row.setSpacing(S8)
        row.addWidget(self._back)
        row.addWidget(self._title, 1)
        row.addWidget(self._place)
        row.addWidget(self._smaller)
        row.addWidget(self._larger)
        self._note = QLabel()
        self._note.setProperty("kind", "hint")
        self._note.setWordWrap(True)
        self._note.setContentsMargins(S12, S4, S12, S4)
        self._note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self._note)
        layout.addWidget(self._stack, 1)
        for name, factor in (("zoom_in", _ZOOM_STEP), ("zoom_out", 1 / _ZOOM_STEP)):
            shortcut = QShortcut(self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda factor=factor: self._set_zoom(factor))
            context.keys.govern({name: shortcut})
        context.theme.changed.connect(self._tint)
        self.set_back_text(self.tr("Back"))
        self._tint()

    @property
    def pdf(self) -> PdfView | None:
        """The pages, when a PDF is shown as pages."""
        return self._pdf if self._stack.currentWidget() is self._pdf else None

    @property
    def rich(self) -> RichReader | None:
        """The formatted text, when a document is shown so."""
        return self._rich if self._stack.currentWidget() is self._rich else None

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
        self._back.setText(text)
        self._back.setAccessibleName(text)

    def open(self, file_id: int, start: int = 0, end: int = 0) -> None:
        """Open a document at text[start:end]; 0, 0 opens it at its beginning."""
        self._ticket += 1
        ticket = self._ticket
        if self._view is not None and self._view.file_id == file_id:
            self._go_to(self._view, start, end, ticket)
            return
        self._stack.setCurrentWidget(self._waiting)
        self._title.show_text("")
        self._place.clear()
        self._note.hide()
        library = self._context.loam.library
        self._context.tasks.call(
            lambda: library.open(file_id),
            lambda view: self._show(view, start, end, ticket),
            on_error=lambda error: self._refuse(error, ticket),
        )

    def clear(self) -> None:
        """Close the document; its file is free again."""
        self._ticket += 1
        self._view = None
        self.text.clear()
        if self._rich is not None:
            self._rich.clear()
        if self._pdf is not None:
            self._pdf.clear()

    def _show(self, view: DocumentView, start: int, end: int, ticket: int) -> None:
        if ticket != self._ticket:
            return
        self._view = view
        self._title.show_text(view.title or Path(view.path).name, tip=view.path)
        if view.kind == "pdf" and self._pages().load(view.path):
            self._stack.setCurrentWidget(self._pages())
            self._pages().setFocus()
        elif view.kind in formatted.KINDS:
            rich = self._formatted()
            rich.show_document(view)
            self._stack.setCurrentWidget(rich)
            rich.field.setFocus()
        else:
            if view.kind == "pdf":
                self._note.setText(
                    self.tr("The file can't be shown as it looks; this is the text that was read.")
                )
                self._note.show()
            self._show_plain(view, start, end)
        self._go_to(view, start, end, ticket)

    def _show_plain(self, view: DocumentView, start: int, end: int) -> None:
        self.text.show_text(view.text, start, end, is_monospace(view.kind))
        self._stack.setCurrentWidget(self.text)
        self.text.field.setFocus()

    def _go_to(self, view: DocumentView, start: int, end: int, ticket: int) -> None:
        pdf = self.pdf
        rich = self.rich
        if rich is not None and not rich.mark(start, end):
            # Such a passage is marked exactly in the plain text.
            self._show_plain(view, start, end)
            rich = None
        if pdf is None:
            if rich is None:
                self.text.mark(start, end)
            self._place.setText(self._words_for(view, start))
            self.opened.emit()
            return
        pdf.mark(())
        pdf.go_to_page(_page_of(view, start) if end > start else 1)
        if end <= start:
            self.opened.emit()
            return
        library = self._context.loam.library
        self._context.tasks.call(
            lambda: library.locate(view.file_id, start, end),
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

    def _formatted(self) -> RichReader:
        if self._rich is None:
            # What formats text is loaded with the first document that needs it.
            from app.ui.documents.rich_reader import RichReader

            self._rich = RichReader(self._context)
            self._rich.zoom(self._zoom)
            self._stack.addWidget(self._rich)
        return self._rich

    def _pages(self) -> PdfView:
        if self._pdf is None:
            # QtPdf is loaded with the first PDF that is opened.
            from app.ui.documents.pdf_view import PdfView

            self._pdf = PdfView(self._context.theme)
            self._pdf.page_changed.connect(self._show_page)
            self._stack.addWidget(self._pdf)
        return self._pdf

    def _show_page(self, page: int) -> None:
        if self._pdf is not None:
            self._place.setText(
                self.tr("Page {n} of {m}")
                .replace("{n}", words.number(page))
                .replace("{m}", words.number(self._pdf.pages))
            )

    def _words_for(self, view: DocumentView, start: int) -> str:
        if len(view.pages) < 2:
            return ""
        which = self.tr("Part {n} of {m}")
        number = next((i for i, p in enumerate(view.pages, 1) if p.start <= start < p.end), 1)
        return which.replace("{n}", words.number(number)).replace(
            "{m}", words.number(len(view.pages))
        )

    def _set_zoom(self, factor: float) -> None:
        pdf = self.pdf
        if pdf is not None:
            pdf.set_zoom(pdf.zoom * factor)
        else:
            self._zoom = max(0.6, min(3.0, self._zoom * factor))
            self.text.zoom(self._zoom)
            if self._rich is not None:
                self._rich.zoom(self._zoom)

    def _tool(self, name: str, action: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(action)
        return button

    def _tint(self) -> None:
        tokens = self._context.theme.tokens
        self._back.setIcon(icon("chevron-left", tokens.text))
        self._smaller.setIcon(icon("zoom-out", tokens.quiet))
        self._larger.setIcon(icon("zoom-in", tokens.quiet))


def _page_of(view: DocumentView, offset: int) -> int:
    """Number of the page that holds an offset; 1 when pages have no numbers."""
    for page in view.pages:
        if page.start <= offset < page.end and page.number is not None:
            return page.number
    return 1
