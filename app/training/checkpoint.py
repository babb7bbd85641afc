"""Checkpoints: all that a run needs to go on exactly where it was.

One uncompressed npz file each: the adapter's values, AdamW's two moments, and a JSON text with the
step, what was trained on what, and the curve so far. The order of rows follows from the seed and
the step, so no state of random numbers is kept. The last two are kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import CannotResume, MissingFile, StoreError
from app.core.files import sync_folder
from app.training.optimizer import AdamW, Floats

_NAME = re.compile(r"checkpoint-([0-9]{8})\.npz")
_KEPT = 2
_VERSION = 1
FULL_PRECISION = "full precision"
"""In an identity: whether the trainer had F32 weights. What goes on has the same if it can."""


@dataclass(frozen=True, slots=True)
class Saved:
    """identity: what must be the same in the run that goes on; curve: JSON values by step."""

    values: Floats
    m: Floats
    v: Floats
    step: int
    identity: dict[str, Any]
    curve: dict[str, Any]


def save(folder: Path, optimizer: AdamW, identity: dict[str, Any], curve: dict[str, Any]) -> Path:
    """Write a checkpoint; it is whole or absent. Errors: StoreError."""
    path = folder / f"checkpoint-{optimizer.step:08d}.npz"
    about = {"version": _VERSION, "step": optimizer.step, "identity": identity, "curve": curve}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".checkpoint.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez(file, about=text, values=optimizer.values, m=optimizer.m, v=optimizer.v)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError.of(error, folder) from error
    sync_folder(folder)
    for old in found(folder)[:-_KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()
    return path


def found(folder: Path) -> list[Path]:
    """Checkpoints in a folder, the latest last."""
    try:
        names = sorted(p.name for p in folder.iterdir() if _NAME.fullmatch(p.name))
    except OSError:
        return []
    return [folder / name for name in names]


def load(path: Path) -> Saved:
    """Errors: MissingFile, CannotResume."""
    if not path.is_file():
        raise MissingFile(path=path)
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(file["about"].tobytes())
            arrays = [np.asarray(file[name], np.float32) for name in ("values", "m", "v")]
        if about["version"] != _VERSION:
            raise CannotResume(path=path, reason="it was written by another version of Loam")
        if len({array.shape for array in arrays}) != 1 or arrays[0].ndim != 1:
            raise ValueError("shapes differ")
        values, m, v = arrays
        return Saved(values, m, v, int(about["step"]), about["identity"], about["curve"])
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise CannotResume(repr(error), path=path, reason="the file is damaged") from None


def had_full_precision(path: Path) -> bool | None:
    """Whether the run of a checkpoint trained on F32 weights; None where it doesn't say. Errors: as
    `load`."""
    found = load(path).identity.get(FULL_PRECISION)
    return found if isinstance(found, bool) else None
