"""From a spec to what a run works with: rows encoded, memory reckoned, weights and start ready."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.core import tuning
from app.core.errors import (
    BadAdapter,
    BadInput,
    BadRows,
    Cancelled,
    ModelError,
    NotAModel,
    TrainingUnavailable,
)
from app.core.files import sha256
from app.core.messages import Progress
from app.core.types import HyperParameters, LeftOut, ModelInfo, TrainingRow, TrainingSpec
from app.engine import adapter_header, hashes, native
from app.engine.header import inspect
from app.engine.native import lib
from app.engine.template import Templates
from app.engine.threads import usable_cores
from app.training import adapter_file, base, checkpoint, selftest, weights
from app.training.batches import MULTIPLE, Example, padded_length
from app.training.config import TrainingConfig
from app.training.device import Place, on_processor, place
from app.training.rows import Encoded, Encoder
from app.training.run import Material, identity
from app.training.survey import survey

_CONTEXT_OPEN = 1024  # the longest row that is taken when the context is left open
_TEXT_WINDOW = 512  # and the windows of plain text then


def prepare(
    spec: TrainingSpec,
    config: TrainingConfig,
    templates: Templates,
    cancelled: Callable[[], bool],
) -> Iterator[Progress | Material]:
    """Progress, at last the material. Errors: MissingFile, NotAModel, ModelError, NotTrainable,
    BadAdapter, BadRows, BadInput, StoreError, Cancelled."""
    info = chat_model(spec.model)
    hyper = spec.hyper
    yield Progress("Reading the model", 0, 1)
    yield from hashes.told(Path(info.path), cancelled)
    base_sha256 = hashes.content_hash(Path(info.path))
    initial = Path(spec.initial_adapter) if spec.initial_adapter else None
    if initial is not None:
        hyper = _of_adapter(hyper, initial, info, base_sha256)
    check(hyper)
    limit = row_limit(spec.rows, hyper.context, info.context_trained)
    encoded: list[Encoded] = []
    with vocabulary_only(info.path) as model:
        encoder = Encoder(model, templates)
        for rows in (spec.rows, spec.validation):
            for event in encoder.encode(rows, limit, hyper.answers_only, cancelled):
                if isinstance(event, Encoded):
                    encoded.append(event)
                else:
                    yield Progress("Reading the rows", event, len(rows), "rows")
            _stop_if(cancelled)
    examples, left_out = encoded[0].examples, encoded[0].left_out
    left_out = [*left_out, *encoded[1].left_out]
    if not examples:
        reason = left_out[0].reason if left_out else "none were given"
        raise BadRows(_list(left_out), reason=reason)
    longest = max(len(e.tokens) for e in [*examples, *encoded[1].examples])
    context = limit if hyper.context else padded_length(longest)
    yield Progress("Checking the memory", 0, 1)
    before = checkpoint.had_full_precision(Path(spec.resume_from)) if spec.resume_from else None
    found = survey(info, config.cache, context, hyper.rank, hyper.targets, before=before)
    _stop_if(cancelled)
    where = place(native.devices(), found.choice.full_precision, found.needed)
    if where.gpu >= 0:
        where = _proven(where, config)
    path = Path(info.path)
    if found.choice.full_precision:
        for step in base.prepare(info, config.cache, config.logs, cancelled):
            if isinstance(step, Path):
                path = step
            else:
                yield step
        _stop_if(cancelled)
    start = Path(spec.folder) / "start.gguf"
    _write_start(start, initial, hyper, info, base_sha256)
    origin = sha256(initial) if initial else f"seed {hyper.seed}"
    yield Material(
        info=info,
        base_sha256=base_sha256,
        base=path,
        start=start,
        examples=examples,
        validation=encoded[1].examples,
        left_out=tuple(left_out),
        context=context,
        full_precision=found.choice.full_precision,
        reason=" ".join(part for part in (found.choice.reason, where.reason) if part),
        place=where,
        memory_needed=found.needed,
        threads=spec.threads or usable_cores(),
        hyper=hyper,
        identity=identity(
            base_sha256, examples, context, hyper, origin, found.choice.full_precision
        ),
    )


def _proven(where: Place, config: TrainingConfig) -> Place:
    """The card, if training on it computes what it should; else the processor."""
    try:
        selftest.ensure(config, where.gpu)
    except TrainingUnavailable as error:
        return on_processor(f"on the card {error.params.get('reason', 'the self-test failed')}")
    return where


def chat_model(path: str) -> ModelInfo:
    """Errors: MissingFile, NotAModel."""
    info = inspect(path)
    if info.is_projector:
        raise NotAModel(path=path, reason="it lets another model see, and can't write any text")
    if info.is_embedding:
        raise NotAModel(path=path, reason="it compares texts and can't write any")
    return info


def row_limit(rows: Sequence[TrainingRow], context: int, trained: int) -> int:
    """The longest row in tokens: the context wanted, or what is sensible when it is left open."""
    if context:
        return padded_length(context)
    wanted = _TEXT_WINDOW if any(row.text for row in rows) else _CONTEXT_OPEN
    return max(MULTIPLE, min(wanted, trained // MULTIPLE * MULTIPLE or wanted))


@contextlib.contextmanager
def vocabulary_only(path: str) -> Iterator[object]:
    """The model without its weights, for its tokenizer and template. Errors: ModelError."""
    native.start()
    params = lib.llama_model_default_params()
    params.vocab_only = True
    model = lib.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        raise ModelError(native.recent_log(), path=path)
    try:
        yield model
    finally:
        lib.llama_model_free(model)


def check(hyper: HyperParameters) -> None:
    """Refuse settings that can't work. Errors: BadInput."""
    problem = tuning.problem(hyper)
    if problem:
        raise BadInput(problem=problem)


def _of_adapter(
    hyper: HyperParameters, path: Path, info: ModelInfo, base_sha256: str
) -> HyperParameters:
    """The settings with rank, alpha and targets of the adapter to begin with."""
    found = adapter_header.inspect(str(path))
    adapter_header.check_base(found, info.architecture, base_sha256)
    shapes = {n: t.shape for n, t in weights.stored(path).items() if n.endswith(".lora_a")}
    ranks = {shape[0] for shape in shapes.values()}
    if len(ranks) != 1:
        raise BadAdapter(path=path, reason="its layers are not all of one rank")
    targets = tuple(dict.fromkeys(name.split(".")[2] for name in shapes))
    rank = ranks.pop()
    return dataclasses.replace(hyper, rank=rank, alpha=found.alpha or rank, targets=targets)


def _write_start(
    start: Path, initial: Path | None, hyper: HyperParameters, info: ModelInfo, base_sha256: str
) -> None:
    if initial is not None:
        values = {name: weights.floats(initial, t) for name, t in weights.stored(initial).items()}
    else:
        shapes = weights.matrices(Path(info.path))
        values = adapter_file.initial(shapes, hyper.targets, hyper.rank, hyper.seed)
    about = adapter_file.Description(
        "start", info.architecture, hyper.rank, hyper.alpha, hyper.targets, base_sha256
    )
    adapter_file.write(start, values, about)


def _stop_if(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled


def _list(left_out: Sequence[LeftOut]) -> str:
    return "\n".join(f"{row.name}: {row.reason}" for row in left_out[:100])


def as_examples(encoded: Encoded) -> list[Example]:
    """The examples, or an error when there are none. Errors: BadRows."""
    if not encoded.examples:
        reason = encoded.left_out[0].reason if encoded.left_out else "none were given"
        raise BadRows(_list(encoded.left_out), reason=reason)
    return encoded.examples
