"""Adapter files: LoRA as GGUF in the form that llama.cpp's own tools read, with Loam's card.

Reading what an adapter says of itself (`inspect`) needs nothing native. An adapter that names its
base by hash is used with that base only; one from elsewhere is left to llama.cpp's own check of
names and shapes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.errors import BadAdapter, NotAModel, StoreError
from app.core.files import sync_folder
from app.core.types import AdapterInfo
from app.engine import header

Floats = npt.NDArray[np.float32]
BASE_KEY = "loam.base_sha256"
CARD_KEY = "loam.card"
TARGETS_KEY = "loam.targets"
_PARAMETERS_KEY = "loam.parameters"
_RANK_KEY = "loam.rank"


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
            writer.add_uint32(_RANK_KEY, about.rank)
            writer.add_uint64(_PARAMETERS_KEY, sum(part.size for part in values.values()))
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
        reason = error.strerror or "the disk refused"
        raise StoreError(repr(error), reason=reason, path=path) from error
    sync_folder(path.parent)


def inspect(path: str) -> AdapterInfo:
    """What an adapter says of itself. Errors: MissingFile, BadAdapter."""
    try:
        found = header.read(path)
    except NotAModel as error:
        reason = error.params.get("reason", "it can't be read")
        raise BadAdapter(error.detail, path=path, reason=reason) from None
    values = found.values
    if values.get("general.type") != "adapter" or values.get("adapter.type") != "lora":
        raise BadAdapter(path=path, reason="it is not a LoRA adapter")
    targets = str(values.get(TARGETS_KEY, ""))
    return AdapterInfo(
        path=path,
        name=str(values.get("general.name", "")).strip()[:200] or Path(path).stem,
        architecture=str(values.get("general.architecture", ""))[:80],
        rank=int(values.get(_RANK_KEY, 0)),
        alpha=float(values.get("adapter.lora.alpha", 0.0)),
        targets=tuple(t for t in targets.split(",") if t),
        parameters=found.parameters,
        base_sha256=str(values.get(BASE_KEY, ""))[:64],
        card=str(values.get(CARD_KEY, "")),
    )


def check_base(adapter: AdapterInfo, architecture: str, base_sha256: str) -> None:
    """Refuse an adapter that was made for another model. Errors: BadAdapter."""
    if adapter.architecture != architecture:
        reason = f"it was made for a {adapter.architecture} model, and this is {architecture}"
        raise BadAdapter(path=adapter.path, reason=reason)
    if adapter.base_sha256 and adapter.base_sha256 != base_sha256:
        reason = "it was trained on another model file"
        raise BadAdapter(
            f"adapter: {adapter.base_sha256}\nmodel: {base_sha256}",
            path=adapter.path,
            reason=reason,
        )
