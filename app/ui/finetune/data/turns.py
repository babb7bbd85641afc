"""The turns of a row as fields to edit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.messages import Turn
from app.services.dataset.types import TEXT
from app.ui.finetune.data import say
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper
from app.ui.tokens import S4, S8
from app.ui.wrap_layout import WrapLayout

_LEAST_LINES, _MOST_LINES = 2, 14


class WordsField(QPlainTextEdit):
    """Grows with its text. Ctrl+Enter says `kept`, Esc says `left`; Tab goes on."""

    kept = Signal()
    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(False)
        self.textChanged.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if ctrl and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.kept.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(_LEAST_LINES, int(self.document().size().height())))
        around = 2 * self.document().documentMargin() + 2 * S8
        height = math.ceil(lines * self.fontMetrics().lineSpacing() + around)
        if height != self.minimumHeight():
            self.setFixedHeight(height)


class TurnsEditor(QWidget):
    """`changed` comes with each key; `kept` with Ctrl+Enter, `left` with Esc in a field."""

    changed = Signal()
    kept = Signal()
    left = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._fields: list[tuple[str, WordsField]] = []
        self._shown: tuple[Turn, ...] = ()
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(S8)
        self.add_exchange = self._link(self.tr("Add a question and its answer"))
        self.add_exchange.clicked.connect(self._add_exchange)
        self.add_system = self._link(self.tr("Add instructions"))
        self.add_system.setToolTip(
            self.tr("What the model is told before the conversation, such as whom it speaks for.")
        )
        self.add_system.clicked.connect(self._add_system)
        links = QWidget()
        more = WrapLayout(links, S4)
        more.addWidget(self.add_exchange)
        more.addWidget(self.add_system)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S4)
        layout.addLayout(self._column)
        layout.addWidget(links)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What stands in the fields."""
        return tuple(Turn(role, field.toPlainText()) for role, field in self._fields)

    @property
    def fields(self) -> list[WordsField]:
        """The fields from top to bottom."""
        return [field for _, field in self._fields]

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Fill the fields; those that are there already are used again."""
        turns = tuple(turns)
        if [turn.role for turn in turns] != [role for role, _ in self._fields]:
            self._build(turns)
        for turn, (_, field) in zip(turns, self._fields, strict=True):
            if field.toPlainText() != turn.content:
                field.blockSignals(True)
                field.setPlainText(turn.content)
                field.blockSignals(False)
                field._fit()
        self._shown = turns

    def _build(self, turns: Sequence[Turn]) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._fields = []
        roles = [turn.role for turn in turns]
        for number, turn in enumerate(turns):
            self._column.addWidget(self._turn(number, turn, roles))
        talk = not roles or roles[0] != TEXT
        self.add_exchange.setVisible(talk)
        self.add_system.setVisible(talk and "system" not in roles)

    def _turn(self, number: int, turn: Turn, roles: list[str]) -> QWidget:
        name = say.role(turn.role)
        same = [n for n, role in enumerate(roles) if role == turn.role]
        if len(same) > 1:
            name = f"{name} {same.index(number) + 1}"
        title = QLabel(name)
        title.setProperty("kind", "hint")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(title)
        head.addStretch(1)
        if turn.role == "system" or (turn.role == "user" and len(same) > 1):
            head.addWidget(self._remover(number, turn.role, name))
        field = WordsField(name)
        field.setPlainText(turn.content)
        field.textChanged.connect(self.changed)
        field.kept.connect(self.kept)
        field.left.connect(self.left)
        self._fields.append((turn.role, field))
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(field)
        return whole

    def _remover(self, number: int, role: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("kind", "icon")
        button.setIcon(icon("x", self._theme.tokens.quiet, 14))
        text = self.tr("Remove “{name}” and its answer") if role == "user" else self.tr("Remove")
        button.setToolTip(text.replace("{name}", name))
        button.setAccessibleName(f"{self.tr('Remove')}: {name}")
        button.clicked.connect(lambda: self._remove(number, 2 if role == "user" else 1))
        return button

    def _remove(self, number: int, count: int) -> None:
        turns = list(self.turns)
        del turns[number : number + count]
        self._replace(turns)

    def _add_exchange(self) -> None:
        self._replace([*self.turns, Turn("user", ""), Turn("assistant", "")])
        self._fields[-2][1].setFocus()

    def _add_system(self) -> None:
        self._replace([Turn("system", ""), *self.turns])
        self._fields[0][1].setFocus()

    def _replace(self, turns: Sequence[Turn]) -> None:
        self._build(turns)
        self.changed.emit()

    def _link(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "link")
        button.setAccessibleName(text)
        return button
