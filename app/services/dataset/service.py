"""Datasets: what a person does with rows to learn from.

Quick methods are SQLite calls. Those that take long are generators: Progress as they go, their
result at last (Imported, Checked, SplitMade, Exported). Every change of rows can be undone.
All methods may raise StoreError; ids that are unknown: NotFound.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.errors import BadInput, LoamError
from app.core.messages import Progress, Turn
from app.core.paths import Profile
from app.core.process import Cancel
from app.services.dataset import (
    checking,
    detection,
    exporting,
    splitting,
)
from app.services.dataset.checks.length import Count
from app.services.dataset.editing import edited, named, said
from app.services.dataset.rowcodec import columns
from app.services.dataset.sources import RowSources
from app.services.dataset.store import DatasetStore
from app.services.dataset.training import training_data
from app.services.dataset.types import (
    Change,
    Checked,
    Counts,
    Dataset,
    Exported,
    Filter,
    Finding,
    Kind,
    Row,
    Span,
    Split,
    SplitMade,
    State,
    TrainingData,
)

ALL = Filter()
_USABLE = Filter(usable=True)


class DatasetService(RowSources):
    """The datasets of one profile, in a file of their own."""

    def __init__(self, profile: Profile) -> None:
        self._store = DatasetStore(profile.root / "datasets.sqlite3")

    @property
    def problems(self) -> list[LoamError]:
        """What was repaired while opening."""
        return self._store.problems

    def close(self) -> None:
        """No method may follow."""
        self._store.close()

    # --- datasets ------------------------------------------------------------------------------

    def datasets(self) -> list[Dataset]:
        """The last changed first."""
        return self._store.datasets()

    def get(self, dataset_id: int) -> Dataset:
        return self._store.dataset(dataset_id)

    def find(self, name: str) -> Dataset:
        """Errors: BadInput when there is none of that name."""
        found = self._store.named(named(name))
        if found is None:
            raise BadInput(problem=f"There is no dataset {name}.")
        return found

    def named(self, name: str) -> Dataset:
        """The dataset of that name, made when there is none."""
        return self._store.named(named(name)) or self.create(name)

    def create(self, name: str) -> Dataset:
        """A new, empty dataset. Errors: BadInput when the name is empty or taken."""
        return self._store.create(named(name))

    def rename(self, dataset_id: int, name: str) -> None:
        """Errors: BadInput when the name is empty or taken."""
        self._store.rename(dataset_id, named(name))

    def delete(self, dataset_id: int) -> None:
        """Take a dataset out of the list; `restore` brings it back for 30 days."""
        self._store.set_deleted(dataset_id, True)

    def restore(self, dataset_id: int) -> None:
        """Undo `delete`."""
        self._store.set_deleted(dataset_id, False)

    # --- looking -------------------------------------------------------------------------------

    def count(self, dataset_id: int, wanted: Filter = ALL) -> int:
        """How many rows a filter lets through."""
        return self._store.count(dataset_id, wanted)

    def counts(self, dataset_id: int) -> Counts:
        """Rows by state, split, origin, label and finding."""
        return self._store.counts(dataset_id)

    def ids(self, dataset_id: int, wanted: Filter = ALL) -> list[int]:
        """All ids in the order of adding: what a table keeps, to fetch `rows` as they are seen."""
        return self._store.ids(dataset_id, wanted)

    def page(
        self, dataset_id: int, wanted: Filter = ALL, offset: int = 0, limit: int = 100
    ) -> list[Row]:
        """`limit` rows from number `offset` (from 0) of those that the filter lets through."""
        return self._store.rows(self._store.ids(dataset_id, wanted, offset, limit))

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """Rows in the order of `ids`; those deleted meanwhile are left out."""
        return self._store.rows(ids)

    def row(self, row_id: int) -> Row:
        return self._store.row(row_id)

    def findings(self, row_id: int) -> list[Finding]:
        """What the last checks found in a row; nothing once it was edited."""
        return self._store.findings(row_id)

    def kinds(self, ids: Sequence[int]) -> dict[int, tuple[Kind, ...]]:
        """What was found in rows, by id; those in which nothing was found are left out."""
        return self._store.kinds(ids)

    # --- changing rows -------------------------------------------------------------------------

    def edit(
        self,
        row_id: int,
        turns: Sequence[Turn] | None = None,
        label: str | None = None,
        entities: Sequence[Span] | None = None,
    ) -> None:
        """Change what is given. Entities keep their places in an edited text unless they are
        given too. Errors: BadInput when the row can't be learnt from any more."""
        row = self.row(row_id)
        draft = edited(row, turns, label, entities)
        if draft != row.draft:
            values: dict[str, object] = {**columns(draft), "edited": time.time()}
            self._store.history.change(row.dataset_id, f"Edit row {row_id}", [(row_id, values)])

    def set_state(self, dataset_id: int, row_ids: Sequence[int], state: State) -> int:
        """Accept, reject or reopen rows; gives how many were changed."""
        what = {State.ACCEPTED: "Accept", State.REJECTED: "Reject", State.NEW: "Reopen"}[state]
        return self._set(dataset_id, f"{what} {said(row_ids)}", row_ids, state=state)

    def set_label(self, dataset_id: int, row_ids: Sequence[int], label: str) -> int:
        """Give rows a label ('' takes it away); gives how many were changed."""
        label = " ".join(label.split())
        return self._set(dataset_id, f"Label {said(row_ids)}", row_ids, label=label)

    def set_split(self, dataset_id: int, row_ids: Sequence[int], split: Split) -> int:
        """Put rows into a part by hand; gives how many were changed."""
        return self._set(dataset_id, f"Move {said(row_ids)}", row_ids, split=split)

    def remove(self, dataset_id: int, row_ids: Sequence[int]) -> int:
        """Delete rows; gives how many."""
        return self._set(dataset_id, f"Delete {said(row_ids)}", row_ids, hidden=1)

    def _set(self, dataset_id: int, what: str, row_ids: Sequence[int], **values: object) -> int:
        wanted = dict.fromkeys(row_ids)
        return self._store.history.change(dataset_id, what, ((key, values) for key in wanted))

    def next_steps(self, dataset_id: int) -> tuple[str, str]:
        """What `undo` would take back and what `redo` would do again, in words; '' for nothing."""
        return self._store.history.next_steps(dataset_id)

    def undo(self, dataset_id: int) -> Change | None:
        """Take the last change back, also one of an earlier run; None when there is none."""
        return self._store.history.undo(dataset_id)

    def redo(self, dataset_id: int) -> Change | None:
        """Make the change again that was undone last; None when there is none."""
        return self._store.history.redo(dataset_id)

    def changes(self, dataset_id: int, limit: int = 100) -> list[Change]:
        """The last changes, newest first."""
        return self._store.history.changes(dataset_id, limit)

    # --- the dataset as a whole ----------------------------------------------------------------

    def check(
        self,
        dataset_id: int,
        count: Count | None = None,
        context: int = 0,
        cancel: Cancel | None = None,
    ) -> Iterator[Progress | Checked]:
        """Look for duplicates, personal data, empty and cut answers, and with `count` (tokens of
        each text) rows longer than `context`. Errors: Cancelled, those of `count`."""
        yield from checking.check(self._store, dataset_id, count, context, cancel)

    def split(
        self,
        dataset_id: int,
        fraction: float = 0.1,
        seed: int = 0,
        within: bool = False,
        cancel: Cancel | None = None,
    ) -> Iterator[Progress | SplitMade]:
        """Hold out about `fraction` of the rows; documents, conversations and duplicates are kept
        together (within: documents may be parted). Errors: BadInput, Cancelled."""
        yield from splitting.split(self._store, dataset_id, fraction, seed, within, cancel)

    def export(
        self,
        dataset_id: int,
        path: Path,
        kind: str,
        wanted: Filter = _USABLE,
        cancel: Cancel | None = None,
    ) -> Iterator[Progress | Exported]:
        """Write rows to a file, by default all that are learnt from. Rows that the format can't
        hold are named. Errors: BadInput, Cancelled, OSError."""
        chosen, total = detection.named(kind), self._store.count(dataset_id, wanted)
        rows = self._store.stream(dataset_id, wanted)
        yield from exporting.export(rows, total, path, chosen, cancel)

    def training(self, dataset_id: int) -> TrainingData:
        """Usable rows for the trainer, with the hash of their contents."""
        dataset = self._store.dataset(dataset_id)
        return training_data(dataset, self._store.stream(dataset_id, _USABLE))
