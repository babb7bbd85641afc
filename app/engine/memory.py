"""How much memory a model will need, from its shape: weights, context, and what is being computed.

The formula follows what llama.cpp reports; `tests/engine/test_plan.py` holds it against that. It
is right for layers that attend; running states (Mamba and its kin) are small and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.types import LoadOptions
from app.engine.shape import Shape

CACHE_BYTES = {"f32": 4.0, "f16": 2.0, "bf16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""Bytes of a number in the context's memory, by the type it is kept as."""
DEFAULT = LoadOptions()
_PAD = 256  # llama.cpp keeps contexts of a multiple of this
_FLOAT = 4
_WIDTHS = 5.5
"""Rows of a model's width that are held beside the scores of plain attention; measured."""


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


def need(shape: Shape, context: int, options: LoadOptions = DEFAULT) -> Need:
    """What a model needs on one device that holds all of it."""
    kept = sum(context_bytes(shape, layer, context, options) for layer in range(len(shape.kv)))
    return Need(shape.weights, kept, compute_bytes(shape, context, options))


def context_bytes(shape: Shape, layer: int, context: int, options: LoadOptions = DEFAULT) -> int:
    """What a layer keeps of a full context; keys and values count as equally wide."""
    kinds = (options.cache_keys, options.cache_values)
    each = sum(CACHE_BYTES.get(kind, 2.0) for kind in kinds) / 2
    return round(shape.kv[layer] * padded(context) * each)


def compute_bytes(shape: Shape, context: int, options: LoadOptions = DEFAULT) -> int:
    """What the largest step of the computation holds at once: the middle of a layer, the
    probabilities of all words, or without flash attention the scores of all heads."""
    batch = min(options.micro_batch or options.batch, padded(context))
    tokens = batch * _FLOAT
    mask = padded(context) * batch * 2
    layer = (3 * shape.hidden + 4 * shape.width) * tokens + mask
    words = (shape.vocabulary + 2 * shape.width) * tokens
    scores = 0
    if options.flash_attention == "off":
        scores = round(((shape.heads + 1) * padded(context) + _WIDTHS * shape.width) * tokens)
    return max(layer, words, scores)


def padded(context: int) -> int:
    """A context length as llama.cpp rounds it."""
    return -(-context // _PAD) * _PAD
