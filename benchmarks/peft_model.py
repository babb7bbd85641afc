"""transformers' Llama with the weights of an F32 GGUF file: the other side of lora.py.

GGUF stores the rows of attn_q and attn_k of the llama family in another order: within each head
the two halves that the rotation pairs lie side by side there, one after the other here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from app.engine import header
from app.training import weights

_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def llama_of(path: Path) -> Any:
    """The model, its words tied where the file has no output matrix."""
    tensors = weights.stored(path)
    about = header.read(str(path)).values

    def value(key: str) -> Any:
        return about[f"llama.{key}"]

    words, width = tensors["token_embd.weight"].shape
    heads, shared = value("attention.head_count"), value("attention.head_count_kv")
    config = LlamaConfig(
        vocab_size=words,
        hidden_size=width,
        intermediate_size=value("feed_forward_length"),
        num_hidden_layers=value("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=shared,
        max_position_embeddings=value("context_length"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
        rope_parameters={"rope_type": "default", "rope_theta": value("rope.freq_base")},
        tie_word_embeddings="output.weight" not in tensors,
        use_cache=False,
    )
    state = {}
    for name, tensor in tensors.items():
        values = np.array(weights.mapped(path, tensor))
        if name in _WHOLE:
            state[_WHOLE[name]] = torch.from_numpy(values)
            continue
        _, layer, part, _ = name.split(".")
        if part in ("attn_q", "attn_k"):
            values = _as_transformers(values, heads if part == "attn_q" else shared)
        state[f"model.layers.{layer}.{_NAMES[part]}.weight"] = torch.from_numpy(values)
    model = LlamaForCausalLM(config)
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    if unexpected or any(name != "lm_head.weight" for name in missing):
        raise ValueError(f"missing {missing}, unexpected {unexpected}")
    model.tie_weights()
    return model


def _as_transformers(rows: Any, heads: int) -> Any:
    count, columns = rows.shape
    pairs = rows.reshape(heads, count // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(count, columns))
