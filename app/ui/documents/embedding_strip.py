"""Over the documents while they are prepared for another embedding model: how far it is, what
answers meanwhile, and what can be done."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout

from app.core.types import EmbedderState
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.labels import text_label
from app.ui.footer import Estimate
from app.ui.models.rows import say
from app.ui.notices import do_text, what_text
from app.ui.tokens import S4, S8, S12

_STEPS = 1000


class EmbeddingStrip(QFrame):
    """Hidden while the library is built with the model that is chosen."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._work = context.embedding
        self.setProperty("kind", "banner")
        self.title = text_label("", "strong")
        self.detail = text_label("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Documents prepared for the embedding model"))
        self.go_on = self._button(self.tr("Go on"), self._work.begin)
        self.keep = self._button(self.tr("Use the default one"), self._keep)
        self.stop = self._button(self.tr("Stop"), self._work.stop)
        self.stop.setAccessibleName(self.tr("Stop preparing the documents"))
        self.stop.setToolTip(self.tr("What is prepared is kept."))
        texts = QVBoxLayout()
        texts.setSpacing(S4)
        for widget in (self.title, self.bar, self.detail):
            texts.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(S12, S8, S12, S8)
        row.setSpacing(S8)
        row.addLayout(texts, 1)
        for button in (self.keep, self.go_on, self.stop):
            row.addWidget(button)
        self._estimate = Estimate()
        self._pace = QTimer(self, interval=500)
        self._pace.timeout.connect(self.draw)
        self._work.changed.connect(self.draw)
        self.hide()
        self._work.look()

    def draw(self) -> None:
        """Say how it is by now."""
        state, running = self._work.state, self._work.running
        broken = state is not None and state.wanted is None
        shown = state is not None and (running or state.is_due or broken)
        self.setVisible(shown)
        if running and shown != self._pace.isActive():
            self._estimate = Estimate()
            self._pace.start()
        elif not running:
            self._pace.stop()
        if state is None or not shown:
            return
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        self.stop.setEnabled(not self._work.stopping)
        self.go_on.setVisible(not running and not broken)
        self._offer_before(state, running, broken)
        if running:
            self._show_progress(state)
        elif broken:
            say(self.title, self.tr("The embedding model can't be used"), "strong")
            say(self.detail, state.problem, "")
        else:
            self._show_rest(state)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw()

    def _show_progress(self, state: EmbedderState) -> None:
        if state.wanted and state.wanted.id != state.current.id:
            text = self.tr("Preparing documents for {name}")
            text = text.replace("{name}", state.wanted.name)
        else:  # what was chosen is not looked at yet
            text = self.tr("Preparing documents for the embedding model")
        say(self.title, text, "strong")
        parts = []
        progress = self._work.progress
        if self._work.stopping:
            parts.append(self.tr("Stopping"))
        elif progress is not None and progress.total > 0:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(round(_STEPS * progress.fraction))
            done = self.tr("{done} of {all}").replace("{done}", words.number(int(progress.done)))
            parts.append(done.replace("{all}", words.passages(int(progress.total))))
            left = self._estimate.seconds_left(progress, time.monotonic())
            if left is not None:
                parts.append(words.time_left(left))
        else:
            self.bar.setRange(0, 0)
        parts.append(self._meanwhile(state))
        say(self.detail, "  ·  ".join(parts), "")

    def _show_rest(self, state: EmbedderState) -> None:
        assert state.wanted is not None
        text = self.tr("Documents are not prepared for {name} yet")
        say(self.title, text.replace("{name}", state.wanted.name), "strong")
        done = self.tr("{done} of {all}").replace("{done}", words.number(state.ready))
        parts = [done.replace("{all}", words.passages(state.passages)), self._meanwhile(state)]
        if self._work.error is not None:
            parts = [f"{what_text(self._work.error)} {do_text(self._work.error)}".strip(), parts[1]]
        elif state.deaths:
            text = self.tr("The index's process ended during it, maybe for lack of memory")
            parts.append(text)
        say(self.detail, "  ·  ".join(parts), "")

    def _meanwhile(self, state: EmbedderState) -> str:
        if state.words:
            return self.tr("Until then only words are searched")
        return self.tr("Searches use {name} meanwhile").replace("{name}", state.current.name)

    def _offer_before(self, state: EmbedderState, running: bool, broken: bool) -> None:
        """A button back to what answers, or, where that is what can't be used, to the default."""
        usable = bool(state.current.dimension) and not state.words
        if broken and not usable:
            text = self.tr("Use the default one")
        else:
            text = self.tr("Keep {name}").replace("{name}", state.current.name)
        self.keep.setText(text)
        self.keep.setAccessibleName(text)
        self.keep.setVisible(not running and (broken or usable))

    def _keep(self) -> None:
        state = self._work.state
        if state is not None:
            self._work.choose(state.current.place if state.current.dimension else "")

    def _button(self, text: str, action: object) -> QPushButton:
        button = QPushButton(text)
        button.setAccessibleName(text)
        button.clicked.connect(action)
        return button
