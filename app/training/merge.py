"""Works an adapter into the weights of its base: a new model that needs no adapter.

The base is written out in F32, the changed matrices are added to in the file, and the result is
written again in the type wanted. Needs the disk for the F32 copy meanwhile, little memory.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.core.errors import BadAdapter, Cancelled, StoreError
from app.core.files import sync_folder
from app.core.messages import MergeAdapter, Merged, Progress, Quantize
from app.core.types import AdapterInfo
from app.engine import adapter_header, hashes
from app.engine.quantize import quantize
from app.training import base, weights
from app.training.config import TrainingConfig
from app.training.preparing import chat_model


def merge(
    request: MergeAdapter, config: TrainingConfig, cancelled: Callable[[], bool]
) -> Iterator[Progress | Merged]:
    """Progress, at last Merged (not when cancelled). Errors: BadAdapter, BadInput, StoreError,
    ModelError tree."""
    info = chat_model(request.model)
    adapter = adapter_header.inspect(request.adapter.path)
    try:
        yield from hashes.told(Path(info.path), cancelled)
    except Cancelled:
        return
    adapter_header.check_base(adapter, info.architecture, hashes.content_hash(Path(info.path)))
    target = Path(request.target)
    with _scratch(target.parent, base.copy_bytes(info)) as whole:
        # In other programs, too, it must not go by the name of its base.
        floats = Quantize(info.path, str(whole), "F32", target.stem)
        for event in quantize(floats, cancelled, config.logs):
            yield Progress("Writing the model", event.done, event.total, event.unit)
        if cancelled():
            return
        try:
            for done, total in _add(whole, adapter, request.adapter.scale):
                if cancelled():
                    return
                yield Progress("Adding the adapter", done, total, "weights")
        except OSError as error:
            raise StoreError.of(error, target.parent) from error
        if request.type == "F32":
            os.replace(whole, target)
            sync_folder(target.parent)
        else:
            again = Quantize(str(whole), str(target), request.type)
            for event in quantize(again, cancelled, config.logs):
                yield Progress("Writing the merged model", event.done, event.total, event.unit)
            if cancelled():
                return
    yield Merged(str(target))


def _add(whole: Path, adapter: AdapterInfo, scale: float) -> Iterator[tuple[int, int]]:
    """Add scale * alpha / rank * B A to each matrix of an F32 file that the adapter changes."""
    matrices = weights.stored(whole)
    path = Path(adapter.path)
    parts = weights.stored(path)
    names = [name.removesuffix(".lora_a") for name in parts if name.endswith(".lora_a")]
    for done, name in enumerate(names, 1):
        matrix = matrices.get(name)
        if matrix is None or f"{name}.lora_b" not in parts:
            raise BadAdapter(path=path, reason=f"the model has no {name}")
        a = weights.floats(path, parts[f"{name}.lora_a"])
        b = weights.floats(path, parts[f"{name}.lora_b"])
        if matrix.shape != (b.shape[0], a.shape[1]) or a.shape[0] != b.shape[1]:
            raise BadAdapter(path=path, reason=f"{name} has another shape")
        factor = np.float32(scale * (adapter.alpha / a.shape[0] if adapter.alpha else 1.0))
        stored = weights.mapped(whole, matrix)
        stored += factor * (b @ a)
        stored.flush()
        yield done, len(names)


@contextlib.contextmanager
def _scratch(folder: Path, size: int) -> Iterator[Path]:
    """A place for the F32 copy beside the target. Errors: StoreError when the disk is too full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < size:
            reason = f"{size / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free"
            raise StoreError(reason=reason, path=folder)
        place = Path(tempfile.mkdtemp(dir=folder, prefix=".merge."))
    except OSError as error:
        raise StoreError.of(error, folder) from error
    try:
        yield place / "whole.gguf"
    finally:
        shutil.rmtree(place, ignore_errors=True)
