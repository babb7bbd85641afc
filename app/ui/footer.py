"""The foot of the window: nothing but what is running, each with progress, time left and Stop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import words
from app.ui.tasks import Task, Tasks
from app.ui.tokens import S4, S8, S12

if TYPE_CHECKING:
    from app.core.messages import Progress

_QUIET_S = 0.4
_MOST_ROWS = 3
_STEPS = 1000


class Footer(QFrame):
    """Lists the tasks that asked to be shown; hidden when there are none. Work that is over in
    less than half a second is never listed."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self.setProperty("kind", "foot")
        self._tasks = tasks
        self._rows: dict[Task, _Row] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(S12, S4, S12, S4)
        layout.setSpacing(S4)
        self._column = layout
        self._more = QLabel()
        self._more.setProperty("kind", "hint")
        layout.addWidget(self._more)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._update)
        tasks.changed.connect(self._update)
        self._update()

    def _update(self) -> None:
        now = time.monotonic()
        due = [task for task in self._tasks.shown if now - task.started >= _QUIET_S]
        if len(due) < len(self._tasks.shown):
            self._later.start(round(_QUIET_S * 1000))
        for task in [task for task in self._rows if task not in due[:_MOST_ROWS]]:
            row = self._rows.pop(task)
            self._column.removeWidget(row)
            row.deleteLater()
        for task in due[:_MOST_ROWS]:
            if task not in self._rows:
                self._rows[task] = _Row(task)
                self._column.insertWidget(self._column.count() - 1, self._rows[task])
        hidden = len(due) - len(self._rows)
        self._more.setVisible(hidden > 0)
        self._more.setText(self.tr("and {n} more").replace("{n}", str(hidden)))
        self.setVisible(bool(self._rows))


class _Row(QWidget):
    """One running task."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        self._estimate = Estimate()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(S12)
        self._title = QLabel(task.title)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setMinimumWidth(120)
        self._bar.setAccessibleName(task.title)
        self._detail = QLabel()
        for label in (self._title, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._detail.setProperty("kind", "hint")
        self._stop = QPushButton(self.tr("Stop"))
        self._stop.setProperty("kind", "quiet")
        self._stop.setAccessibleName(self.tr("Stop: {what}").replace("{what}", task.title))
        self._stop.clicked.connect(self._stop_task)
        layout.addWidget(self._title)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._detail)
        layout.addSpacing(S8)
        layout.addWidget(self._stop)
        # The time left is told twice a second; each event would be a repaint too many.
        self._pace = QTimer(self)
        self._pace.setInterval(500)
        self._pace.timeout.connect(self._show)
        self._pace.start()
        self._show()

    def _stop_task(self) -> None:
        self._task.cancel()
        self._show()

    def _show(self) -> None:
        if self._task.stopping:
            self._stop.setEnabled(False)
            self._detail.setText(self.tr("Stopping"))
            return
        progress = self._task.progress
        if progress is None or progress.total <= 0:
            return
        self._bar.setRange(0, _STEPS)
        self._bar.setValue(round(_STEPS * progress.fraction))
        left = self._estimate.seconds_left(progress, time.monotonic())
        parts = [progress_text(progress)]
        if left is not None:
            parts.append(words.time_left(left))
        self._detail.setText("  ·  ".join(parts))


class Estimate:
    """Time left, from the pace so far. Says nothing before it has seen enough."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._total = 0.0

    def seconds_left(self, progress: Progress, now: float) -> float | None:
        """Seconds until done reaches total at the pace so far; None when unknown. now: seconds
        of a steady clock."""
        done = progress.fraction
        if self._first is None or progress.total != self._total or done < self._first[1]:
            self._first = (now, done)
            self._total = progress.total
        began, before = self._first
        gained = done - before
        if now - began < 2.0 or gained <= 0:
            return None
        return (now - began) * (1.0 - done) / gained


def progress_text(progress: Progress) -> str:
    """'3 of 10 files', or percent where the unit means nothing to a person."""
    if progress.unit == "files":
        return f"{words.number(int(progress.done))} / {words.files(int(progress.total))}"
    return f"{round(100 * progress.fraction)} %"
