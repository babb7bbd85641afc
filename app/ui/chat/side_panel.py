"""A panel at the right: a title, a button that closes it, and its content."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8, S12, S16


class SidePanel(QWidget):
    """Put widgets into `body`; it scrolls."""

    closed = Signal()

    def __init__(self, theme: ThemeKeeper, title: str) -> None:
        super().__init__()
        self._theme = theme
        label = QLabel(title)
        label.setProperty("kind", "heading")
        self._close = QToolButton()
        self._close.setProperty("kind", "icon")
        self._close.setAccessibleName(self.tr("Close panel"))
        self._close.setToolTip(self.tr("Close panel"))
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setContentsMargins(S16, S12, S8, S8)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(self._close)
        inside = QWidget()
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(S16, 0, S16, S16)
        self.body.setSpacing(S8)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        inside.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.area, 1)
        theme.changed.connect(self._tint)
        self._tint()

    def _tint(self) -> None:
        self._close.setIcon(icon("x", self._theme.tokens.quiet, 18))
