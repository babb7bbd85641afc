"""Looks after collections, the files in them and the folders that they are kept in step with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core.messages import (
    CollectionList,
    CreateCollection,
    DeleteCollection,
    ExcludeFiles,
    FileList,
    ListCollections,
    ListFiles,
    ListWatches,
    RemoveFiles,
    RenameCollection,
    UnwatchFolder,
    WatchFolder,
    WatchList,
)
from app.core.types import DocumentFile, FileState
from app.retrieval.following import Follower
from app.retrieval.index import DenseIndex
from app.retrieval.looks import Looks
from app.retrieval.meaning import Meaning
from app.retrieval.own_files import OwnFiles
from app.retrieval.store import Store
from app.retrieval.watches import Watches


class Shelves:
    """What is kept of a file elsewhere (vectors, pages, Loam's own copy) goes with it."""

    def __init__(
        self,
        store: Store,
        index: DenseIndex,
        own_files: OwnFiles,
        looks: Looks,
        watched: Watches,
        follower: Follower,
        meaning: Meaning,
    ) -> None:
        self._store = store
        self._index = index
        self._own_files = own_files
        self._looks = looks
        self._watched = watched
        self._follower = follower
        self._meaning = meaning

    def answer(self, request: Any) -> CollectionList | FileList | WatchList:
        """One request. Errors: of the store; TypeError for one that is of another part."""
        match request:
            case ListCollections():
                self._meaning.preload_soon()
            case CreateCollection(name=name):
                self._store.create_collection(name)
            case RenameCollection(collection_id=collection_id, name=name):
                self._store.rename_collection(collection_id, name)
            case DeleteCollection(collection_id=collection_id):
                self._own_files.delete(collection_id)
                self._store.delete_collection(collection_id)
                self._index.drop(collection_id)
                self._looks.prune()
            case ListFiles(collection_id=collection_id):
                return FileList(self._files(collection_id))
            case RemoveFiles(collection_id=collection_id, file_ids=file_ids):
                self._own_files.delete(collection_id, file_ids)
                self._index.change(self._store.remove_files(collection_id, file_ids))
                self._looks.prune()
                return FileList(self._files(collection_id))
            case ExcludeFiles(collection_id=collection_id, file_ids=file_ids, excluded=excluded):
                self._index.change(self._store.exclude(collection_id, file_ids, excluded))
                return FileList(self._files(collection_id))
            case WatchFolder() | UnwatchFolder() | ListWatches():
                return self._watching(request)
            case _:
                raise TypeError(f"not for retrieval: {type(request).__name__}")
        return CollectionList(self._store.collections())

    def _watching(self, request: WatchFolder | UnwatchFolder | ListWatches) -> WatchList:
        """The requests that look after watched folders."""
        collection_id = 0
        match request:
            case WatchFolder(collection_id=collection_id, folder=folder):
                self._store.need_collection(collection_id)
                self._watched.add(collection_id, folder)
                self._follower.look()
            case UnwatchFolder(watch_id=watch_id, remove_files=remove_files):
                watch = self._watched.remove(watch_id)
                if remove_files:
                    ids = [one.id for one in self._watched.files(watch)]
                    self._index.change(self._store.remove_files(watch.collection_id, ids))
                self._follower.look()
            case ListWatches(collection_id=collection_id):
                pass
        return WatchList(self._watched.all(collection_id))

    def _files(self, collection_id: int) -> tuple[DocumentFile, ...]:
        opened = self._meaning.opened
        reading = opened.indexer.reading if opened else set()
        return tuple(
            replace(file, state=FileState.READING) if file.id in reading else file
            for file in self._store.files(collection_id)
        )
