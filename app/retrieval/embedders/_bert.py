"""BERT with mean pooling, in torch, made for speed: texts stand one behind the other.

No text is padded, so that none waits for a longer one, and each core evaluates a portion of its
own with one thread: several threads in one portion would spin while they wait for each other.
Needs neither transformers nor sentence-transformers, whose import costs seconds. Limits: absolute
positions and GELU (`fits` says whether a model has them); on a graphics card one portion at a time.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.errors import BadEmbedder
from app.retrieval.embedders._folder import parts_of, read_json

if TYPE_CHECKING:
    import torch

    from app.retrieval.embedders._base import Vectors

_PORTION = 2048
"""Tokens: more would leave the processor's caches, fewer would cost calls."""
_ON_CARD = 16_384
_QKV = ("query", "key", "value")


def fits(folder: Path) -> bool:
    """Whether the model in a folder of sentence-transformers computes as this does."""
    config = read_json(folder / "config.json")
    pooling = read_json(folder / "1_Pooling" / "config.json")
    modes = {name for name, on in pooling.items() if name.startswith("pooling_mode_") and on}
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and modes == {"pooling_mode_mean_tokens"}
        and _kinds(folder) <= {"Transformer", "Pooling", "Normalize"}
    )


def _kinds(folder: Path) -> set[str]:
    try:
        return {kind for kind, _ in parts_of(folder)}
    except BadEmbedder:
        return {""}


class Bert:
    """An open model. lanes: portions that are evaluated side by side. Safe from any thread.

    Errors of the constructor: OSError, ValueError, KeyError, RuntimeError when the files don't
    hold such a model; ImportError without torch.
    """

    def __init__(self, folder: Path, lanes: int, half: bool) -> None:
        # Read when torch is imported. Without padding nearly each portion has a shape of its own;
        # torch would keep the code made for a thousand of them, some 300 MB.
        for name in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
            os.environ.setdefault(name, "32")
        import torch
        from safetensors.torch import load_file

        self._torch = torch
        card = torch.cuda.is_available()
        self._device = torch.device("cuda" if card else "cpu")
        config = read_json(folder / "config.json")
        self._heads = int(config["num_attention_heads"])
        self._eps = float(config.get("layer_norm_eps", 1e-12))
        kind = torch.bfloat16 if half and not card else torch.float32
        weights = {
            name.removeprefix("bert."): one.to(self._device, kind)
            for name, one in load_file(folder / "model.safetensors").items()
            if one.is_floating_point()
        }
        self._words, self._places, types = (
            weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        self._type = types[0]
        self._first = _pair(weights, "embeddings.LayerNorm")
        self._layers = [
            _Layer(torch, weights, f"encoder.layer.{number}.")
            for number in range(int(config["num_hidden_layers"]))
        ]
        self._most = _ON_CARD if card else _PORTION
        self._own = threading.local()
        self._lanes = 1 if card else lanes
        self._pool = ThreadPoolExecutor(self._lanes, "embedding")

    def means(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The mean vector of each text, given as tokens; not yet of length 1."""
        vectors = np.zeros((len(texts), self._words.shape[1]), np.float32)
        portions = list(self._portions(texts))

        def work(portion: list[int]) -> None:
            vectors[portion] = self._evaluate([texts[one] for one in portion])

        if len(portions) == 1:
            # A question needs no lane and doesn't wait for one.
            work(portions[0])
        else:
            for _ in self._pool.map(work, portions):
                pass
        return vectors

    def _portions(self, texts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
        """Numbers of texts, by length, in portions of much the same size, so that no lane waits
        long for another at the end."""
        order = sorted(range(len(texts)), key=lambda one: len(texts[one]))
        total = sum(map(len, texts))
        count = -(-total // self._most)
        count = -(-count // self._lanes) * self._lanes if total > self._most // 4 else 1
        portion: list[int] = []
        size = 0
        for one in order:
            if portion and size + len(texts[one]) / 2 > total / count:
                yield portion
                portion, size = [], 0
            portion.append(one)
            size += len(texts[one])
        if portion:
            yield portion

    def _evaluate(self, texts: Sequence[Sequence[int]]) -> Vectors:
        torch = self._torch
        if not hasattr(self._own, "ready"):
            # Each thread has a setting of its own.
            torch.set_num_threads(1)
            self._own.ready = True
        with torch.inference_mode():
            lengths = [len(text) for text in texts]
            tokens = np.fromiter(itertools.chain.from_iterable(texts), np.int64, sum(lengths))
            places = np.concatenate([np.arange(length) for length in lengths])
            x = self._words[torch.from_numpy(tokens).to(self._device)]
            x = x + self._places[torch.from_numpy(places).to(self._device)] + self._type
            x = self._level(x, self._first)
            for layer in self._layers:
                x = self._through(layer, x, lengths)
            means = [part.float().mean(0) for part in torch.split(x, lengths)]
            found: np.ndarray[Any, np.dtype[np.float32]] = torch.stack(means).cpu().numpy()
            return found

    def _through(self, layer: _Layer, x: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        linear = self._torch.nn.functional.linear
        x = self._level(x + linear(self._attend(layer, x, lengths), *layer.out), layer.after)
        inner = self._torch.nn.functional.gelu(linear(x, *layer.up))
        return self._level(x + linear(inner, *layer.down), layer.last)

    def _attend(self, layer: _Layer, x: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        """Within each text; texts of one length together."""
        attention = self._torch.nn.functional.scaled_dot_product_attention
        width = x.shape[1]
        mixed = self._torch.nn.functional.linear(x, *layer.qkv)
        found = self._torch.empty_like(x)
        begin = 0
        for length, group in itertools.groupby(lengths):
            end = begin + length * sum(1 for _ in group)
            part = mixed[begin:end].view(-1, length, 3, self._heads, width // self._heads)
            query, key, value = part.permute(2, 0, 3, 1, 4).unbind(0)
            heads = attention(query, key, value)
            found[begin:end] = heads.transpose(1, 2).reshape(-1, width)
            begin = end
        return found

    def _level(self, x: torch.Tensor, pair: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        weight, bias = pair
        layer_norm = self._torch.nn.functional.layer_norm
        return layer_norm(x, (x.shape[1],), weight, bias, self._eps)


class _Layer:
    """Weights and biases of one layer."""

    def __init__(self, torch: Any, weights: Mapping[str, torch.Tensor], prefix: str) -> None:
        qkv = [_pair(weights, f"{prefix}attention.self.{name}") for name in _QKV]
        self.qkv: tuple[torch.Tensor, torch.Tensor] = (
            torch.cat([weight for weight, _ in qkv]),
            torch.cat([bias for _, bias in qkv]),
        )
        self.out = _pair(weights, f"{prefix}attention.output.dense")
        self.after = _pair(weights, f"{prefix}attention.output.LayerNorm")
        self.up = _pair(weights, f"{prefix}intermediate.dense")
        self.down = _pair(weights, f"{prefix}output.dense")
        self.last = _pair(weights, f"{prefix}output.LayerNorm")


def _pair(weights: Mapping[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]
