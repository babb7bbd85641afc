"""Rendered text as high as it is long, without scroll bars of its own.

It loads nothing from disk or network: the only pictures are formulas and chips that Loam drew.
Links open nothing by themselves; citations are told to whoever listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QToolTip

from app.ui.chat.links import ask_and_open
from app.ui.chat.painter import Painter
from app.ui.copied import as_plain_text

_PICTURE = "\ufffc"
_INDENT = 28
_DOUBT = "check:"


class TextView(QTextBrowser):
    """passage: gives the tooltip of a citation by its number; doubt: that of a sentence that no
    source says, by its number from 0."""

    cited = Signal(int)

    def __init__(
        self,
        painter: Painter,
        passage: Callable[[int], str] | None = None,
        doubt: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__()
        self._painter = painter
        self._passage = passage
        self._doubt = doubt
        self._html = ""
        self.setProperty("kind", "plain")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().setIndentWidth(_INDENT)
        self.document().setDefaultStyleSheet(painter.css)
        self.anchorClicked.connect(self._clicked)

    def show_html(self, html: str) -> None:
        """Replace the text; what is selected stays so where the text before it is the same."""
        if html == self._html:
            return
        self._html = html
        cursor = self.textCursor()
        anchor, position = cursor.anchor(), cursor.position()
        self.setHtml(html)
        if _DOUBT in html:
            self._underline()
        elif self.accessibleDescription():
            self.setAccessibleDescription("")
        if anchor != position:
            self._select(anchor, position)
        # Only a text with links is a stop on the way of the Tab key.
        linked = "<a " in html
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if linked else Qt.FocusPolicy.ClickFocus)

    def restyle(self) -> None:
        """The look changed: take up the new style sheet; the caller shows its HTML again."""
        self.document().setDefaultStyleSheet(self._painter.css)
        self._html = ""

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        document = self.document()
        if document.textWidth() != width:
            document.setTextWidth(width)
        return round(document.size().height() + 0.49)

    def ideal_width(self) -> int:
        """Width of the longest line when nothing is wrapped."""
        document = self.document()
        kept = document.textWidth()
        document.setTextWidth(-1)
        ideal = document.idealWidth()
        document.setTextWidth(kept)
        return int(ideal) + 2

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        # Qt would go on to look for a file if nothing came back, hence the empty picture.
        address = name.toString() if isinstance(name, QUrl) else name
        if kind == QTextDocument.ResourceType.ImageResource.value:
            scheme, _, rest = address.partition(":")
            if scheme == "chip" and rest.isdigit():
                return self._painter.chip(int(rest), self.devicePixelRatioF())
            if scheme == "math":
                picture = self._painter.math.picture(address, self.devicePixelRatioF())
                if picture is not None:
                    return picture
        empty = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
        empty.fill(Qt.GlobalColor.transparent)
        return empty

    def createMimeDataFromSelection(self) -> QMimeData:
        return as_plain_text(super().createMimeDataFromSelection(), self.selected_text())

    def selected_text(self) -> str:
        """The selection as plain text, with [n] for citations and LaTeX for formulas."""
        cursor = self.textCursor()
        text = cursor.selection().toPlainText().replace("\u00a0", " ")
        for name in self._pictures(cursor.selectionStart(), cursor.selectionEnd()):
            words = f"[{name[5:]}]" if name.startswith("chip:") else self._painter.math.source(name)
            text = text.replace(_PICTURE, words, 1)
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().viewportEvent(event)

    def _show_tip(self, at: QPoint, place: QPoint) -> None:
        address = self.anchorAt(at)
        scheme, _, rest = address.partition(":")
        if scheme == "cite" and rest.isdigit() and self._passage is not None:
            address = self._passage(int(rest))
        if scheme == "check":
            self._show_doubt(rest, place)
        elif address:
            QToolTip.showText(place, address, self)
        else:
            QToolTip.hideText()

    def _clicked(self, url: QUrl) -> None:
        # As it is opened: letters that only look like others come out as what they are.
        address = bytes(url.toEncoded().data()).decode("ascii")
        scheme, _, rest = address.partition(":")
        if scheme == "cite" and rest.isdigit():
            self.cited.emit(int(rest))
        elif scheme == "check":
            # For those who came here by keys, or touch where nothing hovers.
            self._show_doubt(rest, self.mapToGlobal(self.cursorRect().bottomLeft()))
        else:
            ask_and_open(self, address)

    def _show_doubt(self, number: str, place: QPoint) -> None:
        if self._doubt is not None and number.isdigit():
            QToolTip.showText(place, f"<p>{escape(self._doubt(int(number)))}</p>", self)

    def _underline(self) -> None:
        """Dots under each sentence that no source says, and words for those who can't see them."""
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        look.setUnderlineColor(QColor(self._painter.theme.tokens.warning))
        said: dict[str, str] = {}
        for piece in list(self._fragments()):
            name = piece.charFormat().anchorHref()
            if not name.startswith(_DOUBT):
                continue
            cursor = self.textCursor()
            cursor.setPosition(piece.position())
            end = piece.position() + piece.length()
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(look)
            said[name] = said.get(name, "") + piece.text()
        if self._doubt is not None:
            told = [f"{self._doubt(int(name[len(_DOUBT) :]))} “{t}”" for name, t in said.items()]
            self.setAccessibleDescription("\n".join(told))

    def _fragments(self, start: int = 0, end: int = -1) -> Iterator[QTextFragment]:
        """Stretches of one format between two positions (-1: the end)."""
        block = self.document().findBlock(start)
        while block.isValid() and (end < 0 or block.position() < end):
            at = block.begin()
            while not at.atEnd():
                yield at.fragment()
                at += 1
            block = block.next()

    def _select(self, anchor: int, position: int) -> None:
        last = self.document().characterCount() - 1
        cursor = self.textCursor()
        cursor.setPosition(min(anchor, last))
        cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _pictures(self, start: int, end: int) -> list[str]:
        found: list[str] = []
        for piece in self._fragments(start, end):
            form = piece.charFormat()
            if form.isImageFormat():
                last = min(end, piece.position() + piece.length())
                inside = range(max(start, piece.position()), last)
                found.extend(form.toImageFormat().name() for _ in inside)
        return found
