"""Reading a file into a dataset, batch by batch.

A batch is one transaction with what was turned away and how far the file was read: what was said
to be done survives a kill, and the same file given again goes on where it was.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput, Cancelled
from app.core.files import sha256
from app.core.messages import Progress
from app.core.process import Cancel
from app.services.dataset.formats._base import Format
from app.services.dataset.store import DatasetStore
from app.services.dataset.types import Draft, Imported, Origin, Provenance, Rejected

_BATCH = 500
_LONGEST_S = 0.5
_WHAT = "Import "


@dataclass(frozen=True, slots=True)
class _Place:
    """An import that is under way: its change, and how many records of the file are done."""

    change_id: int
    records: int


def import_file(
    store: DatasetStore,
    dataset_id: int,
    path: Path,
    kind: Format,
    mapping: Mapping[str, str],
    cancel: Cancel | None,
) -> Iterator[Progress | Imported]:
    """Progress (lines that are stored), at last Imported. Errors: Cancelled (what was said to be
    done stays), BadInput, NotFound, StoreError, OSError."""
    lines = _count_lines(path)
    reading = json.dumps([kind.name, sorted(mapping.items())])
    digest = sha256(path)
    source = Provenance(Origin.FILE, path.name, str(path))
    unfinished = _unfinished(store, dataset_id, digest, reading)
    done = unfinished.records if unfinished else 0
    found = itertools.islice(kind.read(path, mapping), done, None)
    # The first records are read before anything is stored: a mapping that can't be used leaves
    # no trace.
    batch = _batch(found)
    place = unfinished or _begin(store, dataset_id, path, digest, reading)
    while batch:
        if cancel is not None and cancel.is_set():
            raise Cancelled
        place = _keep(store, dataset_id, place, batch, source)
        yield Progress(f"Importing {path.name}", min(batch[-1].line, lines), lines, "lines")
        batch = _batch(found)
    with store.db.write() as w:
        w.execute("UPDATE imports SET finished = 1 WHERE change_id = ?", (place.change_id,))
    (counted,) = store.db.read(
        "SELECT count(*) AS n FROM rows WHERE added_by = ?", (place.change_id,)
    )
    yield Imported(dataset_id, place.change_id, counted["n"], turned_away(store, place.change_id))


def turned_away(store: DatasetStore, change_id: int) -> tuple[Rejected, ...]:
    """The records of an import that did not become rows, in the order of the file."""
    found = store.db.read(
        "SELECT * FROM turned_away WHERE change_id = ? ORDER BY line, rowid", (change_id,)
    )
    return tuple(Rejected(row["line"], row["reason"], row["name"]) for row in found)


def all_turned_away(store: DatasetStore, dataset_id: int) -> tuple[Rejected, ...]:
    """As `turned_away`, of all imports of a dataset that were not undone, named by their files."""
    found = store.db.read(
        "SELECT t.line, t.reason, t.name, c.what FROM turned_away t JOIN changes c"
        " ON c.id = t.change_id WHERE c.dataset_id = ? AND c.undone = 0"
        " ORDER BY c.id, t.line, t.rowid",
        (dataset_id,),
    )
    return tuple(
        Rejected(row["line"], row["reason"], row["what"].removeprefix(_WHAT)) for row in found
    )


def _unfinished(store: DatasetStore, dataset_id: int, digest: str, reading: str) -> _Place | None:
    """The import of the same bytes, read in the same way, that was broken off."""
    found = store.db.read(
        "SELECT i.change_id, i.records FROM imports i JOIN changes c ON c.id = i.change_id WHERE"
        " c.dataset_id = ? AND c.undone = 0 AND i.finished = 0 AND i.sha256 = ? AND i.reading = ?"
        " ORDER BY i.change_id DESC LIMIT 1",
        (dataset_id, digest, reading),
    )
    return _Place(found[0]["change_id"], found[0]["records"]) if found else None


def _begin(store: DatasetStore, dataset_id: int, path: Path, digest: str, reading: str) -> _Place:
    with store.db.write() as w:
        change_id = store.history.begin(w, dataset_id, f"{_WHAT}{path.name}")
        w.execute(
            "INSERT INTO imports (change_id, sha256, reading) VALUES (?, ?, ?)",
            (change_id, digest, reading),
        )
    return _Place(change_id, 0)


def _batch(found: Iterator[Draft | Rejected]) -> list[Draft | Rejected]:
    """The next records: as many as are read in half a second, at most 500."""
    batch: list[Draft | Rejected] = []
    until = time.monotonic() + _LONGEST_S
    for record in found:
        batch.append(record)
        if len(batch) >= _BATCH or time.monotonic() > until:
            break
    return batch


def _keep(
    store: DatasetStore,
    dataset_id: int,
    place: _Place,
    batch: list[Draft | Rejected],
    source: Provenance,
) -> _Place:
    records = place.records + len(batch)
    rows = [
        (item, Provenance(source.origin, source.name, source.path, item.line))
        for item in batch
        if isinstance(item, Draft)
    ]
    rejected = [item for item in batch if isinstance(item, Rejected)]
    with store.db.write() as w:
        store.history.insert(w, dataset_id, place.change_id, rows)
        w.executemany(
            "INSERT INTO turned_away VALUES (?, ?, ?, ?)",
            [(place.change_id, item.line, item.reason, item.name) for item in rejected],
        )
        moved = w.execute(
            "UPDATE imports SET records = ? WHERE change_id = ? AND records = ?",
            (records, place.change_id, place.records),
        )
        if not moved.rowcount:
            raise BadInput(problem=f"{source.name} is being imported by another Loam.")
    return _Place(place.change_id, records)


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return 1 + sum(data.count(b"\n") for data in iter(lambda: file.read(1 << 20), b""))
