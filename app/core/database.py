"""One SQLite file: opening, checking, migrating, backing up.

WAL with synchronous=FULL: what was committed survives a power cut. Each thread gets a connection
of its own. A migration copies the file aside first; a damaged file is put aside and the newest
good copy opened instead, which is reported. Where the disk has no room for WAL, the file is only
read until there is.
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
_LEAST_FREE = 1 << 20  # bytes
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR_READ,
    sqlite3.SQLITE_IOERR_SHORT_READ,
)
"""Only these say something about the file. Others, such as a full disk, are about its place."""


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
        self._only_read = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._check()
        try:
            self._migrate(migrations)
        except LoamError as error:
            # A script that failed leaves its transaction open, and with it a lock.
            self.close()
            self._local = threading.local()
            if not _readable(self.path, len(migrations)):
                raise
            self._only_read = True
            self.problems.append(error)
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
            if self._only_read:
                _open(self.path).close()
                self._only_read = False  # there is room again
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
        only_read = self._only_read
        if connection is None or self._local.only_read is not only_read:
            connection = _open_to_read(self.path) if only_read else _open(self.path)
            self._local.connection, self._local.only_read = connection, only_read
            with self._lock:
                self._all.append(connection)
        return connection

    @contextlib.contextmanager
    def _as_store_error(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(repr(error), reason=self._reason(error), path=self.path) from error

    def _reason(self, error: sqlite3.Error) -> str:
        """SQLite calls a full disk many names, according to what it was about to write."""
        import shutil  # not needed by a window that starts

        with contextlib.suppress(OSError):
            if shutil.disk_usage(self.path.parent).free < _LEAST_FREE:
                return "the disk is full"
        return str(error)

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
                if version:  # a new file has nothing to keep
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
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Needs no file beside it, and no room; sees nothing that is still in a WAL."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _readable(path: Path, version: int) -> bool:
    """Whether a file that can't be opened as usual has all of its data, in this version."""
    wal = path.with_name(path.name + "-wal")
    try:
        if wal.exists() and wal.stat().st_size:
            return False
        with contextlib.closing(_open_to_read(path)) as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0] == version)
    except (OSError, sqlite3.Error):
        return False


def _sound(path: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) not in _DAMAGE


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
