"""Pictures for a model that sees none: what can be done with them instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from app.ui.chat.ask_bar import AskBar


class BlindBar(AskBar):
    """`read`: the text in them is wanted; `given_up`: nothing is."""

    read = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._read = QPushButton(self.tr("Read the text"))
        self._read.setProperty("kind", "primary")
        self._read.setToolTip(self.tr("The text in it is recognised and becomes a document"))
        self._read.clicked.connect(self.read)
        self._no = QPushButton(self.tr("Cancel"))
        self._no.setProperty("kind", "quiet")
        self._no.clicked.connect(self.given_up)
        self.offer(self._read, self._no)

    def ask(self, readable: bool) -> None:
        """readable: there is a file whose text can be read."""
        text = self.tr("This model can't see pictures. ")
        if readable:
            text += self.tr(
                "Read the text in it instead, or choose a model that sees (one with a vision "
                "add-on) in the menu above."
            )
        else:
            text += self.tr(
                "Choose one that does (with a vision add-on) in the menu above, and paste it again."
            )
        self._read.setVisible(readable)
        self.say(text)
        (self._read if readable else self._no).setFocus()
