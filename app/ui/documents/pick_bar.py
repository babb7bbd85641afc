"""The bar over the Documents page while a passage is to be selected for a question."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from app.ui.elided import ElidedLabel
from app.ui.tokens import S4, S8, S12


class PickBar(QFrame):
    """`taken`: what is selected is the passage; `given_up`: never mind."""

    taken = Signal()
    given_up = Signal()
    text_wanted = Signal()
    """Select in the text that was read, not on the pages."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self._question = ElidedLabel(kind="strong")
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self.take = self._button(self.tr("This is the passage"), self.taken.emit)
        self.take.setProperty("kind", "primary")
        self.leave = self._button(self.tr("Never mind"), self.given_up.emit)
        self.as_text = self._button(self.tr("Select in the text"), self.text_wanted.emit)
        self.as_text.setProperty("kind", "link")
        texts = QVBoxLayout()
        texts.setSpacing(S4)
        texts.addWidget(self._question)
        texts.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(S12, S8, S12, S8)
        row.setSpacing(S8)
        row.addLayout(texts, 1)
        row.addWidget(self.as_text)
        row.addWidget(self.leave)
        row.addWidget(self.take)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def ask(self, question: str, reading: bool, on_pages: bool = False) -> None:
        """Show what is wanted. reading: a document is open, so that a passage can be selected;
        on_pages: on its pages as they look."""
        self._question.show_text(question)
        self.as_text.setVisible(on_pages)
        if on_pages:
            text = self.tr(
                "Draw over the passage that holds the right answer, or choose its words with Shift "
                "and the arrows."
            )
        elif reading:
            text = self.tr("Select the passage that holds the right answer.")
        else:
            text = self.tr("Open the document that holds the right answer.")
        self.say(text)
        self.take.setVisible(reading)
        self.show()

    def say(self, text: str) -> None:
        """Another hint."""
        self._hint.setText(text)

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(action)
        return button
