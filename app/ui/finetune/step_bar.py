"""The five steps on top of the Fine-tune page, each with its state."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from app.ui.finetune.step import Step
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8

_NARROW = 640


class StepBar(QFrame):
    """One button a step; a tick stands before those that are done. A step that can't be opened
    yet says why in its tooltip."""

    chosen = Signal(str)

    def __init__(self, theme: ThemeKeeper, steps: Sequence[Step]) -> None:
        super().__init__()
        self._theme = theme
        self._steps = steps
        self._current = ""
        self.setProperty("kind", "bar")
        self._buttons: dict[str, QPushButton] = {}
        self._states: dict[str, QLabel] = {}
        self._titles = {s.key: QCoreApplication.translate("pages", s.title) for s in steps}
        self._narrow = False
        row = QHBoxLayout(self)
        row.setContentsMargins(S8, S4, S8, S4)
        row.setSpacing(S8)
        for number, step in enumerate(steps, 1):
            button = QPushButton(f"{number}  {self._titles[step.key]}")
            button.setProperty("kind", "quiet")
            button.setCheckable(True)
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _on, key=step.key: self._choose(key))
            state = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
            state.setProperty("kind", "hint")
            # Long words of one step must not push the others about.
            state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column = QVBoxLayout()
            column.setSpacing(0)
            column.addWidget(button)
            column.addWidget(state)
            row.addLayout(column, 1)
            self._buttons[step.key] = button
            self._states[step.key] = state
            step.state_changed.connect(self.refresh)
        self._settled = QTimer(self, singleShot=True, interval=0)
        self._settled.timeout.connect(self.refresh)
        theme.changed.connect(self.refresh)

    def select(self, key: str) -> None:
        """Mark the step that is in front."""
        self._current = key
        self.refresh()

    def refresh(self) -> None:
        """Say every step's state as it is now."""
        tokens = self._theme.tokens
        for step in self._steps:
            button, words = self._buttons[step.key], step.state()
            reason = step.why_not()
            button.setEnabled(not reason)
            button.setToolTip(reason)
            button.setChecked(step.key == self._current)
            ticked = step.done() and not self._narrow
            button.setIcon(icon("check", tokens.accent, 16) if ticked else QIcon())
            title = self._titles[step.key]
            button.setAccessibleName(f"{title}: {words}" if words else title)
            state = self._states[step.key]
            room = max(0, state.width())
            shown = state.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
            state.setText(shown)
            state.setToolTip(words if shown != words else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._narrow = event.size().width() < _NARROW
        for number, step in enumerate(self._steps, 1):
            title = self._titles[step.key]
            self._buttons[step.key].setText(title if self._narrow else f"{number}  {title}")
        # The labels have their new widths only once the layout has run.
        self._settled.start()

    def _choose(self, key: str) -> None:
        self.refresh()
        self.chosen.emit(key)
