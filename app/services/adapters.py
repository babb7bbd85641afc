"""The adapters that a person has: those trained here, and those added from elsewhere.

Files added are copied, they are small. Deleting moves a file aside; `restore` brings it back for 30
days.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import BadAdapter, BadInput, LoamError, MissingFile, NotFound, StoreError
from app.core.files import write_atomically
from app.core.messages import Progress
from app.core.process import Cancel
from app.core.types import AdapterInfo
from app.engine import adapter_header, hashes, header
from app.services.finetune import FinetuneService
from app.services.finetune_runs import RunState

_ASIDE = ".deleted"
_JUDGEMENT = ".judgement.json"
_KEPT_S = 30 * 86400


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether an adapter can be used with a model: why_not is empty when it can, None while that
    is not known because the model's file has to be read whole first."""

    adapter: AdapterInfo
    why_not: str | None


@dataclass(frozen=True, slots=True)
class Added:
    """An adapter was copied into the profile."""

    adapter: AdapterInfo


def is_adapter(path: str) -> bool:
    """Whether a file is an adapter, by its header."""
    try:
        adapter_header.inspect(path)
    except (LoamError, OSError):
        return False
    return True


class AdapterService:
    """The adapters of one profile. known: file of the hashes of models, None: only in memory.
    Errors of what writes: StoreError."""

    def __init__(self, folder: Path, finetune: FinetuneService, known: Path | None = None) -> None:
        hashes.remember_in(known)
        self._folder = folder
        self._finetune = finetune
        self._names: dict[tuple[str, int, int], str] = {}
        self._forget_old()

    def paths(self) -> list[Path]:
        """Adapter files, those in the profile's folder first, then those that runs wrote
        elsewhere."""
        found = sorted(self._folder.glob("*.gguf"))
        done = [run for run in self._finetune.runs() if run.state is RunState.DONE]
        found += [path for run in done if (path := Path(run.adapter)).is_file()]
        return list(dict.fromkeys(found))

    def all(self) -> list[AdapterInfo]:
        """What they say of themselves; one that can't be read is passed over."""
        found = []
        for path in self.paths():
            with contextlib.suppress(LoamError):
                found.append(adapter_header.inspect(str(path)))
        return found

    def name_of(self, path: str) -> str:
        """What an adapter is called; the name of its file when that can't be read."""
        try:
            found = Path(path).stat()
            key = (path, found.st_mtime_ns, found.st_size)
            if key not in self._names:
                self._names[key] = adapter_header.inspect(path).name
            return self._names[key]
        except (LoamError, OSError):
            return Path(path).stem

    def why_not(self, adapter: AdapterInfo, model: str) -> str:
        """Why an adapter can't be used with a model, for a person; empty when it can. Reads the
        model whole the first time. Errors: MissingFile, NotAModel, OSError."""
        own = hashes.content_hash(Path(model)) if adapter.base_sha256 else ""
        return _refusal(adapter, header.inspect(model).architecture, own)

    def fits_now(self, model: str, adapters: Sequence[AdapterInfo]) -> list[Fit]:
        """What is known at once, in the order given. Errors: as `why_not`."""
        architecture = header.inspect(model).architecture
        own = hashes.known_hash(Path(model))
        found = []
        for adapter in adapters:
            unknown = adapter.architecture == architecture and adapter.base_sha256 and not own
            found.append(Fit(adapter, None if unknown else _refusal(adapter, architecture, own)))
        return found

    def fits(
        self, model: str, adapters: Sequence[AdapterInfo], cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Progress while the model's file is read, then a Fit for each adapter (none when
        cancelled). Errors: as `why_not`."""
        if any(adapter.base_sha256 for adapter in adapters):
            for done, total in hashes.in_steps(Path(model)):
                if cancel and cancel.is_set():
                    return
                yield Progress("Checking the model", done, total, "bytes")
        yield from self.fits_now(model, adapters)

    def add(self, path: Path) -> AdapterInfo:
        """Copy an adapter into the profile. Errors: MissingFile, BadAdapter, StoreError."""
        adapter_header.inspect(str(path))
        target = self._free(path.name)
        self._copy(path, target)
        return adapter_header.inspect(str(target))

    def add_for(self, path: Path, model: str, cancel: Cancel | None = None) -> Iterator[object]:
        """Copy an adapter into the profile that is to act on a model; empty: any. Progress, at
        last Added (not when cancelled). Errors: as `add`; BadAdapter with the reason when it is
        for another model."""
        info = adapter_header.inspect(str(path))
        for event in self.fits(model, [info], cancel) if model else ():
            if not isinstance(event, Fit):
                yield event
            elif event.why_not:
                raise BadAdapter(path=path.name, reason=event.why_not)
        if not (cancel and cancel.is_set()):
            yield Added(self.add(path))

    def export(self, path: Path, target: Path) -> None:
        """Copy an adapter to where a person wants it. Errors: MissingFile, StoreError."""
        self._copy(path, target)

    def delete(self, path: Path) -> None:
        """Take an adapter away; `restore` brings it back. Errors: MissingFile, StoreError."""
        kept = self._aside(path)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, kept)
            # Its age is that of the deletion.
            os.utime(kept)
        except FileNotFoundError:
            raise MissingFile(path=path) from None
        except OSError as error:
            raise _refused(error, path) from error

    def restore(self, path: Path) -> None:
        """Undo `delete`. Errors: NotFound, BadInput when another file has its place, StoreError."""
        kept = self._aside(path)
        if not kept.is_file():
            raise NotFound(thing=f"The adapter {path.name}")
        if path.exists():
            raise BadInput(problem=f"There is another file at {path} now.")
        try:
            shutil.move(kept, path)
        except OSError as error:
            raise _refused(error, path) from error

    def judgement(self, path: Path) -> dict[str, Any] | None:
        """What was found when the adapter was judged last."""
        try:
            found = json.loads(self._beside(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def keep_judgement(self, path: Path, found: dict[str, Any]) -> None:
        """Keep what was found beside the adapter."""
        try:
            write_atomically(self._beside(path), json.dumps(found, ensure_ascii=False).encode())
        except OSError as error:
            raise _refused(error, path) from error

    def _beside(self, path: Path) -> Path:
        return path.with_name(path.name + _JUDGEMENT)

    def _aside(self, path: Path) -> Path:
        key = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
        return self._folder / _ASIDE / f"{key}-{path.name}"

    def _forget_old(self) -> None:
        for old in (self._folder / _ASIDE).glob("*"):
            with contextlib.suppress(OSError):
                if old.stat().st_mtime < time.time() - _KEPT_S:
                    old.unlink()

    def _free(self, name: str) -> Path:
        """A name in the folder that is not taken."""
        stem, suffix = Path(name).stem, Path(name).suffix
        number, target = 1, self._folder / name
        while target.exists():
            number += 1
            target = self._folder / f"{stem} {number}{suffix}"
        return target

    @staticmethod
    def _copy(path: Path, target: Path) -> None:
        try:
            write_atomically(target, path.read_bytes())
        except FileNotFoundError:
            raise MissingFile(path=path) from None
        except OSError as error:
            raise _refused(error, target) from error


def _refusal(adapter: AdapterInfo, architecture: str, base_sha256: str) -> str:
    """The reason, for a person; empty when the adapter may be used."""
    try:
        adapter_header.check_base(adapter, architecture, base_sha256)
    except BadAdapter as error:
        return error.params.get("reason", "it does not fit")
    return ""


def _refused(error: OSError, path: Path) -> StoreError:
    return StoreError.of(error, path.parent)
