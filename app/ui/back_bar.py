"""The bar above a view that stands in another's place: the way back, and what this is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from app.ui.tokens import S4, S12


class BackBar(QFrame):
    """back, title: words that a person reads. `asked`: the button was pressed."""

    asked = Signal()

    def __init__(self, back: str, title: str) -> None:
        super().__init__()
        self.setProperty("kind", "bar")
        self.button = QPushButton(back)
        self.button.setProperty("kind", "quiet")
        self.button.setAccessibleName(back)
        self.button.clicked.connect(self.asked)
        words = QLabel(title)
        words.setProperty("kind", "strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(S12, S4, S12, S4)
        row.addWidget(self.button)
        row.addWidget(words)
        row.addStretch(1)
