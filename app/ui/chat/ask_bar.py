"""A card above the message field that asks something: its words and the answers to it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.ui.tokens import S8, S12


class AskBar(QFrame):
    """Give it its answers with `offer`, and its words with `say`."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(S12, S8, S12, S8)
        self._layout.setSpacing(S8)
        self._layout.addWidget(self._text)

    def offer(self, *buttons: QPushButton) -> None:
        """The answers, from the left."""
        row = QHBoxLayout()
        row.setSpacing(S8)
        for button in buttons:
            button.setAccessibleName(button.text())
            row.addWidget(button)
        row.addStretch(1)
        self._layout.addLayout(row)

    def say(self, text: str) -> None:
        """Ask, and come into view."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()
