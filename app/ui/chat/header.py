"""The line above a chat: its title, and the buttons of the panel at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton

from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8, S24


class ChatHeader(QFrame):
    """`side_wanted` carries 'sources' or 'settings'."""

    side_wanted = Signal(str)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._full = ""
        self._title = QLabel()
        self._title.setProperty("kind", "strong")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sources = self._button(self.tr("Sources"), "sources")
        self.settings = self._button(self.tr("Chat settings"), "settings")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(S24, S4, S8, S4)
        layout.setSpacing(S4)
        layout.addWidget(self._title, 1)
        layout.addWidget(self.sources)
        layout.addWidget(self.settings)
        theme.changed.connect(self._tint)
        self._tint()
        self.allow_sources(False)

    def show_title(self, title: str) -> None:
        """Name the chat; a long title is cut at the end."""
        self._full = title
        self._title.setToolTip(title)
        self._cut()

    def allow_sources(self, allowed: bool) -> None:
        """Whether there are sources to show."""
        self.sources.setVisible(allowed)

    def show_sides(self, sources: bool, settings: bool) -> None:
        """Which panel is open."""
        self.sources.setChecked(sources)
        self.settings.setChecked(settings)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        metrics = QFontMetrics(self._title.font())
        room = max(40, self._title.width())
        self._title.setText(metrics.elidedText(self._full, Qt.TextElideMode.ElideRight, room))

    def _button(self, words: str, which: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setCheckable(True)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.side_wanted.emit(which))
        return button

    def _tint(self) -> None:
        color = self._theme.tokens.quiet
        self.sources.setIcon(icon("quote", color, 18))
        self.settings.setIcon(icon("sliders-horizontal", color, 18))
