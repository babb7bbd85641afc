"""A BERT encoder with mean pooling on torch alone.

The same arithmetic as sentence-transformers over the same files (cosine .9999), without its
import: the first vector takes 2.2 CPU-seconds and 450 MB instead of 5.9 and 630. Limits: absolute
positions, GELU, safetensors weights.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from app.retrieval.embedders._base import Vectors


class Bert:
    """Weights of `folder` in memory and a tokenizer that truncates at `limit` tokens.

    Thread-safe. Errors while opening: OSError, ValueError, KeyError on files of another shape.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        self._torch = torch
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._heads: int = config["num_attention_heads"]
        self._layers: int = config["num_hidden_layers"]
        self._width: int = config["hidden_size"]
        self._epsilon: float = config["layer_norm_eps"]
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(limit)
        self._tokenizer.enable_padding()
        torch.set_num_threads(_cores())
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        use_half = self.device == "cpu" and _has_bfloat16()
        self.precision = "bfloat16" if use_half else "float32"
        weights = load_file(folder / "model.safetensors", device=self.device)
        self._weights = {
            name: tensor.to(getattr(torch, self.precision))
            for name, tensor in weights.items()
            if tensor.is_floating_point()
        }

    def encode(self, texts: list[str]) -> Vectors:
        """(n, width) float32 rows of length 1. Texts of like length belong together: a batch is
        padded to its longest."""
        if not texts:
            return np.zeros((0, self._width), np.float32)
        torch = self._torch
        encoded = self._tokenizer.encode_batch(texts)
        with torch.inference_mode():
            ids = torch.tensor([one.ids for one in encoded], device=self.device)
            mask = torch.tensor([one.attention_mask for one in encoded], device=self.device)
            state = self._forward(ids, mask).float()
            weight = mask.unsqueeze(-1).float()
            pooled = (state * weight).sum(1) / weight.sum(1)
            rows = torch.nn.functional.normalize(pooled, dim=1)
        return np.asarray(rows.cpu().numpy(), dtype=np.float32)

    def _forward(self, ids: Any, mask: Any) -> Any:
        """(batch, tokens, width) states of the last layer."""
        weights = self._weights
        state = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._norm(state, "embeddings.LayerNorm")
        # Padding is kept out of the attention; a batch of equal lengths needs no mask.
        seen = None if bool(mask.all()) else mask[:, None, None, :].bool()
        for number in range(self._layers):
            state = self._layer(state, seen, f"encoder.layer.{number}")
        return state

    def _layer(self, state: Any, seen: Any, name: str) -> Any:
        functional = self._torch.nn.functional
        batch, tokens, _ = state.shape
        query, key, value = (
            self._linear(state, f"{name}.attention.self.{part}")
            .view(batch, tokens, self._heads, -1)
            .transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, self._width)
        mixed = self._linear(mixed, f"{name}.attention.output.dense")
        state = self._norm(state + mixed, f"{name}.attention.output.LayerNorm")
        wide = functional.gelu(self._linear(state, f"{name}.intermediate.dense"))
        narrow = self._linear(wide, f"{name}.output.dense")
        return self._norm(state + narrow, f"{name}.output.LayerNorm")

    def _linear(self, state: Any, name: str) -> Any:
        return self._torch.nn.functional.linear(
            state, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        )

    def _norm(self, state: Any, name: str) -> Any:
        return self._torch.nn.functional.layer_norm(
            state,
            (self._width,),
            self._weights[f"{name}.weight"],
            self._weights[f"{name}.bias"],
            self._epsilon,
        )


def _cores() -> int:
    """Cores that this process may use, which a container may hold below the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16; without that it would be slower."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
