"""The part of ggml and llama.cpp's training API that the installed bindings leave out.

Struct layouts are those of the version that `pyproject.toml` pins; `selftest.py` proves them
against the loaded library before anything relies on them. Import only in a child process.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from app.engine.native import lib

F32, F16, I32 = 0, 1, 26
OPTIMIZER_SGD = 1
TENSOR_BYTES = 336
"""sizeof(struct ggml_tensor)"""
OBJECT_BYTES = 32
"""sizeof(struct ggml_object), which ggml counts to a tensor's overhead"""
MAX_SRC = 10

Floats = npt.NDArray[np.float32]
_pointer = ctypes.c_void_p


class TensorStruct(ctypes.Structure):
    """struct ggml_tensor"""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("ne", ctypes.c_int64 * 4),
        ("nb", ctypes.c_size_t * 4),
        ("op", ctypes.c_int),
        ("op_params", ctypes.c_int32 * 16),
        ("flags", ctypes.c_int32),
        ("src", ctypes.c_void_p * MAX_SRC),
        ("view_src", ctypes.c_void_p),
        ("view_offs", ctypes.c_size_t),
        ("data", ctypes.c_void_p),
        ("name", ctypes.c_char * 64),
        ("extra", ctypes.c_void_p),
        ("padding", ctypes.c_char * 8),
    )


class OptimizerParams(ctypes.Structure):
    """struct ggml_opt_optimizer_params: AdamW's five numbers, then SGD's two."""

    _fields_ = (("adamw", ctypes.c_float * 5), ("sgd", ctypes.c_float * 2))


class OptParams(ctypes.Structure):
    """struct llama_opt_params, with the last field that the bindings lack."""

    _fields_ = (
        ("n_ctx_train", ctypes.c_uint32),
        ("param_filter", ctypes.c_void_p),
        ("param_filter_ud", ctypes.c_void_p),
        ("get_opt_pars", ctypes.c_void_p),
        ("get_opt_pars_ud", ctypes.c_void_p),
        ("optimizer_type", ctypes.c_int),
    )


PARAM_FILTER = ctypes.CFUNCTYPE(ctypes.c_bool, _pointer, _pointer)


def _function(name: str, result: Any, *arguments: Any) -> Any:
    # A prototype of our own: the library object is shared with the bindings, whose signatures
    # must stay as they are.
    return ctypes.CFUNCTYPE(result, *arguments)((name, lib._lib))


_size, _i64 = ctypes.c_size_t, ctypes.c_int64
set_param = _function("ggml_set_param", None, _pointer)
op_desc = _function("ggml_op_desc", ctypes.c_char_p, _pointer)
nbytes = _function("ggml_nbytes", _size, _pointer)
tensor_overhead = _function("ggml_tensor_overhead", _size)
_get = _function("ggml_backend_tensor_get", None, _pointer, _pointer, _size, _size)
_set = _function("ggml_backend_tensor_set", None, _pointer, _pointer, _size, _size)
fill = _function("ggml_backend_tensor_memset", None, _pointer, ctypes.c_uint8, _size, _size)
dataset_init = _function(
    "ggml_opt_dataset_init", _pointer, ctypes.c_int, ctypes.c_int, _i64, _i64, _i64, _i64
)
dataset_free = _function("ggml_opt_dataset_free", None, _pointer)
dataset_data = _function("ggml_opt_dataset_data", _pointer, _pointer)
dataset_labels = _function("ggml_opt_dataset_labels", _pointer, _pointer)
result_init = _function("ggml_opt_result_init", _pointer)
result_free = _function("ggml_opt_result_free", None, _pointer)
result_reset = _function("ggml_opt_result_reset", None, _pointer)
result_loss = _function(
    "ggml_opt_result_loss", None, _pointer, ctypes.POINTER(ctypes.c_double), _pointer
)
opt_init = _function("llama_opt_init", None, _pointer, _pointer, OptParams)
opt_epoch = _function(
    "llama_opt_epoch", None, _pointer, _pointer, _pointer, _pointer, _i64, _pointer, _pointer
)


def constant_optimizer_params() -> int:
    """Address of the exported callback that reads an OptimizerParams from its user data."""
    function = lib._lib.ggml_opt_get_constant_optimizer_params
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def tensor(address: int) -> TensorStruct:
    """The tensor at an address, as it is in memory."""
    return TensorStruct.from_address(address)


def name_of(address: int) -> str:
    """A tensor's name."""
    return bytes(tensor(address).name).decode("utf-8", "replace")


def shape_of(address: int) -> tuple[int, ...]:
    """Sizes as numpy orders them, the fastest last; leading ones left out."""
    sizes = list(tensor(address).ne)
    while len(sizes) > 1 and sizes[-1] == 1:
        sizes.pop()
    return tuple(reversed(sizes))


def read(address: int, out: npt.NDArray[Any]) -> None:
    """Copy a whole tensor into `out` (C order, same number of bytes), from any device."""
    _get(address, out.ctypes.data, 0, out.nbytes)


def write(address: int, values: npt.NDArray[Any], offset: int = 0) -> None:
    """Copy `values` (C order) into a tensor from byte `offset` on, on any device."""
    _set(address, values.ctypes.data, offset, values.nbytes)
