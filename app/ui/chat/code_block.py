"""A block of code: its language, a button that copies it, the code with colours."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.ui.chat.code_colors import CodeColors
from app.ui.chat.painter import Painter
from app.ui.icons import icon
from app.ui.render.blocks import Block
from app.ui.tokens import RADIUS, S4, S8, S12

_COPIED_MS = 1500


class CodeBlock(QWidget):
    """Shows one CODE block; `show_block` again while it grows. A block that goes on with the one
    before has no head. `copy_wanted`: the button was pressed; `copy` follows with all parts."""

    copy_wanted = Signal()

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self._painter = painter
        self._code = ""
        self._language = ""
        self._closed = False
        self.continued = False
        self.space_below = S12
        self._label = QLabel()
        self._label.setProperty("kind", "hint")
        self._copy = QToolButton()
        self._copy.setProperty("kind", "icon")
        self._copy.setAccessibleName(self.tr("Copy code"))
        self._copy.setToolTip(self.tr("Copy code"))
        self._copy.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._copy.clicked.connect(self.copy_wanted)
        self._text = _Code()
        self._text.setAccessibleName(self.tr("Code"))
        self._colors = CodeColors(self._text.document(), painter.theme.tokens)
        for child in (self._label, self._copy, self._text):
            child.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tick = QTimer(self, singleShot=True, interval=_COPIED_MS)
        self._tick.timeout.connect(self._tint)
        self.restyle()

    @property
    def code(self) -> str:
        """The code as text."""
        return self._code

    def show_block(self, block: Block, final: bool) -> None:
        """Draw the code; `final` once it will not grow any more."""
        code = block.source
        self.continued = block.continued
        self._label.setVisible(not block.continued)
        self._copy.setVisible(not block.continued)
        if block.language != self._language:
            self._language = block.language
            self._label.setText(block.language)
        if code != self._code:
            self._text.show_code(self._code, code)
            self._code = code
            if not final:
                self._colors.grew(code, self._language)
        if final and not self._closed:
            self._closed = True
            self._colors.whole(code, self._language)

    def restyle(self) -> None:
        """The look changed."""
        tokens = self._painter.theme.tokens
        self.update()
        self._text.setFont(self._painter.theme.monospace(9.5))
        self._text.setTabStopDistance(4 * self._text.fontMetrics().horizontalAdvance(" "))
        self._colors.restyle(tokens)
        self._tint()

    def copy(self, code: str) -> None:
        """Put code on the clipboard and say so for a moment."""
        QGuiApplication.clipboard().setText(code)
        self._copy.setIcon(icon("check", self._painter.theme.tokens.accent, 16))
        self._copy.setToolTip(self.tr("Copied"))
        self._tick.start()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._head() + self._text.height_at(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        head = self._copy.sizeHint()
        width = self.width()
        self._label.setGeometry(S12, S4, max(0, width - head.width() - S12 - S4), head.height())
        self._copy.setGeometry(width - head.width() - S4, S4, head.width(), head.height())
        top = self._head()
        self._text.setGeometry(0, top, width, max(0, self.height() - top))

    def paintEvent(self, event: QPaintEvent) -> None:
        # A style sheet of its own would cost each block a millisecond to make.
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._painter.theme.tokens.code_ground))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        painter.end()

    def _head(self) -> int:
        return 0 if self.continued else S4 + self._copy.sizeHint().height()

    def _tint(self) -> None:
        self._copy.setIcon(icon("copy", self._painter.theme.tokens.quiet, 16))
        self._copy.setToolTip(self.tr("Copy code"))


class _Code(QPlainTextEdit):
    """Plain code as high as it has lines; long lines scroll sideways."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("kind", "plain")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(S8)
        self.setViewportMargins(S4, 0, S4, 0)

    def show_code(self, old: str, new: str) -> None:
        if new.startswith(old) and old:
            cursor = QTextCursor(self.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(new[len(old) :])
        else:
            self.setPlainText(new)

    def height_at(self, width: int) -> int:
        lines = self.document().blockCount()
        height = lines * self.fontMetrics().lineSpacing() + 2 * S8
        if self.document().size().width() + 2 * S4 > width:
            height += self.horizontalScrollBar().sizeHint().height()
        return height

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x():
            super().wheelEvent(event)
        else:
            event.ignore()
