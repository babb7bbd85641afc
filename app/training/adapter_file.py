"""Writes adapter files: LoRA as GGUF in the form that llama.cpp's own tools read, with Loam's card.

Reading what one says of itself is the engine's, which uses them (`engine.adapter_header`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.errors import StoreError
from app.core.files import sync_folder
from app.engine.adapter_header import BASE_KEY, CARD_KEY, PARAMETERS_KEY, RANK_KEY, TARGETS_KEY

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Description:
    """What goes into an adapter's metadata besides its values."""

    name: str
    architecture: str
    rank: int
    alpha: float
    targets: tuple[str, ...]
    base_sha256: str
    card: str = ""


def initial(
    matrices: Mapping[str, tuple[int, int]], targets: Sequence[str], rank: int, seed: int
) -> dict[str, Floats]:
    """Starting values: A normal with variance 1/n_in, B zero, so that the adapter changes nothing
    yet. matrices: (rows, columns) by GGUF name. Layer by layer, target by target, from one
    stream of numbers: the same seed gives the same adapter."""
    numbers = np.random.default_rng(seed)
    layers = sorted({int(n.split(".")[1]) for n in matrices if n.startswith("blk.")})
    values: dict[str, Floats] = {}
    for layer in layers:
        for target in targets:
            name = f"blk.{layer}.{target}.weight"
            if name not in matrices:
                continue
            rows, columns = matrices[name]
            a = numbers.standard_normal((rank, columns)) / np.sqrt(columns)
            values[f"{name}.lora_a"] = a.astype(np.float32)
            values[f"{name}.lora_b"] = np.zeros((rows, rank), np.float32)
    return values


def write(path: Path, values: Mapping[str, Floats], about: Description) -> None:
    """Write an adapter, replacing `path` only when whole. Errors: StoreError."""
    # Slow to import, and inspect() is for the window too.
    import gguf

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(descriptor)
        try:
            writer = gguf.GGUFWriter(temporary, about.architecture)
            writer.add_type("adapter")
            writer.add_name(about.name)
            writer.add_string("adapter.type", "lora")
            writer.add_float32("adapter.lora.alpha", about.alpha)
            writer.add_string(BASE_KEY, about.base_sha256)
            writer.add_string(TARGETS_KEY, ",".join(about.targets))
            writer.add_uint32(RANK_KEY, about.rank)
            writer.add_uint64(PARAMETERS_KEY, sum(part.size for part in values.values()))
            writer.add_string(CARD_KEY, about.card)
            for name, part in values.items():
                writer.add_tensor(name, np.ascontiguousarray(part))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            with open(temporary, "rb") as file:  # noqa: PTH123
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise StoreError.of(error, path) from error
    sync_folder(path.parent)
