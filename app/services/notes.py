"""What a person pastes, as documents: text becomes a Markdown file, a picture a PNG, both in the
library's own folder. A note's title is its file's name and its first heading.

Removed from their collection they are deleted (the retrieval child does that). Errors of all: as
the library's; BadInput for an empty text or title.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from app.core import notes
from app.core.errors import BadInput, MissingFile
from app.core.process import Cancel
from app.core.types import DocumentFile
from app.services.library import LibraryService

_UNSAFE = re.compile(r"[\x00-\x1f/\\:*?\"<>|]+")
_LONGEST_TITLE = 80
_MOST_CHARACTERS = 30_000_000
_HEADING = re.compile(r"# (?P<title>[^\n]*)\n*")


def suggested_title(text: str) -> str:
    """The first line that says something, without marks of Markdown."""
    for line in text.splitlines():
        words = " ".join(line.strip(" \t#>*-=|").split())
        if any(letter.isalnum() for letter in words):
            return words if len(words) <= _LONGEST_TITLE else f"{words[: _LONGEST_TITLE - 1]}…"
    return ""


class NoteService:
    """Notes of one library. library_folder: where it lives."""

    def __init__(self, library_folder: Path, library: LibraryService) -> None:
        self._home = library_folder
        self._library = library

    def add_text(
        self, collection_id: int, title: str, text: str, cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Keep a text as a document of a collection. Yields as LibraryService.add."""
        path = self._write(_title(title), text)
        yield from self._library.add(collection_id, [str(path)], cancel)

    def add_picture(
        self, collection_id: int, title: str, png: bytes, cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Keep a picture (the bytes of a PNG) as a document. Yields as LibraryService.add."""
        path = self._free(_title(title), ".png")
        path.write_bytes(png)
        yield from self._library.add(collection_id, [str(path)], cancel)

    def retitle(
        self, file: DocumentFile, title: str, cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Give a note another title. Yields as LibraryService.add. Errors: MissingFile."""
        old, title = Path(file.path), _title(title)
        try:
            text = old.read_text("utf-8")
        except FileNotFoundError:
            raise MissingFile(path=file.path) from None
        path = self._write(title, _HEADING.sub("", text, count=1) if text[:2] == "# " else text)
        yield from self._library.add(file.collection_id, [str(path)], cancel)
        self._library.remove(file.collection_id, [file.id])

    def _write(self, title: str, text: str) -> Path:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
        if not any(letter.isalnum() for letter in text):
            raise BadInput(problem="There is no text to keep.")
        if len(text) > _MOST_CHARACTERS:
            raise BadInput(problem="The text is too long: more than 30 million characters.")
        path = self._free(title, ".md")
        path.write_text(f"# {title}\n\n{text}\n", "utf-8")
        return path

    def _free(self, title: str, suffix: str) -> Path:
        """A file name after the title that is not taken."""
        folder = notes.folder_in(self._home)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = " ".join(_UNSAFE.sub(" ", title).split()).strip(". ") or time.strftime(
            "Note %Y-%m-%d %H.%M"
        )
        number, path = 1, folder / f"{stem}{suffix}"
        while True:
            try:
                path.touch(mode=0o600, exist_ok=False)
                return path
            except FileExistsError:
                number += 1
                path = folder / f"{stem} {number}{suffix}"


def _title(given: str) -> str:
    title = " ".join(given.split())[:_LONGEST_TITLE].strip()
    if not any(letter.isalnum() for letter in title):
        raise BadInput(problem="A note needs a title.")
    return title
