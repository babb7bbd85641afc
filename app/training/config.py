"""What the training child is told at its start. Imports nothing heavy: the window loads this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """logs: folder for the logs of the child's own children; cache: folder for F32 copies of base
    models and the result of the self-test, both of which can be made again;
    hashes: file of the hashes of models, None: not kept."""

    logs: Path
    cache: Path
    hashes: Path | None = None
