"""Collections and the files that are in them: what the index is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.retrieval import Collection, DocumentFile


@dataclass(frozen=True, slots=True)
class ListCollections:
    """Events: one CollectionList."""


@dataclass(frozen=True, slots=True)
class CreateCollection:
    """Events: one CollectionList. An existing name is an error (BadInput)."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameCollection:
    collection_id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteCollection:
    """Really delete: text, vectors, rows. Events: one CollectionList."""

    collection_id: int


@dataclass(frozen=True, slots=True)
class ListFiles:
    """Events: one FileList."""

    collection_id: int


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Events: one FileList of what is left."""

    collection_id: int
    file_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExcludeFiles:
    """Keep files but leave them out of searches, or search them again. Events: one FileList."""

    collection_id: int
    file_ids: tuple[int, ...]
    excluded: bool = True


@dataclass(frozen=True, slots=True)
class CollectionList:
    collections: tuple[Collection, ...]


@dataclass(frozen=True, slots=True)
class FileList:
    files: tuple[DocumentFile, ...]
