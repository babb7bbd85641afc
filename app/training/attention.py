"""Attention of a training pass, computed only where a token may look: back, and in its own row.

ggml computes every token against every other and hides half of that afterwards; with rows that
share a context most of it. Here queries are taken in blocks, each with the keys that some of its
tokens see. Results outside are zero, as they would be. Only where attention is plain (one causal
mask, no window, no sinks, no bias), which is asked of the graph and then of the mask itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from app.training import ggml
from app.training.batches import Batch
from app.training.ggml import Floats, TensorStruct
from app.training.products import Products, empty, is_weight, view

_BLOCK = 128  # queries; smaller saves more and makes products that a core is slower at
_PIECE = 1 << 16  # scores that are worked on at once
Work = Callable[[int], None]


def is_plain(graph: Sequence[int], width: int) -> bool:
    """Whether each table of scores in a forward graph goes straight into a plain softmax."""
    tables = {
        node
        for node in graph
        if ggml.op_desc(node) == b"MUL_MAT" and is_table(ggml.tensor(node), width)
    }
    softened = set()
    for node in graph:
        found = ggml.tensor(node)
        for place, source in enumerate(found.src):
            if source in tables:
                plain = ggml.op_desc(node) == b"SOFT_MAX" and place == 0 and source not in softened
                if not plain or not found.src[1] or found.src[2] or _numbers(found)[1]:
                    return False
                softened.add(source)
    return bool(tables) and softened == tables


def is_table(node: TensorStruct, width: int) -> bool:
    """Whether a product is of all queries with all keys."""
    return node.ne[0] == node.ne[1] == width and not is_weight(ggml.tensor(node.src[0]))


class Attention:
    """width: tokens of a context. One for a session; `take_...` gives the work that is to be done
    in a node's place, or None."""

    def __init__(self, width: int, products: Products) -> None:
        self._width = width
        self._products = products
        self._allowed = np.tri(width, dtype=bool)
        self._hidden = np.where(np.tri(_BLOCK, dtype=bool), 0, -np.inf).astype(np.float32)
        self._on = True
        self._scratch = [np.empty(0, np.float32), np.empty(0, np.float32)]

    def begin(self, batch: Batch) -> None:
        """Lay out the blocks of a batch and forget the last pass."""
        self._queries: list[tuple[int, int, int]] = []  # begin, end, first key that is seen
        self._keys: list[tuple[int, int, int]] = []  # begin, end, end of the queries that see them
        edges = np.flatnonzero(np.diff(batch.segment[: batch.used])) + 1
        self._used = batch.used
        for first, end in zip([0, *edges], [*edges, batch.used], strict=True):
            for begin in range(int(first), int(end), _BLOCK):
                until = min(begin + _BLOCK, int(end))
                self._queries.append((begin, until, int(first)))
                self._keys.append((begin, until, int(end)))
        self._tables: set[int] = set()
        self._shares: set[int] = set()
        self._looked_at: set[int] = set()
        self._values: set[int] = set()
        self._slopes: set[int] = set()

    def take_product(self, address: int) -> Work | None:
        """Of a MUL_MAT: the table of scores, or the mixture of values."""
        node = ggml.tensor(address)
        if node.src[1] in self._shares:
            if self._products.take(address, b"MUL_MAT"):
                self._values.add(node.src[0])
                return self._mix
            return None
        table = self._on and is_table(node, self._width)
        if table and self._products.take(address, b"MUL_MAT"):
            self._tables.add(address)
            self._looked_at.add(node.src[0])
            return self._score
        return None

    def take_softmax(self, address: int) -> Work | None:
        """Scores become shares of attention."""
        node = ggml.tensor(address)
        if node.src[0] not in self._tables:
            return None
        if not self._is_causal(node.src[1]):
            # This model hides more than the future: all is computed as the graph has it.
            self._on = False
            self._products.multiply(node.src[0])
            return None
        self._shares.add(address)
        empty(node)
        return self._soften

    def take_softmax_back(self, address: int) -> Work | None:
        """The way back through that."""
        node = ggml.tensor(address)
        if node.src[1] not in self._shares:
            return None
        self._slopes.add(address)
        empty(node)
        return self._soften_back

    def take_outer_product(self, address: int) -> Work | None:
        """Of an OUT_PROD: gradients of shares, values, queries or keys."""
        node = ggml.tensor(address)
        work: Work | None = None
        if node.src[0] in self._shares:
            work = self._values_back
        elif node.src[1] in self._slopes:
            work = self._keys_back
        elif node.src[0] in self._values and is_table(node, self._width):
            work = self._shares_back
        elif node.src[0] in self._looked_at and ggml.tensor(node.src[1]).view_src in self._slopes:
            work = self._queries_back
        if work is None or not self._products.take(address, b"OUT_PROD"):
            return None
        return work

    # --- forward ------------------------------------------------------------------------------

    def _score(self, address: int) -> None:
        queries, keys, out = self._products.sides(address)
        for begin, end, first in self._queries:
            seen = keys[:, :, first:end].swapaxes(-1, -2)
            np.matmul(queries[:, :, begin:end], seen, out=out[:, :, begin:end, first:end])

    def _soften(self, address: int) -> None:
        node = ggml.tensor(address)
        scores, out = view(ggml.tensor(node.src[0]), 1), view(node, 1)
        scale = np.float32(_numbers(node)[0])
        for heads, begin, end, first in self._pieces(len(out)):
            part = self._piece(0, heads, end - begin, end - first)
            np.multiply(scores[heads, 0, begin:end, first:end], scale, out=part)
            part[..., begin - first :] += self._hidden[: end - begin, : end - begin]
            part -= part.max(axis=-1, keepdims=True)
            np.exp(part, out=part)
            share = out[heads, 0, begin:end]
            np.multiply(part, 1 / part.sum(axis=-1, keepdims=True), out=share[..., first:end])
            share[..., :first] = share[..., end:] = 0
        out[:, :, self._used :] = 0

    def _mix(self, address: int) -> None:
        shares, values, out = self._products.sides(address)
        for begin, end, first in self._queries:
            seen = values[..., first:end].swapaxes(-1, -2)
            np.matmul(shares[:, :, begin:end, first:end], seen, out=out[:, :, begin:end])
        out[:, :, self._used :] = 0

    # --- backward -----------------------------------------------------------------------------

    def _shares_back(self, address: int) -> None:
        left, values, out = self._products.sides(address)
        mixed = left.swapaxes(-1, -2)
        for begin, end, first in self._queries:
            seen = values[..., first:end]
            np.matmul(mixed[:, :, begin:end], seen, out=out[:, :, begin:end, first:end])

    def _soften_back(self, address: int) -> None:
        node = ggml.tensor(address)
        slopes, shares = view(ggml.tensor(node.src[0]), 1), view(ggml.tensor(node.src[1]), 1)
        out, scale = view(node, 1), np.float32(_numbers(node)[0])
        for heads, begin, end, first in self._pieces(len(out)):
            share = shares[heads, 0, begin:end, first:end]
            slope = slopes[heads, 0, begin:end, first:end]
            part = self._piece(0, heads, end - begin, end - first)
            np.multiply(slope, share, out=part)
            pulled = np.multiply(
                share,
                part.sum(axis=-1, keepdims=True),
                out=self._piece(1, heads, end - begin, end - first),
            )
            part -= pulled
            slope = out[heads, 0, begin:end]
            np.multiply(part, scale, out=slope[..., first:end])
            slope[..., :first] = slope[..., end:] = 0
        out[:, :, self._used :] = 0

    def _values_back(self, address: int) -> None:
        left, shares, out = self._products.sides(address)
        mixed = left.swapaxes(-1, -2)
        for begin, end, last in self._keys:
            seeing = mixed[..., begin:last]
            np.matmul(seeing, shares[:, :, begin:last, begin:end], out=out[..., begin:end])
        out[..., self._used :] = 0

    def _queries_back(self, address: int) -> None:
        left, keys, out = self._products.sides(address)
        slopes = left.swapaxes(-1, -2)
        for begin, end, first in self._queries:
            seen = keys[:, :, first:end]
            np.matmul(slopes[:, :, begin:end, first:end], seen, out=out[:, :, begin:end])
        out[:, :, self._used :] = 0

    def _keys_back(self, address: int) -> None:
        left, queries, out = self._products.sides(address)
        slopes = left.swapaxes(-1, -2)
        for begin, end, last in self._keys:
            seeing = queries[:, :, begin:last]
            np.matmul(slopes[:, :, begin:end, begin:last], seeing, out=out[:, :, begin:end])
        out[:, :, self._used :] = 0

    # --- helpers ------------------------------------------------------------------------------

    def _pieces(self, heads: int) -> Iterator[tuple[slice, int, int, int]]:
        """Blocks of a few heads, no larger than what a core keeps near."""
        for begin, end, first in self._queries:
            step = max(1, _PIECE // ((end - begin) * (end - first)))
            for head in range(0, heads, step):
                yield slice(head, min(head + step, heads)), begin, end, first

    def _piece(self, number: int, heads: slice, rows: int, columns: int) -> Floats:
        """Scratch that is used again: new memory for each piece costs more than its work."""
        shape = (heads.stop - heads.start, rows, columns)
        size = shape[0] * rows * columns
        if self._scratch[number].size < size:
            self._scratch[number] = np.empty(size, np.float32)
        return self._scratch[number][:size].reshape(shape)

    def _is_causal(self, mask: int) -> bool:
        found, width = ggml.tensor(mask), self._width
        if found.type != ggml.F32 or found.ne[0] != width or found.ne[1] < width:
            return False
        values = view(found, 1)[0, 0, :width]
        return bool(np.array_equal(values == 0, self._allowed))


def _numbers(node: TensorStruct) -> tuple[float, float]:
    """(scale, bias) of a softmax."""
    scale, bias = struct.unpack("<2f", bytes(node.op_params)[:8])
    return scale, bias
