"""What Loam knows of model files beside what they say themselves: a title, and where they are from.

One small JSON file in the profile; the models' own files are never changed. A note that can't be
read is as good as none.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import StoreError
from app.core.files import write_atomically

_log = logging.getLogger(__name__)
_writing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Note:
    """Of one model. sha256: of each of its files in order, as they were promised at download;
    repository: where they are from. Empty where it is not known. loading: what a person chose for
    loading it, by the names of core/load_settings.py."""

    title: str = ""
    repository: str = ""
    sha256: tuple[str, ...] = ()
    loading: Mapping[str, object] = field(default_factory=dict)


class ModelNotes:
    """The notes of one profile, by the path of a model's (first) file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, path: str | Path) -> Note:
        """The note on a model, or an empty one."""
        return note_of(self._read().get(str(path)))

    def titles(self) -> dict[str, str]:
        """Titles that were given, by path."""
        notes = {path: note_of(raw) for path, raw in self._read().items()}
        return {path: note.title for path, note in notes.items() if note.title}

    def put(self, path: str | Path, note: Note) -> None:
        """Replace the note on a model; an empty one takes it away. Errors: StoreError."""
        with _writing:
            notes = self._read()
            notes.pop(str(path), None)
            if note != Note():
                notes[str(path)] = asdict(note)
            try:
                text = json.dumps(notes, indent=1, ensure_ascii=False)
                write_atomically(self._file, text.encode())
            except OSError as error:
                raise StoreError.of(error, self._file.parent) from error

    def _read(self) -> dict[str, Any]:
        try:
            raw = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning("The notes on models could not be read: %r", error)
            return {}
        return raw if isinstance(raw, dict) else {}


def note_of(raw: object) -> Note:
    """A note as it was kept; what makes no sense in it is left out."""
    if not isinstance(raw, dict):
        return Note()
    title, repository, hashes = raw.get("title"), raw.get("repository"), raw.get("sha256")
    loading = raw.get("loading")
    return Note(
        title=title if isinstance(title, str) else "",
        repository=repository if isinstance(repository, str) else "",
        sha256=tuple(map(str, hashes)) if isinstance(hashes, list) else (),
        loading=loading if isinstance(loading, dict) else {},
    )
