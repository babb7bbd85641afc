"""Which documents a chat or a search asks: apart from the documents, since every chat has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which documents count; what is empty allows all. files: ids; folders: paths, with what is
    below them; kinds: as DocumentFile has them; after, before: bounds of the file's date, seconds
    since the epoch, 0 for none."""

    files: tuple[int, ...] = ()
    folders: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    after: float = 0.0
    before: float = 0.0

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return bool(self.files or self.folders or self.kinds or self.after or self.before)
