"""What a document format is: the one thing that each module of this package defines as LOADER."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.messages import PageBoxes, Parsed

MAX_CHARACTERS = 30_000_000


def _unheard(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person wants a file to be read.

    password: '' for none. languages: of text in pictures, as tesseract names them; none: pictures
    are not read. scratch: an own folder for temporary files. progress: told (pages done, of all).
    depth: how many files this one is inside of.
    """

    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ()
    scratch: Path | None = None
    progress: Callable[[int, int], None] = _unheard
    depth: int = 0


PLAIN = Reading()


@dataclass(frozen=True, slots=True)
class Loader:
    """A document format.

    suffixes: lower case, with the dot. kind: the word stored with the file. load: extract a file;
    errors: DocumentError tree, and any exception of the library beneath, which the parser child
    turns into one. locate: boxes of spans (page, start, end in that page's text), for formats
    whose pages have a geometry. read: `load` for formats where a Reading makes a difference.
    """

    suffixes: tuple[str, ...]
    kind: str
    load: Callable[[Path], Parsed]
    locate: (
        Callable[[Path, tuple[tuple[int, int, int], ...], Reading], tuple[PageBoxes, ...]] | None
    ) = None
    read: Callable[[Path, Reading], Parsed] | None = None

    def parse(self, path: Path, reading: Reading) -> Parsed:
        """Extract a file as a person wants it. Errors: as `load`."""
        return self.read(path, reading) if self.read else self.load(path)
