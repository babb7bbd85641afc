"""The library's truth in SQLite: collections, files, texts, passages, vectors, keyword index.

A file enters in one transaction, so what was called ready is whole after any crash. Limits: one
process a file; vectors are float16 and rows of the one embedder that `facts` names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.core.database import Database
from app.core.errors import LoamError, NotFound
from app.core.types import DocumentFile, DocumentView, FileState, Heading, PageText
from app.retrieval.collections import Collections
from app.retrieval.entries import Change, Entry, Fingerprint, clear, fill
from app.retrieval.kept import keep_those_of
from app.retrieval.schema import MIGRATIONS

_SOME = 500

_FILE = """
    SELECT f.*, (SELECT count(*) FROM pages p WHERE p.file_id = f.id AND p.number IS NOT NULL)
        AS page_count, (SELECT count(*) FROM chunks c WHERE c.file_id = f.id) AS passage_count
    FROM files f
"""


class Store(Collections):
    """The library of one folder. All methods may raise StoreError; unknown ids NotFound."""

    def __init__(self, path: Path) -> None:
        # The library can be read again from the files it was made of: no daily copy.
        self.database = Database(path, MIGRATIONS, daily_copy=False)

    @property
    def problems(self) -> list[LoamError]:
        """What was repaired while opening."""
        return self.database.problems

    def close(self) -> None:
        """No method may follow."""
        self.database.close()

    def fact(self, name: str) -> str:
        """'identity' of this library, or the 'embedder' of its vectors ('' when it has none)."""
        return str(self.database.read("SELECT value FROM facts WHERE name = ?", (name,))[0][0])

    def note(self, name: str) -> str:
        """What was noted of this library under a name; '' when nothing was."""
        rows = self.database.read("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def keep_note(self, name: str, value: str) -> None:
        """Note something of this library."""
        with self.database.write() as w:
            w.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def use_embedder(self, embedder_id: str, dimension: int = 0) -> bool:
        """Make `embedder_id` the one whose vectors are kept. True when there were others: passages
        then have none (zeros, and an empty key) until they get new ones."""
        before = self.fact("embedder")
        if before == embedder_id:
            return False
        with self.database.write() as w:
            if before:
                keep_those_of(w, "id > ?", (0,))
                w.execute("UPDATE chunks SET key = x'', vector = zeroblob(?)", (2 * dimension,))
            w.execute("UPDATE facts SET value = ? WHERE name = 'embedder'", (embedder_id,))
        return bool(before)

    def delete_collection(self, collection_id: int) -> None:
        """With its files, texts and passages, and the vectors that were kept of it."""
        self.need_collection(collection_id)
        while ids := self._file_ids(collection_id, _SOME):
            self.remove_files(collection_id, ids)
        with self.database.write() as w:
            w.execute("DELETE FROM kept WHERE collection_id = ?", (collection_id,))
            w.execute("DELETE FROM collections WHERE id = ?", (collection_id,))

    # --- files ---------------------------------------------------------------------------------

    def files(self, collection_id: int) -> tuple[DocumentFile, ...]:
        """By name, then path."""
        self.need_collection(collection_id)
        rows = self.database.read(f"{_FILE} WHERE f.collection_id = ?", (collection_id,))
        found = (_file(row) for row in rows)
        return tuple(sorted(found, key=lambda file: (file.name.lower(), file.path)))

    def file(self, file_id: int) -> DocumentFile:
        """Errors: NotFound."""
        rows = self.database.read(f"{_FILE} WHERE f.id = ?", (file_id,))
        if not rows:
            raise NotFound(thing="This document")
        return _file(rows[0])

    def fingerprint(self, file_id: int) -> Fingerprint:
        """As the file was when it was read. Errors: NotFound."""
        rows = self.database.read(
            "SELECT size, modified, sha256 FROM files WHERE id = ?", (file_id,)
        )
        if not rows:
            raise NotFound(thing="This document")
        return Fingerprint(*rows[0])

    def register(self, collection_id: int, files: Sequence[tuple[str, str, int]]) -> list[int]:
        """Ids of (path, kind, size), in order; new ones wait, failed ones wait again."""
        self.need_collection(collection_id)
        ids = []
        with self.database.write() as w:
            for path, kind, size in files:
                row = w.execute(
                    """INSERT INTO files (collection_id, path, kind, size, state)
                    VALUES (?, ?, ?, ?, 'waiting') ON CONFLICT (collection_id, path) DO UPDATE SET
                    state = CASE WHEN state IN ('failed', 'scanned', 'reading') THEN 'waiting'
                        ELSE state END,
                    detail = CASE WHEN state IN ('failed', 'scanned') THEN '' ELSE detail END
                    RETURNING id""",
                    (collection_id, path, kind, size),
                ).fetchone()
                ids.append(int(row[0]))
        return ids

    def move(self, file_id: int, path: str, modified: int) -> None:
        """A file has another name now; what was read from it stays true, but for a title that was
        its name."""
        before = Path(self.file(file_id).path)
        with self.database.write() as w:
            w.execute(
                """UPDATE files SET path = ?, modified = ?,
                title = CASE title WHEN ? THEN ? WHEN ? THEN ? ELSE title END WHERE id = ?""",
                (
                    path,
                    modified,
                    before.stem,
                    Path(path).stem,
                    before.name,
                    Path(path).name,
                    file_id,
                ),
            )

    def seen(self, file_id: int, fingerprint: Fingerprint) -> None:
        """A file's date changed, its content did not."""
        with self.database.write() as w:
            w.execute(
                "UPDATE files SET size = ?, modified = ? WHERE id = ?",
                (fingerprint.size, fingerprint.modified, file_id),
            )

    def waiting(self) -> list[int]:
        """Ids of files that wait to be read, in the order they came."""
        rows = self.database.read(
            "SELECT id FROM files WHERE state IN ('waiting', 'reading') ORDER BY id"
        )
        return [row[0] for row in rows]

    def reject(
        self, file_id: int, state: FileState, detail: str, fingerprint: Fingerprint | None
    ) -> Change | None:
        """Note why a file can't be read; what an older version of it gave goes. None when the
        file was removed meanwhile."""
        with self.database.write() as w:
            row = w.execute(
                """UPDATE files SET state = ?, detail = ?, size = ?, modified = ?, sha256 = ?
                WHERE id = ? RETURNING collection_id""",
                (
                    state,
                    detail,
                    fingerprint.size if fingerprint else 0,
                    fingerprint.modified if fingerprint else 0,
                    fingerprint.sha256 if fingerprint else "",
                    file_id,
                ),
            ).fetchone()
            if row is None:
                return None
            return Change(row[0], clear(w, file_id))

    def put(self, entries: Iterable[Entry]) -> list[Change]:
        """Store documents as READY, in one transaction. Those whose file was removed meanwhile
        are left out."""
        changes = []
        with self.database.write() as w:
            for entry in entries:
                print_ = entry.fingerprint
                row = w.execute(
                    """UPDATE files SET kind = ?, title = ?, size = ?, modified = ?, sha256 = ?,
                    state = 'ready', detail = ?, languages = ? WHERE id = ?
                    RETURNING collection_id, excluded""",
                    (
                        entry.document.kind,
                        entry.document.title,
                        print_.size,
                        print_.modified,
                        print_.sha256,
                        entry.document.note,
                        entry.languages,
                        entry.file_id,
                    ),
                ).fetchone()
                if row is not None:
                    removed = clear(w, entry.file_id)
                    added = fill(w, entry, row[0])
                    searched = () if row[1] else (added, entry.vectors)
                    changes.append(Change(row[0], removed, *searched))
        return changes

    def remove_files(self, collection_id: int, file_ids: Sequence[int]) -> Change:
        """Really delete files of a collection with all that was read from them."""
        removed: list[int] = []
        with self.database.write() as w:
            for file_id in file_ids:
                if w.execute(
                    "SELECT 1 FROM files WHERE id = ? AND collection_id = ?",
                    (file_id, collection_id),
                ).fetchone():
                    removed.extend(clear(w, file_id))
                    w.execute("DELETE FROM files WHERE id = ?", (file_id,))
        return Change(collection_id, tuple(removed))

    def exclude(self, collection_id: int, file_ids: Sequence[int], excluded: bool) -> Change:
        """Leave files of a collection out of searches, or take them in again."""
        passages: list[tuple[int, bytes]] = []
        with self.database.write() as w:
            for file_id in file_ids:
                changed = w.execute(
                    """UPDATE files SET excluded = ?
                    WHERE id = ? AND collection_id = ? AND excluded != ? RETURNING id""",
                    (excluded, file_id, collection_id, excluded),
                ).fetchone()
                if changed:
                    passages += w.execute(
                        "SELECT id, vector FROM chunks WHERE file_id = ?", (file_id,)
                    ).fetchall()
        ids, vectors = tuple(row[0] for row in passages), tuple(row[1] for row in passages)
        return Change(collection_id, ids) if excluded else Change(collection_id, (), ids, vectors)

    def languages(self, file_id: int) -> tuple[str, ...]:
        """In which the pictures of a file were read. Errors: NotFound."""
        rows = self.database.read("SELECT languages FROM files WHERE id = ?", (file_id,))
        if not rows:
            raise NotFound(thing="This document")
        return tuple(rows[0][0].split("+")) if rows[0][0] else ()

    def contents(self) -> set[str]:
        """Hashes of what the files held when they were read."""
        return {row[0] for row in self.database.read("SELECT DISTINCT sha256 FROM files")}

    def document(self, file_id: int) -> DocumentView:
        """A document's text and pages. Errors: NotFound, also when it was never read."""
        file = self.file(file_id)
        texts = self.database.read("SELECT text FROM texts WHERE file_id = ?", (file_id,))
        if not texts:
            raise NotFound(thing="The text of this document")
        titles = self.database.read("SELECT title FROM files WHERE id = ?", (file_id,))
        pages = self.database.read(
            """SELECT number, start, "end", recognised FROM pages WHERE file_id = ?
            ORDER BY position""",
            (file_id,),
        )
        headings = self.database.read(
            "SELECT start, level FROM headings WHERE file_id = ? ORDER BY start", (file_id,)
        )
        return DocumentView(
            file_id,
            file.path,
            titles[0][0],
            file.kind,
            texts[0][0],
            tuple(PageText(row[0], row[1], row[2], bool(row[3])) for row in pages),
            tuple(Heading(*row) for row in headings),
        )

    def _file_ids(self, collection_id: int, limit: int) -> list[int]:
        rows = self.database.read(
            "SELECT id FROM files WHERE collection_id = ? LIMIT ?", (collection_id, limit)
        )
        return [row[0] for row in rows]


def _file(row: sqlite3.Row) -> DocumentFile:
    state = FileState(row["state"])
    if row["excluded"] and state not in (FileState.WAITING, FileState.READING):
        state = FileState.EXCLUDED
    return DocumentFile(
        id=row["id"],
        collection_id=row["collection_id"],
        path=row["path"],
        name=Path(row["path"]).name,
        kind=row["kind"],
        size_bytes=row["size"],
        pages=row["page_count"],
        passages=row["passage_count"],
        state=state,
        detail=row["detail"],
    )
