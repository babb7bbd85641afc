"""How much memory a model will need, from its shape: weights, context, and what is being computed.

The formula follows what llama.cpp reports; `tests/engine/test_plan.py` holds it against that. It
is right for layers that attend; running states (Mamba and its kin) are small and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.shape import Shape

BATCH = 256
"""Tokens computed at once, as `decoder.py` asks for."""
CACHE_BYTES = 2.0
"""Bytes of a number in the context's memory (F16)."""
_PAD = 256  # llama.cpp keeps contexts of a multiple of this
_FLOAT = 4


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes, by what they are for."""

    weights: int
    context: int
    compute: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.context + self.compute


def need(shape: Shape, context: int, batch: int = BATCH, cache_bytes: float = CACHE_BYTES) -> Need:
    """What a model needs on one device that holds all of it."""
    kept = sum(context_bytes(shape, layer, context, cache_bytes) for layer in range(len(shape.kv)))
    return Need(shape.weights, kept, compute_bytes(shape, context, batch))


def context_bytes(shape: Shape, layer: int, context: int, cache_bytes: float = CACHE_BYTES) -> int:
    """What a layer keeps of a full context."""
    return round(shape.kv[layer] * padded(context) * cache_bytes)


def compute_bytes(shape: Shape, context: int, batch: int = BATCH) -> int:
    """What the largest step of the computation holds at once: the middle of a layer, or the
    probabilities of all words."""
    tokens = batch * _FLOAT
    mask = padded(context) * batch * 2
    layer = (3 * shape.hidden + 4 * shape.width) * tokens + mask
    words = (shape.vocabulary + 2 * shape.width) * tokens
    return max(layer, words)


def padded(context: int) -> int:
    """A context length as llama.cpp rounds it."""
    return -(-context // _PAD) * _PAD
