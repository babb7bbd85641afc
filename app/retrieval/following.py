"""Keeping collections in step with watched folders: what is new, changed, renamed or gone.

An alarm wakes it when the system reports a change; what changed is found by comparing dates and
sizes of all files with the library, so that nothing is lost while nobody listened. A file counts
as gone after it was missing for a moment, and not at all while its folder can't be seen. Limits:
dates and sizes tell of changes; one follower a library.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import BadInput, NotFound
from app.core.files import sha256
from app.core.messages import FileChanged, FilesRemoved, WatchChanged
from app.core.types import FileState, WatchedFolder, WatchState
from app.retrieval import formats
from app.retrieval.alarm import Alarm
from app.retrieval.index import DenseIndex
from app.retrieval.indexing import Indexer
from app.retrieval.reader import Wanted
from app.retrieval.store import Store
from app.retrieval.watches import KnownFile, Watches, device

Cancel = Callable[[], bool]

# A file written just now may be half written; one that is gone may be on its way to another name.
_SETTLE_S = 0.5
_SOON_S = 0.6
_RARELY_S = 30.0
_READ = (FileState.READY, FileState.EMPTY, FileState.SCANNED)
_EFFORT = 20  # looking at all files may take a twentieth of the time


@dataclass(slots=True)
class _Seen:
    """What one look at the folders of a collection found. files: (size, date) by path; fresh:
    paths of those that may still be written; moved: of those that had another name; hidden:
    folders that can't be looked into."""

    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    known: dict[str, KnownFile] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    hidden: list[str] = field(default_factory=list)

    def is_hidden(self, path: str) -> bool:
        """Whether the file is in a folder that can't be looked into."""
        return any(path.startswith(folder + os.sep) for folder in self.hidden)

    def forget_moved(self) -> None:
        """What moved during the look was seen twice; it is only where it is now."""
        sizes = {facts[0] for path, facts in self.files.items() if path not in self.known}
        for path in self.known.keys() & self.files.keys() if sizes else ():
            if self.files[path][0] in sizes and not os.path.lexists(path):
                del self.files[path]


class Follower:
    """Follows the watched folders of one library. indexer: opened when there is work for it."""

    def __init__(
        self,
        store: Store,
        watches: Watches,
        index: DenseIndex,
        indexer: Callable[[], Indexer],
    ) -> None:
        self._store = store
        self._watches = watches
        self._index = index
        self._indexer = indexer
        self._alarm = Alarm()
        self._turn = threading.Lock()
        # When a file was found missing first, by collection and file.
        self._missing: dict[int, dict[int, float]] = {}
        # Files that were tried as they are now; those that can't be opened have no date to keep.
        self._tried: dict[int, tuple[int, int]] = {}

    def look(self) -> None:
        """Look at the folders now."""
        self._alarm.ring()

    def follow(self, wanted: Wanted, once: bool, cancelled: Cancel) -> Iterator[object]:
        """As FollowFolders."""
        if not self._turn.acquire(blocking=False):
            raise BadInput(problem="The folders are being followed already.")
        try:
            while not cancelled():
                begun = time.monotonic()
                watched = self._watches.all()
                if not watched:
                    return
                restless = False
                for collection_id in sorted({one.collection_id for one in watched}):
                    some = [one for one in watched if one.collection_id == collection_id]
                    restless |= yield from self._round(collection_id, some, wanted, cancelled)
                if once and not restless:
                    return
                taken = time.monotonic() - begun
                pause = _RARELY_S if self._alarm.native else _EFFORT * taken
                pause = _SOON_S if restless else min(max(pause, 1.0), _RARELY_S)
                self._alarm.wait([one.path for one in watched], pause, cancelled)
        finally:
            self._alarm.close()
            self._missing.clear()
            self._turn.release()

    def _round(
        self, collection_id: int, watched: list[WatchedFolder], wanted: Wanted, cancelled: Cancel
    ) -> Generator[object, None, bool]:
        """Bring one collection in step; gives whether to look again soon."""
        seen = _Seen()
        for watch in watched:
            yield from self._look_at(watch, seen)
            if cancelled():
                return False
        seen.forget_moved()
        settled = seen.files.keys() - seen.fresh
        new = sorted(settled - seen.known.keys())
        gone = {
            file.id: file
            for path, file in seen.known.items()
            if path not in seen.files and not seen.is_hidden(path)
        }
        for path, file in self._renamed(new, seen, gone.values()):
            del gone[file.id]
            self._store.move(file.id, path, seen.files[path][1])
            yield FileChanged(self._store.file(file.id))
            if cancelled():
                return False
        new = [path for path in new if path not in seen.moved]
        yield from self._remove(collection_id, gone)
        changed = [
            file.id
            for path, file in seen.known.items()
            if path in settled and self._is_due(file, seen.files[path])
        ]
        ids = self._store.register(
            collection_id,
            [(path, formats.kind_of(Path(path)), seen.files[path][0]) for path in new],
        )
        if ids or changed:
            todo = list(dict.fromkeys([*changed, *ids]))
            yield from self._indexer().run(todo, cancelled, wanted)
            self._tried.update(self._stats(todo, seen))
        return bool(seen.fresh or self._missing[collection_id])

    def _look_at(self, watch: WatchedFolder, seen: _Seen) -> Iterator[object]:
        """Note what is below a folder; says when it went away or came back."""
        root = Path(watch.path)
        hidden: list[str] = []
        fresh: set[str] = set()
        files: dict[str, tuple[int, int]] = {}
        for path in formats.documents(root, lambda error: hidden.append(str(error.filename))):
            try:
                facts = path.stat()
            except OSError:
                continue
            if 0 <= time.time() - facts.st_mtime < _SETTLE_S:
                fresh.add(str(path))
            files[str(path)] = (facts.st_size, facts.st_mtime_ns)
        on_device = device(root)
        known = {file.path: file for file in self._watches.files(watch)}
        # An empty folder on another device is where a drive used to be.
        moved = on_device != self._watches.device(watch.id)
        away = not root.is_dir() or str(root) in hidden or (moved and not files and bool(known))
        state = WatchState.AWAY if away else WatchState.FOLLOWING
        if state is not watch.state or (moved and not away):
            keep = self._watches.device(watch.id) if away else on_device
            self._watches.mark(watch.id, state, keep)
        if state is not watch.state:
            yield WatchChanged(WatchedFolder(watch.id, watch.collection_id, watch.path, state))
        if not away:
            seen.files.update(files)
            seen.known.update(known)
            seen.fresh |= fresh
            seen.hidden.extend(hidden)

    def _renamed(
        self, new: Sequence[str], seen: _Seen, gone: Iterable[KnownFile]
    ) -> Iterator[tuple[str, KnownFile]]:
        """New paths that are other names of files that are gone, with these. A folder of thousands
        may have been renamed, so each file is looked up, not looked for."""
        kept: dict[tuple[int, str], list[KnownFile]] = {}
        for file in gone:
            if file.sha256 and file.state in _READ:
                kept.setdefault((file.size, Path(file.path).suffix.lower()), []).append(file)
        for path in new:
            candidates = kept.get((seen.files[path][0], Path(path).suffix.lower()))
            if not candidates:
                continue
            try:
                content = sha256(Path(path))
            except OSError:
                continue
            alike = [file for file in candidates if file.sha256 == content]
            if alike:
                # Of copies with one content, the one that had this name.
                name = Path(path).name
                file = next((one for one in alike if Path(one.path).name == name), alike[0])
                candidates.remove(file)
                seen.moved.add(path)
                yield path, file

    def _remove(self, collection_id: int, gone: dict[int, KnownFile]) -> Iterator[object]:
        """Remove what has been missing for a moment."""
        now = time.monotonic()
        before = self._missing.get(collection_id, {})
        since = {one: before.get(one, now) for one in gone}
        surely = tuple(one for one, begun in since.items() if now - begun >= _SETTLE_S)
        self._missing[collection_id] = {
            one: begun for one, begun in since.items() if one not in surely
        }
        if surely:
            self._index.change(self._store.remove_files(collection_id, surely))
            yield FilesRemoved(collection_id, surely)

    def _is_due(self, file: KnownFile, facts: tuple[int, int]) -> bool:
        if self._tried.get(file.id) == facts:
            return False
        waits = file.state in (FileState.WAITING, FileState.READING)
        return waits or (file.size, file.modified) != facts

    def _stats(self, ids: list[int], seen: _Seen) -> dict[int, tuple[int, int]]:
        found = {}
        for one in ids:
            try:
                path = self._store.file(one).path
            except NotFound:
                continue
            if path in seen.files:
                found[one] = seen.files[path]
        return found
