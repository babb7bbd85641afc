"""Number fields as the other fields look."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox

from app.ui.tokens import S8


def inset(box: QAbstractSpinBox) -> None:
    """Keep the number off the edge: Qt ignores the style sheet's padding there."""
    box.lineEdit().setTextMargins(S8, 0, 0, 0)
