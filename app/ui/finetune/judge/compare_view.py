"""Two answers side by side, and which one is better; blind if wanted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.services.finetune_judge import Pair
from app.services.finetune_judging import Asked
from app.ui.finetune.labels import text_label
from app.ui.finetune.progress_row import ProgressRow
from app.ui.finetune.wrap_row import WrapRow
from app.ui.tasks import Task
from app.ui.tokens import S12, S16

_CHOICES = (("1", "first"), ("2", "second"), ("0", "same"))


class CompareView(QFrame):
    """`begin`: the person wants answers. `chosen` carries (number of the pair, choice); the
    owner keeps it and then says `show_asked`. `asking`: another pair is shown and wants an answer.
    Keys 1, 2 and 0 choose, Enter goes on."""

    begin = Signal()
    asking = Signal()
    chosen = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._asked: list[Asked] = []
        self._at = 0
        self._total = 0
        self._open = False
        self._shown: Pair | None = None
        self._summary = ""
        self.title = text_label(self.tr("Compare answers side by side"), "heading")
        self.about = text_label("", "quiet")
        self.blind = QCheckBox(self.tr("Hide which answer is whose"))
        self.blind.setAccessibleName(self.blind.text())
        self.blind.setToolTip(self.tr("It is told when you have chosen, so that you judge fairly."))
        self.blind.setChecked(True)
        self.blind.toggled.connect(self._draw)
        self.start = QPushButton(self.tr("Compare answers"))
        self.start.setAccessibleName(self.start.text())
        self.start.clicked.connect(self.begin)
        self.progress = ProgressRow(self.tr("Writing answers"))
        self.question = text_label("", "strong")
        self.expected = text_label("", "hint")
        self._names = (text_label("", "hint"), text_label("", "hint"))
        self.answers = (text_label(), text_label())
        self._cards = QWidget()
        cards = QHBoxLayout(self._cards)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(S12)
        for name, answer in zip(self._names, self.answers, strict=True):
            card = QFrame()
            card.setProperty("kind", "card")
            answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            inside = QVBoxLayout(card)
            inside.setContentsMargins(S12, S12, S12, S12)
            inside.addWidget(name)
            inside.addWidget(answer)
            inside.addStretch(1)
            cards.addWidget(card, 1)
        self.buttons: dict[str, QPushButton] = {}
        self.choices = QWidget()
        row = WrapRow()
        self.choices.setLayout(row)
        for (key, choice), words in zip(
            _CHOICES,
            (self.tr("Left is better"), self.tr("Right is better"), self.tr("Same")),
            strict=True,
        ):
            button = QPushButton(f"{words}  ({key})")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _on, which=choice: self._choose(which))
            self.buttons[choice] = button
            row.addWidget(button)
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda which=choice: self._choose(which))
        for which in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            enter = QShortcut(QKeySequence(which), self)
            enter.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            enter.activated.connect(self._go_on)
        self.outcome = text_label()
        self.next = QPushButton(self.tr("Next question"))
        self.next.setAccessibleName(self.next.text())
        self.next.clicked.connect(self._go_on)
        self._after = QWidget()
        after = QHBoxLayout(self._after)
        after.setContentsMargins(0, 0, 0, 0)
        after.addWidget(self.outcome, 1)
        after.addWidget(self.next)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(S16, S16, S16, S16)
        column.setSpacing(S12)
        column.addLayout(head)
        for widget in (
            self.about,
            self.blind,
            self.progress,
            self.question,
            self._cards,
            self.expected,
            self.choices,
            self._after,
        ):
            column.addWidget(widget)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._draw()

    def show_asked(self, asked: Sequence[Asked], summary: str) -> None:
        """Pairs so far with their choices; summary: what they came to."""
        another = not asked or not self._asked or asked[0].pair != self._asked[0].pair
        self._asked = list(asked)
        if another:
            self._at = next((n for n, each in enumerate(asked) if not each.choice), 0)
            self._open = any(not each.choice for each in asked)
        self._summary = summary
        self._draw()

    def follow(self, task: Task | None, total: int) -> None:
        """Answers are being written, `total` pairs in all."""
        self._total = total
        if task is not None:
            self._open = True
            self._at = 0
        self.progress.follow(task)
        self._draw()

    def _draw(self) -> None:
        current = self._asked[self._at] if self._at < len(self._asked) else None
        asking = self._open and current is not None
        writing = self.progress.task is not None
        shown = asking and current is not None
        for widget in (self.question, self.expected, self._cards):
            widget.setVisible(shown)
        chosen = bool(current and current.choice)
        self.choices.setVisible(shown and not chosen)
        self._after.setVisible(shown and chosen)
        self.start.setVisible(not self._open)
        self.start.setText(self.tr("Compare again") if self._asked else self.tr("Compare answers"))
        self.start.setAccessibleName(self.start.text())
        self.blind.setEnabled(not chosen)
        self.about.setText(self._about(writing))
        self.about.setVisible(bool(self.about.text()))
        if not shown or current is None:
            return
        pair = current.pair
        self.question.setText(pair.question)
        self.expected.setText(self.tr("In the data: {text}").replace("{text}", pair.expected))
        self.expected.setVisible(chosen)
        for label, text in zip(self.answers, (pair.first, pair.second), strict=True):
            label.setText(text or self.tr("(an empty answer)"))
        told = chosen or not self.blind.isChecked()
        sides = (self.tr("Left"), self.tr("Right"))
        whose = (self.tr("with the adapter"), self.tr("without the adapter"))
        for at, label in enumerate(self._names):
            tuned = pair.first_is_tuned == (at == 0)
            label.setText(f"{sides[at]}: {whose[0] if tuned else whose[1]}" if told else sides[at])
        self.outcome.setText(self._outcome(current))
        last = self._at + 1 >= max(len(self._asked), self._total)
        self.next.setText(self.tr("Done") if last else self.tr("Next question"))
        self.next.setAccessibleName(self.next.text())
        self.next.setEnabled(last or self._at + 1 < len(self._asked))
        if not chosen and pair != self._shown:
            self._shown = pair
            self.asking.emit()

    def _about(self, writing: bool) -> str:
        if self._open and self._asked:
            total = max(len(self._asked), self._total)
            place = self.tr("Question {n} of {m}").replace("{n}", str(self._at + 1))
            place = place.replace("{m}", str(total))
            return f"{place}.  {self._summary}" if self._summary else place
        if writing:
            return self.tr("The model answers each question twice, with and without the adapter.")
        if self._summary:
            return self._summary
        return self.tr(
            "The model answers questions of held-out rows twice, with and without the adapter, and "
            "you say which answer is better."
        )

    def _outcome(self, current: Asked) -> str:
        return {
            "tuned": self.tr("You preferred the answer with the adapter."),
            "plain": self.tr("You preferred the answer without the adapter."),
            "same": self.tr("No difference to you."),
        }.get(current.winner, "")

    def _choose(self, which: str) -> None:
        if self.choices.isVisible():
            self.chosen.emit(self._at, which)
            self.next.setFocus()

    def _go_on(self) -> None:
        if not (self._after.isVisible() and self.next.isEnabled()):
            if self.start.hasFocus():
                self.start.click()
            return
        if self._at + 1 < len(self._asked):
            self._at += 1
        else:
            self._open = False
        self._draw()
        self.setFocus()
