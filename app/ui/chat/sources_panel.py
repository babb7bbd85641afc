"""The passages that an answer was drawn from; a click opens the document there."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.chat.side_panel import SidePanel
from app.ui.chat.source_words import heading, place, wrapping
from app.ui.theme import ThemeKeeper
from app.ui.tokens import RADIUS, S4, S8, S12

if TYPE_CHECKING:
    from app.core.types import Source

_SHOWN = 700
_AT_ONCE = 12
"""Cards that are drawn in one turn of the event loop."""


class SourcesPanel(SidePanel):
    """`opened`: a Source was clicked."""

    opened = Signal(object)

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__(theme, QCoreApplication.translate("SourcesPanel", "Sources"))
        self._cards: dict[int, _Card] = {}
        self._empty = QLabel(self.tr("This answer rests on no document."))
        self._empty.setProperty("kind", "quiet")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        self.body.addStretch(1)
        self._sources: tuple[Source, ...] = ()
        self._pending: deque[Source] = deque()
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._draw_some)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is shown."""
        return self._sources

    def show_sources(self, sources: tuple[Source, ...]) -> None:
        """Show the sources of one answer."""
        if sources == self._sources:
            return
        self._sources = sources
        for card in self._cards.values():
            self.body.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = {}
        self._pending = deque(sources)
        self._draw_some()
        self._empty.setVisible(not sources)

    def _draw_some(self) -> None:
        """Some more cards; the rest comes with the next turns, so that a long list freezes
        nothing."""
        for _ in range(min(_AT_ONCE, len(self._pending))):
            source = self._pending.popleft()
            card = _Card(self._theme, source)
            card.opened.connect(self.opened)
            self.body.insertWidget(len(self._cards), card)
            self._cards[source.number] = card
        if self._pending:
            self._later.start()

    def select(self, number: int) -> None:
        """Mark one source and bring it into sight."""
        while self._pending and number not in self._cards:
            self._draw_some()
        for each, card in self._cards.items():
            card.mark(each == number)
        if number in self._cards:
            self.area.ensureWidgetVisible(self._cards[number], 0, S12)


class _Card(QFrame):
    opened = Signal(object)

    def __init__(self, theme: ThemeKeeper, source: Source) -> None:
        super().__init__()
        self._theme = theme
        self._source = source
        self._marked = False
        self.setObjectName("source")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        hit = source.hit
        number = QLabel(str(source.number))
        number.setProperty("kind", "chip")
        name = QLabel(wrapping(place(source)))
        name.setProperty("kind", "strong")
        name.setWordWrap(True)
        name.setTextFormat(Qt.TextFormat.PlainText)
        top = QHBoxLayout()
        top.setSpacing(S8)
        top.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(name, 1)
        text = wrapping(hit.passage.text)
        passage = QLabel(text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …")
        passage.setWordWrap(True)
        passage.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S12, S12, S12)
        layout.setSpacing(S8)
        layout.addLayout(top)
        if heading(source):
            path = QLabel(wrapping(heading(source)))
            path.setProperty("kind", "hint")
            path.setWordWrap(True)
            path.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(path)
        layout.addWidget(passage)
        if source.hit.score > 0:  # passages that were not searched for have none
            layout.addLayout(self._score())
        words = self.tr("Source {n}: {place}").replace("{n}", str(source.number))
        self.setAccessibleName(words.replace("{place}", place(source)))
        self.setAccessibleDescription(passage.text())
        theme.changed.connect(self._paint_frame)
        self._paint_frame()

    def mark(self, marked: bool) -> None:
        """Stand out among the others."""
        self._marked = marked
        self._paint_frame()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.opened.emit(self._source)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self._source)
        else:
            super().keyPressEvent(event)

    def _score(self) -> QHBoxLayout:
        hit = self._source.hit
        row = QHBoxLayout()
        row.setSpacing(S8)
        bar = _ScoreBar(self._theme, hit.score)
        shown = QLabel(QLocale().toString(hit.score, "f", 2))
        shown.setProperty("kind", "hint")
        row.addWidget(bar)
        row.addWidget(shown)
        row.addStretch(1)
        tip = self.tr(
            "How well this passage matches the question, 0 to 1. "
            "Nearness in meaning {cosine}, match of words {keyword}."
        )
        tip = tip.replace("{cosine}", QLocale().toString(hit.cosine, "f", 2))
        tip = tip.replace("{keyword}", QLocale().toString(hit.keyword, "f", 1))
        bar.setToolTip(tip)
        shown.setToolTip(tip)
        return row

    def _paint_frame(self) -> None:
        tokens = self._theme.tokens
        line = tokens.accent if self._marked else tokens.line
        ground = tokens.accent_ground if self._marked else tokens.surface
        self.setStyleSheet(
            f"#source {{ background: {ground}; border: 1px solid {line};"
            f" border-radius: {RADIUS}px; }}"
            f"#source:hover {{ border-color: {tokens.accent}; }}"
            f"#source:focus {{ border: 2px solid {tokens.accent}; }}"
        )


class _ScoreBar(QWidget):
    def __init__(self, theme: ThemeKeeper, share: float) -> None:
        super().__init__()
        self._theme = theme
        self._share = max(0.0, min(1.0, share))
        self.setFixedSize(96, S4)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(whole, 2, 2)
        whole.setWidth(whole.width() * self._share)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(whole, 2, 2)
        painter.end()
