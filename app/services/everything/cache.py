"""What a model said of each stretch of text, so that asking again costs nothing and a quit in the
middle of a long run loses nothing.

Kept in the profile, bounded in size and age; nothing stays of documents that are gone. A file that
can't be written costs only time: the run goes on without it. Limits: replies to greedy decoding
only, bound to the model file's size and date.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.database import Database
from app.core.errors import LoamError
from app.core.types import ModelSpec

_log = logging.getLogger(__name__)
_MOST_BYTES = 64 << 20
_FORGET_AFTER_S = 60 * 24 * 3600.0
_PACE_SHARE = 0.3
"""How much a new measurement counts against the earlier ones."""

_MIGRATIONS = (
    """
    CREATE TABLE replies (
        key BLOB PRIMARY KEY,
        path TEXT NOT NULL,
        reply TEXT NOT NULL,
        used REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX replies_used ON replies (used);
    CREATE INDEX replies_path ON replies (path);
    CREATE TABLE pace (model TEXT PRIMARY KEY, seconds REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE runs (key BLOB PRIMARY KEY, share REAL NOT NULL, used REAL NOT NULL) WITHOUT ROWID
    """,
)


class Replies:
    """Opened with its first use."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._opened: Database | None = None

    def get(self, key: bytes) -> str | None:
        """A reply that was kept."""
        rows = self._read("SELECT reply FROM replies WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def share(self, key: bytes) -> float:
        """How much of a run was done before, 0 to 1."""
        rows = self._read("SELECT share FROM runs WHERE key = ?", (key,))
        return float(rows[0][0]) if rows else 0.0

    def went(self, key: bytes, share: float) -> None:
        """So much of a run is done."""
        self._write("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (key, share))

    def put(self, key: bytes, path: str, reply: str) -> None:
        """Keep a reply about a stretch of the document at `path`."""
        self._write("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", (key, path, reply))

    def seconds_per_character(self, model: str) -> float:
        """As measured in earlier runs; 0 while unknown."""
        rows = self._read("SELECT seconds FROM pace WHERE model = ?", (model,))
        return float(rows[0][0]) if rows else 0.0

    def measured(self, model: str, seconds: float) -> None:
        """A run took so many seconds for each character that was read."""
        before = self.seconds_per_character(model)
        mixed = seconds if not before else before + _PACE_SHARE * (seconds - before)
        database = self._database()
        if database is not None:
            try:
                with database.write() as w:
                    w.execute("INSERT OR REPLACE INTO pace VALUES (?, ?)", (model, mixed))
            except LoamError as error:
                _log.warning("The pace was not kept: %s", error)

    def tidy(self, there: Sequence[str] | None) -> None:
        """Forget what is old, too much, or about documents that are not in `there` (paths; None:
        nobody knows)."""
        database = self._database()
        if database is None:
            return
        try:
            with database.write() as w:
                w.execute("DELETE FROM replies WHERE used < ?", (time.time() - _FORGET_AFTER_S,))
                w.execute("DELETE FROM runs WHERE used < ?", (time.time() - _FORGET_AFTER_S,))
                known = {row[0] for row in w.execute("SELECT DISTINCT path FROM replies")}
                for gone in known - set(known if there is None else there):
                    w.execute("DELETE FROM replies WHERE path = ?", (gone,))
                (size,) = w.execute("SELECT sum(length(reply) + 100) FROM replies").fetchone()
                if (size or 0) > _MOST_BYTES:
                    w.execute(
                        "DELETE FROM replies WHERE key IN (SELECT key FROM replies ORDER BY used"
                        " LIMIT (SELECT count(*) / 2 FROM replies))"
                    )
        except LoamError as error:
            _log.warning("Kept replies were not tidied: %s", error)

    def close(self) -> None:
        """Nothing more will be kept."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _database(self) -> Database | None:
        if self._opened is None and self._path is not None:
            try:
                self._opened = Database(self._path, _MIGRATIONS, daily_copy=False)
            except (LoamError, OSError) as error:
                _log.warning("Replies are not kept: %s", error)
                self._path = None
        return self._opened

    def _read(self, sql: str, values: tuple[object, ...]) -> Sequence[Sequence[Any]]:
        database = self._database()
        if database is None:
            return ()
        try:
            return [tuple(row) for row in database.read(sql, values)]
        except LoamError as error:
            _log.warning("A kept reply was not read: %s", error)
            return ()

    def _write(self, sql: str, values: tuple[object, ...]) -> None:
        database = self._database()
        if database is None:
            return
        try:
            with database.write() as w:
                w.execute(sql, (*values, time.time()))
        except LoamError as error:
            _log.warning("A reply was not kept: %s", error)


def key_of(spec: ModelSpec, prompt: str) -> bytes:
    """Of a model with its adapters as they are now, and a prompt with its text."""
    stamps = []
    for path in (spec.path, *(use.path for use in spec.adapters)):
        try:
            found = Path(path).stat()
            stamps.append(f"{path}:{found.st_size}:{found.st_mtime_ns}")
        except OSError:
            stamps.append(path)
    scales = ",".join(str(use.scale) for use in spec.adapters)
    whole = "\0".join([*stamps, scales, prompt])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()
