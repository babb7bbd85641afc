"""A long text that was pasted into the field: offered to be kept as a document instead, so that
answers find and cite its places."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QBoxLayout, QPushButton

from app.ui import words
from app.ui.chat.ask_bar import AskBar
from app.ui.chat.composer import Composer


class LongText(QObject):
    """Puts its question at the front of `layout` when it is needed. `wanted`: a text shall become
    a document; it is no longer in the field."""

    wanted = Signal(str)

    def __init__(self, composer: Composer, layout: QBoxLayout) -> None:
        super().__init__()
        self._field = composer.field
        self._layout = layout
        self._text = ""
        self.bar: LongTextBar | None = None
        self._field.textChanged.connect(self._look)

    def offer(self, text: str) -> None:
        """Ask about a text that was just pasted."""
        if self.bar is None:
            self.bar = LongTextBar()
            self.bar.keep.clicked.connect(self._drop)
            self.bar.add.clicked.connect(self._take)
            self._layout.insertWidget(0, self.bar)
        self._text = text
        self.bar.ask(len(text))

    def _take(self) -> None:
        text = self._text
        # What else was written stays.
        rest = self._field.toPlainText().replace(text.replace("\r\n", "\n"), "", 1)
        self._field.setPlainText(rest)
        self._drop()
        self.wanted.emit(text)

    def _look(self) -> None:
        """Sent, or deleted, it is no longer asked about."""
        if self._text and self._field.document().characterCount() < len(self._text) // 2:
            self._drop()

    def _drop(self) -> None:
        self._text = ""
        if self.bar is not None:
            self.bar.hide()
        self._field.setFocus()


class LongTextBar(AskBar):
    """The question, with both answers."""

    def __init__(self) -> None:
        super().__init__()
        self.add = QPushButton(self.tr("Add as document"))
        self.keep = QPushButton(self.tr("Leave it in the message"))
        self.keep.setProperty("kind", "quiet")
        self.offer(self.add, self.keep)

    def ask(self, characters: int) -> None:
        """characters: how long the text is."""
        text = self.tr(
            "That is a long text ({n} characters). As a document it need not fit into one message, "
            "and answers cite their places in it."
        )
        self.say(text.replace("{n}", words.number(characters)))
