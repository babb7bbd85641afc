"""Shows a document as formatted text with one passage marked, a part of it at a time.

It loads nothing: the only pictures are formulas that Loam drew, and a link is opened only after
the person saw where it leads.
"""

from __future__ import annotations

import bisect
import dataclasses
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.core.types import DocumentView
from app.ui.chat.links import ask_and_open
from app.ui.chat.painter import Painter
from app.ui.context import Context
from app.ui.copied import as_plain_text
from app.ui.documents import formatted
from app.ui.documents.formatted import Span
from app.ui.render.look import Look, css
from app.ui.tokens import READING_WIDTH, S8, S12, S16, S24

_INDENT = 28


class RichReader(QWidget):
    """Read-only. `marked_text` is the passage as it is shown."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._painter = Painter(context)
        self._theme = context.theme
        self._view: DocumentView | None = None
        self._cuts: tuple[int, ...] = (0,)
        self._part = 0
        self._span = Span(0, 0)
        self._mark: tuple[int, int] | None = None
        self._zoom = 1.0
        self.field = RichField(self._painter)
        self.field.setAccessibleName(self.tr("Text of the document"))
        self._earlier = self._turn_button(self.tr("Show what comes before"), -1)
        self._later = self._turn_button(self.tr("Show what follows"), 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(S12, 0, S12, 0)
        foot.setSpacing(S8)
        foot.addWidget(self._earlier)
        foot.addStretch(1)
        foot.addWidget(self._later)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.field, 1)
        layout.addLayout(foot)
        self._painter.restyled.connect(self._draw_again)
        self._painter.formulas_ready.connect(self._draw_again)

    @property
    def marked_text(self) -> str:
        """The marked passage as the field shows it; paragraphs divided by line ends."""
        pieces = [each.cursor.selectedText() for each in self.field.extraSelections()]
        return "\n".join(pieces).replace("\u2028", "\n").replace("\u00a0", " ")

    def show_document(self, view: DocumentView) -> None:
        """Take a document; `mark` shows it."""
        self._view = view
        self._cuts = formatted.parts(view.text, view.headings)

    def mark(self, start: int, end: int) -> bool:
        """Show the part that holds text[start:end], marked, and go there; an empty range goes to
        `start` only. Whether the passage could be marked."""
        self._span = Span(start, end)
        self._show(bisect.bisect_right(self._cuts, start) - 1)
        self._go_to(self._mark[0] if self._mark else 0)
        return self._mark is not None or end <= start

    def clear(self) -> None:
        """Show nothing."""
        self._view, self._mark = None, None
        self.field.clear()
        self.field.setExtraSelections([])

    def zoom(self, factor: float) -> None:
        """Text `factor` times the size of the design."""
        self._zoom = factor
        self._draw_again()

    def _turn(self, step: int) -> None:
        self._show(self._part + step)
        self._go_to(0)
        self.field.setFocus()

    def _show(self, part: int) -> None:
        self._part = max(0, min(part, len(self._cuts) - 1))
        self._draw()
        self._earlier.setVisible(self._part > 0)
        self._later.setVisible(self._part < len(self._cuts) - 1)

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        look = self._look()
        document = self.field.document()
        document.setDefaultStyleSheet(css(look))
        self.field.setHtml(self._html(view, look))
        self._mark = self._take_marks(document)
        self._paint_mark()

    def _html(self, view: DocumentView, look: Look) -> str:
        start = self._cuts[self._part]
        end = (*self._cuts, len(view.text))[self._part + 1]
        text = view.text[start:end]
        inside = self._span.within(start, end)
        span = Span(inside.start - start, inside.end - start) if inside else Span(0, 0)
        if view.kind == "markdown":
            from app.ui.render.blocks import Block, Kind
            from app.ui.render.html import HtmlWriter

            source = formatted.marked_markdown(text, span)
            return HtmlWriter(look, self._painter.math).write(Block(Kind.TEXT, source))
        headings = {each.start - start: each.level for each in view.headings}
        breaks = {page.start - start for page in view.pages}
        return formatted.html(text, headings, breaks, span, look.tokens.line)

    def _take_marks(self, document: QTextDocument) -> tuple[int, int] | None:
        """Take the marks out of the document; where they stood."""
        places = []
        for mark in (formatted.BEGIN, formatted.END):
            cursor = document.find(mark)
            if not cursor.isNull():
                places.append(cursor.selectionStart())
                cursor.removeSelectedText()
        return (places[0], places[1]) if len(places) == 2 else None

    def _paint_mark(self) -> None:
        document = self.field.document()
        start, end = self._mark or (0, 0)
        form = QTextCharFormat()
        form.setBackground(QColor(self._theme.tokens.mark))
        form.setForeground(QColor(self._theme.tokens.text))
        selections = []
        block = document.findBlock(start)
        # One for each paragraph and cell: Qt would stretch a selection over whole tables.
        while block.isValid() and block.position() < end:
            cursor = QTextCursor(document)
            cursor.setPosition(max(start, block.position()))
            last = block.position() + block.length() - 1
            cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
            if cursor.hasSelection():
                selection = QTextEdit.ExtraSelection()
                selection.cursor = cursor
                selection.format = form
                selections.append(selection)
            block = block.next()
        self.field.setExtraSelections(selections)

    def _go_to(self, position: int) -> None:
        cursor = QTextCursor(self.field.document())
        cursor.setPosition(position)
        self.field.setTextCursor(cursor)
        self._centre()
        # Before it is shown for the first time, the field has not its width yet.
        QTimer.singleShot(0, self, self._centre)

    def _centre(self) -> None:
        field = self.field
        bar = field.verticalScrollBar()
        above = field.cursorRect().top() - field.viewport().height() // 3
        bar.setValue(bar.value() + above if field.textCursor().position() else 0)

    def _draw_again(self) -> None:
        """Another look, or formulas instead of their source; the place stays."""
        bar = self.field.verticalScrollBar()
        before = bar.value() / max(1, bar.maximum())
        self._draw()
        bar.setValue(round(before * bar.maximum()))

    def _look(self) -> Look:
        look = self._painter.look
        return dataclasses.replace(
            look,
            points=look.points * self._zoom,
            pixels=look.pixels * self._zoom,
            x_height=look.x_height * self._zoom,
        )

    def _turn_button(self, text: str, step: int) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "quiet")
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self._turn(step))
        button.hide()
        return button


class RichField(QTextBrowser):
    """Lines no longer than can be read well; nothing is ever loaded for them."""

    part_shown = Signal()

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = painter
        self.setProperty("kind", "reader")
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(S16)
        self.document().setIndentWidth(_INDENT)
        self.anchorClicked.connect(self._clicked)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        # Qt would go on to look for a file if nothing came back, hence the empty picture.
        address = name.toString() if isinstance(name, QUrl) else name
        if kind == QTextDocument.ResourceType.ImageResource.value and address.startswith("math:"):
            picture = self._painter.math.picture(address, self.devicePixelRatioF())
            if picture is not None:
                return picture
        empty = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        empty.fill(Qt.GlobalColor.transparent)
        return empty

    def createMimeDataFromSelection(self) -> QMimeData:
        text = self.textCursor().selection().toPlainText().replace("\u00a0", " ")
        return as_plain_text(super().createMimeDataFromSelection(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        spare = (self.width() - READING_WIDTH) // 2
        self.setViewportMargins(max(S8, spare), 0, max(0, spare - S24), 0)
        super().resizeEvent(event)

    def _clicked(self, url: QUrl) -> None:
        ask_and_open(self, bytes(url.toEncoded().data()).decode("ascii"))
