"""Labels as the Fine-tune page uses them: plain text that wraps and never widens its column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy


def text_label(text: str = "", kind: str = "") -> QLabel:
    """A label of a style kind."""
    label = QLabel(text)
    if kind:
        label.setProperty("kind", kind)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
