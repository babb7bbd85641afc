"""What a document format is: the one thing that each module of this package defines as LOADER."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.messages import PageBoxes, Parsed

MAX_CHARACTERS = 30_000_000


@dataclass(frozen=True, slots=True)
class Loader:
    """A document format.

    suffixes: lower case, with the dot. kind: the word stored with the file. load: extract a file;
    errors: DocumentError tree, and any exception of the library beneath, which the parser child
    turns into one. locate: boxes of spans (page, start, end in that page's text), for formats
    whose pages have a geometry.
    """

    suffixes: tuple[str, ...]
    kind: str
    load: Callable[[Path], Parsed]
    locate: Callable[[Path, tuple[tuple[int, int, int], ...]], tuple[PageBoxes, ...]] | None = None
