"""Running all checks over a dataset, row by row, and storing what they find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from app.core.errors import Cancelled
from app.core.messages import Progress
from app.core.process import Cancel
from app.services.dataset.checks import answers, length, personal
from app.services.dataset.checks.balance import balance
from app.services.dataset.checks.duplicates import Duplicates
from app.services.dataset.store import DatasetStore
from app.services.dataset.types import Checked, Filter, Finding, Row, Split, State

_AT_ONCE = 200


def check(
    store: DatasetStore,
    dataset_id: int,
    count: length.Count | None,
    context: int,
    cancel: Cancel | None,
) -> Iterator[Progress | Checked]:
    """Progress, at last Checked. Rejected rows are not looked at. Errors: Cancelled (the findings
    before stay), those of `count`."""
    total = store.dataset(dataset_id).rows
    found: list[Finding] = []
    labels: Counter[tuple[str, Split]] = Counter()
    duplicates = Duplicates()
    done = 0
    for rows in _batches(store.stream(dataset_id, Filter())):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        for row in rows:
            duplicates.add(row)
            found += answers.check(row)
            found += personal.check(row)
            labels[row.label, row.split] += row.usable
        if count is not None and context:
            found += length.check(rows, count, context)
        done += len(rows)
        yield Progress("Checking the rows", done, total, "rows")
    yield Progress("Comparing the rows", 0, 0)
    found += duplicates.find()
    store.replace_findings(dataset_id, found)
    kinds = Counter(kind for _, kind in {(f.row_id, str(f.kind)) for f in found})
    yield Checked(done, dict(sorted(kinds.items())), balance(labels))


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    held = []
    for row in rows:
        if row.state is State.REJECTED:
            continue
        held.append(row)
        if len(held) == _AT_ONCE:
            yield held
            held = []
    if held:
        yield held
