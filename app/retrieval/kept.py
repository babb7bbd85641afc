"""Vectors that were made before: of deleted documents, of models used before, of one being tried.

A row is the hash of model and text with a vector, never a text. Deleting a file leaves its vectors
here, so that adding it again embeds nothing; deleting a collection takes all that came from it.
Limits: 256 MB, the oldest go first; what is being built for another model doesn't go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from app.core.database import Database

MOST_BYTES = 256 << 20
_SOME = 500


class KeptVectors:
    """Queries over a library's database. All may raise StoreError."""

    def __init__(self, database: Database, most_bytes: int = MOST_BYTES) -> None:
        self._db = database
        self._most = most_bytes

    def which(self, keys: Iterable[bytes]) -> set[bytes]:
        """Those of the keys that there is a vector for."""
        found: set[bytes] = set()
        wanted = list(keys)
        for first in range(0, len(wanted), _SOME):
            some = wanted[first : first + _SOME]
            marks = ",".join("?" * len(some))
            rows = self._db.read(f"SELECT key FROM kept WHERE key IN ({marks})", some)
            found.update(row[0] for row in rows)
        return found

    def keep(self, embedder: str, rows: Sequence[tuple[bytes, int, bytes]]) -> None:
        """Keep (key, collection, float16 vector), made by an embedder."""
        with self._db.write() as w:
            number = number_of(w, embedder)
            w.executemany(
                "INSERT OR REPLACE INTO kept (key, embedder, collection_id, vector) "
                "VALUES (?, ?, ?, ?)",
                ((key, number, collection, vector) for key, collection, vector in rows),
            )

    def count(self, embedder: str) -> int:
        """Vectors of an embedder."""
        rows = self._db.read(
            "SELECT count(*) FROM kept WHERE embedder = (SELECT id FROM embedders WHERE name = ?)",
            (embedder,),
        )
        return int(rows[0][0])

    def trim(self, but: str = "") -> None:
        """Let the oldest go where there are too many; but: the embedder whose vectors stay."""
        sizes = self._db.read(
            """SELECT e.name, count(k.id) AS rows, coalesce((SELECT length(vector) FROM kept
            WHERE embedder = e.id LIMIT 1), 0) AS bytes
            FROM embedders e LEFT JOIN kept k ON k.embedder = e.id GROUP BY e.id"""
        )
        others = [row for row in sizes if row["name"] != but]
        count = sum(row["rows"] for row in others)
        if sum(row["rows"] * row["bytes"] for row in others) <= self._most or not count:
            return
        longest = max(row["bytes"] for row in others)
        too_many = count - self._most // longest
        with self._db.write() as w:
            w.execute(
                """DELETE FROM kept WHERE id IN (SELECT id FROM kept WHERE embedder NOT IN
                (SELECT id FROM embedders WHERE name = ?) ORDER BY id LIMIT ?)""",
                (but, too_many),
            )


def number_of(w: sqlite3.Connection, embedder: str) -> int:
    """The number that stands for an embedder in `kept`."""
    w.execute("INSERT OR IGNORE INTO embedders (name) VALUES (?)", (embedder,))
    found = w.execute("SELECT id FROM embedders WHERE name = ?", (embedder,)).fetchone()
    return int(found[0])


def keep_those_of(w: sqlite3.Connection, where: str, values: Sequence[object]) -> None:
    """Keep the vectors of some passages, inside a caller's transaction. where: SQL over chunks."""
    name = w.execute("SELECT value FROM facts WHERE name = 'embedder'").fetchone()[0]
    if name:
        w.execute(
            f"""INSERT OR REPLACE INTO kept (key, embedder, collection_id, vector)
            SELECT key, ?, collection_id, vector FROM chunks WHERE length(key) > 0 AND {where}""",
            (number_of(w, name), *values),
        )
