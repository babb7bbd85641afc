"""The values of a run that predicted the held-out rows best so far, beside its checkpoints.

They are no checkpoint: nothing goes on from them. A file that can't be read counts as none.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.errors import StoreError
from app.core.files import sync_folder
from app.training.optimizer import Floats

_NAME = "best.npz"


@dataclass(frozen=True, slots=True)
class Best:
    """values: the adapter's, after `step` updates; loss: on the held-out rows then."""

    step: int
    loss: float
    values: Floats


def save(folder: Path, best: Best) -> None:
    """Take the place of the one before; whole or not at all. Errors: StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".best.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez(file, step=best.step, loss=best.loss, values=best.values)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, folder / _NAME)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError.of(error, folder) from error
    sync_folder(folder)


def load(folder: Path, size: int, steps: int) -> Best | None:
    """The best of a run with `size` values that goes to `steps` updates; None when none is kept."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        with (folder / _NAME).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            found = Best(
                int(file["step"]), float(file["loss"]), np.asarray(file["values"], np.float32)
            )
        if found.values.shape == (size,) and 0 < found.step <= steps and found.loss >= 0:
            return found
    return None
