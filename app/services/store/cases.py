"""The person's own test cases of the search, in the chats database: the library can be made anew,
they can't."""

from __future__ import annotations

import sqlite3
import time

from app.core.database import Database
from app.core.errors import NotFound
from app.core.types import Expected, TestCase
from app.services.store import codec

_FORGET_AFTER_S = 30 * 24 * 3600.0


class CaseStore:
    """All methods may raise StoreError; ids unknown: NotFound."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[TestCase]:
        """Cases not deleted, oldest first."""
        rows = self._db.read("SELECT * FROM cases WHERE deleted IS NULL ORDER BY id")
        return [_case(row) for row in rows]

    def get(self, case_id: int) -> TestCase:
        rows = self._db.read("SELECT * FROM cases WHERE id = ?", (case_id,))
        if not rows:
            raise NotFound(thing="This test case")
        return _case(rows[0])

    def add(
        self, question: str, query: str, expected: Expected, collections: tuple[int, ...]
    ) -> TestCase:
        """Keep a case; the very same one is kept once. What was deleted a month ago goes."""
        now = time.time()
        written = codec.dump(expected)
        with self._db.write() as w:
            w.execute("DELETE FROM cases WHERE deleted < ?", (now - _FORGET_AFTER_S,))
            w.execute(
                "DELETE FROM cases WHERE question = ? AND query = ? AND expected = ?",
                (question, query, written),
            )
            cursor = w.execute(
                "INSERT INTO cases (question, query, expected, collections, created)"
                " VALUES (?, ?, ?, ?, ?)",
                (question, query, written, codec.dump(collections), now),
            )
        return self.get(int(cursor.lastrowid or 0))

    def mark(self, case_id: int, deleted: bool) -> None:
        """Delete a case, or take that back within a month."""
        with self._db.write() as w:
            found = w.execute(
                "UPDATE cases SET deleted = ? WHERE id = ?",
                (time.time() if deleted else None, case_id),
            )
            if not found.rowcount:
                raise NotFound(thing="This test case")


def _case(row: sqlite3.Row) -> TestCase:
    return TestCase(
        id=row["id"],
        question=row["question"],
        query=row["query"],
        expected=codec.load(Expected, row["expected"]),
        collections=codec.load_all(int, row["collections"]),
        created=row["created"],
    )
