"""What is done with a dataset as a whole, and telling what came of work with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from app.services.dataset.types import Checked, Exported, Generated, Imported, SplitMade
from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data import say
from app.ui.finetune.data.work import Failed

if TYPE_CHECKING:
    from app.ui.finetune.data.actions import DataActions
    from app.ui.finetune.steps.data import DataStep


class DatasetActions(QObject):
    """Rename, new, delete."""

    def __init__(self, step: DataStep, context: Context, control: DataActions) -> None:
        super().__init__(step)
        self._step = step
        self._context = context
        self._control = control
        self._service = context.loam.datasets

    def rename(self) -> None:
        """Ask for another name."""
        dataset = self._step.dataset
        if dataset is None:
            return
        name, chosen = QInputDialog.getText(
            self._step, self.tr("Rename dataset"), self.tr("Name"), text=dataset.name
        )
        if chosen and name.strip() != dataset.name:
            self._control.attempt(lambda: self._service.rename(dataset.id, name))
            self._step.reload()

    def new(self) -> None:
        """An empty dataset for this project."""
        if self._step.review.leave():
            self._control.make()

    def delete(self) -> None:
        """Delete it; the toast brings it back."""
        dataset = self._step.dataset
        if dataset is None or not self._step.review.leave():
            return
        self._control.attempt(lambda: self._service.delete(dataset.id))

        def undo() -> None:
            self._control.attempt(lambda: self._service.restore(dataset.id))
            self._step.reload()

        self._step.reload()
        text = self.tr("Deleted the dataset “{name}”.").replace("{name}", dataset.name)
        self._context.notices.toast(text, undo)


class Outcome(QObject):
    """Says what work came to. `checks`: the last result of the checks by dataset, since the window
    opened."""

    def __init__(self, step: DataStep, context: Context) -> None:
        super().__init__(step)
        self._step = step
        self._context = context
        self.checks: dict[int, Checked] = {}

    def take(self, dataset_id: int, result: object) -> None:
        """A result of DataWork."""
        notices = self._context.notices
        if isinstance(result, Imported):
            notices.toast(self.tr("{n} imported.").replace("{n}", say.rows(result.rows)))
            self._step.head.warn(result.rejected)
        elif isinstance(result, Failed):
            notices.show(result.error)
        elif isinstance(result, Checked):
            self.checks[dataset_id] = result
        elif isinstance(result, SplitMade):
            text = self.tr("{n} to learn from, {m} held out.")
            text = text.replace("{n}", words.number(result.train))
            notices.toast(text.replace("{m}", words.number(result.validation)))
        elif isinstance(result, Exported):
            text = self.tr("{n} written to {name}.").replace("{n}", say.rows(result.rows))
            notices.toast(text.replace("{name}", Path(result.path).name))
            self._step.head.warn(result.left_out)
        elif isinstance(result, Generated):
            text = self.tr("{n} written, to check. {m} answers were of no use and left out.")
            text = text.replace("{m}", words.number(result.turned_away))
            notices.toast(text.replace("{n}", say.rows(result.rows)))
