"""One piece of work of a step: what goes on, how far, how long still, and Stop."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.ui import words
from app.ui.finetune.labels import text_label
from app.ui.footer import Estimate
from app.ui.tasks import Task
from app.ui.tokens import S4, S12

_STEPS = 1000
_BAR_LEAST = 48


class ProgressRow(QWidget):
    """Hidden while nothing runs; `follow` shows a task until it has finished."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = text_label(title)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(title)
        self._detail = QLabel()
        self._detail.setProperty("kind", "hint")
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setAccessibleName(self.tr("Stop: {what}").replace("{what}", title))
        self.stop.clicked.connect(self._stop)
        # What and how far stand above the bar: all in one line is wider than a small window.
        self._bar.setMinimumWidth(_BAR_LEAST)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(S12)
        grid.setVerticalSpacing(S4)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._detail, 0, 1)
        grid.addWidget(self._bar, 1, 0, 1, 2)
        grid.addWidget(self.stop, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self._task: Task | None = None
        self._estimate = Estimate()
        self._pace = QTimer(self, interval=300)
        self._pace.timeout.connect(self._draw)
        self.hide()

    @property
    def task(self) -> Task | None:
        """The task that is followed."""
        return self._task

    def follow(self, task: Task | None) -> None:
        """Show how a task goes; None hides the row."""
        self._task = task
        if task is None or not task.running:
            self._task = None
            self._pace.stop()
            self.hide()
            return
        self._estimate = Estimate()
        self._bar.setRange(0, 0)
        self._detail.setText("")
        self.stop.setEnabled(True)
        task.finished.connect(lambda: self._end(task))
        self._pace.start()
        self.show()

    def cancel(self) -> None:
        """Ask the task to end early."""
        if self._task is not None:
            self._task.cancel()

    def _stop(self) -> None:
        self.cancel()
        self.stop.setEnabled(False)
        self._detail.setText(self.tr("Stopping"))

    def _end(self, task: Task) -> None:
        if task is self._task:
            self._task = None
            self._pace.stop()
            self.hide()

    def _draw(self) -> None:
        task = self._task
        if task is None or task.stopping or task.progress is None or task.progress.total <= 0:
            return
        progress = task.progress
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(round(_STEPS * progress.fraction))
        parts = [f"{round(100 * progress.fraction)} %"]
        left = self._estimate.seconds_left(progress, time.monotonic())
        if left is not None:
            parts.append(words.time_left(left))
        self._detail.setText("  ·  ".join(parts))
