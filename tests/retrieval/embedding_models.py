"""Small embedding models that are really others than the default one, made when they are needed."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from safetensors.numpy import load_file, save_file

from app.core.paths import program_root

_convert = runpy.run_path(str(program_root() / "installer/embedder.py"))


def shallow(weights: Path, folder: Path, layers: int = 2) -> Path:
    """all-MiniLM with its first layers only: real vectors, but others."""
    shutil.copytree(weights, folder)
    _change(folder / "config.json", num_hidden_layers=layers)
    kept = {
        name: values
        for name, values in load_file(weights / "model.safetensors").items()
        if not any(f"encoder.layer.{n}." in name for n in range(layers, 6))
    }
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    return folder


def narrow(weights: Path, folder: Path, prompts: dict[str, str] | None = None) -> Path:
    """A tiny BERT of 128 numbers a vector with random weights and the words of all-MiniLM, as a
    sentence-transformers folder for 512 tokens; `prompts` as its config has them."""
    shutil.copytree(weights, folder)
    length, inner, words = 128, 256, 30522
    _change(
        folder / "config.json",
        hidden_size=length,
        intermediate_size=inner,
        num_hidden_layers=1,
        num_attention_heads=4,
        _name_or_path="",
    )
    _change(folder / "sentence_bert_config.json", max_seq_length=512)
    _change(folder / "1_Pooling/config.json", word_embedding_dimension=length)
    if prompts:
        _change(folder / "config_sentence_transformers.json", prompts=prompts)
    random = np.random.default_rng(7)

    def some(*shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        return random.normal(0, 0.05, shape).astype(np.float32)

    one = "encoder.layer.0."
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (words, length),
        "embeddings.position_embeddings.weight": (512, length),
        "embeddings.token_type_embeddings.weight": (2, length),
        "pooler.dense.weight": (length, length),
        "pooler.dense.bias": (length,),
        f"{one}intermediate.dense.weight": (inner, length),
        f"{one}intermediate.dense.bias": (inner,),
        f"{one}output.dense.weight": (length, inner),
        f"{one}output.dense.bias": (length,),
    }
    for name in ("self.query", "self.key", "self.value", "output.dense"):
        shapes[f"{one}attention.{name}.weight"] = (length, length)
        shapes[f"{one}attention.{name}.bias"] = (length,)
    tensors = {name: some(*shape) for name, shape in shapes.items()}
    for name in ("embeddings", f"{one}attention.output", f"{one}output"):
        tensors[f"{name}.LayerNorm.weight"] = np.ones(length, np.float32)
        tensors[f"{name}.LayerNorm.bias"] = np.zeros(length, np.float32)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    return folder


def as_gguf(
    folder: Path, file: Path, pooling: gguf.PoolingType = gguf.PoolingType.MEAN, context: int = 512
) -> Path:
    """A BERT folder as one GGUF file with its words, as llama.cpp's own converter writes it.
    context: tokens that it says to have been made for."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    out = gguf.GGUFWriter(file, "bert")
    out.add_name(file.stem)
    out.add_context_length(context)
    out.add_embedding_length(config["hidden_size"])
    out.add_feed_forward_length(config["intermediate_size"])
    out.add_block_count(config["num_hidden_layers"])
    out.add_head_count(config["num_attention_heads"])
    out.add_layer_norm_eps(config["layer_norm_eps"])
    out.add_causal_attention(False)
    out.add_pooling_type(pooling)
    words = (folder / "vocab.txt").read_text("utf-8").splitlines()
    out.add_tokenizer_model("bert")
    out.add_token_list([_phantom(word) for word in words])
    control, normal = int(gguf.TokenType.CONTROL), int(gguf.TokenType.NORMAL)
    out.add_token_types(
        [control if word[:1] == "[" and len(word) > 2 else normal for word in words]
    )
    out.add_token_type_count(2)
    for name, word in (("unk", "[UNK]"), ("sep", "[SEP]"), ("pad", "[PAD]")):
        getattr(out, f"add_{name}_token_id")(words.index(word))
    out.add_bos_token_id(words.index("[CLS]"))
    out.add_eos_token_id(words.index("[SEP]"))
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, config["num_hidden_layers"])
    for name, values in _convert["tensors"](folder / "model.safetensors").items():
        called = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if "position_ids" not in name and "pooler" not in name and called:
            cut = "position_embeddings" in name
            out.add_tensor(called, values[:context] if cut else values)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return file


def _phantom(word: str) -> str:
    """llama.cpp marks the beginnings of words instead of their ends."""
    if word.startswith("[") and word.endswith("]"):
        return word
    return word[2:] if word.startswith("##") else "▁" + word


def _change(file: Path, **values: object) -> None:
    known = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**known, **values}), "utf-8")
