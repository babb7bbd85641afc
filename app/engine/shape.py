"""The sizes in a model that decide about memory, read from its header. Nothing native.

Widths of keys and values are taken from the weights where they show them: they are right for
layers that differ from each other, which the metadata gives as lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.engine import attention, header
from app.engine.header import Tensor

_BLOCK = re.compile(r"blk\.(\d+)\.(.+)")
_MOST_LAYERS = 4096


@dataclass(frozen=True, slots=True)
class Shape:
    """layers: bytes of each layer's weights; kv: numbers that a token keeps in each layer (keys
    and values). input_bytes stay in main memory always; output_bytes come with the last layer.
    width, hidden, vocabulary: numbers a token has in the course of the computation; hidden counts
    all experts that are asked at once. active_bytes: weights that are read for one token.
    plain_heads: as `attention.plain_heads` says."""

    layers: tuple[int, ...]
    kv: tuple[int, ...]
    input_bytes: int
    output_bytes: int
    width: int
    hidden: int
    vocabulary: int
    heads: int
    context_trained: int
    active_bytes: int
    tied: bool = False
    plain_heads: int = 0

    @property
    def weights(self) -> int:
        """Bytes of all weights; a table that is used twice is there once."""
        return sum(self.layers) + self.input_bytes + (0 if self.tied else self.output_bytes)


def read(path: str) -> Shape:
    """Errors: MissingFile, NotAModel."""
    headers = header.read_all(path)
    tensors = [tensor for each in headers for tensor in each.weights]
    words = headers[0].arrays.get("tokenizer.ggml.tokens", 0)
    return of(headers[0].values, tensors, words)


def of(values: Mapping[str, Any], tensors: Iterable[Tensor], words: int = 0) -> Shape:
    """The shape that metadata and weights describe. words: length of the vocabulary."""
    architecture = str(values.get("general.architecture", ""))

    def number(key: str, default: int = 0) -> int:
        value = values.get(f"{architecture}.{key}", default)
        return value if type(value) is int and 0 < value < 1 << 32 else default

    def figure(key: str) -> float:
        value = values.get(f"{architecture}.{key}", 0)
        return float(value) if isinstance(value, int | float) and -1e9 < value < 1e9 else 0.0

    blocks: dict[int, dict[str, Tensor]] = {}
    rest: dict[str, Tensor] = {}
    for tensor in tensors:
        match = _BLOCK.fullmatch(tensor.name)
        if match and int(match[1]) < _MOST_LAYERS:
            blocks.setdefault(int(match[1]), {})[match[2]] = tensor
        else:
            rest[tensor.name] = tensor
    count = max(blocks, default=-1) + 1
    parts = [blocks.get(index, {}) for index in range(count)]
    layers = tuple(sum(t.size_bytes for t in part.values()) for part in parts)
    width = number("embedding_length")
    heads = number("attention.head_count", 1)
    head = number("attention.key_length", width // heads)
    by_metadata = number("attention.head_count_kv", heads) * (
        head + number("attention.value_length", head)
    )
    words = number("vocab_size", words) or _last(rest.get("token_embd.weight"))
    entry = rest.get("token_embd.weight")
    output = rest.get("output.weight")
    entry_bytes = entry.size_bytes if entry else 0
    others = sum(t.size_bytes for t in rest.values()) - entry_bytes
    experts, used = number("expert_count"), number("expert_used_count")
    expert_bytes = sum(
        t.size_bytes for part in parts for name, t in part.items() if "_exps" in name
    )
    idle = expert_bytes * (1 - used / experts) if experts and used else 0
    return Shape(
        layers=layers,
        kv=tuple(_kept(part, by_metadata) for part in parts),
        input_bytes=entry_bytes,
        # Where words are read and written by one table, the output has a copy of it on a card.
        output_bytes=others if output else others + entry_bytes,
        width=width,
        hidden=max(number("feed_forward_length"), number("expert_feed_forward_length") * used),
        vocabulary=words,
        heads=heads,
        context_trained=number("context_length"),
        active_bytes=round(sum(layers) - idle) + (others if output else others + entry_bytes),
        tied=output is None,
        plain_heads=attention.plain_heads(figure),
    )


def scaled(found: Shape, by: float) -> Shape:
    """The same model in a file so many times as large: its numbers are kept finer or coarser."""
    return replace(
        found,
        layers=tuple(round(each * by) for each in found.layers),
        input_bytes=round(found.input_bytes * by),
        output_bytes=round(found.output_bytes * by),
        active_bytes=round(found.active_bytes * by),
    )


def _kept(part: Mapping[str, Tensor], by_metadata: int) -> int:
    """Numbers that a token keeps in a layer."""
    if "attn_kv_a_mqa.weight" in part:  # keys and values are made again from one short row
        return _last(part["attn_kv_a_mqa.weight"])
    if "attn_k.weight" in part:
        keys = part["attn_k.weight"]
        return _last(keys) + _last(part.get("attn_v.weight", keys))
    attends = any(name.startswith("attn_qkv") for name in part)
    # A layer that keeps a running state instead is counted as one that attends to nothing.
    return by_metadata if attends else 0


def _last(tensor: Tensor | None) -> int:
    return tensor.dimensions[-1] if tensor and len(tensor.dimensions) > 1 else 0
