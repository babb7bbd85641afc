"""A plain page that a model without a chat template writes on: one editor, Continue, Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.chat.gauge import ContextGauge
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import READING_WIDTH, S8, S12, S16, S24

if TYPE_CHECKING:
    from app.core.types import GenerationStats


class CompletionView(QWidget):
    """What the model wrote is tinted until the person edits the paragraph that it stands in."""

    wanted = Signal(str)
    stopped = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._running = False
        self._stop_words = ""
        self._writing = False
        self.editor = QPlainTextEdit()
        self.editor.setAccessibleName(self.tr("Text"))
        self.editor.setPlaceholderText(
            self.tr("Write a beginning; the model goes on from where it ends.")
        )
        self.editor.setTabChangesFocus(True)
        self.editor.setAcceptDrops(False)
        self.editor.document().contentsChange.connect(self._edited)
        self._go = QPushButton()
        self._go.setIconSize(QSize(20, 16))
        self._go.clicked.connect(self._press)
        self._state = QLabel()
        self._state.setProperty("kind", "quiet")
        self._gauge = ContextGauge(theme)
        foot = QHBoxLayout()
        foot.setSpacing(S12)
        foot.addWidget(self._gauge)
        foot.addWidget(self._state, 1)
        foot.addWidget(self._go)
        inside = QWidget()
        inside.setMaximumWidth(READING_WIDTH)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addWidget(self.editor, 1)
        column.addLayout(foot)
        across = QHBoxLayout(self)
        across.setContentsMargins(S24, S16, S24, S16)
        across.addStretch(1)
        across.addWidget(inside, 10_000)
        across.addStretch(1)
        theme.changed.connect(self._tint)
        self.show_running(False)

    @property
    def text(self) -> str:
        """The whole page."""
        return self.editor.toPlainText()

    def show_text(self, text: str) -> None:
        """Replace the page; nothing is tinted."""
        self._writing = True
        self.editor.setPlainText(text)
        self._writing = False
        self.editor.moveCursor(QTextCursor.MoveOperation.End)

    def append(self, text: str) -> None:
        """The model wrote more. The view follows a reader who is at the end."""
        bar = self.editor.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.editor.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._writing = True
        cursor.insertText(text, self._tinted())
        self._writing = False
        if at_end:
            bar.setValue(bar.maximum())

    def show_running(self, running: bool) -> None:
        """Whether the model is writing: the page can't be changed then."""
        self._running = running
        self.editor.setReadOnly(running)
        text = self.tr("Stop") if running else self.tr("Continue")
        self._go.setText(text)
        self._go.setAccessibleName(text)
        self._go.setToolTip(self._stop_words if running else self.tr("Let the model write on"))
        self._go.setProperty("kind", "" if running else "primary")
        self._go.style().unpolish(self._go)
        self._go.style().polish(self._go)
        self._tint()
        if not running:
            self.show_work("")

    def show_keys(self, stop: str) -> None:
        """What ends the writing without the mouse."""
        self._stop_words = stop
        if self._running:
            self._go.setToolTip(stop)

    def show_work(self, words: str) -> None:
        """Say what goes on while no words come."""
        self._state.setText(words)

    def show_stats(self, stats: GenerationStats | None) -> None:
        """How full the model's mind is."""
        self._gauge.show_use(
            stats.context_used if stats else 0, stats.context_length if stats else 0
        )

    def _press(self) -> None:
        if self._running:
            self.stopped.emit()
        elif self.text:
            self.wanted.emit(self.text)

    def _edited(self, position: int, removed: int, added: int) -> None:
        if self._writing or self._running or not (removed or added):
            return
        cursor = QTextCursor(self.editor.document())
        cursor.setPosition(position)
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.setPosition(
            min(position + added, self.editor.document().characterCount() - 1),
            QTextCursor.MoveMode.KeepAnchor,
        )
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self._writing = True
        cursor.setCharFormat(QTextCharFormat())
        self._writing = False

    def _tinted(self) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(QColor(self._theme.tokens.accent))
        return form

    def _tint(self) -> None:
        tokens = self._theme.tokens
        if self._running:
            self._go.setIcon(icon("square", tokens.text, 16, gap=4))
        else:
            self._go.setIcon(icon("play", tokens.on_accent, 16, gap=4))
