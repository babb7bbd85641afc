"""Pictures for a model that sees none: what can be done with them instead."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.ui.tokens import S8, S12


class BlindBar(QFrame):
    """`read`: the text in them is wanted; `given_up`: nothing is."""

    read = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._read = QPushButton(self.tr("Read the text"))
        self._read.setProperty("kind", "primary")
        self._read.setToolTip(self.tr("The text in it is recognised and becomes a document"))
        self._read.clicked.connect(self.read)
        self._no = QPushButton(self.tr("Cancel"))
        self._no.setProperty("kind", "quiet")
        self._no.clicked.connect(self.given_up)
        buttons = QHBoxLayout()
        buttons.setSpacing(S8)
        for button in (self._read, self._no):
            button.setAccessibleName(button.text())
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S8, S12, S8)
        layout.setSpacing(S8)
        layout.addWidget(self._text)
        layout.addLayout(buttons)

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
        self._text.setText(text)
        self.setAccessibleName(text)
        self._read.setVisible(readable)
        self.show()
        (self._read if readable else self._no).setFocus()
