"""The tools that a model called for an answer: one line that opens to what it looked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.core.types import ToolStep
from app.ui import words
from app.ui.chat.flow import Flow
from app.ui.chat.painter import Painter
from app.ui.icons import icon
from app.ui.tokens import S4, S8

_MOST_TITLES = 3


class StepsView(Flow):
    """Closed until it is clicked."""

    space_below = S8
    toggled = Signal()

    def __init__(self, painter: Painter) -> None:
        super().__init__(S4)
        self._painter = painter
        self.button = QToolButton()
        self.button.setProperty("kind", "icon")
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        painter.restyled.connect(self._restyle)
        self._restyle()
        self.button.toggled.connect(self._toggle)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setProperty("kind", "hint")
        self.text.setAccessibleName(self.tr("What the model looked for"))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addStretch(1)
        self.add(line)
        self.add(self.text)
        self.text.hide()

    def show_steps(self, steps: Sequence[ToolStep]) -> None:
        """Say what was done."""
        said = self.tr("The model searched your documents once")
        if len(steps) > 1:
            said = self.tr("The model searched your documents {n} times")
            said = said.replace("{n}", words.number(len(steps)))
        self.button.setText(said)
        self.button.setAccessibleName(said)
        self.text.setText("\n".join(map(self._line, steps)))
        self.touch()

    def _line(self, step: ToolStep) -> str:
        if not step.found:
            return (
                self.tr("“{what}”: {why}")
                .replace("{why}", step.problem)
                .replace("{what}", step.asked)
            )
        titles = ", ".join(step.found[:_MOST_TITLES])
        if len(step.found) > _MOST_TITLES:
            more = self.tr("{titles} and {n} more").replace("{titles}", titles)
            titles = more.replace("{n}", words.number(len(step.found) - _MOST_TITLES))
        return (
            self.tr("“{what}”: found in {titles}")
            .replace("{titles}", titles)
            .replace("{what}", step.asked)
        )

    def _restyle(self) -> None:
        self.button.setIcon(icon("search", self._painter.theme.tokens.quiet, 16))

    def _toggle(self, opened: bool) -> None:
        self.text.setVisible(opened)
        self.touch()
        self.toggled.emit()
