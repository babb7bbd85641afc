"""The tensors inside a GGUF file: their names, types, shapes and places, read by ggml itself.

The header is checked before by `engine.header`, which bounds what a hostile file can claim.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import BadAdapter, NotAModel
from app.engine import header
from app.engine.native import lib
from app.training import ggml


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file. shape as numpy orders it; offset in bytes from the file's beginning;
    type is ggml's number."""

    name: str
    type: int
    shape: tuple[int, ...]
    offset: int


class _InitParams(ctypes.Structure):
    """struct gguf_init_params"""

    _fields_ = (("no_alloc", ctypes.c_bool), ("ctx", ctypes.POINTER(ctypes.c_void_p)))


def _function(name: str, result: Any, *arguments: Any) -> Any:
    return ctypes.CFUNCTYPE(result, *arguments)((name, lib._lib))


_pointer, _i64 = ctypes.c_void_p, ctypes.c_int64
_open = _function("gguf_init_from_file", _pointer, ctypes.c_char_p, _InitParams)
_free = _function("gguf_free", None, _pointer)
_free_context = _function("ggml_free", None, _pointer)
_count = _function("gguf_get_n_tensors", _i64, _pointer)
_name = _function("gguf_get_tensor_name", ctypes.c_char_p, _pointer, _i64)
_offset = _function("gguf_get_tensor_offset", ctypes.c_size_t, _pointer, _i64)
_data = _function("gguf_get_data_offset", ctypes.c_size_t, _pointer)
_find = _function("ggml_get_tensor", _pointer, _pointer, ctypes.c_char_p)


def stored(path: Path) -> dict[str, Stored]:
    """All tensors of a file by name, in the file's order. Errors: MissingFile, NotAModel."""
    header.read(str(path))
    context = ctypes.c_void_p()
    file = _open(os.fsencode(path), _InitParams(True, ctypes.pointer(context)))
    if not file:
        raise NotAModel(path=path, reason="its list of weights can't be read")
    try:
        begin = _data(file)
        found = {}
        for index in range(_count(file)):
            raw = _name(file, index)
            tensor = _find(context, raw)
            name = raw.decode("utf-8", "replace")
            kind = ggml.tensor(tensor).type
            place = begin + _offset(file, index)
            found[name] = Stored(name, kind, ggml.shape_of(tensor), place)
        return found
    finally:
        _free(file)
        _free_context(context)


def matrices(path: Path) -> dict[str, tuple[int, int]]:
    """(rows, columns) of each two-dimensional weight. Errors: as `stored`."""
    return {
        name: (tensor.shape[0], tensor.shape[1])
        for name, tensor in stored(path).items()
        if len(tensor.shape) == 2
    }


def floats(path: Path, tensor: Stored) -> ggml.Floats:
    """The values of an F32 or F16 tensor, as float32. Errors: BadAdapter for other types."""
    if tensor.type not in (ggml.F32, ggml.F16):
        raise BadAdapter(path=path, reason="its values are neither F32 nor F16")
    dtype = np.float32 if tensor.type == ggml.F32 else np.float16
    raw = np.fromfile(path, dtype, int(np.prod(tensor.shape)), offset=tensor.offset)
    return raw.reshape(tensor.shape).astype(np.float32)


def mapped(path: Path, tensor: Stored) -> np.memmap[tuple[int, ...], np.dtype[np.float32]]:
    """An F32 tensor where it lies in the file, to be changed there. Errors: ValueError for other
    types."""
    if tensor.type != ggml.F32:
        raise ValueError(f"{tensor.name} is not F32")
    return np.memmap(path, np.float32, "r+", tensor.offset, tensor.shape)
