"""The child that writes a model again in another type.

It is a process of its own because llama.cpp's quantisation can't be stopped and ends the process
on some broken inputs: ending this child is the way to cancel it.
"""

from __future__ import annotations

import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import BadInput, ModelError, StoreError
from app.core.files import sync_folder
from app.core.gguf_types import FILE_TYPES
from app.core.messages import Progress, Quantize
from app.engine import native
from app.engine.header import inspect
from app.engine.native import lib
from app.engine.threads import usable_cores

_NAME_BYTES = 127
_TENSOR = re.compile(r"^\[\s*(\d+)/\s*(\d+)\]")
_SPARE = 16 << 20  # bytes that must be left on the disk for a failure to be called something else


@dataclass(frozen=True, slots=True)
class Write:
    """The request, and the temporary file that becomes the target when it is whole."""

    request: Quantize
    temporary: str


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, _: object) -> None:
        native.start()

    def handle(self, write: Write, cancelled: Callable[[], bool]) -> Iterator[Progress]:
        """Progress in tensors. Errors: BadInput, MissingFile, NotAModel, ModelError,
        StoreError."""
        request, temporary = write.request, Path(write.temporary)
        numbers = {name: number for number, name in FILE_TYPES.items()}
        if request.type not in numbers:
            raise BadInput(problem=f"There is no type {request.type}.")
        inspect(request.source)
        params = lib.llama_model_quantize_default_params()
        params.ftype = numbers[request.type]
        params.nthread = usable_cores()
        params.allow_requantize = True
        # Held here: llama.cpp keeps the pointer only.
        renamed = _renamed(request.name)
        if renamed is not None:
            params.kv_overrides = renamed
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        code: list[int] = []

        def run() -> None:
            source, target = os.fsencode(request.source), os.fsencode(temporary)
            with native.listening(lines.put):
                code.append(lib.llama_model_quantize(source, target, params))
            lines.put(None)

        threading.Thread(target=run, name="quantize", daemon=True).start()
        while (line := lines.get()) is not None:
            if match := _TENSOR.match(line):
                done, total = int(match[1]), int(match[2])
                yield Progress("Preparing the model", done, total, "tensors")
        if code != [0]:
            raise _failure(request, temporary)
        _put_in_place(temporary, Path(request.target))

    def close(self) -> None:
        """Nothing is open."""


def _renamed(name: str) -> Any:
    """A list of overrides that ends with an empty one; None for no name."""
    text = name.encode()[:_NAME_BYTES].decode(errors="ignore").encode()
    if not text:
        return None
    overrides = (lib.llama_model_kv_override * 2)()
    overrides[0].tag = lib.LLAMA_KV_OVERRIDE_TYPE_STR
    overrides[0].key = b"general.name"
    overrides[0].value.val_str = text
    return overrides


def _failure(request: Quantize, temporary: Path) -> ModelError | StoreError:
    folder = os.statvfs(temporary.parent) if hasattr(os, "statvfs") else None
    if folder and folder.f_bavail * folder.f_frsize < _SPARE:
        return StoreError(native.recent_log(), reason="the disk is full", path=request.target)
    return ModelError(native.recent_log(), path=request.source)


def _put_in_place(temporary: Path, target: Path) -> None:
    try:
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise StoreError.of(error, str(target)) from error
    sync_folder(target.parent)
