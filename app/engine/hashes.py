"""SHA-256 of model files. A large one takes a minute to read, so it is told how far that is, and
the hash is remembered on disk, for all processes of a profile, while the file stays as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.errors import Cancelled
from app.core.files import write_atomically
from app.core.messages import Progress

_BLOCK = 8 << 20  # bytes read at once
_MOST = 200  # files remembered
_HEX = 64

_known: dict[str, str] = {}
_file: Path | None = None
_read_at = 0


def remember_in(file: Path | None) -> None:
    """Keep what is found in a file, and believe what is there; None: in memory only."""
    global _file, _read_at
    _file, _read_at = file, 0


def content_hash(path: Path) -> str:
    """SHA-256 of a file in hex, computed once while it stays as it is. Errors: OSError."""
    for _ in in_steps(path):
        pass
    return known_hash(path)


def known_hash(path: Path) -> str:
    """What `content_hash` would give if it costs nothing; else empty. Errors: OSError."""
    key = _key(path)
    if key not in _known:
        _look()
    return _known.get(key, "")


def in_steps(path: Path) -> Iterator[tuple[int, int]]:
    """(bytes read, bytes in all) now and then; at the end `known_hash` knows. Errors: OSError."""
    if known_hash(path):
        return
    key, size = _key(path), path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            yield file.tell(), size
    _known[key] = digest.hexdigest()
    _keep()


def told(path: Path, cancelled: Callable[[], bool]) -> Iterator[Progress]:
    """Progress until `known_hash` knows; nothing when it does already. Errors: OSError,
    Cancelled."""
    for done, total in in_steps(path):
        if cancelled():
            raise Cancelled
        yield Progress("Checking the model", done, total, "bytes")


def _key(path: Path) -> str:
    found = path.stat()
    return f"{path.absolute()}|{found.st_mtime_ns}|{found.st_size}"


def _look() -> None:
    """Take in what other processes have found since."""
    global _read_at
    if _file is None:
        return
    # A file that can't be read or was damaged costs only the reading of models.
    with contextlib.suppress(OSError, ValueError):
        changed = _file.stat().st_mtime_ns
        if changed != _read_at:
            _read_at = changed
            kept = json.loads(_file.read_text(encoding="utf-8"))
            for key, value in kept.items() if isinstance(kept, dict) else ():
                if isinstance(value, str) and len(value) == _HEX:
                    _known.setdefault(key, value)


def _keep() -> None:
    if _file is None:
        return
    _look()
    newest = dict(list(_known.items())[-_MOST:])
    with contextlib.suppress(OSError):
        write_atomically(_file, json.dumps(newest, indent=1).encode())
