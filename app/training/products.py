"""Computes a graph's large matrix products with numpy's BLAS in place of ggml's own kernels.

Nearly all of a training pass is products of activations and weights. ggml's kernels for them,
above all for the backward pass (OUT_PROD), are slower than a BLAS, and OUT_PROD unpacks a quantised
weight once for each token. When the scheduler asks about such a node it is made empty, and when
it comes back the product is written where ggml would have: nothing else sees a difference.
Only for tensors in the processor's memory.
"""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path
from typing import Any

import numpy as np

from app.engine.native import lib
from app.training import ggml
from app.training.ggml import Floats, TensorStruct

_LEAST = 1 << 17  # multiplications; below, a call costs more than it saves
_EMPTY = 0  # GGML_OP_NONE
_unpack_type = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)


class _TypeTraits(ctypes.Structure):
    """struct ggml_type_traits"""

    _fields_ = (
        ("type_name", ctypes.c_char_p),
        ("blck_size", ctypes.c_int64),
        ("blck_size_interleave", ctypes.c_int64),
        ("type_size", ctypes.c_size_t),
        ("is_quantized", ctypes.c_bool),
        ("to_float", ctypes.c_void_p),
        ("from_float_ref", ctypes.c_void_p),
    )


_traits = ctypes.CFUNCTYPE(ctypes.POINTER(_TypeTraits), ctypes.c_int)(
    ("ggml_get_type_traits", lib._lib)
)


def set_threads(count: int) -> None:
    """Let numpy's products use so many threads, where its BLAS is one that can be told."""
    if _tell is not None:
        _tell(count)


def _find_teller() -> Any:
    # numpy's wheels carry OpenBLAS beside the package; loading it again gives the same library.
    for path in Path(np.__file__).parent.parent.glob("numpy.libs/*openblas*"):
        with contextlib.suppress(OSError):
            library = ctypes.CDLL(str(path))
            for name in ("scipy_openblas_set_num_threads64_", "openblas_set_num_threads"):
                if hasattr(library, name):
                    function = getattr(library, name)
                    function.argtypes, function.restype = (ctypes.c_int,), None
                    return function
    return None


_tell = _find_teller()


class Weights:
    """Gives matrices of any type as F32: where they lie, or unpacked into a place that is used
    again by the next call."""

    def __init__(self) -> None:
        self._unpacked = np.empty(0, np.float32)

    def can_give(self, tensor: TensorStruct) -> bool:
        """Whether `give` knows how."""
        return _is_plain(tensor) if tensor.type == ggml.F32 else _unpacks(tensor)

    def give(self, tensor: TensorStruct) -> Floats:
        """(groups, 1, rows, columns)"""
        if tensor.type == ggml.F32:
            return view(tensor, 1)
        columns, rows = tensor.ne[0], tensor.ne[1]
        if self._unpacked.size < columns * rows:
            self._unpacked = np.empty(columns * rows, np.float32)
        unpack = _unpack_type(_traits(tensor.type).contents.to_float)
        unpack(tensor.data, self._unpacked.ctypes.data, columns * rows)
        return self._unpacked[: columns * rows].reshape(1, 1, rows, columns)


class Products:
    """Takes nodes over, from the scheduler's question to its report. One for a session."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def take(self, address: int, operation: bytes) -> bool:
        """Whether this node is taken over; the scheduler must then report it."""
        node = ggml.tensor(address)
        first, second = ggml.tensor(node.src[0]), ggml.tensor(node.src[1])
        inner = first.ne[0] if operation == b"MUL_MAT" else first.ne[1]
        if node.ne[0] * node.ne[1] * node.ne[2] * inner < _LEAST:
            return False
        tensors = (node, first, second)
        if second.type != ggml.F32 or node.type != ggml.F32 or any(t.ne[3] != 1 for t in tensors):
            return False
        if second.ne[2] != node.ne[2] or second.ne[2] % first.ne[2]:
            return False
        if not all(_is_plain(t) for t in (node, second)) or not self._weights.can_give(first):
            return False
        empty(node)
        return True

    def multiply(self, address: int) -> None:
        """The product of a MUL_MAT that was taken over."""
        left, right, out = self.sides(address)
        np.matmul(left, right.swapaxes(-1, -2), out=out)

    def multiply_turned(self, address: int) -> None:
        """The product of an OUT_PROD that was taken over."""
        left, right, out = self.sides(address)
        np.matmul(left.swapaxes(-1, -2), right, out=out)

    def sides(self, address: int) -> tuple[Floats, Floats, Floats]:
        """(second, first, result) of a product: groups, heads that share a first, rows, columns."""
        node = ggml.tensor(address)
        first, second = ggml.tensor(node.src[0]), ggml.tensor(node.src[1])
        # Heads may share keys and values: several of the second's matrices to one of the first.
        shared = second.ne[2] // first.ne[2]
        return view(second, shared), self._weights.give(first), view(node, shared)


def is_weight(tensor: TensorStruct) -> bool:
    """Whether a tensor was there before the graph; results are never that, nor views."""
    return bool(tensor.op == _EMPTY and not tensor.view_src)


def empty(node: TensorStruct) -> None:
    """Let ggml compute nothing for a node."""
    node.op = _EMPTY


def _unpacks(tensor: TensorStruct) -> bool:
    """One matrix whose rows lie one after the other, of a type that ggml can make F32."""
    traits = _traits(tensor.type).contents
    row = tensor.ne[0] // traits.blck_size * traits.type_size
    whole = tensor.nb[0] == traits.type_size and tensor.nb[1] == row and tensor.ne[2] == 1
    return bool(whole and traits.to_float)


def _is_plain(tensor: TensorStruct) -> bool:
    """F32 matrices, upright or turned, that a BLAS takes as they lie."""
    return 4 in (tensor.nb[0], tensor.nb[1])


def view(tensor: TensorStruct, shared: int) -> Floats:
    """F32 matrices where they lie: (groups, shared, rows, columns)."""
    columns, rows, count = tensor.ne[0], tensor.ne[1], tensor.ne[2]
    shape = (count // shared, shared, rows, columns)
    strides = (tensor.nb[2] * shared, tensor.nb[2], tensor.nb[1], tensor.nb[0])
    span = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True)) + 4
    buffer: Any = (ctypes.c_char * span).from_address(tensor.data)
    return np.ndarray(shape, np.float32, buffer, strides=strides)
