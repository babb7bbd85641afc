"""Where a message is written: the field, what it is asked of, Send that turns into Stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import literal
from app.ui.chat.gauge import ContextGauge
from app.ui.chat.growing_field import GrowingField
from app.ui.icons import icon
from app.ui.shortcuts import Keys
from app.ui.theme import ThemeKeeper, set_kind
from app.ui.tokens import S4, S8, S12

if TYPE_CHECKING:
    from app.core.types import Collection, GenerationStats

_CHIP_EDGES, _CHIP_LEAST, _CHIP_MOST = 50, 24, 40
"""Pixels around a chip's name and at least for it; letters of it at most."""


class Composer(QFrame):
    """`submitted` carries what was written, which stays in the field until `clear`."""

    submitted = Signal(str)
    stopped = Signal()
    attached = Signal(int)
    detached = Signal(int)
    add_files = Signal()
    add_pictures = Signal()
    filter_wanted = Signal()
    filter_dropped = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._running = False
        self._send_words = self._stop_words = ""
        self._costs_known = False
        self._all: Sequence[Collection] = ()
        self._chosen: Sequence[int] = ()
        self._only = ""
        self._may_be_empty = False
        self.setProperty("kind", "card")
        self.field = GrowingField()
        self.field.setAccessibleName(self.tr("Message"))
        self.field.entered.connect(self._enter)
        self.field.textChanged.connect(self._allow)
        self._chips = QWidget()
        self._chip_row = QHBoxLayout(self._chips)
        self._chip_row.setContentsMargins(0, 0, 0, 0)
        self._chip_row.setSpacing(S4)
        self._chip_row.addStretch(1)
        self._chips.hide()
        self._plus = QToolButton()
        self._plus.setProperty("kind", "icon")
        self._plus.setAccessibleName(self.tr("Answer from documents"))
        self._plus.setToolTip(self.tr("Answer from documents"))
        self._plus.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._plus.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._plus.setMenu(self._menu)
        self._gauge = ContextGauge(theme)
        self._rate = QLabel()
        self._rate.setProperty("kind", "hint")
        self._rate.setMinimumWidth(1)  # it gives way, and must not keep a window wide
        self._send = QPushButton()
        self._send.setProperty("kind", "primary")
        self._send.setIconSize(QSize(20, 16))
        self._send.clicked.connect(self._press)
        foot = QHBoxLayout()
        foot.setSpacing(S12)
        foot.addWidget(self._plus)
        self._tools = QHBoxLayout()
        foot.addLayout(self._tools)
        foot.addWidget(self._gauge)
        foot.addWidget(self._rate)
        foot.addStretch(1)
        foot.addWidget(self._send)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S8, S8, S8)
        layout.setSpacing(S4)
        layout.addWidget(self._chips)
        layout.addWidget(self.field)
        layout.addLayout(foot)
        theme.changed.connect(self._tint)
        self._tint()
        self.show_running(False)
        self.show_collections((), ())

    def follow(self, keys: Keys) -> None:
        """Have the keys that the person chose."""
        for name in ("send", "newline", "stop"):
            keys.watch(name, lambda: self._take_keys(keys))

    @property
    def text(self) -> str:
        """What is written, without blanks around it."""
        return self.field.toPlainText().strip()

    def add_tool(self, tool: QWidget) -> None:
        """A small button beside the one that adds documents, and after it on the way of Tab."""
        last = self._tools.itemAt(self._tools.count() - 1)
        self._tools.addWidget(tool)
        self.setTabOrder((last and last.widget()) or self._plus, tool)
        self._fit()

    def add_above(self, widget: QWidget) -> None:
        """Something that goes with the message, above its text."""
        self._layout.insertWidget(self._layout.indexOf(self.field), widget)

    def let_send(self, empty: bool) -> None:
        """Whether a message without words may be sent."""
        self._may_be_empty = empty
        self._allow()

    def clear(self) -> None:
        """The message went out."""
        self.field.clear()

    def show_running(self, running: bool) -> None:
        """Whether an answer is under way: Send is Stop then."""
        self._running = running
        text = self.tr("Stop") if running else self.tr("Send")
        self._send.setText(text)
        self._send.setAccessibleName(text)
        self._send.setToolTip(self._stop_words if running else self._send_words)
        set_kind(self._send, "" if running else "primary")
        self._tint()
        self._allow()

    def show_collections(
        self, everything: Sequence[Collection], chosen: Sequence[int], only: str = ""
    ) -> None:
        """The collections there are, and which of them this chat answers from, as chips; only:
        which of their documents count, in words, empty for all."""
        self._all, self._chosen, self._only = everything, chosen, only
        while self._chip_row.count() > 1:
            item = self._chip_row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        names = {each.id: each for each in everything}
        for place, which in enumerate(chosen):
            if which in names:
                self._chip_row.insertWidget(place, self._chip(names[which]))
        if only and chosen:
            chip = self._drop_chip(only, self.tr("Let all documents count again"))
            chip.clicked.connect(self.filter_dropped)
            self._chip_row.insertWidget(self._chip_row.count() - 1, chip)
        self._chips.setVisible(any(which in names for which in chosen))
        self._fit()
        if chosen:
            self.field.setPlaceholderText(self.tr("Ask your documents"))
        else:
            self.field.setPlaceholderText(self.tr("Write a message"))

    def show_stats(self, stats: GenerationStats | None) -> None:
        """What the last answer cost; None hides it."""
        self._gauge.show_use(
            stats.context_used if stats else 0, stats.context_length if stats else 0
        )
        written = stats is not None and stats.answer_tokens > 0
        rate = QLocale().toString(stats.answer_rate, "f", 1) if stats else ""
        self._rate.setText(self.tr("{n} tokens/s").replace("{n}", rate) if written else "")
        self._rate.setToolTip(
            self.tr("How fast the model writes. A token is about three quarters of a word.")
        )
        self._costs_known = stats is not None
        self._fit()

    def _take_keys(self, keys: Keys) -> None:
        self.field.send_keys, self.field.newline_keys = keys.of("send"), keys.of("newline")
        self._send_words, self._stop_words = keys.words("send"), keys.words("stop")
        self._send.setToolTip(self._stop_words if self._running else self._send_words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, figures give way to the buttons, and names are cut."""
        room = self.width() - self._plus.sizeHint().width() - self._send.sizeHint().width()
        room -= 5 * S12 + self._tools.sizeHint().width()
        left = self._gauge.fit(room if self._costs_known else 0)
        self._rate.setVisible(S12 + self._rate.sizeHint().width() <= left)
        chips = [each for each in self._chips.findChildren(QPushButton) if not each.isHidden()]
        metrics = self._chips.fontMetrics()
        share = (self.width() - 2 * S12) // max(1, len(chips)) - _CHIP_EDGES
        for chip in chips:
            most = max(_CHIP_LEAST, min(_CHIP_MOST * metrics.averageCharWidth(), share))
            whole = str(chip.property("whole"))
            shown = metrics.elidedText(whole, Qt.TextElideMode.ElideRight, most)
            chip.setText(literal.on_button(shown))

    def _chip(self, collection: Collection) -> QPushButton:
        words = self.tr("Stop answering from {name}").replace("{name}", collection.name)
        chip = self._drop_chip(collection.name, words)
        chip.clicked.connect(lambda: self.detached.emit(collection.id))
        return chip

    def _drop_chip(self, text: str, words: str) -> QPushButton:
        """A chip that goes when it is clicked."""
        chip = QPushButton(literal.on_button(text))
        chip.setProperty("whole", text)
        chip.setProperty("kind", "chip")
        chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        chip.setIcon(icon("x", self._theme.tokens.accent, 14))
        chip.setAccessibleName(f"{text}. {words}" if text == self._only else words)
        chip.setToolTip(literal.tip(words))
        return chip

    def _fill_menu(self) -> None:
        self._menu.clear()
        for collection in self._all:
            action = self._menu.addAction(literal.on_button(collection.name))
            action.setCheckable(True)
            action.setChecked(collection.id in self._chosen)
            action.triggered.connect(
                lambda on, which=collection.id: (self.attached if on else self.detached).emit(which)
            )
        if self._all:
            self._menu.addSeparator()
        if self._chosen:
            some = self._menu.addAction(self.tr("Only some documents…"))
            some.setCheckable(True)
            some.setChecked(bool(self._only))
            some.triggered.connect(lambda: self.filter_wanted.emit())
        add = self._menu.addAction(self.tr("Add files…"))
        add.setIcon(icon("file-plus", self._theme.tokens.quiet, 16))
        add.triggered.connect(lambda: self.add_files.emit())
        pictures = self._menu.addAction(self.tr("Add pictures…"))
        pictures.setIcon(icon("image", self._theme.tokens.quiet, 16))
        pictures.triggered.connect(lambda: self.add_pictures.emit())

    def _press(self) -> None:
        if self._running:
            self.stopped.emit()
        else:
            self._enter()

    def _enter(self) -> None:
        if not self._running and (self.text or self._may_be_empty):
            self.submitted.emit(self.text)

    def _allow(self) -> None:
        allowed = self._running or self._may_be_empty or bool(self.text)
        if allowed != self._send.isEnabled():
            self._send.setEnabled(allowed)
            self._tint()

    def _tint(self) -> None:
        tokens = self._theme.tokens
        self._plus.setIcon(icon("plus", tokens.quiet, 18))
        if self._running:
            self._send.setIcon(icon("square", tokens.text, 16, gap=4))
        else:
            color = tokens.on_accent if self._send.isEnabled() else tokens.quiet
            self._send.setIcon(icon("arrow-up", color, 16, gap=4))
        for index in range(self._chip_row.count() - 1):
            item = self._chip_row.itemAt(index)
            widget = item.widget() if item is not None else None
            if isinstance(widget, QPushButton):
                widget.setIcon(icon("x", tokens.accent, 14))
