"""A cross-encoder for tests, since no real one is at hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

WIDTH, LAYERS, INNER, POSITIONS = 32, 2, 64, 512


def make(folder: Path, embedder: Path) -> Path:
    """A BERT of two narrow layers with one output, the words of `embedder`, and weights of chance
    that are always the same. Which of two texts a word is from makes no difference to it, since
    llama.cpp doesn't tell."""
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
        "layer_norm_eps": 1e-12,
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
    kinds = weights["bert.embeddings.token_type_embeddings.weight"]
    kinds[1] = kinds[0]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def as_gguf(folder: Path, file: Path) -> Path:
    """The same as one GGUF file, with pooling of the kind 'rank'."""
    import gguf

    from tests.retrieval import embedding_models

    named = file.with_suffix(".named")
    shutil.copytree(folder, named, dirs_exist_ok=True)
    weights = load_file(folder / "model.safetensors")
    # llama.cpp's own names of the two layers at the end.
    called = {"bert.pooler.dense": "classifier.dense", "classifier": "classifier.out_proj"}
    for before, after in called.items():
        for part in ("weight", "bias"):
            weights[f"{after}.{part}"] = weights.pop(f"{before}.{part}")
    weights = {name.removeprefix("bert."): values for name, values in weights.items()}
    save_file(weights, named / "model.safetensors", {"format": "pt"})
    return embedding_models.as_gguf(named, file, gguf.PoolingType.RANK)


def _dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def _norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.LayerNorm.weight": (WIDTH,), f"{name}.LayerNorm.bias": (WIDTH,)}
