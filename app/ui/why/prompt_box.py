"""The prompt of an answer, folded away until somebody wants to see it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.core.types import Autopsy
from app.ui import words
from app.ui.finetune.labels import text_label
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S8

_HEIGHT = 320


class PromptBox(QWidget):
    """`shown`: it was unfolded or folded."""

    shown = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._text = ""
        self.toggle = QPushButton()
        self.toggle.setProperty("kind", "quiet")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._fold)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setProperty("kind", "quiet")
        self.copy.setAccessibleName(self.tr("Copy the prompt"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        self.field = QPlainTextEdit()
        self.field.setReadOnly(True)
        self.field.setAccessibleName(self.tr("The prompt"))
        self.field.setFixedHeight(_HEIGHT)
        self._note = text_label(kind="hint")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.toggle)
        head.addWidget(self.copy)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S8)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self.field)
        theme.changed.connect(self._tint)
        self._fold(False)

    def show_prompt(self, autopsy: Autopsy) -> None:
        """The prompt of an answer, folded; hidden when the model was not asked."""
        roles = {
            "system": self.tr("Instructions"),
            "user": self.tr("You"),
            "assistant": self.tr("Model"),
        }
        self._text = "\n\n".join(
            f"[{roles.get(part.role, part.role)}]\n{part.text}" for part in autopsy.prompt
        )
        note = self.tr("{n} characters more are not kept here.")
        self._note.setText(note.replace("{n}", words.number(autopsy.prompt_cut)))
        self._cut = autopsy.prompt_cut > 0
        self.toggle.setChecked(False)
        self._fold(False)
        self.setVisible(bool(autopsy.prompt))

    def _fold(self, unfolded: bool) -> None:
        if unfolded and self.field.toPlainText() != self._text:
            self.field.setPlainText(self._text)
        self.field.setVisible(unfolded)
        self.copy.setVisible(unfolded)
        self._note.setVisible(unfolded and self._cut)
        text = self.tr("Hide the prompt") if unfolded else self.tr("Show the prompt")
        self.toggle.setText(text)
        self.toggle.setAccessibleName(text)
        self._tint()
        self.shown.emit()

    _cut = False

    def _tint(self) -> None:
        picture = "chevron-up" if self.toggle.isChecked() else "chevron-down"
        self.toggle.setIcon(icon(picture, self._theme.tokens.quiet))
        self.copy.setIcon(icon("copy", self._theme.tokens.quiet))
