"""What an adapter file says of itself, and whether it belongs to a model. Nothing native.

An adapter that names its base by hash is used with that base only; one from elsewhere is left to
llama.cpp's own check of names and shapes.
"""

from __future__ import annotations

from pathlib import Path

from app.core.errors import BadAdapter, NotAModel
from app.core.types import AdapterInfo
from app.engine import header

BASE_KEY = "loam.base_sha256"
CARD_KEY = "loam.card"
TARGETS_KEY = "loam.targets"
PARAMETERS_KEY = "loam.parameters"
RANK_KEY = "loam.rank"


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
        rank=int(values.get(RANK_KEY, 0)),
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
