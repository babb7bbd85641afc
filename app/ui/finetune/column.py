"""A step's page: one column in the middle that scrolls, no wider than text can be read."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.tokens import S16, S24

WIDE = 860


class _Across(QWidget):
    """As tall as its text needs at the width it gets, not at the narrowest one."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


class ScrollColumn(QScrollArea):
    """Add to `body`; a stretch stays at its end."""

    def __init__(self, widest: int = WIDE) -> None:
        super().__init__()
        inside = QWidget()
        inside.setMaximumWidth(widest)
        column = QVBoxLayout(inside)
        column.setContentsMargins(S24, S24, S24, S24)
        self.body = QVBoxLayout()
        self.body.setSpacing(S16)
        column.addLayout(self.body)
        column.addStretch(1)
        across = _Across()
        row = QHBoxLayout(across)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inside, 1000)
        row.addStretch(1)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(across)
