"""A cross-encoder for tests, since no real one is at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

WIDTH, LAYERS, INNER, POSITIONS = 32, 2, 64, 512


def make(folder: Path, embedder: Path) -> Path:
    """A BERT of two narrow layers with one output, the words of `embedder`, and weights of chance
    that are always the same."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (embedder / name).exists():
            shutil.copyfile(embedder / name, folder / name)
    words = Tokenizer.from_file(str(embedder / "tokenizer.json")).get_vocab_size()
    config = {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "vocab_size": words,
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "pad_token_id": 0,
        "id2label": {"0": "LABEL_0"},
        "label2id": {"LABEL_0": 0},
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (words, WIDTH),
        "embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        **_norm("embeddings"),
        **_dense("pooler.dense", WIDTH, WIDTH),
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            shapes |= _dense(f"{layer}.attention.self.{part}", WIDTH, WIDTH)
        shapes |= _dense(f"{layer}.attention.output.dense", WIDTH, WIDTH)
        shapes |= _norm(f"{layer}.attention.output")
        shapes |= _dense(f"{layer}.intermediate.dense", INNER, WIDTH)
        shapes |= _dense(f"{layer}.output.dense", WIDTH, INNER)
        shapes |= _norm(f"{layer}.output")
    named = {f"bert.{name}": shape for name, shape in shapes.items()}
    named |= _dense("classifier", 1, WIDTH)
    chance = np.random.default_rng(7)
    weights = {}
    for name, shape in named.items():
        if name.endswith("LayerNorm.weight"):
            weights[name] = np.ones(shape, np.float32)
        else:
            # Weights of the usual size would give all pairs nearly the same score.
            weights[name] = chance.normal(0, 0.5, shape).astype(np.float32)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def _dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.LayerNorm.weight": (WIDTH,), f"{name}.LayerNorm.bias": (WIDTH,)}
