"""Reading passages and vectors out of the library: what searching needs, and nothing written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from app.core.database import Database
from app.core.types import Passage, SearchFilter
from app.retrieval.embedders._base import Vectors

_T = TypeVar("_T")
_MANY = 500
SEARCHED = "file_id NOT IN (SELECT id FROM files WHERE excluded)"
"""A condition on chunks."""


class Passages:
    """Queries over a library's database. All may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._db = database

    def count(self) -> int:
        """Passages in the whole library."""
        return int(self._db.read("SELECT count(*) FROM chunks")[0][0])

    def collections(self) -> list[int]:
        """Ids of all collections."""
        return [row[0] for row in self._db.read("SELECT id FROM collections ORDER BY id")]

    def ids(self, collection_id: int) -> list[int]:
        """Ids of the passages of a collection that are searched, ascending."""
        rows = self._db.read(
            f"SELECT id FROM chunks WHERE collection_id = ? AND {SEARCHED} ORDER BY id",
            (collection_id,),
        )
        return [row[0] for row in rows]

    def among(self, ids: Sequence[int], collection_id: int) -> set[int]:
        """Those of the ids that are passages of a collection and are searched."""
        rows = self._db.read(
            f"""SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(?))
            AND collection_id = ? AND {SEARCHED}""",
            (json.dumps(list(ids)), collection_id),
        )
        return {row[0] for row in rows}

    def files(self, collections: Sequence[int], only: SearchFilter) -> list[int]:
        """Ids of files of the collections that a filter allows and that are searched."""
        rows = self._db.read(
            f"""SELECT id, path, kind, modified FROM files
            WHERE collection_id IN ({marks(collections)}) AND state = 'ready' AND NOT excluded""",
            tuple(collections),
        )
        folders = tuple(folder.rstrip(os.sep) + os.sep for folder in only.folders)
        return [
            row["id"]
            for row in rows
            if (not only.files or row["id"] in only.files)
            and (not folders or row["path"].startswith(folders))
            and (not only.kinds or row["kind"] in only.kinds)
            and (not only.after or row["modified"] >= only.after * 1e9)
            and (not only.before or row["modified"] < only.before * 1e9)
        ]

    def vectors(
        self, ids: Sequence[int]
    ) -> dict[int, np.ndarray[tuple[int], np.dtype[np.float32]]]:
        """Unit vectors by passage id; ids that are gone are left out."""
        found = {}
        for some in _batches(ids):
            rows = self._db.read(
                f"SELECT id, vector FROM chunks WHERE id IN ({marks(some)})",
                some,
            )
            for row in rows:
                found[row[0]] = np.frombuffer(row[1], np.float16).astype(np.float32)
        return found

    def known(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Stored vectors (float16 bytes) by the key of the text that they embed, also of
        passages that are gone."""
        found: dict[bytes, bytes] = {}
        for some in _batches(list(dict.fromkeys(keys))):
            for table in ("kept", "chunks"):
                rows = self._db.read(
                    f"SELECT key, vector FROM {table} WHERE key IN ({marks(some)})",
                    some,
                )
                found.update((row[0], row[1]) for row in rows)
        return found

    def matrix(
        self, collections: Sequence[int]
    ) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float16]]]:
        """(ids, float16 rows) of all passages of some collections that are searched."""
        chosen = f"collection_id IN ({marks(collections)}) AND {SEARCHED}"
        return self._rows(chosen, tuple(collections))

    def matrix_of(
        self, files: Sequence[int]
    ) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float16]]]:
        """(ids, float16 rows) of all passages of some files."""
        chosen = "file_id IN (SELECT value FROM json_each(?))"
        return self._rows(chosen, (json.dumps(list(files)),))

    def _rows(
        self, where: str, values: Sequence[object]
    ) -> tuple[list[int], np.ndarray[tuple[int, int], np.dtype[np.float16]]]:
        rows = self._db.read(f"SELECT id, vector FROM chunks WHERE {where} ORDER BY id", values)
        if not rows:
            return [], np.zeros((0, 1), np.float16)
        joined = np.frombuffer(b"".join(row[1] for row in rows), np.float16)
        return [row[0] for row in rows], joined.reshape(len(rows), -1)

    def batches(self, ids: Sequence[int]) -> Iterator[tuple[list[int], Vectors]]:
        """(ids, rows) of passages, a few hundred at a time."""
        for some in _batches(ids):
            found = self.vectors(some)
            if found:
                yield list(found), np.stack(list(found.values()))

    def whole(self, files: Sequence[int], most_characters: int) -> list[int]:
        """Ids of all passages of some files in order; none when they have more characters."""
        chosen = json.dumps(list(files))
        rows = self._db.read(
            """SELECT id, "end" - start FROM chunks
            WHERE file_id IN (SELECT value FROM json_each(?)) ORDER BY file_id, start LIMIT ?""",
            # A passage has a character at least.
            (chosen, most_characters + 1),
        )
        if sum(row[1] for row in rows) > most_characters:
            return []
        return [row[0] for row in rows]

    def around(self, ids: Sequence[int], each_side: int) -> list[int]:
        """Ids of passages and of those before and after them in their files."""
        found: dict[int, None] = {}
        for one in ids:
            for below, order in (("<=", "DESC"), (">", "ASC")):
                rows = self._db.read(
                    f"""SELECT c.id FROM chunks c JOIN chunks o ON o.file_id = c.file_id
                    WHERE o.id = ? AND c.start {below} o.start ORDER BY c.start {order} LIMIT ?""",
                    (one, each_side + (below == "<=")),
                )
                found.update(dict.fromkeys(row[0] for row in rows))
        return list(found)

    def tallies(self, files: Sequence[int]) -> list[tuple[int, str, str, int, int]]:
        """(id, path, title, passages, characters) of the given files, by path."""
        rows = self._db.read(
            """SELECT f.id, f.path, f.title, count(c.id), sum(c."end" - c.start)
            FROM files f JOIN chunks c ON c.file_id = f.id
            WHERE f.id IN (SELECT value FROM json_each(?)) GROUP BY f.id ORDER BY f.path, f.id""",
            (json.dumps(list(files)),),
        )
        return [tuple(row) for row in rows]

    def unread(self, collections: Sequence[int]) -> int:
        """How many files of the collections wait to be read."""
        rows = self._db.read(
            f"""SELECT count(*) FROM files WHERE collection_id IN ({marks(collections)})
            AND state IN ('waiting', 'reading')""",
            tuple(collections),
        )
        return int(rows[0][0])

    def text(self, file_id: int) -> str:
        """The whole text of a file; empty when it is gone."""
        rows = self._db.read("SELECT text FROM texts WHERE file_id = ?", (file_id,))
        return str(rows[0][0]) if rows else ""

    def of_file(self, file_id: int) -> tuple[Passage, ...]:
        """All passages of a file, in order; cut here, since SQLite begins each slice of a long
        text at its beginning."""
        rows = self._db.read(
            """SELECT c.id, f.path, f.title, c.page, c.heading, c.start, c."end"
            FROM chunks c JOIN files f ON f.id = c.file_id WHERE f.id = ? ORDER BY c.start""",
            (file_id,),
        )
        text = self.text(file_id)
        return tuple(
            Passage(
                chunk_id=row["id"],
                file_id=file_id,
                path=row["path"],
                title=row["title"],
                page=row["page"],
                heading=tuple(json.loads(row["heading"])),
                start=row["start"],
                end=row["end"],
                text=text[row["start"] : row["end"]],
            )
            for row in rows
        )

    def places(self, file_id: int) -> list[tuple[int, int, int]]:
        """(start, end, id) of a file's passages, in order."""
        rows = self._db.read(
            'SELECT start, "end", id FROM chunks WHERE file_id = ? ORDER BY start', (file_id,)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def in_order(self, ids: Sequence[int]) -> tuple[Passage, ...]:
        """Passages by their files and places; ids that are gone are left out."""
        found = self.passages(ids).values()
        return tuple(sorted(found, key=lambda each: (each.file_id, each.start)))

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """Passages with their text, by id; ids that are gone are left out."""
        found = {}
        for some in _batches(ids):
            rows = self._db.read(
                f"""SELECT c.id, c.file_id, f.path, f.title, c.page, c.heading, c.start, c."end",
                    substr(t.text, c.start + 1, c."end" - c.start) AS text
                FROM chunks c JOIN files f ON f.id = c.file_id JOIN texts t ON t.file_id = f.id
                WHERE c.id IN ({marks(some)})""",
                some,
            )
            for row in rows:
                found[row["id"]] = Passage(
                    chunk_id=row["id"],
                    file_id=row["file_id"],
                    path=row["path"],
                    title=row["title"],
                    page=row["page"],
                    heading=tuple(json.loads(row["heading"])),
                    start=row["start"],
                    end=row["end"],
                    text=row["text"],
                )
        return found


def marks(some: Sequence[object]) -> str:
    """Placeholders for the values of an IN."""
    return ",".join("?" * len(some))


def _batches(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(values), _MANY):
        yield values[first : first + _MANY]
