"""Deleting a run, which can be taken back while the toast is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError
from app.ui.context import Context
from app.ui.deferred import Deferred


class Discarding(QObject):
    """`changed`: a TuneProject that lost its run, or has it back."""

    changed = Signal(object)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._tuner, self._finetune = context.loam.tuner, context.loam.finetune
        self._notices = context.notices
        self._deferred = Deferred(context.notices, self)

    def discard(self, project_id: str) -> None:
        """Take the run off its project now; delete it when the toast is gone."""
        try:
            project, run_id = self._tuner.let_go(project_id)
        except LoamError as error:
            self._notices.show(error)
            return

        def undo() -> None:
            try:
                self.changed.emit(self._tuner.take_back(project_id, run_id))
            except LoamError as error:
                self._notices.show(error)

        def commit() -> None:
            try:
                self._finetune.delete(run_id)
            except LoamError as error:
                self._notices.show(error)

        self._deferred.delete(self.tr("Deleted the run. Its adapter stays."), commit, undo)
        self.changed.emit(project)

    def commit_all(self) -> None:
        """Delete what waits for its toast: the window closes."""
        self._deferred.commit_all()
