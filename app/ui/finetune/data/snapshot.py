"""All that the Data step shows of a dataset, read at once and off the thread that draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.errors import LoamError, NotFound
from app.core.process import Cancel
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Counts, Dataset, Filter, Split
from app.ui.context import Context


@dataclass(frozen=True, slots=True)
class Snapshot:
    """datasets: all there are. dataset None: the project has none (any more). held_out and
    unassigned count rows that may be learnt from; undo and redo are words; ids are those of the
    rows that `wanted` lets through."""

    datasets: Sequence[Dataset]
    wanted: Filter
    dataset: Dataset | None = None
    counts: Counts | None = None
    held_out: int = 0
    unassigned: int = 0
    undo: str = ""
    redo: str = ""
    ids: Sequence[int] = ()

    @property
    def ready(self) -> bool:
        """Whether there are rows to learn from and others that are held out."""
        dataset = self.dataset
        return bool(dataset and self.held_out and dataset.usable > self.held_out + self.unassigned)


def read(service: DatasetService, dataset_id: int, wanted: Filter) -> Snapshot:
    """Errors: StoreError."""
    datasets = service.datasets()
    if dataset_id not in {each.id for each in datasets}:
        return Snapshot(datasets, wanted)
    try:
        dataset = service.get(dataset_id)
    except NotFound:
        return Snapshot(datasets, wanted)
    undo, redo = service.next_steps(dataset_id)
    return Snapshot(
        datasets,
        wanted,
        dataset,
        service.counts(dataset_id),
        service.count(dataset_id, Filter(usable=True, split=Split.VALIDATION)),
        service.count(dataset_id, Filter(usable=True, split=Split.NONE)),
        undo,
        redo,
        service.ids(dataset_id, wanted),
    )


class SnapshotReader(QObject):
    """Reads one after another; what is asked for while it reads comes once, afterwards."""

    came = Signal(object)

    def __init__(self, context: Context, asked: Callable[[], tuple[int, Filter]]) -> None:
        super().__init__()
        self._context = context
        self._asked = asked
        self._reading = False
        self._again = False

    def ask(self) -> None:
        """A Snapshot of what `asked` wants comes soon."""
        if self._reading:
            self._again = True
            return
        self._reading, self._again = True, False
        key, wanted = self._asked()
        service = self._context.loam.datasets

        def work(cancel: Cancel) -> Iterator[object]:
            yield read(service, key, wanted)

        self._context.tasks.run(work, on_event=self._take, on_error=self._fail, on_done=self._over)

    def _take(self, snapshot: object) -> None:
        # Another one is on its way: this one is out of date, and rows would jump.
        if not self._again:
            self.came.emit(snapshot)

    def _fail(self, error: LoamError) -> None:
        self._context.notices.show(error)

    def _over(self) -> None:
        self._reading = False
        if self._again:
            self.ask()
