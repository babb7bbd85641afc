"""Which files of a library are its own: notes and pictures that a person pasted. They live in a
folder of the library and go for good with their last row."""

from __future__ import annotations

from pathlib import Path

_FOLDER = "notes"


def folder_in(library: Path) -> Path:
    """Where a library keeps its own files."""
    return library / _FOLDER


def is_own(library: Path, path: str) -> bool:
    """Whether a file is one of the library's own."""
    return Path(path).parent == folder_in(library)
