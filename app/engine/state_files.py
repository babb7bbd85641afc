"""The folder of evaluated conversations: which there are, whether they are whole, which go first.

A state is llama.cpp's file of one sequence; beside it lies a small record with the key it belongs
to and its checksum. A file without a fitting record, or one that changed, is never given to
llama.cpp. What was tried and never came back is taken for poison and deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import struct
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.files import write_atomically
from app.engine.page_sums import get_ready, page_sums
from app.engine.sliding import common_start

_MAGIC, _VERSION = 0x67677371, 3  # of llama.cpp's sequence files
_STATE, _RECORD, _TRYING = ".state", ".json", ".trying"
_MOST_TOKENS = 1 << 21
_AHEAD = 2  # states that are fetched from the disk before they are asked for
_MOST_AGE_S = 14 * 24 * 3600.0
_SAMPLE, _SAMPLES = 1 << 16, 64  # bytes of each look into a large file, and how many
_SPARE = 1 << 30
"""Bytes that a state leaves free on the disk."""


@dataclass(frozen=True, slots=True)
class Found:
    """A state that begins like what was asked for: `common` tokens, of all that it holds."""

    path: Path
    tokens: Sequence[int]
    common: int


class StateFolder:
    """At most `budget` bytes; what was used longest ago goes first, and everything after two
    weeks: a deleted chat can be had back for longer than that, so nothing here outlives it."""

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = folder
        self._budget = budget
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._tidy()
        if any(folder.glob(f"*{_STATE}")):
            get_ready()

    def has_room(self, size: int) -> bool:
        """Whether a state of this size should be kept at all."""
        return size <= self._budget // 2 and shutil.disk_usage(self._folder).free > size + _SPARE

    def find(self, key: str, tokens: Sequence[int], most: int) -> Found | None:
        """The state under `key` with the longest beginning in common with `tokens`, of those with
        at most `most` tokens."""
        best: Found | None = None
        for path in self._folder.glob(f"{key}-*{_STATE}"):
            held = _tokens(path)
            if held is None or len(held) > most:
                continue
            common = common_start(held, tokens)
            if common and (best is None or common > best.common):
                best = Found(path, held, common)
        return best

    def new(self, key: str) -> Path:
        """Where llama.cpp may write a state; `keep` makes it one."""
        return self._folder / f".{key}-{secrets.token_hex(6)}.part"

    def keep(self, part: Path, note: str = "") -> None:
        """Take a finished file in, and let go of those that it makes useless or that are too
        much. note: a word for `newest_note`. Errors: OSError."""
        path = part.with_name(part.name[1:].removesuffix(".part") + _STATE)
        tokens = _tokens(part)
        if tokens is None:
            part.unlink()
            return
        key = path.name.partition("-")[0]
        for other in self._folder.glob(f"{key}-*{_STATE}"):
            held = _tokens(other)
            if held is None or common_start(held, tokens) == len(held):
                drop(other)
        record = {"size": part.stat().st_size, "sums": page_sums(part), "note": note}
        write_atomically(path.with_suffix(_RECORD), json.dumps(record).encode())
        os.replace(part, path)
        self._tidy()

    def checked_out(self, path: Path) -> Path | None:
        """The file under another name while llama.cpp reads it, or None when it is not what was
        written; then it is gone. Errors: OSError."""
        if not self._is_whole(path):
            drop(path)
            return None
        trying = path.with_suffix(_TRYING)
        os.replace(path, trying)
        return trying

    def back(self, trying: Path) -> None:
        """llama.cpp read it well: it is a state again, the last to be used. Errors: OSError."""
        os.utime(trying)
        os.replace(trying, trying.with_suffix(_STATE))

    def newest_note(self) -> str:
        """What `keep` was told of the state that was used last; empty where there is none."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            states = self._folder.glob(f"*{_STATE}")
            path = max(states, key=lambda each: each.stat().st_mtime)
            record = json.loads(path.with_suffix(_RECORD).read_text(encoding="utf-8"))
            return str(record.get("note", ""))
        return ""

    def fetch_ahead(self, key: str) -> None:
        """Have the system read the states under `key` that were used last, where it can be asked
        to: the first question after a start then doesn't wait for the disk."""
        if not hasattr(os, "posix_fadvise"):
            return
        with contextlib.suppress(OSError):
            states = self._folder.glob(f"{key}-*{_STATE}")
            for path in sorted(states, key=lambda p: -p.stat().st_mtime)[:_AHEAD]:
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)

    def _is_whole(self, path: Path) -> bool:
        """Whether a state is what was written."""
        try:
            record = json.loads(path.with_suffix(_RECORD).read_text(encoding="utf-8"))
            size = path.stat().st_size
            return bool(size == record["size"] and page_sums(path) == record["sums"])
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def _tidy(self) -> None:
        with contextlib.suppress(OSError):
            for leftover in (*self._folder.glob(f"*{_TRYING}"), *self._folder.glob(".*.part")):
                drop(leftover)
            for record in self._folder.glob(f"*{_RECORD}"):
                if not record.with_suffix(_STATE).exists():
                    record.unlink(missing_ok=True)
            total, now = 0, time.time()
            states = [(path.stat(), path) for path in self._folder.glob(f"*{_STATE}")]
            for stat, path in sorted(states, key=lambda each: -each[0].st_mtime):
                total += stat.st_size
                if total > self._budget or now - stat.st_mtime > _MOST_AGE_S:
                    drop(path)


def drop(path: Path) -> None:
    """Delete a state and its record."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        path.with_suffix(_RECORD).unlink(missing_ok=True)


def _tokens(path: Path) -> Sequence[int] | None:
    """The tokens that a state says it holds; None for any other file."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            head = file.read(12)
            if len(head) < 12:
                return None
            magic, version, count = struct.unpack("<III", head)
            if (magic, version) != (_MAGIC, _VERSION) or not 0 < count <= _MOST_TOKENS:
                return None
            if 12 + 4 * count > size:
                return None
            tokens = array("i")
            tokens.frombytes(file.read(4 * count))
            return tokens
    except (OSError, ValueError):
        return None


def fingerprint(path: Path) -> str:
    """Changes with a file's content: of large files, size and samples from all over. Errors:
    OSError."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        step = max(_SAMPLE, size // _SAMPLES)
        for start in range(0, size, step):
            file.seek(start)
            digest.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        digest.update(file.read(_SAMPLE))
    return digest.hexdigest()
