"""Vision add-ons made on the spot: true files of the kinds that InternVL and Gemma 3 have, tiny and
with random weights, which make tokens of the default model's width. What they see means nothing;
how they are used is the same. InternVL's looks at a picture in several parts, Gemma's at one whole,
and its places see those after them."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH = 576  # of the default model's tokens
SIDE, PATCH, MERGE = 64, 8, 2
PLACES = (SIDE // PATCH // MERGE) ** 2
"""Tokens of each part of a picture."""
_INNER, _HIDDEN, _HEADS = 64, 128, 2


class _Maker:
    def __init__(self, path: Path, kind: str, seed: int) -> None:
        self._made = np.random.default_rng(seed)
        self.writer = writer = gguf.GGUFWriter(str(path), "clip")
        writer.add_string("general.type", "mmproj")
        writer.add_string("general.name", path.stem)
        writer.add_file_type(0)
        writer.add_bool("clip.has_vision_encoder", True)
        writer.add_string("clip.projector_type", kind)
        writer.add_bool("clip.use_gelu", True)
        writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
        writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
        writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])

    def numbers(self, **values: int) -> None:
        for key, value in values.items():
            self.writer.add_uint32(f"clip.vision.{key.replace('__', '.')}", value)

    def table(self, name: str, *shape: int, scale: float = 0.0) -> None:
        drawn = self._made.standard_normal(shape) * (scale or shape[-1] ** -0.5)
        self.writer.add_tensor(name, drawn.astype(np.float32))

    def norm(self, name: str, width: int = _INNER) -> None:
        self.writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
        self.writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))

    def layer(self, block: str) -> None:
        self.norm(f"{block}.ln1")
        self.norm(f"{block}.ln2")
        for part in ("attn_q", "attn_k", "attn_v", "attn_out"):
            self.table(f"{block}.{part}.weight", _INNER, _INNER)
            self.table(f"{block}.{part}.bias", _INNER, scale=0.02)
        for part, shape in (("ffn_up", (_HIDDEN, _INNER)), ("ffn_down", (_INNER, _HIDDEN))):
            self.table(f"{block}.{part}.weight", *shape)
            self.table(f"{block}.{part}.bias", shape[0], scale=0.02)


def write(
    path: Path, width: int = WIDTH, seed: int = 7, layers: int = 2, kind: str = "internvl"
) -> Path:
    """width: of the tokens that it makes; layers: more of them take longer; kind: 'internvl' or
    'gemma3'."""
    path.parent.mkdir(parents=True, exist_ok=True)
    make = _Maker(path, kind, seed)
    make.numbers(
        image_size=SIDE, patch_size=PATCH, embedding_length=_INNER, feed_forward_length=_HIDDEN,
        block_count=layers, projection_dim=width, attention__head_count=_HEADS,
        projector__scale_factor=MERGE, preproc_max_tiles=4,
    )  # fmt: skip
    patches = (SIDE // PATCH) ** 2
    make.table("v.patch_embd.weight", _INNER, 3, PATCH, PATCH, scale=(3 * PATCH**2) ** -0.5)
    make.table("v.patch_embd.bias", _INNER, scale=0.02)
    for number in range(layers):
        make.layer(f"v.blk.{number}")
    # The size of the model's own tokens, so that it takes them for some.
    if kind == "internvl":
        inner = _INNER * MERGE**2
        make.table("v.class_embd", _INNER, scale=0.2)
        make.table("v.position_embd.weight", patches + 1, _INNER, scale=0.2)
        make.norm("mm.model.mlp.0", inner)
        make.table("mm.model.mlp.1.weight", _HIDDEN, inner)
        make.table("mm.model.mlp.1.bias", _HIDDEN, scale=0.02)
        make.table("mm.model.mlp.3.weight", width, _HIDDEN, scale=0.1 * _HIDDEN**-0.5)
        make.table("mm.model.mlp.3.bias", width, scale=0.01)
    else:
        make.table("v.position_embd.weight", patches, _INNER, scale=0.2)
        make.norm("v.post_ln")
        make.writer.add_tensor("mm.soft_emb_norm.weight", np.ones(_INNER, np.float32))
        make.table("mm.input_projection.weight", _INNER, width, scale=0.1 * _INNER**-0.5)
    make.writer.write_header_to_file()
    make.writer.write_kv_data_to_file()
    make.writer.write_tensors_to_file()
    make.writer.close()
    return path


def picture(path: Path, seed: int = 0, size: tuple[int, int] = (90, 60), kind: str = "PNG") -> Path:
    """A picture of coloured fields."""
    from PIL import Image

    fields = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(fields).resize(size, Image.Resampling.NEAREST).save(path, kind)
    return path
