"""One SQLite file: opening, checking, migrating, backing up.

WAL with synchronous=FULL: what was committed survives a power cut. Each thread gets a connection
of its own. A migration copies the file aside first; a damaged file is put aside and the newest
good copy opened instead, which is reported.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.errors import LoamError, StoreBroken, StoreError, StoreTooNew

_COPY_EVERY_S = 24 * 3600.0


class Database:
    """A file and its migrations: SQL scripts, number i + 1 brings version i to i + 1.

    daily_copy: keep a copy beside it, at most a day old, to fall back on. `problems` holds what
    was repaired. Errors of the constructor: StoreTooNew, StoreError.
    """

    def __init__(self, path: Path, migrations: Sequence[str], daily_copy: bool = True) -> None:
        self.path = path
        self.problems: list[LoamError] = []
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._check()
        try:
            self._migrate(migrations)
        except LoamError:
            # A script that failed leaves its transaction open, and with it a lock.
            self.close()
            raise
        # Another thread copies, since a large file would delay the window.
        if daily_copy:
            threading.Thread(target=self._copy_if_old, daemon=True).start()

    def read(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of a query. Errors: StoreError."""
        with self._as_store_error():
            return self._connection().execute(sql, values).fetchall()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, committed at the end and undone by an exception. Errors: StoreError."""
        with self._writing, self._as_store_error():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        """Close every thread's connection; the database must not be used afterwards."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _open(self.path)
            self._local.connection = connection
            with self._lock:
                self._all.append(connection)
        return connection

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(repr(error), reason=str(error), path=self.path) from error

    @property
    def _copy(self) -> Path:
        return self.path.with_name(self.path.name + ".copy")

    def _check(self) -> None:
        """Put a damaged file aside and open the newest good copy in its place."""
        if not self.path.exists() or _sound(self.path):
            return
        kept = self.path.with_name(f"{self.path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        os.replace(self.path, kept)
        for suffix in ("-wal", "-shm"):
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                os.replace(beside, kept.with_name(kept.name + suffix))
        copies = [self._copy, *self.path.parent.glob(f"{self.path.name}.before-*")]
        good = [c for c in copies if c.exists() and _sound(c)]
        if good:
            newest = max(good, key=lambda c: c.stat().st_mtime)
            _copy_database(newest, self.path)
        self.problems.append(StoreBroken(path=self.path.name, kept=kept.name))

    def _migrate(self, migrations: Sequence[str]) -> None:
        with self._as_store_error():
            connection = self._connection()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(migrations):
                raise StoreTooNew(path=self.path)
            for number, script in enumerate(migrations[version:], version + 1):
                if number > 1:
                    _copy_database(
                        self.path, self.path.with_name(f"{self.path.name}.before-{number}")
                    )
                connection.executescript(
                    f"BEGIN IMMEDIATE; {script}; PRAGMA user_version={number}; COMMIT;"
                )

    def _copy_if_old(self) -> None:
        with contextlib.suppress(OSError, sqlite3.Error):
            fresh = self._copy.exists() and time.time() - self._copy.stat().st_mtime < _COPY_EVERY_S
            if not fresh:
                _copy_database(self.path, self._copy)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _sound(path: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.OperationalError as error:
        # A locked file is in use, not damaged.
        return "locked" in str(error)
    except sqlite3.Error:
        return False


def _copy_database(source: Path, target: Path) -> None:
    """A whole copy under the final name only when it is whole."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    with (
        contextlib.closing(sqlite3.connect(source, timeout=10)) as old,
        contextlib.closing(sqlite3.connect(part)) as new,
    ):
        old.backup(new)
    os.replace(part, target)
