"""Files that the library made itself from what a person pasted: removed from it, they are deleted.

They go before their rows, so that a row that stays after a crash still tells of them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

from app.core import notes
from app.core.database import Database


class OwnFiles:
    """Over one library's folder and database. All may raise StoreError."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._db = database

    def delete(self, collection_id: int, file_ids: Sequence[int] | None = None) -> None:
        """Delete those of some files of a collection (none given: of all) that are the library's
        own and that no other collection has."""
        chosen = "" if file_ids is None else "AND id IN (SELECT value FROM json_each(?))"
        values = () if file_ids is None else (json.dumps(list(file_ids)),)
        rows = self._db.read(
            f"""SELECT path FROM files WHERE collection_id = ? {chosen} AND path NOT IN
            (SELECT path FROM files WHERE collection_id != ?)""",
            (collection_id, *values, collection_id),
        )
        for (path,) in rows:
            if notes.is_own(self._folder, path):
                with contextlib.suppress(FileNotFoundError):
                    Path(path).unlink()
