"""What a model would need to be trained here, found out without computing anything.

The model file is mapped, an adapter of the wanted rank put on, and the graph asked; the weights
themselves are not changed or copied.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import NotTrainable
from app.core.types import ModelInfo
from app.engine import header
from app.training import adapter_file, base, memory, weights
from app.training.session import Session

_COMPANIONS = 6  # tensors as large as the logits that live at once


@dataclass(frozen=True, slots=True)
class Survey:
    """Bytes: working is what a run needs besides weights, needed is all, free what there is."""

    choice: base.Choice
    working: int
    needed: int
    free: int


def survey(
    info: ModelInfo,
    cache: Path,
    context: int,
    rank: int,
    targets: tuple[str, ...],
    freed: int = 0,
    before: bool | None = None,
) -> Survey:
    """freed: bytes that will be free besides; before: whether the run that goes on had an F32
    copy. Errors: NotTrainable with the reason, ModelError."""
    free = memory.available() + freed
    _refuse_if_hopeless(info, context, free)
    shapes = weights.matrices(Path(info.path))
    values = adapter_file.initial(shapes, targets, rank, seed=0)
    if not values:
        raise NotTrainable(path=info.path, reason="it has none of the layers to be changed")
    about = adapter_file.Description("probe", info.architecture, rank, rank, targets, "")
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.gguf"
        adapter_file.write(probe, values, about)
        session = Session(Path(info.path), probe, context, threads=1)
        finding = session.finding
        moments = session.size * 4 * 5  # values, two moments, a gradient and its sum
        session.close()
    if finding.why_not:
        raise NotTrainable(path=info.path, reason=finding.why_not)
    working = finding.working + moments
    choice = base.as_before(base.choose(info, cache, working, free), before)
    held = base.copy_bytes(info) if choice.full_precision else info.size_bytes
    needed = held + working
    if not choice.full_precision and needed > free:
        raise NotTrainable(path=info.path, reason=_too_large(needed, free))
    if finding.why_not_as_it_is and not choice.full_precision:
        reason = f"{finding.why_not_as_it_is}. {choice.reason}"
        raise NotTrainable(path=info.path, reason=reason)
    return Survey(choice, working, needed, free)


def _refuse_if_hopeless(info: ModelInfo, context: int, free: int) -> None:
    """Before anything is allocated, since llama.cpp ends the process when it can't have it."""
    words = header.read(info.path).arrays.get("tokenizer.ggml.tokens", 0)
    least = info.size_bytes + _COMPANIONS * words * context * 4
    if least > free:
        raise NotTrainable(path=info.path, reason=_too_large(least, free))


def _too_large(needed: int, free: int) -> str:
    return f"it needs at least {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
