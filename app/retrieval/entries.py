"""One document's way into the library's tables and out of them, inside a caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from app.retrieval.chunker import Document
from app.retrieval.kept import keep_those_of
from app.retrieval.schema import body


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells that a file changed. modified: nanoseconds since the epoch."""

    size: int
    modified: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be stored; prefixes, keys and vectors (float16 bytes) are one for each
    of its chunks. languages: of pictures that were read in it, '+' between them."""

    file_id: int
    fingerprint: Fingerprint
    document: Document
    prefixes: tuple[str, ...]
    keys: tuple[bytes, ...]
    vectors: tuple[bytes, ...]
    languages: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of the library means for the dense index."""

    collection_id: int
    removed: tuple[int, ...]
    added: tuple[int, ...] = ()
    vectors: tuple[bytes, ...] = ()


def merged(changes: Iterable[Change]) -> list[Change]:
    """One for each collection."""
    found: dict[int, Change] = {}
    for one in changes:
        if before := found.get(one.collection_id):
            one = Change(
                one.collection_id,
                before.removed + one.removed,
                before.added + one.added,
                before.vectors + one.vectors,
            )
        found[one.collection_id] = one
    return list(found.values())


def clear(w: sqlite3.Connection, file_id: int) -> tuple[int, ...]:
    """Delete what was read from a file, but for its vectors, which are kept apart; gives the ids
    of its passages."""
    keep_those_of(w, "file_id = ?", (file_id,))
    text = w.execute("SELECT text FROM texts WHERE file_id = ?", (file_id,)).fetchone()
    rows = w.execute(
        'SELECT id, prefix, start, "end" FROM chunks WHERE file_id = ?', (file_id,)
    ).fetchall()
    w.executemany(
        "INSERT INTO words (words, rowid, body) VALUES ('delete', ?, ?)",
        ((row[0], body(row[1], text[0][row[2] : row[3]])) for row in rows),
    )
    for table in ("chunks", "headings", "pages", "texts"):
        w.execute(f"DELETE FROM {table} WHERE file_id = ?", (file_id,))
    return tuple(row[0] for row in rows)


def fill(w: sqlite3.Connection, entry: Entry, collection_id: int) -> tuple[int, ...]:
    """Insert a document's text, pages and passages; gives the ids of the passages."""
    document = entry.document
    w.execute("INSERT INTO texts VALUES (?, ?)", (entry.file_id, document.text))
    w.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)",
        (
            (entry.file_id, position, page.number, page.start, page.end, page.recognised)
            for position, page in enumerate(document.pages)
        ),
    )
    w.executemany(
        "INSERT OR IGNORE INTO headings VALUES (?, ?, ?)",
        ((entry.file_id, heading.start, heading.level) for heading in document.headings),
    )
    ids = []
    for chunk, prefix, key, vector in zip(
        document.chunks, entry.prefixes, entry.keys, entry.vectors, strict=True
    ):
        cursor = w.execute(
            """INSERT INTO chunks (file_id, collection_id, page, heading, prefix, start, "end",
            key, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                entry.file_id,
                collection_id,
                chunk.page,
                json.dumps(chunk.heading, ensure_ascii=False),
                prefix,
                chunk.start,
                chunk.end,
                key,
                vector,
            ),
        )
        ids.append(int(cursor.lastrowid or 0))
    w.executemany(
        "INSERT INTO words (rowid, body) VALUES (?, ?)",
        (
            (chunk_id, body(prefix, document.text[chunk.start : chunk.end]))
            for chunk_id, chunk, prefix in zip(ids, document.chunks, entry.prefixes, strict=True)
        ),
    )
    return tuple(ids)
