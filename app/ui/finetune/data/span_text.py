"""A text in which passages are marked with labels; offsets are those of Python strings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit

from app.services.dataset.types import Span
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S16

_OWN_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
)


class SpanText(QTextEdit):
    """To read and to select in, not to write. Keys that are no movement go to its parent."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self._spans: Sequence[Span] = ()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAcceptRichText(False)
        self.setAcceptDrops(False)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(self.tr("The text to label"))
        self.document().setDocumentMargin(S16)
        theme.changed.connect(self._mark)

    def show_text(self, text: str, spans: Sequence[Span]) -> None:
        """Another text, or other spans in the same one."""
        if text != self._text:
            self._text = text
            # As many characters as in the row: a line break of two would move all that follows.
            self.setPlainText(text.replace("\r\n", " \n").replace("\r", "\n"))
        self._spans = tuple(spans)
        self._mark()

    @property
    def selected(self) -> tuple[int, int]:
        """What is selected, without blanks around it; (0, 0) for nothing."""
        cursor = self.textCursor()
        start = self._character(cursor.selectionStart())
        end = self._character(cursor.selectionEnd())
        while start < end and self._text[start].isspace():
            start += 1
        while start < end and self._text[end - 1].isspace():
            end -= 1
        return (start, end) if start < end else (0, 0)

    @property
    def here(self) -> int:
        """Where the cursor stands."""
        return self._character(self.textCursor().position())

    def select(self, start: int, end: int) -> None:
        """Select text[start:end]."""
        cursor = self.textCursor()
        cursor.setPosition(self._unit(start))
        cursor.setPosition(self._unit(end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OWN_KEYS or event.key() == Qt.Key.Key_Tab:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _unit(self, character: int) -> int:
        """Qt counts UTF-16 units, Python characters."""
        return len(self._text[:character].encode("utf-16-le", "surrogatepass")) // 2

    def _character(self, unit: int) -> int:
        units = self._text.encode("utf-16-le", "surrogatepass")[: 2 * unit]
        return len(units.decode("utf-16-le", "ignore"))

    def _mark(self) -> None:
        marks = []
        look = QTextCharFormat()
        look.setBackground(QColor(self._theme.tokens.mark))
        for span in self._spans:
            extra = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(self._unit(span.start))
            cursor.setPosition(self._unit(span.end), QTextCursor.MoveMode.KeepAnchor)
            extra.cursor = cursor
            extra.format = look
            marks.append(extra)
        self.setExtraSelections(marks)
