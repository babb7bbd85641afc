"""The queue of runs in the window: who waits, and the one that begins when the trainer is free."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError
from app.services.finetune_projects import TuneProject
from app.ui.context import Context
from app.ui.finetune.train.work import Work


class Lining(QObject):
    """`changed`: a TuneProject whose run waits now, or no longer; `begun`: the next one began."""

    changed = Signal(object)
    begun = Signal()

    def __init__(self, context: Context, work: Work) -> None:
        super().__init__(work)
        self._context = context
        self._work = work
        self._queue, self._tuner = context.loam.tune_queue, context.loam.tuner

    def add(self, project_id: str, refused: Callable[[str], None]) -> None:
        """Put a new run of a project at the end. refused: told why that can't be."""
        self._context.tasks.call(
            lambda: self._queue.add(project_id),
            self._added,
            on_error=lambda error: refused(str(error)),
        )

    def add_again(self, project_id: str) -> None:
        """Put the project's paused run at the end."""
        self._context.tasks.call(lambda: self._queue.add_again(project_id), self._added)

    def remove(self, project: TuneProject | None) -> None:
        """Take the project's run out."""
        if project is not None:
            self._context.tasks.call(lambda: self._queue.remove(project.id), self.changed.emit)

    def start_next(self) -> None:
        """Begin the first in the queue, unless a run is at work."""
        if self._work.watch is not None:
            return
        try:
            found = self._queue.take_next()
        except LoamError as error:
            self._context.notices.show(error)
            return
        if found is None:
            return
        project = found[0]
        self._work.begin(project, lambda cancel: self._tuner.go_on(project.id, cancel))
        text = self.tr("“{name}” was next in the queue and is being trained now.")
        self._context.notices.toast(text.replace("{name}", project.name))
        self.begun.emit()

    def _added(self, project: TuneProject) -> None:
        self.changed.emit(project)
        # What it waited for may have ended while its rows were read.
        self.start_next()
