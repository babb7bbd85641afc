"""Step 2, Data: rows to learn from, looked through by a person, some of them held out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.ui import words
from app.ui.context import Context
from app.ui.finetune.data import say
from app.ui.finetune.step import Step
from app.ui.tokens import S12

if TYPE_CHECKING:
    from app.services.dataset.types import Dataset, Filter
    from app.services.finetune_projects import TuneProject
    from app.ui.finetune.data.snapshot import Snapshot

_TALL = 460
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".txt", ".md", ".text")


class DataStep(Step):
    """Shows what its parts say and keeps which dataset the project uses. What is done with the
    rows is in `control`."""

    key = "data"
    title = "Data"
    order = 20

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        from app.ui.finetune.data.actions import DataActions
        from app.ui.finetune.data.annotate_view import AnnotateView
        from app.ui.finetune.data.head import DataHead
        from app.ui.finetune.data.review_view import ReviewView
        from app.ui.finetune.data.snapshot import SnapshotReader
        from app.ui.finetune.data.start_view import StartView
        from app.ui.finetune.data.work import DataWork

        self._service = context.loam.datasets
        self._seen: Snapshot | None = None
        self._adding = False
        self.next_action = ""
        self.work = DataWork(context)
        self.start = StartView(context.theme)
        self.head = DataHead(context.theme)
        self.review = ReviewView(context, self._service)
        self.annotate = AnnotateView(context, self._service)
        self.control = DataActions(self, context, self.work)
        reviewed = QWidget()
        column = QVBoxLayout(reviewed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S12)
        column.addWidget(self.head)
        column.addWidget(self.review, 1)
        self._reviewed = reviewed
        self._stack = QStackedWidget()
        self._blank = QWidget()
        self._reader = SnapshotReader(context, self._wanted)
        self._reader.came.connect(self._take)
        for view in (self._blank, self.start, reviewed, self.annotate):
            self._stack.addWidget(view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.review.filter_changed.connect(self.reload)
        self.work.changed.connect(self._rows_changed)
        self.work.busy_changed.connect(self._busy_changed)
        self.start.back_asked.connect(lambda: self.show_adding(False))
        self.annotate.closed.connect(self._back_to_rows)
        for keys, what in (("Ctrl+Z", "undo"), ("Ctrl+Shift+Z", "redo"), ("Ctrl+Y", "redo")):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(lambda what=what: self.control.ask(what))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.head.set_low(self.height() < _TALL)

    # --- what the page asks --------------------------------------------------------------------

    def show_project(self, project: TuneProject) -> None:
        before = self.project
        super().show_project(project)
        if before is None or before.id != project.id or before.dataset_id != project.dataset_id:
            if before is not None:
                self.review.leave()
            self._adding = False
            self._seen = None
            self.control.forget()
            self.review.filters.clear()
            self.reload()

    def state(self) -> str:
        dataset = self.dataset
        if dataset is None or not dataset.rows:
            return ""
        if not dataset.usable:
            return self.tr("{n} to check").replace("{n}", say.rows(dataset.rows))
        return say.rows(dataset.usable)

    def done(self) -> bool:
        return self._seen is not None and self._seen.ready

    def shown(self) -> None:
        self.reload()

    def hidden(self) -> None:
        self.review.leave()

    def closing(self) -> None:
        self.review.leave()
        self.work.stop()

    def accept_paths(self, paths: Sequence[str]) -> bool:
        if self.project is None or not self._readable(paths):
            return False
        self.control.import_paths([Path(path) for path in self._readable(paths)])
        return True

    def drop_hint(self, paths: Sequence[str]) -> str:
        found = self._readable(paths)
        if not found:
            return ""
        return self.tr("Import the rows of {n}").replace("{n}", words.files(len(found)))

    @staticmethod
    def _readable(paths: Sequence[str]) -> list[str]:
        return [path for path in paths if Path(path).suffix.lower() in SUFFIXES]

    # --- what is shown -------------------------------------------------------------------------

    def reload(self) -> None:
        """Read what the project's dataset is made of, and show it soon."""
        self._reader.ask()

    @property
    def dataset(self) -> Dataset | None:
        """The dataset shown; None while there is none or it is being read."""
        return self._seen.dataset if self._seen else None

    def _wanted(self) -> tuple[int, Filter]:
        return self.project.dataset_id if self.project else 0, self.review.filter

    def _take(self, snapshot: Snapshot) -> None:
        key = self.project.dataset_id if self.project else 0
        if snapshot.dataset is not None and snapshot.dataset.id != key:
            return
        self._seen = snapshot
        self._draw()
        self.state_changed.emit()

    def show_adding(self, adding: bool) -> None:
        """Show the ways to get rows, or go back to the rows."""
        self._adding = adding
        self._draw()

    @property
    def annotating(self) -> bool:
        """Whether texts are being labelled."""
        return self._stack.currentWidget() is self.annotate

    def annotate_rows(self) -> None:
        """Label one text after another."""
        if self.dataset is not None and self.review.leave():
            self._stack.setCurrentWidget(self.annotate)
            self.annotate.begin(self.dataset.id, self.review.filter)

    def _draw(self) -> None:
        seen = self._seen
        if seen is None:
            self._stack.setCurrentWidget(self._blank)
            return
        dataset = seen.dataset
        rows = dataset.rows if dataset else 0
        if dataset is not None and seen.counts is not None:
            self.head.show_datasets(seen.datasets, dataset.id)
            self.head.show_steps(seen.undo, seen.redo)
            checked, warnings = self.control.checked(dataset)
            self.review.show_counts(dataset, seen.counts, checked, warnings)
            self._say_next()
            self.review.show_ids(seen.ids)
        if not rows or self._adding:
            others = [each for each in seen.datasets if each.rows]
            self.start.show_choices(others, adding=bool(rows))
            self._stack.setCurrentWidget(self.start)
        else:
            if not self.annotating:
                self._stack.setCurrentWidget(self._reviewed)
            self.control.rows_shown()

    def _say_next(self) -> None:
        """The heading and the button: look through, check, hold out, go on."""
        seen = self._seen
        if seen is None or seen.dataset is None:
            return
        dataset, left = seen.dataset, seen.unassigned
        busy = self.work.busy
        if not dataset.usable:
            self.next_action = ""
            self.head.say(
                self.tr("Look through the rows and accept the good ones"),
                self.tr("Keys: A accepts, R rejects, J and K go down and up."),
                "",
            )
        elif not seen.held_out:
            checked, _warnings = self.control.checked(dataset)
            self.next_action = "split" if checked else "check"
            self.head.say(
                self.tr("Look through the rows, then hold some of them out"),
                self.tr("Held-out rows show later whether the model really learnt something."),
                self.tr("Hold out rows") if checked else self.tr("Check the rows"),
                enabled=not busy,
                checks=not checked,
            )
        else:
            self.next_action = "split" if left else "train"
            text = self.tr("{n} to learn from, {m} held out")
            text = text.replace("{n}", say.rows(dataset.usable - seen.held_out - left))
            hint = self.tr("{n} came later and are in neither part yet.")
            self.head.say(
                text.replace("{m}", words.number(seen.held_out)),
                hint.replace("{n}", say.rows(left)) if left else "",
                self.tr("Hold out again") if left else self.tr("Go on to training"),
                enabled=not (left and busy),
            )

    def _rows_changed(self, dataset_id: int) -> None:
        if self.project is not None and self.project.dataset_id == dataset_id:
            self.review.model.stale()
            self.reload()

    def _busy_changed(self) -> None:
        self.head.set_busy(self.work.busy)
        self._say_next()

    def _back_to_rows(self) -> None:
        self._stack.setCurrentWidget(self._reviewed)
        self.review.model.stale()
        self.reload()


STEP = DataStep
