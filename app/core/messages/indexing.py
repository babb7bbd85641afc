"""Reading files into the index, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.retrieval import DocumentFile


@dataclass(frozen=True, slots=True)
class AddPaths:
    """Put files and folders (walked, hidden ones left out) into a collection and index them.

    An unchanged file costs a hash; a changed one is read again. A file that fails is kept with
    its reason and does not stop the others. languages: of text in pictures, as tesseract names
    them ('eng'); none: pictures are not read. Events: FileChanged, Progress (files done of all,
    unit 'files'), at last Indexed. Stop keeps what is done; the rest stays WAITING.
    """

    collection_id: int
    paths: tuple[str, ...]
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Read files anew, changed or not: with a password, after another language was chosen. The
    password stays in the memory of the index's process until it ends; it is not written anywhere.
    Events as AddPaths."""

    collection_id: int
    file_ids: tuple[int, ...]
    password: str = field(default="", repr=False)
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class ResumeIndexing:
    """Index all files that are WAITING or were READING when the last run ended. As AddPaths."""

    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class FileChanged:
    """part: how much of a file that is READING is done, 0 to 1; negative while unknown."""

    file: DocumentFile
    part: float = -1.0


@dataclass(frozen=True, slots=True)
class Indexed:
    """An indexing run is over: counts of files."""

    ready: int
    unchanged: int
    failed: int
    stopped: bool

    @property
    def nothing(self) -> bool:
        """Whether it came to its end without a single file."""
        return not (self.ready or self.unchanged or self.failed or self.stopped)
