"""Before a run: three presets, all settings behind 'More settings', and Start."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import LoamError
from app.core.types import HyperParameters
from app.services.finetune_presets import PRESETS, preset_of, seconds_of
from app.ui import words
from app.ui.finetune.choice_card import ChoiceCard
from app.ui.finetune.column import ScrollColumn
from app.ui.finetune.labels import text_label
from app.ui.finetune.train.settings_form import SettingsForm
from app.ui.icons import icon
from app.ui.notices import do_text, what_text
from app.ui.theme import ThemeKeeper
from app.ui.tokens import READING_WIDTH, S8, S12, S16, S24

_NARROW = 520


class SetupView(QWidget):
    """`changed` carries (preset name or empty, HyperParameters) as soon as they are chosen."""

    changed = Signal(str, object)
    start_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self._tokens, self._rate = 0, 0.0
        title = text_label(
            self.tr("Choose how thoroughly the model should learn, then start."), "title"
        )
        self.data = text_label("", "quiet")
        self._group = QButtonGroup(self)
        self.cards: dict[str, ChoiceCard] = {}
        row = self._choices = QHBoxLayout()
        row.setSpacing(S12)
        for preset in PRESETS:
            card = ChoiceCard(theme, _tr(preset.title), _tr(preset.about))
            card.clicked.connect(lambda _on, name=preset.name: self._take(name))
            self._group.addButton(card)
            self.cards[preset.name] = card
            row.addWidget(card, 1)
        self.own = text_label("", "hint")
        self.more = QPushButton(self.tr("More settings"))
        self.more.setProperty("kind", "quiet")
        self.more.setAccessibleName(self.more.text())
        self.more.setCheckable(True)
        self.more.setIconSize(QSize(16, 16))
        self.form = SettingsForm()
        self.form.hide()
        self.more.toggled.connect(self._fold)
        self.form.changed.connect(self._take_own)
        self.start = QPushButton(self.tr("Start"))
        self.start.setProperty("kind", "primary")
        self.start.setAccessibleName(self.tr("Start training"))
        self.start.clicked.connect(self._start)
        self.problem = text_label("", "danger-text")
        self.problem.hide()
        foot = QHBoxLayout()
        foot.setSpacing(S12)
        foot.addWidget(self.start)
        foot.addWidget(self.own, 1)
        column = QVBoxLayout()
        column.setSpacing(S16)
        column.addWidget(title)
        column.addWidget(self.data)
        column.addLayout(row)
        column.addLayout(foot)
        column.addWidget(self.problem)
        column.addSpacing(S8)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.form)
        page = ScrollColumn(READING_WIDTH + 2 * S24)
        page.body.addLayout(column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        theme.changed.connect(self._tint)
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        direct = QBoxLayout.Direction
        narrow = event.size().width() < _NARROW
        self._choices.setDirection(direct.TopToBottom if narrow else direct.LeftToRight)

    def show_choice(self, hyper: HyperParameters) -> None:
        """Show which settings the project has."""
        name = preset_of(hyper)
        self._group.setExclusive(False)
        for key, card in self.cards.items():
            card.setChecked(key == name)
        self._group.setExclusive(True)
        self.form.show_hyper(hyper)
        self._say_own(name)

    def show_data(self, text: str) -> None:
        """One line on what will be learnt, and by what."""
        self.data.setText(text)

    def show_pace(self, tokens: int, rate: float) -> None:
        """tokens of one pass and tokens/s of an earlier run of the same; 0 when there was none."""
        self._tokens, self._rate = tokens, rate
        for preset in PRESETS:
            seconds = seconds_of(preset.hyper, tokens, rate)
            note = self.tr("Time: told after a few updates")
            if seconds is not None:
                note = self.tr("{t}, by the pace of the last run")
                note = note.replace("{t}", words.about(seconds))
            self.cards[preset.name].say(note)

    def say(self, problem: str) -> None:
        """Why it did not start; empty takes it away."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def show_error(self, error: LoamError) -> None:
        """Why the last run could not begin."""
        self.say(f"{what_text(error)} {do_text(error)}".strip())

    def _take(self, name: str) -> None:
        hyper = next(preset.hyper for preset in PRESETS if preset.name == name)
        self.show_choice(hyper)
        self.changed.emit(name, hyper)

    def _take_own(self, hyper: HyperParameters) -> None:
        self.show_choice(hyper)
        self.changed.emit(preset_of(hyper), hyper)

    def _say_own(self, name: str) -> None:
        self.own.setText("" if name else self.tr("With settings of your own"))

    def _start(self) -> None:
        self.form.commit()
        if self.form.problem:
            self.more.setChecked(True)
            return
        self.start_asked.emit()

    def _fold(self, shown: bool) -> None:
        self.form.setVisible(shown)
        self._tint()

    def _tint(self) -> None:
        name = "chevron-down" if self.more.isChecked() else "chevron-right"
        self.more.setIcon(icon(name, self._theme.tokens.text, 16))


def _tr(text: str) -> str:
    return QCoreApplication.translate("presets", text)
