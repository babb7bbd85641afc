"""Remembers sizes and places of the window in one small file; losing it costs nothing."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path

from app.core.files import write_atomically

_log = logging.getLogger(__name__)


class Memory:
    """Values by key, kept in a JSON file. Written by save(), which the window calls at close."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, object] = {}
        with contextlib.suppress(OSError, ValueError):
            raw = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(raw, dict):
                self._values = raw
        self._saved = dict(self._values)

    def text(self, key: str, default: str = "") -> str:
        """A text, or the default when there is none."""
        value = self._values.get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: int = 0) -> int:
        """A whole number, or the default when there is none."""
        value = self._values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def flag(self, key: str, default: bool = False) -> bool:
        """Yes or no, or the default when nothing is kept."""
        value = self._values.get(key)
        return value if isinstance(value, bool) else default

    def numbers(self, key: str) -> list[int]:
        """Whole numbers; an empty list when there are none."""
        value = self._values.get(key)
        if not isinstance(value, list) or not all(isinstance(each, int) for each in value):
            return []
        return value

    def put(self, key: str, value: str | int | bool | list[int]) -> None:
        """Keep a value until save()."""
        self._values[key] = value

    def save(self) -> None:
        """Write what changed. A disk that refuses costs the sizes, nothing else."""
        if self._values == self._saved:
            return
        try:
            write_atomically(self._path, json.dumps(self._values, indent=1).encode())
            self._saved = dict(self._values)
        except OSError:
            _log.warning("The window's sizes could not be saved", exc_info=True)
