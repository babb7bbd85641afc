"""What the index is asked about embedding models, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.embedders import EmbedderState


@dataclass(frozen=True, slots=True)
class LookAtEmbedder:
    """How far the library is with the embedding model at `place` ('': the default one). measured:
    try it on some passages, so that a time can be told. Events: one EmbedderSeen; a model that
    can't be used is told in it."""

    place: str
    measured: bool = False


@dataclass(frozen=True, slots=True)
class UseEmbedder:
    """Build the library's vectors with the embedding model at `place` from the texts that it
    holds, then answer with them; until then the vectors before answer. Stopped or killed, it goes
    on where it was when asked again. Events: Progress (unit 'passages'), at last one EmbedderSeen.
    Errors: NoEmbedder, and BadInput while another one is at work."""

    place: str


@dataclass(frozen=True, slots=True)
class EmbedderSeen:
    state: EmbedderState
