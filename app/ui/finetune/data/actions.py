"""What a person can ask for on the Data step, one method each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core import paths
from app.core.errors import LoamError
from app.services.dataset.types import (
    Dataset,
    Draft,
    Rejected,
    State,
)
from app.ui.context import Context
from app.ui.finetune.data import say
from app.ui.finetune.data.work import DataWork, Source

if TYPE_CHECKING:
    from app.ui.finetune.steps.data import DataStep

_QUICK = 200
"""So many rows are changed at once without a task."""
_EXAMPLE = "plain-words.jsonl"


class DataActions(QObject):
    """Belongs to a step; asks, does, and tells what came of it."""

    def __init__(self, step: DataStep, context: Context, work: DataWork) -> None:
        super().__init__(step)
        self._step = step
        self._context = context
        self._work = work
        self._service = context.loam.datasets
        self._open_after = 0
        from app.ui.finetune.data.outcome import DatasetActions, Outcome
        from app.ui.finetune.data.sources import SourceAsker

        self.sources = SourceAsker(step, context, self)
        self.datasets = DatasetActions(step, context, self)
        self._outcome = Outcome(step, context)
        self._asks: dict[str, Callable[[], object]] = {
            "next": self._next,
            "add": lambda: step.show_adding(True),
            "check": self.check,
            "undo": partial(self._travel, True),
            "redo": partial(self._travel, False),
            "label": step.annotate_rows,
            "split": self.ask_split,
            "export": self.ask_export,
            "rejected": self.show_rejected,
            "rename": self.datasets.rename,
            "new": self.datasets.new,
            "delete": self.datasets.delete,
        }
        step.head.asked.connect(self.ask)
        step.head.list_asked.connect(self.show_rejected)
        step.head.dataset_chosen.connect(self.use)
        step.start.dataset_chosen.connect(self.use)
        step.start.row_asked.connect(self.add_row)
        step.start.files_asked.connect(self.sources.ask_files)
        step.start.example_asked.connect(self._import_example)
        step.start.chats_asked.connect(self.sources.ask_chats)
        step.start.documents_asked.connect(self.sources.ask_documents)
        step.review.state_asked.connect(self.set_state)
        step.review.delete_asked.connect(self.delete)
        step.review.saved.connect(self._saved)
        step.review.source_asked.connect(self.sources.show_document)
        work.result.connect(self._outcome.take)

    def ask(self, what: str) -> None:
        """Do what a button or a key stands for."""
        self._asks[what]()

    def forget(self) -> None:
        """Another dataset comes to the front."""
        self._open_after = 0
        self._step.head.warn(())

    def checked(self, dataset: Dataset) -> tuple[bool, Sequence[str]]:
        """Whether the checks ran since this window opened, and what they say about the labels."""
        held = self._outcome.checks.get(dataset.id)
        return (True, held.balance.warnings) if held else (False, ())

    def rows_shown(self) -> None:
        """The table is up to date: open the row that was waiting for that."""
        if self._open_after and self._step.review.model.place(self._open_after) >= 0:
            row_id, self._open_after = self._open_after, 0
            self._step.review.open_row(row_id)

    # --- getting rows --------------------------------------------------------------------------

    def dataset_id(self) -> int:
        """The project's dataset, made under the project's name when there is none; 0 when that
        failed, which the person is told."""
        step = self._step
        assert step.project is not None
        known = self._service.datasets()
        if step.project.dataset_id in {each.id for each in known}:
            return step.project.dataset_id
        return self.make()

    def make(self) -> int:
        """A new dataset under the project's name, in use; 0 when that failed."""
        step = self._step
        assert step.project is not None
        names = {each.name for each in self._service.datasets()}
        base, number = step.project.name, 1
        name = base
        while name in names:
            number += 1
            name = f"{base} {number}"
        try:
            made = self._service.create(name)
        except LoamError as error:
            self._context.notices.show(error)
            return 0
        self.use(made.id)
        return made.id

    def use(self, dataset_id: int) -> None:
        """Let the project learn from this dataset."""
        step = self._step
        if step.project is None or not step.review.leave():
            return
        try:
            changed = self._context.loam.projects.change(step.project.id, dataset_id=dataset_id)
        except LoamError as error:
            self._context.notices.show(error)
            return
        step.show_project(changed)
        step.changed.emit(changed)

    def import_paths(self, found: Sequence[Path]) -> None:
        """Import files; tables are asked about first."""
        self.sources.begin_import(found)

    def begin(self, sources: Sequence[Source]) -> None:
        """Import what is prepared."""
        key = self.dataset_id() if sources else 0
        if key:
            self._step.show_adding(False)
            self._work.import_files(key, sources)

    def add_row(self) -> None:
        """Let the person write a row."""
        from app.ui.finetune.data.new_row_dialog import NewRowDialog

        dialog = NewRowDialog(self._step)
        dialog.accepted.connect(lambda: self._add(dialog.draft))
        dialog.open()

    def _add(self, draft: Draft) -> None:
        key = self.dataset_id()
        row_id = self.attempt(lambda: self._service.add(key, draft)) if key else None
        if row_id is not None:
            self._open_after = row_id
            self._step.review.filters.clear()
            self._step.show_adding(False)
            self._step.reload()

    def _import_example(self) -> None:
        self.begin([Source(paths.resources() / "examples" / _EXAMPLE)])

    # --- changing rows -------------------------------------------------------------------------

    def set_state(self, ids: Sequence[int], state: State) -> None:
        """Accept, reject or reopen rows."""
        key = self._step.dataset.id if self._step.dataset else 0
        self._change(ids, lambda: self._service.set_state(key, ids, state))

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows; the toast brings them back."""
        dataset = self._step.dataset
        if dataset is None:
            return
        self._change(ids, lambda: self._service.remove(dataset.id, ids))
        text = self.tr("Deleted {n}.").replace("{n}", say.rows(len(ids)))
        self._context.notices.toast(text, lambda: self._undo_of(dataset.id))

    def _undo_of(self, dataset_id: int) -> None:
        self.attempt(lambda: self._service.undo(dataset_id))
        self._work.changed.emit(dataset_id)

    def _change(self, ids: Sequence[int], change: Callable[[], object]) -> None:
        if self._step.dataset is None:
            return
        if len(ids) > _QUICK:
            self._work.do(self._step.dataset.id, change)
            return
        self.attempt(change)
        self._step.review.touched(ids)
        self._step.reload()

    def _saved(self, row_id: int) -> None:
        self._step.review.touched([row_id])
        self._step.reload()

    def _travel(self, back: bool) -> None:
        """Undo or redo."""
        step = self._step
        if step.annotating:
            if back:
                step.annotate.undo()
            return
        if step.dataset is None or not step.review.leave():
            return
        key = step.dataset.id
        go = self._service.undo if back else self._service.redo
        self._work.do(key, lambda: go(key))

    # --- the dataset as a whole ----------------------------------------------------------------

    def check(self) -> None:
        """Run the checks with the tokens of the project's model."""
        step = self._step
        if step.dataset is None or step.project is None or not step.review.leave():
            return
        self._work.check(step.dataset.id, step.project.model, step.project.hyper.context)

    def ask_split(self) -> None:
        """Ask how many rows to hold out."""
        from app.ui.finetune.data.split_dialog import SplitDialog

        dataset = self._step.dataset
        if dataset is None or not self._step.review.leave():
            return
        dialog = SplitDialog(self._step, dataset)
        dialog.accepted.connect(
            lambda: self._work.split(dataset.id, dialog.fraction, dialog.seed, dialog.within)
        )
        dialog.open()

    def ask_export(self) -> None:
        """Ask for a format and a file."""
        from app.ui.finetune.data.export_dialog import ExportDialog

        dataset = self._step.dataset
        if dataset is None or not self._step.review.leave():
            return
        dialog = ExportDialog(self._step, dataset)
        dialog.chosen.connect(
            lambda path, kind, wanted: self._work.export(dataset.id, path, kind, wanted)
        )
        dialog.open()

    def show_rejected(self, items: Sequence[Rejected] | None = None) -> None:
        """The records that could not be used."""
        from app.ui.finetune.data.rejected_dialog import RejectedDialog

        if self._step.dataset is None:
            return
        if items is None:
            items = self._service.all_rejected(self._step.dataset.id)
        if not items:
            self._context.notices.toast(self.tr("Everything could be used so far."))
            return
        RejectedDialog(self._step, self._context, items).open()

    def _next(self) -> None:
        """The button that leads on."""
        step = self._step
        if step.next_action == "train":
            step.go.emit("train")
        elif step.next_action == "split":
            self.ask_split()
        elif step.next_action == "check":
            self.check()

    def attempt(self, change: Callable[[], object]) -> int | None:
        """Make a change; the number it gives (0: none), or None when it failed, which the person
        is told."""
        try:
            done = change()
        except LoamError as error:
            self._context.notices.show(error)
            return None
        return done if isinstance(done, int) else 0
