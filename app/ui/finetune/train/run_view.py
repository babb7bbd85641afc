"""A run: its curve above all, the figures below it, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.services.finetune_runs import RunState, TuneRun
from app.ui import words
from app.ui.finetune.labels import text_label
from app.ui.finetune.train import run_words
from app.ui.finetune.train.figures import FiguresRow
from app.ui.finetune.train.keep_row import KeepRow
from app.ui.finetune.train.plot import CurvePlot
from app.ui.finetune.train.watch import Watch
from app.ui.icons import icon
from app.ui.theme import ThemeKeeper, set_kind
from app.ui.tokens import S4, S8, S12, S16, S24

_LIST_HEIGHT = 120
_PARTS = 1000
_NARROW = 500


class RunView(QWidget):
    """Draws a run and asks for what its buttons say."""

    pause_asked = Signal()
    resume_asked = Signal()
    gentler_asked = Signal()
    keep_asked = Signal()
    discard_asked = Signal()
    unqueue_asked = Signal()
    judge_asked = Signal()
    again_asked = Signal()

    def __init__(self, theme: ThemeKeeper) -> None:
        super().__init__()
        self._theme = theme
        self.heading = text_label("", "title")
        self.detail = text_label("", "quiet")
        self.plot = CurvePlot(theme)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Getting ready"))
        self.figures = FiguresRow()
        self.kept = KeepRow()
        self.about = text_label("", "hint")
        self.left_out = QPushButton()
        self.left_out.setProperty("kind", "link")
        self.left_out.setCheckable(True)
        self.left_out.setIconSize(QSize(14, 14))
        self.left_out.toggled.connect(self._fold)
        self.left_out_rows = QListWidget()
        self.left_out_rows.setAccessibleName(self.tr("Rows left out"))
        self.left_out_rows.setMaximumHeight(_LIST_HEIGHT)
        self.left_out_rows.hide()
        self.pause = self._button(self.tr("Pause"), "primary", self.pause_asked)
        self.judge = self._button(self.tr("Judge it"), "primary", self.judge_asked)
        self.resume = self._button(self.tr("Resume"), "primary", self.resume_asked)
        self.gentler = self._button(
            self.tr("Resume more gently"),
            "primary",
            self.gentler_asked,
            self.tr("From the last good checkpoint, at half the learning rate."),
        )
        self.keep = self._button(
            self.tr("Stop and keep"),
            "",
            self.keep_asked,
            self.tr("Make an adapter of what was learnt up to the last checkpoint."),
        )
        self.again = self._button(self.tr("Train again"), "", self.again_asked)
        self.unqueue = self._button(
            self.tr("Take out of the queue"),
            "",
            self.unqueue_asked,
            self.tr("It won't start by itself any more; what it has learnt stays."),
        )
        self.discard = self._button(self.tr("Delete run"), "quiet", self.discard_asked)
        buttons = self._buttons = QHBoxLayout()
        buttons.setSpacing(S8)
        for button in (
            self.pause,
            self.judge,
            self.gentler,
            self.resume,
            self.keep,
            self.again,
            self.unqueue,
            self.discard,
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(S24, S16, S24, S16)
        column.setSpacing(S12)
        words_column = QVBoxLayout()
        words_column.setSpacing(S4)
        words_column.addWidget(self.heading)
        words_column.addWidget(self.detail)
        column.addLayout(words_column)
        column.addWidget(self.progress)
        column.addWidget(self.plot, 1)
        column.addWidget(self.figures)
        column.addWidget(self.kept)
        column.addLayout(buttons)
        foot = QVBoxLayout()
        foot.setSpacing(0)
        foot.addWidget(self.about)
        foot.addWidget(self.left_out, 0, Qt.AlignmentFlag.AlignLeft)
        foot.addWidget(self.left_out_rows)
        column.addLayout(foot)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        theme.changed.connect(self._tint)
        self._tint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        direct = QBoxLayout.Direction
        narrow = event.size().width() < _NARROW
        self._buttons.setDirection(direct.TopToBottom if narrow else direct.LeftToRight)

    def show_run(self, run: TuneRun | None, watch: Watch, model: str) -> None:
        """run: as it is on disk, None before there is one; model: of the project."""
        if self.plot.curve is not watch.curve:
            self.plot.show_curve(watch.curve)
        self.refresh(run, watch)
        _say(self.about, run_words.about(run, model) if run is not None else "")
        rows = watch.left_out
        self.left_out.setVisible(bool(rows))
        if not rows:
            self.left_out.setChecked(False)
        title = self.tr("1 row was left out")
        if len(rows) != 1:
            title = self.tr("{n} rows were left out").replace("{n}", words.number(len(rows)))
        self.left_out.setText(title)
        self.left_out.setAccessibleName(title)
        if self.left_out_rows.count() != len(rows):
            self.left_out_rows.clear()
            self.left_out_rows.addItems([f"{row.name}: {row.reason}" for row in rows])

    def say(self, problem: str) -> None:
        """Why something that was asked for was not done, until the next change."""
        _say(self.detail, problem)

    def refresh(self, run: TuneRun | None, watch: Watch) -> None:
        """What changes while it runs."""
        _say(self.heading, run_words.heading(run, watch))
        _say(self.detail, run_words.detail(run, watch))
        failed = not watch.live and (
            watch.error is not None or (run is not None and run.state is RunState.FAILED)
        )
        if self.detail.property("kind") != ("danger-text" if failed else "quiet"):
            set_kind(self.detail, "danger-text" if failed else "quiet")
        getting_ready = watch.live and not watch.begun
        self.progress.setVisible(getting_ready or watch.writing)
        known = watch.doing is not None and watch.doing.total > 0 and watch.doing.done > 0
        self.progress.setRange(0, _PARTS if known else 0)
        if known and watch.doing is not None:
            self.progress.setValue(round(_PARTS * watch.doing.fraction))
        if self.plot.curve is not watch.curve:
            self.plot.show_curve(watch.curve)
        self.plot.refresh()
        self.figures.show_figures(watch.figures, watch.live and watch.begun and not watch.pausing)
        self.kept.show_run(run, watch)
        self._show_buttons(run, watch)

    def _show_buttons(self, run: TuneRun | None, watch: Watch) -> None:
        live, state = watch.live, run.state if run is not None else None
        held = run is not None and run.kept_step > 0
        apart = run is not None and state is RunState.FAILED and run_words.diverged(run)
        stopped = not live and state not in (None, RunState.DONE, RunState.RUNNING)
        self.pause.setVisible(live and not watch.writing)
        self.pause.setEnabled(not watch.pausing)
        self.judge.setVisible(not live and state is RunState.DONE)
        self.again.setVisible(not live and state is RunState.DONE)
        self.gentler.setVisible(stopped and apart)
        self.resume.setVisible(stopped and not apart)
        begun = run is not None and run.steps > 0
        _name(self.resume, self.tr("Resume") if begun else self.tr("Start"))
        self.keep.setVisible((live and watch.begun and not watch.writing) or (stopped and held))
        self.keep.setEnabled(not watch.pausing)
        queued = run is not None and bool(run.queued) and not live
        if queued:
            _name(self.resume, self.tr("Start now"))
            self.resume.setVisible(not watch.waits_for)
            self.keep.hide()
        self.unqueue.setVisible(queued)
        removable = not live and run is not None and state is not RunState.RUNNING
        self.discard.setVisible(removable and not queued)

    def _button(self, text: str, kind: str, signal: object, tip: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", kind)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.clicked.connect(signal)
        return button

    def _fold(self, shown: bool) -> None:
        self.left_out_rows.setVisible(shown)
        self._tint()

    def _tint(self) -> None:
        name = "chevron-down" if self.left_out.isChecked() else "chevron-right"
        self.left_out.setIcon(icon(name, self._theme.tokens.accent, 14))


def _say(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
    label.setVisible(bool(text))


def _name(button: QPushButton, text: str) -> None:
    if button.text() != text:
        button.setText(text)
        button.setAccessibleName(text)
