"""Downloads of models: begun, paused, gone on with after a restart, and checked.

`models/downloads/` holds a record and a part for each unfinished file; a model appears in
`models/` only when all its files have arrived whole. Stopping a download is pausing it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.core.errors import (
    BadInput,
    DownloadRefused,
    NoRoom,
    NotAModel,
    NotFound,
    StoreError,
)
from app.core.files import sync_folder, write_atomically
from app.core.hubnames import all_parts, is_file_name, local_name
from app.core.lock import FileLock
from app.core.messages import Downloaded, HubFetch, HubListing, Progress
from app.core.process import Cancel
from app.core.types import HubFile
from app.engine import header
from app.services.download_record import RECORD, Record, read, record_id
from app.services.hub import HubConnection, HubService
from app.services.hub_add_ons import add_on_of
from app.services.model_notes import ModelNotes, Note

_log = logging.getLogger(__name__)
_SPARE = 512 << 20
"""Bytes that a download leaves free on the disk."""
_PART, _WHOLE = ".part", ".whole"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A download that was begun. done and total in bytes."""

    id: str
    repository: str
    name: str
    done: int
    total: int


class DownloadService:
    """folder: where models go."""

    def __init__(self, hub: HubService, folder: Path) -> None:
        self._hub = hub
        self._folder = folder
        self._work = folder / "downloads"
        self._notes = ModelNotes(folder / "notes.json")

    def download(
        self,
        repository: str,
        name: str,
        sha256: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        """Get a file, or all parts of a split one, going on where an earlier try was left.
        sha256: what the files must be, where that is known beforehand. Progress in bytes, at last
        Downloaded. Errors: BadInput, HubError tree, NoRoom, NotAModel, StoreError, Cancelled."""
        if not is_file_name(name) or not all_parts(name):
            raise BadInput(problem=f"{name} is not the name of a GGUF file.")
        yield Progress("Asking the model hub", 0, 0)
        lock = FileLock(self._work / f"{record_id(name)}.lock")
        try:
            self._work.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not lock.acquire():
                raise BadInput(problem=f"{name} is being downloaded already.")
            with self._hub.connected(cancel) as hub:
                listing = hub.files(repository)
                files = _promised(listing, name, sha256)
                record = self._with_eyes(Record(repository, all_parts(name)[0], files), listing)
                yield from self._run(record, listing.revision, hub)
        except OSError as error:
            raise StoreError.of(error, self._folder) from error
        finally:
            lock.release()

    def free_bytes(self) -> int:
        """What a download may still take of the disk. Errors: OSError."""
        return max(0, shutil.disk_usage(self._folder).free - _SPARE)

    def unfinished(self) -> Sequence[Unfinished]:
        """Downloads that can be gone on with, by name."""
        records = [read(file) for file in sorted(self._work.glob(f"*{RECORD}"))]
        return tuple(self._describe(record) for record in records if record)

    def resume(self, identifier: str, cancel: Cancel | None = None) -> Iterator[object]:
        """As `download`. Errors: NotFound besides."""
        record = self._find(identifier)
        yield from self.download(record.repository, record.name, cancel=cancel)

    def discard(self, identifier: str) -> None:
        """Throw an unfinished download away. Errors: NotFound, BadInput while it runs."""
        record = self._find(identifier)
        lock = FileLock(self._work / f"{identifier}.lock")
        if not lock.acquire():
            raise BadInput(problem=f"{record.name} is being downloaded. Stop it first.")
        try:
            self._forget(record)
        finally:
            lock.release()

    def _with_eyes(self, record: Record, listing: HubListing) -> Record:
        """With the repository's vision add-on, unless it is here already."""
        found = add_on_of(listing, record.name)
        if found is None:
            return record
        file, called = found
        old = read(self._record_file(record))
        if (self._folder / called).exists() and not (old and old.eyes == called):
            return record
        return replace(record, files=(*record.files, file), eyes=called)

    def _run(self, record: Record, revision: str, hub: HubConnection) -> Iterator[object]:
        self._refuse_twice(record)
        self._drop_what_changed(record)
        self._check_room(record)
        text = json.dumps(asdict(record), indent=1)
        write_atomically(self._work / (record_id(record.name) + RECORD), text.encode())
        total = sum(file.size_bytes for file in record.files)
        before = 0
        for file in record.files:
            for event in self._fetch(record, file, revision, hub):
                if isinstance(event, Progress):
                    yield Progress(event.what, before + event.done, total, event.unit)
            before += file.size_bytes
        yield self._put_in_place(record)

    def _fetch(
        self, record: Record, file: HubFile, revision: str, hub: HubConnection
    ) -> Iterator[object]:
        whole = self._beside(record, file, _WHOLE)
        if _has_size(whole, file) or _has_size(self._target(record, file), file):
            return
        request = HubFetch(
            repository=record.repository,
            revision=revision,
            name=file.name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            part=str(self._beside(record, file, _PART)),
            target=str(whole),
            token=hub.token,
        )
        yield from hub.ask(request)

    def _put_in_place(self, record: Record) -> Downloaded:
        """Give the files their names, the first of several last: it is the one that is listed."""
        arrived = [file for file in record.files if self._beside(record, file, _WHOLE).exists()]
        for file in arrived:
            try:
                header.read(str(self._beside(record, file, _WHOLE)))
            except NotAModel as error:
                self._forget(record)
                reason = error.params.get("reason", "")
                raise NotAModel(error.detail, path=record.local(file), reason=reason) from None
        for file in reversed(arrived):
            os.replace(self._beside(record, file, _WHOLE), self._target(record, file))
        sync_folder(self._folder)
        hashes = tuple(file.sha256 for file in record.model)
        note = Note(repository=record.repository, sha256=hashes)
        self._notes.put(self._target(record, record.files[0]), note)
        self._forget(record)
        return Downloaded(tuple(str(self._target(record, file)) for file in record.model))

    def _refuse_twice(self, record: Record) -> None:
        # Parts that were put in place before a crash are of this download.
        begun = self._record_file(record).exists()
        for file in record.model:
            if self._target(record, file).exists() and not begun:
                problem = f"There is a model file {self._target(record, file).name} already."
                raise BadInput(problem=problem)

    def _drop_what_changed(self, record: Record) -> None:
        """What arrived of a file that is another one on the hub by now is of no use."""
        old = read(self._record_file(record))
        if old is None or old == record or old == replace(record, files=record.model, eyes=""):
            return
        if old.repository != record.repository:
            what = f"A file of this name from {old.repository} has arrived in part."
            raise BadInput(problem=f"{what} Go on with that download, or discard it first.")
        _log.info("The hub has other files for %s now", record_id(record.name))
        self._forget(old)

    def _check_room(self, record: Record) -> None:
        missing = sum(file.size_bytes for file in record.files) - self._done(record)
        free = shutil.disk_usage(self._work).free
        if missing + _SPARE > free:
            raise NoRoom(
                name=local_name(record.name),
                needed=_gigabytes(missing + _SPARE),
                free=_gigabytes(free),
                path=self._folder,
            )

    def _forget(self, record: Record) -> None:
        # The record goes first: parts without one are leftovers, a record without parts a lie.
        self._record_file(record).unlink(missing_ok=True)
        for file in record.files:
            for suffix in (_PART, _WHOLE):
                self._beside(record, file, suffix).unlink(missing_ok=True)

    def _describe(self, record: Record) -> Unfinished:
        total = sum(file.size_bytes for file in record.files)
        identifier = record_id(record.name)
        return Unfinished(identifier, record.repository, record.name, self._done(record), total)

    def _done(self, record: Record) -> int:
        done = 0
        for file in record.files:
            for place in (
                self._target(record, file),
                self._beside(record, file, _WHOLE),
                self._beside(record, file, _PART),
            ):
                with contextlib.suppress(OSError):
                    done += min(place.stat().st_size, file.size_bytes)
                    break
        return done

    def _find(self, identifier: str) -> Record:
        record = None
        if identifier == local_name(identifier):
            record = read(self._work / (identifier + RECORD))
        if record is None:
            raise NotFound(thing=f"The download {identifier}")
        return record

    def _record_file(self, record: Record) -> Path:
        return self._work / (record_id(record.name) + RECORD)

    def _target(self, record: Record, file: HubFile) -> Path:
        return self._folder / record.local(file)

    def _beside(self, record: Record, file: HubFile, suffix: str) -> Path:
        return self._work / (record.local(file) + suffix)


def _promised(listing: HubListing, name: str, sha256: Sequence[str]) -> tuple[HubFile, ...]:
    """The files as the hub lists them. Errors: DownloadRefused."""
    known = {file.name: file for file in listing.files}
    parts = all_parts(name)
    expected = sha256 or ("",) * len(parts)
    files = []
    for part, wanted in zip(parts, expected, strict=True):
        file = known.get(part)
        if file is None:
            raise _refused(part, f"{listing.repository.id} has no such file")
        if not file.sha256:
            raise _refused(part, "the hub gives no SHA-256 to check it by")
        if wanted and wanted != file.sha256:
            raise _refused(part, "it is not the file that Loam's catalogue knows")
        files.append(file)
    return tuple(files)


def _has_size(path: Path, file: HubFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size_bytes


def _refused(name: str, reason: str) -> DownloadRefused:
    return DownloadRefused(name=name, reason=reason, address="")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
