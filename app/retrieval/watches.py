"""Which folders the collections follow, and which files came from below them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from app.core.database import Database
from app.core.errors import BadInput, NotFound
from app.core.types import FileState, WatchedFolder, WatchState


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of a collection as it was when it was last looked at; modified in nanoseconds."""

    id: int
    path: str
    kind: str
    size: int
    modified: int
    sha256: str
    state: FileState


class Watches:
    """Watched folders of a library. All methods may raise StoreError; unknown ids NotFound."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self, collection_id: int = 0) -> tuple[WatchedFolder, ...]:
        """Of a collection, or of all, by path."""
        rows = self._db.read(
            """SELECT id, collection_id, path, state FROM watches
            WHERE ? IN (0, collection_id) ORDER BY path""",
            (collection_id,),
        )
        return tuple(WatchedFolder(r[0], r[1], r[2], WatchState(r[3])) for r in rows)

    def add(self, collection_id: int, folder: str) -> None:
        """Watch a folder; again is no error. Errors: BadInput when it is no folder, or when it
        and a folder that the collection watches are inside each other."""
        path = Path(folder).absolute()
        if not path.is_dir():
            raise BadInput(problem=f"{folder} is not a folder.")
        for other in self.all(collection_id):
            known = Path(other.path)
            if path != known and (path.is_relative_to(known) or known.is_relative_to(path)):
                raise BadInput(problem=f"{folder} overlaps with {other.path}, which is watched.")
        with self._db.write() as w:
            w.execute(
                """INSERT INTO watches (collection_id, path, device) VALUES (?, ?, ?)
                ON CONFLICT DO NOTHING""",
                (collection_id, str(path), device(path)),
            )

    def remove(self, watch_id: int) -> WatchedFolder:
        """Watch a folder no longer. Errors: NotFound."""
        found = next((one for one in self.all() if one.id == watch_id), None)
        if found is None:
            raise NotFound(thing="This watched folder")
        with self._db.write() as w:
            w.execute("DELETE FROM watches WHERE id = ?", (watch_id,))
        return found

    def device(self, watch_id: int) -> int:
        """The device that the folder was on when it was last seen with files."""
        rows = self._db.read("SELECT device FROM watches WHERE id = ?", (watch_id,))
        return int(rows[0][0]) if rows else 0

    def mark(self, watch_id: int, state: WatchState, on_device: int) -> None:
        """Note where a folder stands."""
        with self._db.write() as w:
            w.execute(
                "UPDATE watches SET state = ?, device = ? WHERE id = ?",
                (state, on_device, watch_id),
            )

    def files(self, watch: WatchedFolder) -> list[KnownFile]:
        """Files of the collection below the folder."""
        below = watch.path.rstrip(os.sep) + os.sep
        rows = self._db.read(
            """SELECT id, path, kind, size, modified, sha256, state FROM files
            WHERE collection_id = ? AND substr(path, 1, ?) = ?""",
            (watch.collection_id, len(below), below),
        )
        return [KnownFile(r[0], r[1], r[2], r[3], r[4], r[5], FileState(r[6])) for r in rows]


def device(path: Path) -> int:
    """What a folder is on; 0 when it can't be seen."""
    with contextlib.suppress(OSError):
        # SQLite's integers are signed.
        return path.stat().st_dev & 0x7FFFFFFFFFFFFFFF
    return 0
