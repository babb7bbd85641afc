"""Shows a document's extracted text with one passage marked. Large texts come in parts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QResizeEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.ui.documents.offsets import Part, offset, part_around, position, shown, unbroken
from app.ui.theme import ThemeKeeper
from app.ui.tokens import BASE_POINTS, READING_WIDTH, S8, S12, S16

_WRAP = QTextOption.WrapMode
_ZOOM_LEAST, _ZOOM_MOST = 0.6, 3.0


class TextField(QPlainTextEdit):
    """Lines no longer than can be read well; `whole_width` suits columns of code and tables."""

    whole_width = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit()
        super().resizeEvent(event)

    def fit(self) -> None:
        """Centre the lines in the width there is."""
        spare = 0 if self.whole_width else (self.width() - READING_WIDTH) // 2
        self.setViewportMargins(max(S16, spare), 0, max(0, spare - S16), 0)


class TextReader(QWidget):
    """Read-only text. monospace suits code and tables."""

    part_shown = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self._part = Part(0, 0)
        self._marked = (0, 0)
        self._zoom = 1.0
        self._monospace = False
        self.field = TextField()
        self.field.setReadOnly(True)
        self.field.setUndoRedoEnabled(False)
        self.field.setProperty("kind", "reader")
        self.field.setAccessibleName(self.tr("Text of the document"))
        self._earlier = self._turn_button(self.tr("Show what comes before"), self._turn_back)
        self._later = self._turn_button(self.tr("Show what follows"), self._turn_on)
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
        theme.changed.connect(self._restyle)

    @property
    def marked_text(self) -> str:
        """The marked passage as the field holds it."""
        selections = self.field.extraSelections()
        return selections[0].cursor.selectedText() if selections else ""

    @property
    def selected(self) -> tuple[int, int]:
        """What is selected, as offsets in the text; an empty range when nothing is."""
        cursor = self.field.textCursor()
        places = (cursor.selectionStart(), cursor.selectionEnd())
        start, end = (offset(self._text, self._part, place) for place in places)
        return start, end

    def show_text(self, text: str, start: int, end: int, monospace: bool = False) -> None:
        """Show a text at text[start:end], marked; an empty range marks nothing."""
        self._text = text
        self._monospace = self.field.whole_width = monospace
        self.field.fit()
        self._marked = (start, end)
        self._apply_font()
        self._show(part_around(text, start))
        self._go_to(start)

    def mark(self, start: int, end: int) -> None:
        """Mark text[start:end] and go there."""
        self._marked = (start, end)
        if not self._part.start <= start < max(self._part.end, 1):
            self._show(part_around(self._text, start))
        self._paint_mark()
        self._go_to(start)

    def clear(self) -> None:
        """Show nothing."""
        self._text = ""
        self._marked = (0, 0)
        self._show(Part(0, 0))

    def zoom(self, factor: float) -> None:
        """Text `factor` times the size of the design."""
        self._zoom = max(_ZOOM_LEAST, min(_ZOOM_MOST, factor))
        self._apply_font()

    def _show(self, part: Part) -> None:
        self._part = part
        letters = unbroken(self._text, part)
        self.field.setWordWrapMode(
            _WRAP.WrapAnywhere if letters else _WRAP.WrapAtWordBoundaryOrAnywhere
        )
        self.field.setPlainText(shown(self._text[part.start : part.end]))
        self._earlier.setVisible(part.start > 0)
        self._later.setVisible(part.end < len(self._text))
        self._paint_mark()
        self.part_shown.emit()

    def _turn_back(self) -> None:
        place = self._part.start
        self._show(part_around(self._text, max(0, place - 1)))
        self._go_to(place)

    def _turn_on(self) -> None:
        place = self._part.end
        self._show(part_around(self._text, place))
        self._go_to(place)

    def _go_to(self, offset: int) -> None:
        cursor = self.field.textCursor()
        cursor.setPosition(position(self._text, self._part, offset))
        self.field.setTextCursor(cursor)
        self.field.centerCursor()

    def _paint_mark(self) -> None:
        start, end = self._marked
        if end <= start or end <= self._part.start or start >= self._part.end:
            self.field.setExtraSelections([])
            return
        cursor = QTextCursor(self.field.document())
        cursor.setPosition(position(self._text, self._part, start))
        cursor.setPosition(position(self._text, self._part, end), QTextCursor.MoveMode.KeepAnchor)
        look = QTextCharFormat()
        look.setBackground(QColor(self._theme.tokens.mark))
        look.setForeground(QColor(self._theme.tokens.text))
        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor
        selection.format = look
        self.field.setExtraSelections([selection])

    def _restyle(self) -> None:
        self._apply_font()
        self._paint_mark()

    def _apply_font(self) -> None:
        points = BASE_POINTS * self._zoom
        font = self._theme.monospace(points) if self._monospace else self.font()
        font.setPointSizeF(self._theme.scaled(points))
        # The style sheet's font would win over setFont on the field itself.
        self.field.document().setDefaultFont(font)

    def _turn_button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "quiet")
        button.setAccessibleName(text)
        button.clicked.connect(action)
        button.hide()
        return button
