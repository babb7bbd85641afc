"""Datasets and their rows in SQLite: what is asked and listed. `history` changes rows.

Pages of 100,000 rows are read by an index; no query loads the contents of rows that aren't
shown. What was deleted a month ago goes for good.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.database import Database
from app.core.errors import BadInput, LoamError, NotFound
from app.services.dataset.history import History
from app.services.dataset.rowcodec import load_row, load_source
from app.services.dataset.schema import MIGRATIONS
from app.services.dataset.types import (
    Counts,
    Dataset,
    Filter,
    Finding,
    Kind,
    Origin,
    Provenance,
    Row,
    State,
)

_FORGET_AFTER_S = 30 * 24 * 3600.0
_AT_ONCE = 500
_USABLE = (
    f"(state != '{State.REJECTED}' AND (origin != '{Origin.MODEL}' OR state = '{State.ACCEPTED}'))"
)
_DATASET = f"""
    SELECT d.*,
        (SELECT count(*) FROM rows WHERE dataset_id = d.id AND hidden = 0) AS shown,
        (SELECT count(*) FROM rows WHERE dataset_id = d.id AND hidden = 0 AND {_USABLE}) AS usable
    FROM datasets d WHERE deleted IS NULL
"""


class DatasetStore:
    """The datasets of one profile. All methods may raise StoreError; unknown ids: NotFound."""

    def __init__(self, path: Path) -> None:
        self.db = Database(path, MIGRATIONS)
        self.history = History(self.db)
        old = time.time() - _FORGET_AFTER_S
        if self.db.read("SELECT 1 FROM datasets WHERE deleted < ?", (old,)):
            with self.db.write() as w:
                w.execute("DELETE FROM datasets WHERE deleted < ?", (old,))

    @property
    def problems(self) -> list[LoamError]:
        """What was repaired while opening."""
        return self.db.problems

    def close(self) -> None:
        """No method may follow."""
        self.db.close()

    # --- datasets ------------------------------------------------------------------------------

    def datasets(self) -> list[Dataset]:
        """All that are not deleted, the last changed first."""
        return [_dataset(r) for r in self.db.read(f"{_DATASET} ORDER BY updated DESC, id DESC")]

    def dataset(self, dataset_id: int) -> Dataset:
        found = self.db.read(f"{_DATASET} AND id = ?", (dataset_id,))
        if not found:
            raise NotFound(thing="This dataset")
        return _dataset(found[0])

    def named(self, name: str) -> Dataset | None:
        """The dataset of that name, if there is one."""
        found = self.db.read(f"{_DATASET} AND name = ?", (name,))
        return _dataset(found[0]) if found else None

    def create(self, name: str) -> Dataset:
        """Errors: BadInput when the name is taken."""
        now = time.time()
        with self.db.write() as w:
            self._check_free(w, name)
            made = w.execute(
                "INSERT INTO datasets (name, created, updated) VALUES (?, ?, ?)", (name, now, now)
            )
        return self.dataset(int(made.lastrowid or 0))

    def rename(self, dataset_id: int, name: str) -> None:
        """Errors: BadInput when the name is taken."""
        with self.db.write() as w:
            self._check_free(w, name, dataset_id)
            found = w.execute("UPDATE datasets SET name = ? WHERE id = ?", (name, dataset_id))
            if not found.rowcount:
                raise NotFound(thing="This dataset")

    def set_deleted(self, dataset_id: int, deleted: bool) -> None:
        """Take a dataset out of the list, or bring it back. Errors: BadInput when another one has
        its name by now."""
        with self.db.write() as w:
            found = w.execute("SELECT name FROM datasets WHERE id = ?", (dataset_id,)).fetchone()
            if found is None:
                raise NotFound(thing="This dataset")
            if not deleted:
                self._check_free(w, found["name"], dataset_id)
            when = time.time() if deleted else None
            w.execute("UPDATE datasets SET deleted = ? WHERE id = ?", (when, dataset_id))

    @staticmethod
    def _check_free(w: sqlite3.Connection, name: str, but: int = 0) -> None:
        if w.execute(
            "SELECT 1 FROM datasets WHERE name = ? AND id != ? AND deleted IS NULL", (name, but)
        ).fetchone():
            raise BadInput(problem=f"There is a dataset {name} already.")

    # --- rows ------------------------------------------------------------------------------------

    def row(self, row_id: int) -> Row:
        found = self.rows([row_id])
        if not found:
            raise NotFound(thing=f"Row {row_id}")
        return found[0]

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """Rows in the order of `ids`; those deleted meanwhile are left out."""
        found: dict[int, Row] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            part = ids[begin : begin + _AT_ONCE]
            places = ", ".join("?" * len(part))
            query = f"SELECT * FROM rows WHERE hidden = 0 AND id IN ({places})"
            found |= {row["id"]: load_row(row) for row in self.db.read(query, part)}
        return [found[row_id] for row_id in ids if row_id in found]

    def ids(self, dataset_id: int, wanted: Filter, offset: int = 0, limit: int = -1) -> list[int]:
        """Ids in the order of adding; limit -1: all."""
        where, values = _where(dataset_id, wanted)
        found = self.db.read(
            f"SELECT id FROM rows WHERE {where} ORDER BY id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [row["id"] for row in found]

    def count(self, dataset_id: int, wanted: Filter) -> int:
        """How many rows a filter lets through."""
        where, values = _where(dataset_id, wanted)
        (row,) = self.db.read(f"SELECT count(*) AS n FROM rows WHERE {where}", values)
        return int(row["n"])

    def stream(self, dataset_id: int, wanted: Filter) -> Iterator[Row]:
        """All rows that a filter lets through, a few hundred in memory at a time."""
        where, values = _where(dataset_id, wanted)
        last = 0
        while True:
            found = self.db.read(
                f"SELECT * FROM rows WHERE {where} AND id > ? ORDER BY id LIMIT ?",
                (*values, last, _AT_ONCE),
            )
            yield from map(load_row, found)
            if len(found) < _AT_ONCE:
                return
            last = found[-1]["id"]

    def counts(self, dataset_id: int) -> Counts:
        """Rows by state, split, origin, label and finding."""
        by = {
            name: self._count_by(
                f"SELECT {name} AS k, count(*) AS n FROM rows"
                " WHERE dataset_id = ? AND hidden = 0 GROUP BY k ORDER BY n DESC, k",
                dataset_id,
            )
            for name in ("state", "split", "origin", "label")
        }
        findings = self._count_by(
            "SELECT f.kind AS k, count(DISTINCT f.row_id) AS n FROM findings f JOIN rows r"
            " ON r.id = f.row_id WHERE r.dataset_id = ? AND r.hidden = 0 GROUP BY k ORDER BY k",
            dataset_id,
        )
        return Counts(by["state"], by["split"], by["origin"], by["label"], findings)

    def _count_by(self, query: str, dataset_id: int) -> dict[str, int]:
        return {row["k"]: row["n"] for row in self.db.read(query, (dataset_id,))}

    def message_ids(self, dataset_id: int) -> set[int]:
        """The answers of chats that rows were made of."""
        return {source.message_id for source in self._sources(dataset_id, Origin.CHAT)}

    def passages(self, dataset_id: int) -> set[tuple[str, int, int]]:
        """(path, start, end) of the passages that rows were written about."""
        held = self._sources(dataset_id, Origin.MODEL)
        return {(source.path, source.start, source.end) for source in held}

    def _sources(self, dataset_id: int, origin: Origin) -> Iterator[Provenance]:
        query = "SELECT source, origin FROM rows WHERE dataset_id = ? AND hidden = 0 AND origin = ?"
        return map(load_source, self.db.read(query, (dataset_id, origin)))

    # --- findings --------------------------------------------------------------------------------

    def findings(self, row_id: int) -> list[Finding]:
        """What the last checks found in a row."""
        found = self.db.read("SELECT * FROM findings WHERE row_id = ? ORDER BY rowid", (row_id,))
        return [
            Finding(
                row["row_id"],
                Kind(row["kind"]),
                row["detail"],
                row["turn"],
                row["start"],
                row["end"],
                row["related"],
            )
            for row in found
        ]

    def kinds(self, ids: Sequence[int]) -> dict[int, tuple[Kind, ...]]:
        """What was found in rows, by id, each kind once in the order of Kind."""
        found: dict[int, set[Kind]] = {}
        for begin in range(0, len(ids), _AT_ONCE):
            part = ids[begin : begin + _AT_ONCE]
            places = ", ".join("?" * len(part))
            query = f"SELECT DISTINCT row_id, kind FROM findings WHERE row_id IN ({places})"
            for row in self.db.read(query, part):
                found.setdefault(row["row_id"], set()).add(Kind(row["kind"]))
        return {key: tuple(kind for kind in Kind if kind in held) for key, held in found.items()}

    def replace_findings(self, dataset_id: int, findings: Sequence[Finding]) -> None:
        """Findings of new checks take the place of the old ones. Rows that were edited or deleted
        while the checks ran are the next checks' matter."""
        with self.db.write() as w:
            w.execute(
                "DELETE FROM findings WHERE row_id IN (SELECT id FROM rows WHERE dataset_id = ?)",
                (dataset_id,),
            )
            w.executemany(
                "INSERT INTO findings SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
                " WHERE EXISTS (SELECT 1 FROM rows WHERE id = ?1)",
                [(f.row_id, f.kind, f.detail, f.turn, f.start, f.end, f.related) for f in findings],
            )


def _where(dataset_id: int, wanted: Filter) -> tuple[str, list[object]]:
    parts = ["dataset_id = ?", "hidden = 0"]
    bound: list[object] = [dataset_id]
    exact = {
        "state": wanted.state,
        "split": wanted.split,
        "origin": wanted.origin,
        "label": wanted.label,
    }
    for name, value in exact.items():
        if value is not None:
            parts.append(f"{name} = ?")
            bound.append(str(value))
    if wanted.usable:
        parts.append(_USABLE)
    if wanted.finding is not None:
        parts.append("id IN (SELECT row_id FROM findings WHERE kind = ?)")
        bound.append(str(wanted.finding))
    words = [w.replace('"', '""') for w in wanted.text.replace("\0", " ").split()]
    if words:
        parts.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
        bound.append(" ".join(f'"{w}"' for w in words) + "*")
    return " AND ".join(parts), bound


def _dataset(row: sqlite3.Row) -> Dataset:
    return Dataset(
        id=row["id"],
        name=row["name"],
        created=row["created"],
        updated=row["updated"],
        rows=row["shown"],
        usable=row["usable"],
        split_seed=row["split_seed"],
        split_fraction=row["split_fraction"],
    )
