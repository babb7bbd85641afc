"""Writes the model that reads documents as a GGUF file, so that a package needs no torch.

    python installer/embedder.py FOLDER TARGET [--type BF16]

FOLDER: a BERT of the sentence-transformers library with mean pooling; TARGET: a folder that gets
`model.gguf`, `source.json`, the tokenizer and the licence. The words stay in `tokenizer.json`; the
GGUF has none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import mmap
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np

TYPES = {
    "F32": gguf.GGMLQuantizationType.F32,
    "F16": gguf.GGMLQuantizationType.F16,
    "BF16": gguf.GGMLQuantizationType.BF16,
    "Q8_0": gguf.GGMLQuantizationType.Q8_0,
}
KEPT = ("config.json", "tokenizer.json", "LICENSE", "README.md")


def tensors(file: Path) -> dict[str, np.ndarray]:
    """The weights of a safetensors file as float32."""
    with file.open("rb") as opened:
        data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(data[:8], "little")
    about = json.loads(data[8 : 8 + length])
    about.pop("__metadata__", None)
    kinds = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
    found = {}
    for name, one in about.items():
        if one["dtype"] in kinds:
            start, end = one["data_offsets"]
            raw = np.frombuffer(data[8 + length + start : 8 + length + end], kinds[one["dtype"]])
            found[name] = raw.reshape(one["shape"]).astype(np.float32)
    return found


def write(folder: Path, target: Path, kind: str = "BF16") -> None:
    """Fill the folder `target`. Errors: ValueError for another kind of model."""
    target.mkdir(parents=True, exist_ok=True)
    convert(folder, target, kind)
    # Vectors of the program that embeds with the original are known by this.
    with (folder / "model.safetensors").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    (target / "source.json").write_text(json.dumps({"sha256": digest}) + "\n", "utf-8")
    for name in KEPT:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)


def convert(folder: Path, target: Path, kind: str) -> None:
    """Write `target`/model.gguf. Errors: ValueError for another kind of model."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    pooling = json.loads((folder / "1_Pooling/config.json").read_text("utf-8"))
    if config["model_type"] != "bert" or not pooling["pooling_mode_mean_tokens"]:
        raise ValueError("Only BERT models with mean pooling are converted.")
    layers = int(config["num_hidden_layers"])
    out = gguf.GGUFWriter(target / "model.gguf", "bert")
    out.add_name(folder.name)
    out.add_vocab_size(config["vocab_size"])
    out.add_context_length(config["max_position_embeddings"])
    out.add_embedding_length(config["hidden_size"])
    out.add_feed_forward_length(config["intermediate_size"])
    out.add_block_count(layers)
    out.add_head_count(config["num_attention_heads"])
    out.add_layer_norm_eps(config["layer_norm_eps"])
    out.add_causal_attention(False)
    out.add_pooling_type(gguf.PoolingType.MEAN)
    out.add_tokenizer_model("no_vocab")
    out.add_token_type_count(config["type_vocab_size"])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, layers)
    for name, values in tensors(folder / "model.safetensors").items():
        if "position_ids" in name or "pooler" in name:
            continue
        called = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if called is None:
            raise ValueError(f"{name} is no part of a BERT that Loam knows.")
        # Vectors and tables that are looked up stay exact; they cost next to nothing.
        matrix = values.ndim == 2 and called.startswith(("blk.", "token_embd.w"))
        wanted = TYPES[kind] if matrix else gguf.GGMLQuantizationType.F32
        out.add_tensor(called, gguf.quantize(values, wanted), raw_dtype=wanted)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def main() -> int:
    """Convert; gives the exit code."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder", type=Path)
    words.add_argument("target", type=Path)
    words.add_argument("--type", default="BF16", choices=sorted(TYPES))
    given = words.parse_args()
    write(given.folder, given.target, given.type)
    return 0


if __name__ == "__main__":
    sys.exit(main())
