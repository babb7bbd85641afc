"""Which files of a library are its own: notes and pictures that a person pasted. They live in a
folder of the library and go for good with their last row."""

from __future__ import annotations

from pathlib import Path

_FOLDER = "notes"


def folder_in(library: Path) -> Path:
    """Where a library keeps its own files."""
    return library / _FOLDER


def is_note(path: str) -> bool:
    """Whether a path is that of a pasted text in some library: among its notes."""
    file = Path(path)
    home = file.parent.parent
    return (
        file.suffix == ".md"
        and file.parent == folder_in(home)
        and (home / "library.sqlite3").exists()
    )


def is_own(library: Path, path: str) -> bool:
    """Whether a file is one of the library's own."""
    return Path(path).parent == folder_in(library)
