"""Writes a model of random weights, a few hundred KB: the real graph of a llama model in small.

The self-test trains on it before a person's model is touched. Its words are single bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the model. heads must divide width; kv_heads must divide heads; tied: words are
    read and written by one matrix."""

    layers: int = 2
    width: int = 64
    hidden: int = 96
    heads: int = 4
    kv_heads: int = 2
    context: int = 1024
    tied: bool = False


def write(
    path: Path,
    seed: int = 0,
    shape: Shape | None = None,
    architecture: str = "llama",
    template: str = "",
) -> None:
    """Write the model; the same seed gives the same file. architecture: any that has llama's
    weights; template: for chats, empty for a base model. Errors: OSError."""
    s = shape or Shape()
    numbers = np.random.default_rng(seed)
    words = [f"<0x{byte:02X}>" for byte in range(256)]
    tokens = ["<unk>", "<s>", "</s>", *words]
    writer = gguf.GGUFWriter(str(path), architecture)
    writer.add_name("tiny")
    writer.add_context_length(s.context)
    writer.add_embedding_length(s.width)
    writer.add_block_count(s.layers)
    writer.add_feed_forward_length(s.hidden)
    writer.add_head_count(s.heads)
    writer.add_head_count_kv(s.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(s.width // s.heads)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([token.encode() for token in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    kinds = gguf.TokenType
    writer.add_token_types([kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    if template:
        writer.add_chat_template(template)

    def matrix(name: str, rows: int, columns: int, gain: float = 1.0) -> None:
        values = numbers.standard_normal((rows, columns)) * (gain / np.sqrt(columns))
        writer.add_tensor(name, values.astype(np.float32))

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(s.width, np.float32))

    matrix("token_embd.weight", len(tokens), s.width, gain=float(np.sqrt(s.width)))
    key_width = s.width // s.heads * s.kv_heads
    for layer in range(s.layers):
        block = f"blk.{layer}."
        norm(block + "attn_norm.weight")
        matrix(block + "attn_q.weight", s.width, s.width)
        matrix(block + "attn_k.weight", key_width, s.width)
        matrix(block + "attn_v.weight", key_width, s.width)
        matrix(block + "attn_output.weight", s.width, s.width)
        norm(block + "ffn_norm.weight")
        matrix(block + "ffn_gate.weight", s.hidden, s.width)
        matrix(block + "ffn_up.weight", s.hidden, s.width)
        matrix(block + "ffn_down.weight", s.width, s.hidden)
    norm("output_norm.weight")
    if not s.tied:
        matrix("output.weight", len(tokens), s.width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
