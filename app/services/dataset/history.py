"""Every change of a dataset's rows, kept so that it can be undone and made again.

Each change is one transaction with what it did, so a kill leaves both or neither. Undoing goes
back step by step, also after a restart; a new change ends what could be made again. An import is
one change that grows batch by batch.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence

from app.core.database import Database
from app.core.errors import BadInput, NotFound
from app.services.dataset import rowcodec
from app.services.dataset.types import Change, Draft, Provenance

Columns = Mapping[str, object]
_CONTENTS = {"turns", "label"}


class History:
    """Changes in one datasets file. All methods may raise StoreError."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def begin(self, w: sqlite3.Connection, dataset_id: int, what: str) -> int:
        """A new change inside a transaction; what was undone before can't be made again."""
        now = time.time()
        w.execute("DELETE FROM changes WHERE dataset_id = ? AND undone = 1", (dataset_id,))
        found = w.execute(
            "UPDATE datasets SET updated = ? WHERE id = ? AND deleted IS NULL", (now, dataset_id)
        )
        if not found.rowcount:
            raise NotFound(thing="This dataset")
        made = w.execute(
            "INSERT INTO changes (dataset_id, what, made) VALUES (?, ?, ?)", (dataset_id, what, now)
        )
        return int(made.lastrowid or 0)

    def insert(
        self,
        w: sqlite3.Connection,
        dataset_id: int,
        change_id: int,
        rows: Sequence[tuple[Draft, Provenance]],
    ) -> list[int]:
        """Add rows as part of a change; gives their ids. Errors: BadInput when the change was
        undone meanwhile."""
        if not w.execute(
            "SELECT 1 FROM changes WHERE id = ? AND undone = 0", (change_id,)
        ).fetchone():
            raise BadInput(problem="This was undone while it ran.")
        now = time.time()
        ids = []
        for draft, source in rows:
            held = rowcodec.columns(draft)
            made = w.execute(
                "INSERT INTO rows (dataset_id, added_by, origin, created, edited, source, turns,"
                " label, spans, family) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    dataset_id,
                    change_id,
                    source.origin,
                    now,
                    now,
                    rowcodec.dump_source(source),
                    held["turns"],
                    held["label"],
                    held["spans"],
                    held["family"],
                ),
            )
            ids.append(int(made.lastrowid or 0))
            w.execute(
                "INSERT INTO words (rowid, content) VALUES (?, ?)",
                (ids[-1], rowcodec.searched(draft.turns, draft.label)),
            )
        return ids

    def add(
        self, dataset_id: int, what: str, rows: Sequence[tuple[Draft, Provenance]]
    ) -> list[int]:
        """Add rows as one change; gives their ids. Errors: NotFound."""
        with self._db.write() as w:
            return self.insert(w, dataset_id, self.begin(w, dataset_id, what), rows)

    def change(
        self,
        dataset_id: int,
        what: str,
        rows: Iterable[tuple[int, Columns]],
        settings: Columns | None = None,
    ) -> int:
        """Set columns of rows, and of the dataset itself, as one change; gives how many rows
        differ. When nothing differs, there is no change to undo. Errors: NotFound."""
        with self._db.write() as w:
            entries = []
            for row_id, after in rows:
                before = self._values(w, dataset_id, row_id, after)
                if before != dict(after):
                    entries.append((row_id, before, dict(after)))
            if not entries and not settings:
                return 0
            change_id = self.begin(w, dataset_id, what)
            w.executemany(
                "INSERT INTO changed_rows VALUES (?, ?, ?, ?)",
                ((change_id, row, _json(before), _json(after)) for row, before, after in entries),
            )
            for row_id, _, after in entries:
                self._apply(w, row_id, after)
            if settings:
                names = ", ".join(settings)
                found = w.execute(f"SELECT {names} FROM datasets WHERE id = ?", (dataset_id,))
                w.execute(
                    "UPDATE changes SET settings_before = ?, settings_after = ? WHERE id = ?",
                    (_json(dict(found.fetchone())), _json(settings), change_id),
                )
                _set(w, "datasets", dataset_id, settings)
        return len(entries)

    def changes(self, dataset_id: int, limit: int = 100) -> list[Change]:
        """The last changes, newest first, those undone too."""
        rows = self._db.read(
            "SELECT * FROM changes WHERE dataset_id = ? ORDER BY id DESC LIMIT ?",
            (dataset_id, limit),
        )
        return [_change(row) for row in rows]

    def next_steps(self, dataset_id: int) -> tuple[str, str]:
        """What undo and redo would be about; '' for nothing."""
        undo, redo = (
            self._db.read(
                f"SELECT what FROM changes WHERE dataset_id = ? AND undone = ? ORDER BY id {order}"
                " LIMIT 1",
                (dataset_id, undone),
            )
            for undone, order in ((0, "DESC"), (1, "ASC"))
        )
        return undo[0]["what"] if undo else "", redo[0]["what"] if redo else ""

    def undo(self, dataset_id: int) -> Change | None:
        """Take the last change back; None when there is none."""
        return self._step(dataset_id, undo=True)

    def redo(self, dataset_id: int) -> Change | None:
        """Make the change again that was undone last; None when there is none."""
        return self._step(dataset_id, undo=False)

    def _step(self, dataset_id: int, undo: bool) -> Change | None:
        order = "DESC" if undo else "ASC"
        side = "before" if undo else "after"
        with self._db.write() as w:
            row = w.execute(
                f"SELECT * FROM changes WHERE dataset_id = ? AND undone = ? ORDER BY id {order}"
                " LIMIT 1",
                (dataset_id, int(not undo)),
            ).fetchone()
            if row is None:
                return None
            change_id = row["id"]
            w.execute("UPDATE rows SET hidden = ? WHERE added_by = ?", (int(undo), change_id))
            entries = w.execute(
                f"SELECT row_id, {side} AS held FROM changed_rows WHERE change_id = ?", (change_id,)
            ).fetchall()
            for entry in entries:
                self._apply(w, entry["row_id"], json.loads(entry["held"]))
            settings = row[f"settings_{side}"]
            if settings:
                _set(w, "datasets", dataset_id, json.loads(settings))
            w.execute("UPDATE changes SET undone = ? WHERE id = ?", (int(undo), change_id))
            w.execute("UPDATE datasets SET updated = ? WHERE id = ?", (time.time(), dataset_id))
            done = w.execute("SELECT * FROM changes WHERE id = ?", (change_id,)).fetchone()
        return _change(done)

    @staticmethod
    def _values(
        w: sqlite3.Connection, dataset_id: int, row_id: int, names: Columns
    ) -> dict[str, object]:
        found = w.execute(
            f"SELECT {', '.join(names)} FROM rows WHERE id = ? AND dataset_id = ? AND hidden = 0",
            (row_id, dataset_id),
        ).fetchone()
        if found is None:
            raise NotFound(thing=f"Row {row_id}")
        return dict(found)

    @staticmethod
    def _apply(w: sqlite3.Connection, row_id: int, values: Columns) -> None:
        _set(w, "rows", row_id, values)
        if _CONTENTS & values.keys():
            row = w.execute("SELECT turns, label FROM rows WHERE id = ?", (row_id,)).fetchone()
            content = rowcodec.searched(rowcodec.load_turns(row["turns"]), row["label"])
            w.execute("UPDATE words SET content = ? WHERE rowid = ?", (content, row_id))
            # What was found was found in the contents before.
            w.execute("DELETE FROM findings WHERE row_id = ?", (row_id,))


def _set(w: sqlite3.Connection, table: str, key: int, values: Columns) -> None:
    """Names come from code, never from input."""
    names = ", ".join(f"{name} = ?" for name in values)
    w.execute(f"UPDATE {table} SET {names} WHERE id = ?", (*values.values(), key))


def _json(values: Columns) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _change(row: sqlite3.Row) -> Change:
    return Change(row["id"], row["dataset_id"], row["what"], row["made"], bool(row["undone"]))
