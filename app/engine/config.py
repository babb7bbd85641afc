"""What the engine child is told at its start. Imports nothing heavy: the window loads this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONTEXT_DEFAULT = 4096
"""Tokens kept in mind when a spec leaves the context length open."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """logs: folder for the logs of the engine's own children; states: folder of evaluated
    conversations, None where none are kept; state_bytes: how much they may take, 0 empties it;
    paces: file of what guessing ahead was measured to bring, hashes: of the hashes of models; None:
    not kept."""

    logs: Path
    states: Path | None = None
    state_bytes: int = 0
    paces: Path | None = None
    hashes: Path | None = None
