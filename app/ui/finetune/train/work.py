"""The run at work in this window: one at a time, of whichever project."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Signal

from app.core.errors import Cancelled, LoamError
from app.core.messages import Prepared, Trained
from app.core.process import Cancel
from app.services.finetune_projects import TuneProject
from app.services.finetune_tuner import ProjectChanged, Unloaded
from app.ui.context import Context
from app.ui.finetune.train.watch import Watch
from app.ui.tasks import Task


class Work(QObject):
    """`watch` and `task` are None while nothing runs; `errors` holds how the last work of a
    project failed, by the project's id."""

    project_changed = Signal(object)
    """A TuneProject got a run or an adapter."""
    turned = Signal()
    """The run's file says something new: it is prepared, or done."""
    stirred = Signal()
    """Something to draw; many a second."""
    ended = Signal(object)
    """The Watch of what is over; `watch` is None already."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.watch: Watch | None = None
        self.task: Task | None = None
        self.errors: dict[str, LoamError] = {}

    def of(self, project: TuneProject | None) -> Watch | None:
        """The run at work, when it is that project's."""
        mine = project is not None and self.watch and self.watch.project_id == project.id
        return self.watch if mine else None

    def begin(
        self,
        project: TuneProject,
        work: Callable[[Cancel], Iterator[object]],
        writing: bool = False,
        before: Watch | None = None,
    ) -> None:
        """Run `work`, events as of Tuner. writing: it only makes the adapter; before: what is known
        of the run that goes on, so that its curve stays while it gets ready."""
        self.errors.pop(project.id, None)
        watch = self.watch = Watch(project.id, project.name, live=True, writing=writing)
        if before is not None:
            watch.curve, watch.figures = before.curve, before.figures
            watch.left_out = before.left_out
        title = self.tr("Training “{name}”").replace("{name}", watch.name)
        self.task = self._context.tasks.run(
            work,
            title=title,
            on_event=self._take,
            on_error=self._failed,
            on_done=self._ended,
            shown=True,
        )

    def pause(self, keep_after: bool = False) -> None:
        """Stop at a checkpoint; keep_after: the adapter is wanted then."""
        if self.watch is not None and self.task is not None:
            self.watch.pausing = True
            self.watch.keep_after = keep_after
            self.task.cancel()

    def _take(self, event: object) -> None:
        if self.watch is None:
            return
        if self.task is not None and self.task.stopping:
            self.watch.pausing = True  # the foot of the window has a button too
        self.watch.see(event)
        if isinstance(event, ProjectChanged):
            self.project_changed.emit(event.project)
        elif isinstance(event, Unloaded):
            self._context.notices.toast(
                self.tr("The chat model was unloaded to make room; your next question loads it.")
            )
        elif isinstance(event, (Prepared, Trained)):
            self.turned.emit()
        self.stirred.emit()

    def _failed(self, error: LoamError) -> None:
        if self.watch is not None and not isinstance(error, Cancelled):
            self.watch.error = error
            self.errors[self.watch.project_id] = error

    def _ended(self) -> None:
        watch, self.watch, self.task = self.watch, None, None
        if watch is not None:
            watch.end()
            self.ended.emit(watch)
