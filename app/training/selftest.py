"""Proves, before a person's model is trained, that the library computes what Loam relies on.

In a process of its own a tiny model of random weights is trained for one pass; its loss is
compared with one reckoned from plain decoding, and its gradient with differences of the loss. A
library whose structs lie otherwise crashes or disagrees there, and training is refused in words.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.errors import ChildDied, LoamError, TrainingUnavailable
from app.core.files import write_atomically
from app.core.process import WorkerProcess
from app.core.types import LORA_TARGETS
from app.training.config import TrainingConfig

ENTRY = "app.training.selftest:Worker"
_CONTEXT = 256
_LOSS_TOLERANCE = 1e-4
_LOSS_TOLERANCE_GPU = 2e-3  # cards multiply with 10 bits of each factor
_GRADIENT_TOLERANCE = 0.02
_NUDGE = 2e-2


@dataclass(frozen=True, slots=True)
class Prove:
    """On a card, or on the processor (-1). Events: one Proven. Errors: TrainingUnavailable."""

    gpu: int = -1


@dataclass(frozen=True, slots=True)
class Proven:
    loss_error: float
    gradient_error: float


def ensure(config: TrainingConfig, gpu: int = -1) -> None:
    """Run the test unless this very library has passed it there. Errors: TrainingUnavailable."""
    passed = config.cache / (f"selftest-gpu{gpu}.json" if gpu >= 0 else "selftest.json")
    library = _library()
    with contextlib.suppress(OSError, ValueError):
        if json.loads(passed.read_text(encoding="utf-8")) == library:
            return
    child = WorkerProcess("The self-test", ENTRY, None, config.logs)
    try:
        child.ask(Prove(gpu))
    except TrainingUnavailable:
        raise
    except ChildDied as error:
        raise TrainingUnavailable(error.detail, reason="its self-test crashed") from None
    except LoamError as error:
        raise TrainingUnavailable(str(error), reason="its self-test failed") from None
    finally:
        child.close(patience=1.0)
    with contextlib.suppress(OSError):
        write_atomically(passed, json.dumps(library).encode())


def _library() -> dict[str, object]:
    """What tells one build of the library from another."""
    import llama_cpp

    folder = Path(llama_cpp.__file__).parent / "lib"
    files = sorted(p for p in folder.glob("*") if p.is_file())
    stamps = [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in files]
    return {"version": llama_cpp.__version__, "files": stamps, "test": 2}


class Worker:
    """Handler of the test's process."""

    parallel = 1

    def __init__(self, _: object) -> None:
        pass

    def handle(self, request: Prove, cancelled: Callable[[], bool]) -> Iterator[Proven]:
        """Test once."""
        yield prove(request.gpu)

    def close(self) -> None:
        """Nothing is open."""


def prove(gpu: int = -1) -> Proven:
    """gpu: as in `Prove`. Errors: TrainingUnavailable with what disagrees; a crash when structs lie
    otherwise."""
    from app.training import adapter_file, ggml, tinymodel, weights
    from app.training.batches import MASKED, Example, build
    from app.training.session import Session

    if ggml.tensor_overhead() != ggml.TENSOR_BYTES + ggml.OBJECT_BYTES:
        raise TrainingUnavailable(reason="its tensors are laid out in another way")
    numbers = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        model, adapter = Path(folder) / "model.gguf", Path(folder) / "adapter.gguf"
        tinymodel.write(model, seed=1)
        values = adapter_file.initial(weights.matrices(model), LORA_TARGETS, 4, seed=1)
        for part in values.values():
            part += numbers.standard_normal(part.shape).astype(np.float32) * np.float32(0.1)
        about = adapter_file.Description("test", "llama", 4, 8.0, LORA_TARGETS, "")
        adapter_file.write(adapter, values, about)
        tokens = numbers.integers(3, 259, 100).astype(np.int32)
        labels = np.concatenate([np.full(40, MASKED), tokens[41:], [5]]).astype(np.int32)
        batch = build([Example("row", tokens, labels)], _CONTEXT)
        session = Session(model, adapter, _CONTEXT, threads=1, gpu=gpu)
        try:
            start = session.values()
            session.load(start)
            loss = session.learn(batch)
            gradient = session.gradient()
            direction = gradient / np.float32(np.linalg.norm(gradient))
            ends = []
            for sign in (1, -1):
                session.load(start + np.float32(sign * _NUDGE) * direction)
                ends.append(session.measure(batch))
        finally:
            session.close()
        expected = _plain_loss(model, adapter, tokens, labels)
    slope = (ends[0] - ends[1]) / (2 * _NUDGE)
    steepness = float(np.linalg.norm(gradient))
    loss_error = abs(loss - expected) / expected
    gradient_error = abs(slope - steepness) / steepness
    # A NaN fails both.
    if not loss_error < (_LOSS_TOLERANCE if gpu < 0 else _LOSS_TOLERANCE_GPU):
        raise TrainingUnavailable(f"{loss} for {expected}", reason="its loss is wrong")
    if not gradient_error < _GRADIENT_TOLERANCE:
        raise TrainingUnavailable(f"{steepness} for {slope}", reason="its gradient is wrong")
    return Proven(loss_error, gradient_error)


def _plain_loss(
    model: Path,
    adapter: Path,
    tokens: np.ndarray[tuple[int], np.dtype[np.int32]],
    labels: np.ndarray[tuple[int], np.dtype[np.int32]],
) -> float:
    """The same loss from ordinary decoding."""
    from app.core.types import AdapterUse
    from app.engine.header import inspect
    from app.training.batches import Example
    from app.training.evaluate import opened

    uses = (AdapterUse(str(adapter)),)
    with opened(inspect(str(model)), uses, _CONTEXT, 1) as scorer:
        loss = scorer.score(Example("row", tokens, labels), bool)
    return float("nan") if loss is None else loss
