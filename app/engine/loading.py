"""A person's choices in llama.cpp's own terms, and what llama.cpp says it made of them."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from typing import Any

from app.core.types import Buffer, LoadOptions
from app.engine import attention, native
from app.engine.native import lib

_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 8, "bf16": 30}
"""ggml's numbers of them."""
_FLASH = {"auto": -1, "off": 0, "on": 1}
_AUTO, _NONE, _LOCKED, _MAPPED_LOCKED = -1, 0, 2, 3  # llama_load_mode
_MIB = 1 << 20
_BUFFER = re.compile(r"(\S+)\s+(model|KV|RS|compute|output) buffer size =\s+([\d.]+) MiB")
_USES = {"model": "weights", "KV": "context", "RS": "context"}
_FUSED = re.compile(r"flash[ _]att\w*( set to)? enabled", re.IGNORECASE)
_FULL = re.compile(
    r"(failed|unable) to (re)?allocate|out of memory|OutOf(Device|Host)Memory|bad_alloc"
    r"|cannot allocate memory|failed to reserve|mmap failed",
    re.IGNORECASE,
)


def apply_to_model(params: Any, options: LoadOptions, layers: int) -> object:
    """Fill in llama.cpp's parameters of a model. What is returned must live as long as they do."""
    params.n_gpu_layers = layers
    if options.mlock:
        params.load_mode = _MAPPED_LOCKED if options.mmap else _LOCKED
    else:
        params.load_mode = _AUTO if options.mmap else _NONE
    if not any(options.split):
        return None
    count = int(lib.llama_max_devices())
    shares = (ctypes.c_float * count)(*options.split[:count])
    params.tensor_split = ctypes.cast(shares, ctypes.POINTER(ctypes.c_float))
    return shares


def apply_to_context(params: Any, options: LoadOptions) -> None:
    """Fill in llama.cpp's parameters of a context, but for its length and threads."""
    params.n_batch = options.batch
    params.n_ubatch = min(options.micro_batch or options.batch, options.batch)
    params.type_k = _TYPES.get(options.cache_keys, 1)
    params.type_v = _TYPES.get(options.cache_values, 1)
    params.flash_attn_type = _FLASH.get(options.flash_attention, -1)


def buffers(lines: Iterable[str]) -> tuple[Buffer, ...]:
    """What was taken, from the log of a load; one entry for each device and use."""
    names = {each.name: each.description for each in native.devices() if each.is_gpu}
    sizes: dict[tuple[str, str], float] = {}
    for line in lines:
        if found := _BUFFER.search(line):
            key = _place(found[1], names), _USES.get(found[2], "computing")
            sizes[key] = sizes.get(key, 0.0) + float(found[3])
    return tuple(Buffer(*key, round(size * _MIB)) for key, size in sizes.items() if size)


def flash_attention(options: LoadOptions, lines: Iterable[str]) -> bool:
    """Whether it is really used."""
    if options.flash_attention == "auto" and options.cache_values == "f16":
        return any(_FUSED.search(line) for line in lines)
    return options.flash_attention != "off"


def plain_heads(model: object) -> int:
    """`attention.plain_heads` of a model in memory."""
    architecture = _text(model, "general.architecture")

    def number(key: str) -> float:
        try:
            return float(_text(model, f"{architecture}.{key}") or 0)
        except ValueError:  # a list, layer by layer
            return 0.0

    return attention.plain_heads(number)


def memory_ran_out(lines: Iterable[str]) -> bool:
    """Whether that is what llama.cpp's log tells."""
    return any(_FULL.search(line) for line in lines)


def _text(model: object, key: str) -> str:
    """Of a model's metadata."""
    value = ctypes.create_string_buffer(64)
    length = lib.llama_model_meta_val_str(model, key.encode(), value, len(value))
    return value.value.decode("utf-8", "replace") if length > 0 else ""


def _place(buffer: str, cards: dict[str, str]) -> str:
    """'CUDA0' is the card's name; 'CPU_Mapped', 'CPU_REPACK', 'CUDA_Host' are main memory."""
    name = buffer.removesuffix("_Mapped").removesuffix("_Split")
    return cards.get(name) or ("CPU" if name.startswith("CPU") or name.endswith("_Host") else name)
