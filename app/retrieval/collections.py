"""The collections of a library: their names and counts."""

from __future__ import annotations

from app.core.database import Database
from app.core.errors import BadInput, NotFound
from app.core.types import Collection


class Collections:
    """Queries over a library's `database`. All may raise StoreError."""

    database: Database

    def collections(self) -> tuple[Collection, ...]:
        """All, by name, with counts."""
        rows = self.database.read(
            """SELECT c.id, c.name,
                (SELECT count(*) FROM files f WHERE f.collection_id = c.id) AS files,
                (SELECT count(*) FROM files f WHERE f.collection_id = c.id AND f.state = 'ready')
                    AS ready,
                (SELECT count(*) FROM chunks k WHERE k.collection_id = c.id) AS passages,
                (SELECT count(*) FROM files f WHERE f.collection_id = c.id
                    AND f.state IN ('waiting', 'reading')) AS waiting,
                (SELECT count(*) FROM files f WHERE f.collection_id = c.id AND NOT f.excluded
                    AND f.state NOT IN ('ready', 'waiting', 'reading')) AS troubled
            FROM collections c ORDER BY c.name COLLATE NOCASE"""
        )
        return tuple(Collection(*row) for row in rows)

    def create_collection(self, name: str) -> None:
        """Errors: BadInput when the name is empty or taken."""
        self._name(name, "INSERT INTO collections (name) VALUES (?)", ())

    def rename_collection(self, collection_id: int, name: str) -> None:
        """Errors: BadInput when the name is empty or taken, NotFound."""
        self.need_collection(collection_id)
        self._name(name, "UPDATE collections SET name = ? WHERE id = ?", (collection_id,))

    def need_collection(self, collection_id: int) -> None:
        """Errors: NotFound."""
        if not self.database.read("SELECT 1 FROM collections WHERE id = ?", (collection_id,)):
            raise NotFound(thing="This collection")

    def _name(self, name: str, sql: str, more: tuple[object, ...]) -> None:
        name = " ".join(name.split())
        if not name:
            raise BadInput(problem="A collection needs a name.")
        taken = self.database.read("SELECT id FROM collections WHERE name = ?", (name,))
        if taken and taken[0][0] not in more:
            raise BadInput(problem=f"There is already a collection called {name}.")
        with self.database.write() as w:
            w.execute(sql, (name, *more))
