"""An adapter's tensors in llama.cpp's memory, as one flat array whose order is always the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from app.training import ggml
from app.training.ggml import Floats


class AdapterTensors:
    """Those that take part in a graph (addresses of its nodes). `names`, `shapes` (rows, columns)
    and `addresses` are in the order of the flat arrays: by layer, then by name."""

    def __init__(self, graph: Sequence[int]) -> None:
        found: dict[str, int] = {}
        for source in {s for node in graph for s in ggml.tensor(node).src if s}:
            name = ggml.name_of(source)
            if name.endswith((".lora_a", ".lora_b")):
                found[name] = source
        self._by_name = dict(sorted(found.items(), key=lambda item: _place(item[0])))
        self.names: Sequence[str] = tuple(self._by_name)
        self.addresses: Sequence[int] = tuple(self._by_name.values())
        self.shapes: Sequence[tuple[int, int]] = tuple(map(_matrix_shape, self.addresses))

    @property
    def size(self) -> int:
        """How many values they have together."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    def parts(self, flat: Floats) -> list[Floats]:
        """Views of a flat array, one in the shape of each tensor."""
        views, at = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            views.append(flat[at : at + size].reshape(shape))
            at += size
        return views

    def write(self, flat: Floats) -> None:
        """Give the tensors these values."""
        for address, part in zip(self.addresses, self.parts(flat), strict=True):
            ggml.write(address, part)

    def read(self, instead: Mapping[str, int] | None = None) -> Floats:
        """Their values. instead: addresses by name of others of the same shapes to read."""
        addresses = self._by_name if instead is None else instead
        flat = np.empty(self.size, np.float32)
        for name, part in zip(self.names, self.parts(flat), strict=True):
            ggml.read(addresses[name], part)
        return flat


def _matrix_shape(address: int) -> tuple[int, int]:
    columns, rows = ggml.tensor(address).ne[:2]
    return rows, columns


def _place(name: str) -> tuple[int, str]:
    """Sorts by layer, then by name."""
    parts = name.split(".")
    return (int(parts[1]) if parts[0] == "blk" and parts[1].isdigit() else 1 << 30, name)
