"""Model files of real sizes that take no room: true headers over weights that are all hole."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

F16, F32, Q8_0, Q4_K = 1, 0, 8, 12
_BYTES = {F16: (1, 2), F32: (1, 4), Q8_0: (32, 34), Q4_K: (256, 144)}


@dataclass(frozen=True)
class Recipe:
    """A model's configuration. used, experts and expert_hidden are of mixtures; post: has norms
    after attention and feed-forward; qk_norm: norms of queries and keys; bias: of q, k and v."""

    architecture: str
    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    head: int
    words: int
    context: int = 32768
    tied: bool = False
    fused: bool = False
    bias: bool = False
    qk_norm: bool = False
    post: bool = False
    experts: int = 0
    used: int = 0
    expert_hidden: int = 0
    window: int = 0


REAL = {
    "llama 3.1 8B": Recipe("llama", 32, 4096, 14336, 32, 8, 128, 128256),
    "llama 3.2 1B": Recipe("llama", 16, 2048, 8192, 32, 8, 64, 128256, tied=True),
    "llama 3.3 70B": Recipe("llama", 80, 8192, 28672, 64, 8, 128, 128256),
    "mistral nemo": Recipe("llama", 40, 5120, 14336, 32, 8, 128, 131072),
    "qwen2.5 7B": Recipe("qwen2", 28, 3584, 18944, 28, 4, 128, 152064, bias=True),
    "qwen3 4B": Recipe("qwen3", 36, 2560, 9728, 32, 8, 128, 151936, tied=True, qk_norm=True),
    "qwen3 30B A3B": Recipe(
        "qwen3moe", 48, 2048, 6144, 32, 4, 128, 151936,
        qk_norm=True, experts=128, used=8, expert_hidden=768,
    ),
    "gemma 2 9B": Recipe(
        "gemma2", 42, 3584, 14336, 16, 8, 256, 256000, context=8192, tied=True, post=True,
        window=4096,
    ),
    "gemma 3 4B": Recipe(
        "gemma3", 34, 2560, 10240, 8, 4, 256, 262144, tied=True, post=True, qk_norm=True,
        window=1024,
    ),
    "phi 3.5 mini": Recipe("phi3", 32, 3072, 8192, 32, 32, 96, 32064, fused=True),
    "smollm2 1.7B": Recipe("llama", 24, 2048, 8192, 32, 32, 64, 49152, context=8192, tied=True),
}  # fmt: skip

_SMALL = Recipe("llama", 8, 2048, 5632, 16, 8, 128, 100_000)
OTHERS = {
    name: replace(_SMALL, architecture=name)
    for name in (
        "internlm2", "exaone", "minicpm", "mistral3", "ernie4_5", "xverse", "deci", "smollm3",
        "refact",
    )
} | {
    "baichuan": replace(_SMALL, architecture="baichuan", kv_heads=16),
    "gemma": replace(_SMALL, architecture="gemma", heads=8, kv_heads=1, head=256, tied=True),
    "hunyuan": replace(_SMALL, architecture="hunyuan-dense", qk_norm=True),
}  # fmt: skip
"""Architectures of their own, in one small size: with REAL, 19 in all."""


def write(path: Path, recipe: Recipe, weights: int = Q4_K) -> Path:
    """Write the file. weights: the type of all matrices."""
    tensors = _tensors(recipe, weights)
    pairs = _pairs(recipe)
    offset, infos = 0, []
    for name, dimensions, kind in tensors:
        block, size = _BYTES[kind]
        shape = struct.pack(f"<{len(dimensions)}Q", *dimensions)
        infos.append(
            _text(name) + struct.pack("<I", len(dimensions)) + shape
            + struct.pack("<IQ", kind, offset)
        )  # fmt: skip
        elements = 1
        for each in dimensions:
            elements *= each
        offset += -(-(elements // block * size) // 32) * 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    head += b"".join(pairs) + b"".join(infos)
    path.write_bytes(head)
    os.truncate(path, -(-len(head) // 32) * 32 + offset)
    return path


def _tensors(r: Recipe, kind: int) -> Sequence[tuple[str, tuple[int, ...], int]]:
    made: list[tuple[str, tuple[int, ...], int]] = []
    queries, keys = r.heads * r.head, r.kv_heads * r.head
    made.append(("token_embd.weight", (r.width, r.words), kind))
    made.append(("output_norm.weight", (r.width,), F32))
    if not r.tied:
        made.append(("output.weight", (r.width, r.words), kind))
    for n in range(r.layers):
        layer: list[tuple[str, tuple[int, ...], int]] = [("attn_norm", (r.width,), F32)]
        if r.fused:
            layer.append(("attn_qkv", (r.width, queries + 2 * keys), kind))
            layer.append(("ffn_up", (r.width, 2 * r.hidden), kind))
        else:
            layer += [
                ("attn_q", (r.width, queries), kind),
                ("attn_k", (r.width, keys), kind),
                ("attn_v", (r.width, keys), kind),
            ]
        if r.experts:
            layer += [
                ("ffn_gate_inp", (r.width, r.experts), F32),
                ("ffn_gate_exps", (r.width, r.expert_hidden, r.experts), kind),
                ("ffn_up_exps", (r.width, r.expert_hidden, r.experts), kind),
                ("ffn_down_exps", (r.expert_hidden, r.width, r.experts), kind),
            ]
        else:
            if not r.fused:
                layer.append(("ffn_gate", (r.width, r.hidden), kind))
                layer.append(("ffn_up", (r.width, r.hidden), kind))
            layer.append(("ffn_down", (r.hidden, r.width), kind))
        layer += [("attn_output", (queries, r.width), kind), ("ffn_norm", (r.width,), F32)]
        if r.qk_norm:
            layer += [("attn_q_norm", (r.head,), F32), ("attn_k_norm", (r.head,), F32)]
        if r.post:
            layer += [
                ("post_attention_norm", (r.width,), F32),
                ("post_ffw_norm", (r.width,), F32),
            ]
        made += [(f"blk.{n}.{name}.weight", shape, t) for name, shape, t in layer]
        if r.bias:
            made += [
                (f"blk.{n}.attn_q.bias", (queries,), F32),
                (f"blk.{n}.attn_k.bias", (keys,), F32),
                (f"blk.{n}.attn_v.bias", (keys,), F32),
            ]
    return made


def _pairs(r: Recipe) -> list[bytes]:
    texts = {"general.architecture": r.architecture, "tokenizer.ggml.model": "no_vocab"}
    numbers = {
        "vocab_size": r.words,
        "context_length": r.context,
        "embedding_length": r.width,
        "block_count": r.layers,
        "feed_forward_length": r.hidden,
        "attention.head_count": r.heads,
        "attention.head_count_kv": r.kv_heads,
        "attention.key_length": r.head,
        "attention.value_length": r.head,
        "rope.dimension_count": r.head,
        "attention.sliding_window": r.window,
        "expert_count": r.experts,
        "expert_used_count": r.used,
        "expert_feed_forward_length": r.expert_hidden,
    }
    floats = {"attention.layer_norm_rms_epsilon": 1e-5}
    made = [_text(key) + struct.pack("<I", 8) + _text(value) for key, value in texts.items()]
    made += [
        _text(f"{r.architecture}.{key}") + struct.pack("<II", 4, value)
        for key, value in numbers.items()
        if value
    ]
    made += [
        _text(f"{r.architecture}.{key}") + struct.pack("<If", 6, value)
        for key, value in floats.items()
    ]
    return made


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()
