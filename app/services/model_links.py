"""The models that a person added where they lie: their paths, in a file of the profile."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import StoreError
from app.core.files import write_atomically

_log = logging.getLogger(__name__)


class ModelLinks:
    """Read anew each time: a terminal may add one while the window is open."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def paths(self) -> Sequence[Path]:
        """In the order in which they were added; none when the file can't be read."""
        try:
            raw = json.loads(self._file.read_text(encoding="utf-8"))
            return [Path(item) for item in raw if isinstance(item, str)]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            _log.warning("Links could not be read: %r", error)
            return []

    def add(self, path: Path) -> None:
        """At the end, unless it is there. Errors: StoreError."""
        if path not in (known := self.paths()):
            self._save([*known, path])

    def remove(self, path: Path) -> None:
        """Forget one. Errors: StoreError."""
        self._save([link for link in self.paths() if link != path])

    def _save(self, links: Sequence[Path]) -> None:
        try:
            write_atomically(self._file, json.dumps([str(p) for p in links]).encode())
        except OSError as error:
            raise StoreError(
                repr(error), reason=error.strerror or "", path=self._file.parent
            ) from error
