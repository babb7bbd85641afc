"""Folders that a collection is kept in step with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.retrieval import WatchedFolder


@dataclass(frozen=True, slots=True)
class WatchFolder:
    """Link a folder to a collection; FollowFolders then keeps them in step. Events: one WatchList
    of the collection. Errors: NotFound, BadInput when it is no folder or inside a watched one."""

    collection_id: int
    folder: str


@dataclass(frozen=True, slots=True)
class UnwatchFolder:
    """Follow a folder no longer; its files stay unless `remove_files`. Events: one WatchList of
    all collections. Errors: NotFound."""

    watch_id: int
    remove_files: bool = False


@dataclass(frozen=True, slots=True)
class ListWatches:
    """Events: one WatchList, of all collections when no one is given."""

    collection_id: int = 0


@dataclass(frozen=True, slots=True)
class FollowFolders:
    """Keep collections in step with their watched folders until stopped, or until nothing is left
    to do when `once`; ends when no folder is watched. Events: as AddPaths for what is new or
    changed (an Indexed for each round), FileChanged for what was renamed, FilesRemoved,
    WatchChanged. Errors: BadInput while another one runs."""

    languages: tuple[str, ...] = ("eng",)
    once: bool = False


@dataclass(frozen=True, slots=True)
class WatchList:
    folders: tuple[WatchedFolder, ...]


@dataclass(frozen=True, slots=True)
class WatchChanged:
    """A watched folder went away or came back."""

    folder: WatchedFolder


@dataclass(frozen=True, slots=True)
class FilesRemoved:
    """Files went from a collection because they went from its watched folder."""

    collection_id: int
    file_ids: tuple[int, ...]
