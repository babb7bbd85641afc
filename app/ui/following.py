"""Keeps collections in step with their watched folders while the window is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core import messages
from app.core.errors import BadInput, Cancelled, LoamError
from app.core.messages import Progress
from app.ui.notices import Notices
from app.ui.tasks import Task, Tasks

if TYPE_CHECKING:
    from app.services.assemble import Loam


class FolderFollower(QObject):
    """One quiet task as long as any folder is watched; the foot of the window lists it only while
    it reads. Stopping it there pauses the following until `follow` is called again."""

    file_changed = Signal(object)
    """A FileChanged."""
    library_changed = Signal()
    paused_changed = Signal()

    def __init__(self, loam: Loam, tasks: Tasks, notices: Notices) -> None:
        super().__init__()
        self._loam = loam
        self._tasks = tasks
        self._notices = notices
        self._task: Task | None = None
        self._again = False
        self.paused = False

    def follow(self) -> None:
        """Follow from now on. Nothing happens where no folder is watched."""
        if self._task is not None:
            # It may be about to end, having seen no folder a moment ago.
            self._again = True
            return
        self._again = False
        self._set_paused(False)
        self._task = self._tasks.run(
            lambda cancel: self._loam.library.follow(cancel),
            title=self.tr("Reading what changed in your folders"),
            on_event=self._take,
            on_error=self._failed,
            on_done=self._done,
        )
        self._task.reads = True

    def _take(self, event: object) -> None:
        task = self._task
        if isinstance(event, messages.FileChanged):
            self.file_changed.emit(event)
        elif isinstance(event, Progress) and task is not None:
            self._tasks.show(task)
        elif isinstance(event, (messages.Indexed, messages.FilesRemoved, messages.WatchChanged)):
            if isinstance(event, messages.Indexed) and task is not None:
                self._tasks.hide(task)
            self.library_changed.emit()

    def _failed(self, error: LoamError) -> None:
        # Another one follows already, which is as good.
        if not isinstance(error, (BadInput, Cancelled)):
            self._notices.show(error)

    def _done(self) -> None:
        task, self._task = self._task, None
        if task is not None and task.stopping:
            self._set_paused(True)
            self.library_changed.emit()
        elif self._again:
            self.follow()

    def _set_paused(self, paused: bool) -> None:
        if paused != self.paused:
            self.paused = paused
            self.paused_changed.emit()
