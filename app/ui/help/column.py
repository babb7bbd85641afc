"""What the sections of the help dialog are built of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.tokens import S8, S12, S24


class Column(QWidget):
    """A heading and what stands below it."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(S24, S24, S24, S8)
        self.column.setSpacing(S12)

    def head(self, title: str) -> None:
        """Begin with a title."""
        self.column.addWidget(text(title, "title"))


def text(words: str, kind: str = "") -> QLabel:
    """A label that wraps and shows its text as it is."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if kind:
        label.setProperty("kind", kind)
    return label
