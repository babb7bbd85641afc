"""Which weights the trainer gets: an F32 copy of the base, or the file itself.

A quantised weight is unpacked for each use, so an F32 copy is a little faster, and it is what other
trainers compute with. Copies are kept by the content of the base, two at most.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import StoreError
from app.core.messages import Progress, Quantize
from app.core.types import ModelInfo
from app.engine.hashes import content_hash
from app.engine.quantize import quantize

_KEPT = 2
_SPARE = 1.05  # how much larger than its weights a file may be


@dataclass(frozen=True, slots=True)
class Choice:
    """full_precision: an F32 copy is used (or the model is F32 by itself)."""

    full_precision: bool
    reason: str


def copy_bytes(info: ModelInfo) -> int:
    """Size of the F32 copy."""
    return int(info.parameters * 4 * _SPARE)


def choose(info: ModelInfo, cache: Path, working: int, free: int) -> Choice:
    """working: bytes that a run needs besides weights; free: bytes of memory available."""
    if info.quantization == "F32":
        return Choice(True, "The model's weights are F32 already.")
    needed = copy_bytes(info) + working
    if needed > free:
        return Choice(
            False,
            "The model is used as it is, a little slower: an unpacked copy (F32) needs"
            f" {_gb(needed)} of memory, and {_gb(free)} are free.",
        )
    if not _copy_of(info, cache).exists():
        disk = _disk_free(cache)
        if copy_bytes(info) > disk:
            return Choice(
                False,
                "The model is used as it is, a little slower: an unpacked copy (F32) needs"
                f" {_gb(copy_bytes(info))} on the disk, and {_gb(disk)} are free.",
            )
    return Choice(
        True, f"An unpacked copy of the model (F32) is used, the fastest way ({_gb(needed)})."
    )


def as_before(choice: Choice, before: bool | None) -> Choice:
    """The choice for a run that goes on: what it had (None: nothing is known), where that can be.
    Losses then stay those of an unbroken run; where they may not, the reason says so."""
    if before is None or before == choice.full_precision:
        return choice
    if not before:
        return Choice(False, "The model is used as it is, as before the break.")
    return Choice(
        False,
        f"{choice.reason} Before the break there was one, so losses may differ a little from"
        " those of an unbroken run.",
    )


def prepare(
    info: ModelInfo, cache: Path, logs: Path, cancelled: Callable[[], bool]
) -> Iterator[Progress | Path]:
    """Make the F32 copy unless it is there; at last its path. Errors: as the engine's quantize;
    Stops without a path when cancelled."""
    if info.quantization == "F32":
        yield Path(info.path)
        return
    copy = _copy_of(info, cache)
    if not copy.exists():
        try:
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError.of(error, cache) from error
        _forget_old(cache, _KEPT - 1)
        for event in quantize(Quantize(info.path, str(copy), "F32"), cancelled, logs):
            yield Progress("Preparing the model", event.done, event.total, event.unit)
    if copy.exists():
        # The age of a copy is its last use.
        with contextlib.suppress(OSError):
            os.utime(copy)
        yield copy


def _copy_of(info: ModelInfo, cache: Path) -> Path:
    return cache / f"{content_hash(Path(info.path))}-F32.gguf"


def _forget_old(cache: Path, keep: int) -> None:
    copies = sorted(cache.glob("*-F32.gguf"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in copies[keep:]:
        with contextlib.suppress(OSError):
            old.unlink()


def _disk_free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _gb(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
