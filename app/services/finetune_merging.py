"""Working an adapter into a model: a new GGUF file that needs no adapter, among the models."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import BadInput, StoreError
from app.core.messages import MergeAdapter, Progress
from app.core.process import Cancel, WorkerProcess
from app.core.types import AdapterUse
from app.engine import header
from app.services.lent import Lent

TYPES = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "F16", "F32")
"""What a merged model can be written as, the truest of the small ones first."""

_BITS = {"Q8_0": 8.5, "Q6_K": 6.6, "Q5_K_M": 5.7, "Q4_K_M": 4.9, "Q4_0": 4.6, "F16": 16, "F32": 32}
_SPARE = 1.05
# Where each part of the work begins and ends, as shares of the whole.
_PARTS = {
    "Writing the model": (0.0, 0.4),
    "Adding the adapter": (0.4, 0.5),
    "Writing the merged model": (0.5, 1.0),
}
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on the disk: result: of the merged model, needed: while it is made, free: now."""

    result: int
    needed: int
    free: int

    @property
    def enough(self) -> bool:
        """Whether the disk has room for it."""
        return self.needed <= self.free


class MergeService:
    """Writes merged models into the profile's folder of models."""

    def __init__(self, merging: WorkerProcess, folder: Path) -> None:
        self._merging = Lent(merging)
        self._folder = folder

    def room(self, model: str, type_name: str) -> Room:
        """What a merge needs. Errors: MissingFile, NotAModel, BadInput, OSError."""
        parameters = header.inspect(model).parameters
        result = int(parameters * _BITS[_known(type_name)] / 8 * _SPARE)
        whole = int(parameters * 4 * _SPARE)
        needed = whole if type_name == "F32" else whole + result
        return Room(result, needed, shutil.disk_usage(self._folder).free)

    def target(self, name: str) -> Path:
        """Where a merged model of this name goes. Errors: BadInput when the name can't be one or
        is taken."""
        stem = _UNFIT.sub(" ", name).strip(" .")[:120].removesuffix(".gguf")
        if not stem:
            raise BadInput(problem="The new model needs a name.")
        target = self._folder / f"{stem}.gguf"
        if target.exists():
            raise BadInput(problem=f"There is a model called {stem} already; choose another name.")
        return target

    def merge(
        self,
        model: str,
        adapter: AdapterUse,
        name: str,
        type_name: str,
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        """Progress, at last Merged (not when cancelled). Errors: BadInput, BadAdapter, StoreError,
        ModelError tree."""
        target, room = self.target(name), self.room(model, type_name)
        if not room.enough:
            reason = f"{room.needed / 1e9:.1f} GB are needed, {room.free / 1e9:.1f} GB are free"
            raise StoreError(reason=reason, path=self._folder)
        request = MergeAdapter(model, adapter, str(target), type_name)
        yield Progress("Starting", 0, 0)
        with self._merging.out() as process:
            for event in process.stream(request, cancel):
                if isinstance(event, Progress) and event.what in _PARTS:
                    begin, end = _PARTS[event.what]
                    event = replace(event, share=begin + (end - begin) * event.fraction)
                yield event


def _known(type_name: str) -> str:
    if type_name not in TYPES:
        raise BadInput(problem=f"There is no type {type_name}; choose from {', '.join(TYPES)}.")
    return type_name
