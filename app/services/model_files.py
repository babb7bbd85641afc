"""What a person does with model files: check them, delete them and take that back, write them
again in another type.

Only files in the profile's folder are ever moved or deleted. A deleted model waits for a day in
`models/deleted/`, so that it can be had back.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core import paths
from app.core.errors import BadInput, Cancelled, LoamError, MissingFile, NotFound, StoreError
from app.core.files import sync_folder
from app.core.hubnames import all_parts
from app.core.messages import Measured, Perplexity, Progress, Quantize, Unload
from app.core.process import Cancel, WorkerProcess
from app.services.default_record import shipped_sha256
from app.services.model_notes import ModelNotes, Note, note_of
from app.services.models import ModelService

_log = logging.getLogger(__name__)
_KEPT_S = 24 * 3600.0
_BLOCK = 4 << 20
_TYPE_AT_END = re.compile(r"[-_.](?:I?Q\d\w*|TQ\d_\d|BF16|F16|F32|FP16|MXFP4\w*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verified:
    """A model's files were read. sha256: of each; good: None when nothing is known to compare
    them with."""

    path: str
    sha256: tuple[str, ...]
    good: bool | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A model that can still be had back, by `id`, until it is gone for good (seconds)."""

    id: str
    name: str
    size_bytes: int
    until: float


@dataclass(frozen=True, slots=True)
class Converted:
    """A model was written again; perplexities on the same text before and after, lower is
    better."""

    path: str
    before: float
    after: float


class ModelFiles:
    """folder: the profile's models."""

    def __init__(self, models: ModelService, engine: WorkerProcess, folder: Path) -> None:
        self._models = models
        self._engine = engine
        self._folder = folder
        self._deleted = folder / "deleted"
        self._notes: ModelNotes = models.notes

    def files_of(self, path: Path) -> Sequence[Path]:
        """All files of a model, the first first. Errors: MissingFile."""
        found = [path.with_name(name) for name in all_parts(path.name)] or [path]
        for file in found:
            if not file.is_file():
                raise MissingFile(path=file)
        return found

    def verify(self, path: Path, cancel: Cancel | None = None) -> Iterator[Progress | Verified]:
        """Read a model from end to end. Progress in bytes, at last Verified. Errors: MissingFile,
        StoreError, Cancelled."""
        files = self.files_of(path)
        total = sum(file.stat().st_size for file in files)
        digests: list[str] = []
        done = 0
        for file in files:
            digest = hashlib.sha256()
            for block in _blocks(file):
                digest.update(block)
                if cancel and cancel.is_set():
                    raise Cancelled
                if (done + len(block)) // (64 << 20) > done // (64 << 20):
                    yield Progress("Checking", done + len(block), total, "bytes")
                done += len(block)
            digests.append(digest.hexdigest())
        known = self._notes.get(path).sha256 or shipped_sha256(path)
        good = tuple(digests) == known if known else None
        yield Verified(str(path), tuple(digests), good)

    def can_delete(self, path: Path) -> bool:
        """Whether the file is Loam's to delete: those elsewhere are only forgotten."""
        return path.parent == self._folder and path.is_file()

    def delete(self, path: Path, at_once: bool = False) -> Deleted:
        """Take a model away, for good or so that it can be had back for a day. Errors: BadInput
        for a file elsewhere, MissingFile, StoreError."""
        if path.parent != self._folder:
            problem = f"{path} is not in Loam's folder; Loam only forgets it."
            raise BadInput(problem=problem)
        files = self.files_of(path)
        size = sum(file.stat().st_size for file in files)
        self._let_go(path)
        now = time.time()
        place = self._deleted / f"{int(now * 1000)}-{path.stem}"
        try:
            place.mkdir(parents=True, mode=0o700)
            told = asdict(self._notes.get(path))
            (place / "note.json").write_text(json.dumps(told), encoding="utf-8")
            # The last part first: without it the model is not whole, and is not listed.
            for file in reversed(files):
                os.replace(file, place / file.name)
            if at_once:
                shutil.rmtree(place)
        except OSError as error:
            raise StoreError.of(error, self._folder) from error
        self._notes.put(path, Note())
        self._models.forget(path)
        return Deleted(place.name, path.stem, size, 0.0 if at_once else now + _KEPT_S)

    def deleted(self) -> Sequence[Deleted]:
        """What can be had back, the newest first; what has waited long enough goes now."""
        found = []
        for place in sorted(self._deleted.glob("*-*"), reverse=True):
            stamp, _, name = place.name.partition("-")
            if not stamp.isdigit():
                continue
            until = int(stamp) / 1000 + _KEPT_S
            if until < time.time():
                shutil.rmtree(place, ignore_errors=True)
                continue
            size = sum(file.stat().st_size for file in place.glob("*.gguf"))
            found.append(Deleted(place.name, name, size, until))
        return found

    def restore(self, identifier: str) -> Path:
        """Have a deleted model back; gives its path. Errors: NotFound, BadInput when its name is
        taken by now, StoreError."""
        known = {each.id for each in self.deleted()}
        if identifier not in known:
            raise NotFound(thing=f"The deleted model {identifier}")
        place = self._deleted / identifier
        files = sorted(place.glob("*.gguf"))
        if not files:
            raise NotFound(thing=f"The deleted model {identifier}")
        for file in files:
            if (self._folder / file.name).exists():
                raise BadInput(problem=f"There is a model file {file.name} already.")
        path = self._folder / files[0].name
        try:
            for file in reversed(files):
                os.replace(file, self._folder / file.name)
            self._notes.put(path, _told(place / "note.json"))
            shutil.rmtree(place)
        except OSError as error:
            raise StoreError.of(error, self._folder) from error
        sync_folder(self._folder)
        return path

    def convert(
        self, source: Path, type_name: str, text: str = "", cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Write a model again as another type into the profile's folder, and say what that cost.
        text: what both are measured on, by default the one that comes with Loam. Progress, at
        last Converted. Errors: BadInput, those of the engine, Cancelled."""
        cancel = cancel or Cancel()
        type_name = type_name.upper()
        target = self._folder / converted_name(source, type_name)
        if target.exists():
            raise BadInput(problem=f"There is a model file {target.name} already.")
        text = text or (paths.resources() / "calibration.txt").read_text(encoding="utf-8")
        measured: list[float] = []
        yield from self._measure(source, text, cancel, measured)
        yield from self._engine.stream(Quantize(str(source), str(target), type_name), cancel)
        if cancel.is_set() or not target.is_file():
            raise Cancelled
        try:
            yield from self._measure(target, text, cancel, measured)
        except LoamError:
            # What nobody has measured is not kept: it would look like any other model.
            target.unlink(missing_ok=True)
            raise
        yield Converted(str(target), measured[0], measured[1])

    def _measure(
        self, model: Path, text: str, cancel: Cancel, measured: list[float]
    ) -> Iterator[object]:
        for event in self._engine.stream(Perplexity(str(model), text), cancel):
            if isinstance(event, Measured):
                measured.append(event.perplexity)
                return
            yield event
        raise Cancelled

    def _let_go(self, path: Path) -> None:
        """A loaded model keeps its file open, and on some systems an open file can't be moved."""
        loaded = self._models.loaded()
        if loaded is not None and loaded.info.path == str(path):
            self._engine.ask(Unload())


def converted_name(source: Path, type_name: str) -> str:
    """The file name of a model that is written again: the type at its end replaced."""
    stem = re.sub(r"-\d{5}-of-\d{5}$", "", source.stem)
    return f"{_TYPE_AT_END.sub('', stem)}-{type_name}.gguf"


def _blocks(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                yield block
    except OSError as error:
        raise StoreError.of(error, file.parent) from error


def _told(file: Path) -> Note:
    try:
        return note_of(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        _log.warning("The note on a deleted model could not be read: %r", error)
        return Note()
