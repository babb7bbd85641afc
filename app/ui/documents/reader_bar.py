"""The line above an open document: the way back, its title, the place in it, its size."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton

from app.ui.elided import ElidedLabel
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S12

ZOOM_STEP = 1.2


class ReaderBar(QFrame):
    """`zoomed` gives the factor by which the document shall grow."""

    closed = Signal()
    zoomed = Signal(float)
    look_switched = Signal(bool)
    """Whether pages are wanted instead of text."""

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "bar")
        self._back = QPushButton()
        self._back.setProperty("kind", "quiet")
        self._back.clicked.connect(self.closed)
        self.title = ElidedLabel(kind="strong")
        self.place = QLabel()
        self.place.setProperty("kind", "hint")
        self._pages = False
        self.look = QPushButton()
        self.look.setProperty("kind", "link")
        self.look.clicked.connect(lambda: self.look_switched.emit(not self._pages))
        self.offer_look(False)
        self._smaller = self._tool(self.tr("Smaller"), 1 / ZOOM_STEP)
        self.larger = self._tool(self.tr("Larger"), ZOOM_STEP)
        row = QHBoxLayout(self)
        row.setContentsMargins(S12, S4, S12, S4)
        row.setSpacing(S8)
        row.addWidget(self._back)
        row.addWidget(self.title, 1)
        row.addWidget(self.place)
        row.addWidget(self.look)
        row.addWidget(self._smaller)
        row.addWidget(self.larger)
        self.set_back_text(self.tr("Back"))
        theme.changed.connect(self._tint)
        self._tint()

    def set_back_text(self, text: str) -> None:
        """Where the back button leads."""
        self._back.setText(text)
        self._back.setAccessibleName(text)

    def offer_look(self, offered: bool, pages: bool = False) -> None:
        """Offer the other look; pages: they are shown now."""
        self._pages = pages
        text = self.tr("Show the text") if pages else self.tr("Show the pages")
        self.look.setText(text)
        self.look.setAccessibleName(text)
        self.look.setToolTip(
            self.tr("The text that was read and is searched")
            if pages
            else self.tr("As they look; of office files as LibreOffice lays them out")
        )
        self.look.setVisible(offered)

    def _tool(self, name: str, factor: float) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(lambda: self.zoomed.emit(factor))
        return button

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._back.setIcon(icon("chevron-left", tokens.text))
        self._smaller.setIcon(icon("zoom-out", tokens.quiet))
        self.larger.setIcon(icon("zoom-in", tokens.quiet))
