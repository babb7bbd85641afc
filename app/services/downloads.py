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
from dataclasses import asdict, dataclass
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
from app.core.hubnames import all_parts, is_file_name, is_repository, is_sha256, local_name
from app.core.lock import FileLock
from app.core.messages import Downloaded, HubFetch, HubListing, Progress
from app.core.process import Cancel
from app.core.types import HubFile
from app.engine import header
from app.services.hub import HubConnection, HubService
from app.services.model_notes import ModelNotes, Note

_log = logging.getLogger(__name__)
_SPARE = 512 << 20
"""Bytes that a download leaves free on the disk."""
_PART, _WHOLE, _RECORD = ".part", ".whole", ".json"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A download that was begun. done and total in bytes."""

    id: str
    repository: str
    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Record:
    """What was promised when the download began: files in order, each whole or not at all."""

    repository: str
    name: str
    files: tuple[HubFile, ...]


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
                record = _Record(repository, all_parts(name)[0], files)
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
        records = [self._read(file) for file in sorted(self._work.glob(f"*{_RECORD}"))]
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

    def _run(self, record: _Record, revision: str, hub: HubConnection) -> Iterator[object]:
        self._refuse_twice(record)
        self._drop_what_changed(record)
        self._check_room(record)
        text = json.dumps(asdict(record), indent=1)
        write_atomically(self._work / (record_id(record.name) + _RECORD), text.encode())
        total = sum(file.size_bytes for file in record.files)
        before = 0
        for file in record.files:
            for event in self._fetch(record, file, revision, hub):
                if isinstance(event, Progress):
                    yield Progress(event.what, before + event.done, total, event.unit)
            before += file.size_bytes
        yield self._put_in_place(record)

    def _fetch(
        self, record: _Record, file: HubFile, revision: str, hub: HubConnection
    ) -> Iterator[object]:
        whole = self._beside(file, _WHOLE)
        if _has_size(whole, file) or _has_size(self._target(file), file):
            return
        request = HubFetch(
            repository=record.repository,
            revision=revision,
            name=file.name,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            part=str(self._beside(file, _PART)),
            target=str(whole),
            token=hub.token,
        )
        yield from hub.ask(request)

    def _put_in_place(self, record: _Record) -> Downloaded:
        """Give the files their names, the first of several last: it is the one that is listed."""
        arrived = [file for file in record.files if self._beside(file, _WHOLE).exists()]
        for file in arrived:
            try:
                header.read(str(self._beside(file, _WHOLE)))
            except NotAModel as error:
                self._forget(record)
                reason = error.params.get("reason", "")
                raise NotAModel(error.detail, path=local_name(file.name), reason=reason) from None
        for file in reversed(arrived):
            os.replace(self._beside(file, _WHOLE), self._target(file))
        sync_folder(self._folder)
        hashes = tuple(file.sha256 for file in record.files)
        note = Note(repository=record.repository, sha256=hashes)
        self._notes.put(self._target(record.files[0]), note)
        self._forget(record)
        return Downloaded(tuple(str(self._target(file)) for file in record.files))

    def _refuse_twice(self, record: _Record) -> None:
        # Parts that were put in place before a crash are of this download.
        begun = self._record_file(record).exists()
        for file in record.files:
            if self._target(file).exists() and not begun:
                problem = f"There is a model file {self._target(file).name} already."
                raise BadInput(problem=problem)

    def _drop_what_changed(self, record: _Record) -> None:
        """What arrived of a file that is another one on the hub by now is of no use."""
        old = self._read(self._record_file(record))
        if old is None or old == record:
            return
        if old.repository != record.repository:
            what = f"A file of this name from {old.repository} has arrived in part."
            raise BadInput(problem=f"{what} Go on with that download, or discard it first.")
        _log.info("The hub has other files for %s now", record_id(record.name))
        self._forget(old)

    def _check_room(self, record: _Record) -> None:
        missing = sum(file.size_bytes for file in record.files) - self._done(record)
        free = shutil.disk_usage(self._work).free
        if missing + _SPARE > free:
            raise NoRoom(
                name=local_name(record.name),
                needed=_gigabytes(missing + _SPARE),
                free=_gigabytes(free),
                path=self._folder,
            )

    def _forget(self, record: _Record) -> None:
        # The record goes first: parts without one are leftovers, a record without parts a lie.
        self._record_file(record).unlink(missing_ok=True)
        for file in record.files:
            for suffix in (_PART, _WHOLE):
                self._beside(file, suffix).unlink(missing_ok=True)

    def _describe(self, record: _Record) -> Unfinished:
        total = sum(file.size_bytes for file in record.files)
        identifier = record_id(record.name)
        return Unfinished(identifier, record.repository, record.name, self._done(record), total)

    def _done(self, record: _Record) -> int:
        done = 0
        for file in record.files:
            for place in (
                self._target(file), self._beside(file, _WHOLE), self._beside(file, _PART)
            ):  # fmt: skip
                with contextlib.suppress(OSError):
                    done += min(place.stat().st_size, file.size_bytes)
                    break
        return done

    def _find(self, identifier: str) -> _Record:
        record = None
        if identifier == local_name(identifier):
            record = self._read(self._work / (identifier + _RECORD))
        if record is None:
            raise NotFound(thing=f"The download {identifier}")
        return record

    def _read(self, file: Path) -> _Record | None:
        """A record, checked like anything from outside: it decides which files are deleted."""
        try:
            raw = json.loads(file.read_text(encoding="utf-8"))
            files = tuple(HubFile(f["name"], f["size_bytes"], f["sha256"]) for f in raw["files"])
            record = _Record(raw["repository"], raw["name"], files)
            good = (
                is_repository(record.repository)
                and tuple(f.name for f in files) == all_parts(record.name)
                and all(is_file_name(f.name) and is_sha256(f.sha256) for f in files)
                and all(type(f.size_bytes) is int and f.size_bytes > 0 for f in files)
                and record_id(record.name) + _RECORD == file.name
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("The record of a download could not be read: %r", error)
            return None
        return record if good else None

    def _record_file(self, record: _Record) -> Path:
        return self._work / (record_id(record.name) + _RECORD)

    def _target(self, file: HubFile) -> Path:
        return self._folder / local_name(file.name)

    def _beside(self, file: HubFile, suffix: str) -> Path:
        return self._work / (local_name(file.name) + suffix)


def record_id(name: str) -> str:
    """What a download is called: its first file's name."""
    return local_name(all_parts(name)[0])


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
