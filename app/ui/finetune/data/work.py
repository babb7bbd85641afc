"""What takes long with a dataset: import, checks, split, export, rows from chats and documents.

Each runs as a task that the foot of the window shows with its progress and Stop; what it had done
when it was stopped stays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core import servernames
from app.core.errors import LoamError
from app.core.messages import Progress
from app.core.process import Cancel
from app.core.types import FileState
from app.services.dataset.types import Filter, Rejected
from app.ui.context import Context
from app.ui.tasks import Task

_REFRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import. kind '': find out; mapping: for tables."""

    path: Path
    kind: str = ""
    mapping: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be imported at all."""

    path: Path
    error: LoamError


class DataWork(QObject):
    """`changed`: rows came or went, at most once a second; `result` carries what came of the
    work: Imported, Failed, Checked, SplitMade, Exported, Generated."""

    changed = Signal(int)
    """The id of the dataset."""
    result = Signal(int, object)
    busy_changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._service = context.loam.datasets
        self._running: list[Task] = []
        self._told = 0.0

    @property
    def busy(self) -> bool:
        """Whether anything runs."""
        return bool(self._running)

    def stop(self) -> None:
        """End what runs."""
        for task in list(self._running):
            task.cancel()

    def import_files(self, dataset_id: int, sources: Sequence[Source]) -> None:
        """Read files one after another."""

        def work(cancel: Cancel) -> Iterator[object]:
            for each in sources:
                try:
                    yield from self._service.import_file(
                        dataset_id, each.path, each.kind, each.mapping, cancel
                    )
                except (LoamError, OSError) as error:
                    if cancel.is_set():
                        raise
                    yield Failed(each.path, told(error, each.path))

        name = sources[0].path.name if len(sources) == 1 else self.tr("files")
        self._run(dataset_id, self.tr("Importing {name}").replace("{name}", name), work)

    def check(self, dataset_id: int, model: str, context: int) -> None:
        """Run all checks; rows are measured with the tokens of `model` ('': they are not).
        context 0: what the model was trained for."""

        def work(cancel: Cancel) -> Iterator[object]:
            from app.services.dataset import counting

            profile = self._context.loam.profile
            if not model or not Path(model).is_file():
                yield from self._service.check(dataset_id, cancel=cancel)
                return
            yield Progress(self.tr("Starting"), 0, 0)
            with counting.counter(profile, Path(model), context, cancel) as (count, longest):
                yield from self._service.check(dataset_id, count, longest, cancel)

        self._run(dataset_id, self.tr("Checking the rows"), work)

    def split(self, dataset_id: int, fraction: float, seed: int, within: bool) -> None:
        """Hold rows out."""
        work = partial(self._service.split, dataset_id, fraction, seed, within)
        self._run(dataset_id, self.tr("Splitting the rows"), lambda cancel: work(cancel))

    def export(self, dataset_id: int, path: Path, kind: str, wanted: Filter) -> None:
        """Write rows to a file."""

        def work(cancel: Cancel) -> Iterator[object]:
            try:
                yield from self._service.export(dataset_id, path, kind, wanted, cancel)
            except OSError as error:
                raise told(error, path) from error

        title = self.tr("Exporting {name}").replace("{name}", path.name)
        self._run(dataset_id, title, work)

    def generate(self, dataset_id: int, collection_id: int, count: int) -> None:
        """Let the model of new chats write rows about the documents of a collection."""

        def work(cancel: Cancel) -> Iterator[object]:
            from app.core.errors import BadInput
            from app.services.dataset.generating import engine_writer

            loam = self._context.loam
            yield Progress(self.tr("Starting"), 0, 0)
            files = [f for f in loam.library.files(collection_id) if f.state is FileState.READY]
            if not files:
                raise BadInput(problem=self.tr("No document of this collection was read yet."))
            spec = loam.models.spec_for()
            yield from self._service.generate(
                dataset_id,
                [partial(loam.library.open, each.id) for each in files],
                engine_writer(loam.engine, spec, cancel),
                servernames.split(spec.path)[1] or Path(spec.path).name,
                count,
                cancel,
            )

        self._run(dataset_id, self.tr("Writing questions and answers"), work)

    def do(self, dataset_id: int, change: Callable[[], object]) -> None:
        """A change of many rows, quietly."""

        def work(cancel: Cancel) -> Iterator[object]:
            yield change()

        self._run(dataset_id, self.tr("Changing the rows"), work, shown=False)

    def _run(
        self,
        dataset_id: int,
        title: str,
        work: Callable[[Cancel], Iterator[object]],
        shown: bool = True,
    ) -> None:
        def take(event: object) -> None:
            if isinstance(event, (Progress, int, Rejected)):
                if time.monotonic() - self._told > _REFRESH_S:
                    self._told = time.monotonic()
                    self.changed.emit(dataset_id)
            else:
                self.result.emit(dataset_id, event)

        def over() -> None:
            self._running.remove(task)
            self.changed.emit(dataset_id)
            self.busy_changed.emit()

        task = self._context.tasks.run(work, title=title, shown=shown, on_event=take, on_done=over)
        if task.running:
            self._running.append(task)
            self.busy_changed.emit()


def told(error: LoamError | OSError, path: Path) -> LoamError:
    """An error of the system in words."""
    if isinstance(error, LoamError):
        return error
    from app.core.errors import BadInput

    return BadInput(repr(error), problem=f"{path.name}: {error.strerror or error}.")
