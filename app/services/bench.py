"""How fast a model is on this machine: reading, writing, and the time to the first word.

Each figure is from a process of its own kind: one that starts cold, and one that is started again
and finds the conversation as it was saved. Other work on the machine shows in the figures.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import Cancelled
from app.core.messages import (
    Counted,
    CountTokens,
    Generate,
    Generated,
    Load,
    Loaded,
    Progress,
    Token,
    Turn,
)
from app.core.process import Cancel, WorkerProcess
from app.core.types import LoadedModel, ModelSpec, Sampling
from app.engine.config import CONTEXT_DEFAULT, EngineConfig

_LINE = "The river rises in the hills, turns the old mill and flows past the harbour. "
_ASK = "What does the river turn?"
_STATE_BYTES = 8 << 30
_PATIENCE = 60.0  # seconds for a state to be written
_LEAST_SAVED = 256
"""Tokens below which no state is kept, see engine/states.py."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Seconds and tokens/s. load: from nothing to the model in memory, the start of its process in
    it; first_cold: that and the time to the first token; first_saved: to the first token of the
    next question after a restart with the model loaded, 0 where the prompt is too short for a
    state; first_evaluated: the same without a saved state."""

    model: LoadedModel
    prompt_tokens: int
    answer_tokens: int
    prefill: float
    decode: float
    load: float
    first_cold: float
    first_evaluated: float
    first_saved: float


def run(
    spec: ModelSpec, logs: Path, prompt_tokens: int, answer_tokens: int, cancel: Cancel
) -> Iterator[Progress | BenchResult]:
    """Progress and at last the result. Errors: those of the engine; Cancelled."""
    context = spec.context_length or CONTEXT_DEFAULT
    spec = replace(spec, context_length=max(context, prompt_tokens + 4 * answer_tokens + 256))
    sampling = Sampling(temperature=0.0, repeat_penalty=1.0, max_tokens=answer_tokens)
    with tempfile.TemporaryDirectory() as place:
        states = Path(place) / "states"
        yield Progress("Starting cold", 0, 3)
        begin = time.perf_counter()
        with _engine(logs, states) as engine:
            loaded = _load(engine, spec, cancel)
            load = time.perf_counter() - begin
            text = _text(engine, spec, prompt_tokens)
            began, first, end, answer = _answer(engine, spec, sampling, _turns(text), cancel)
            cold = load + first - began
            saved = _wait_for_state(states, end.stats.context_used, cancel)
        figures = []
        for number, folder in enumerate((None, states), 1):
            yield Progress("Starting again", number, 3)
            if folder is not None and not saved:
                figures.append(0.0)
                continue
            with _engine(logs, folder) as engine:
                _load(engine, spec, cancel)
                # Greedy and short: only the first token counts here.
                short = replace(sampling, max_tokens=2)
                turns = (*_turns(text), Turn("assistant", answer), Turn("user", "And then?"))
                began, first, _end, _text_of = _answer(engine, spec, short, turns, cancel)
                figures.append(first - began)
    stats = end.stats
    yield BenchResult(
        model=loaded,
        prompt_tokens=stats.prompt_tokens,
        answer_tokens=stats.answer_tokens,
        prefill=stats.prompt_rate,
        decode=stats.answer_rate,
        load=load,
        first_cold=cold,
        first_evaluated=figures[0],
        first_saved=figures[1],
    )


@contextlib.contextmanager
def _engine(logs: Path, states: Path | None) -> Iterator[WorkerProcess]:
    config = EngineConfig(logs, states, _STATE_BYTES if states else 0)
    engine = WorkerProcess("The model", "app.engine.worker:Worker", config, logs, grace=30.0)
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


def _load(engine: WorkerProcess, spec: ModelSpec, cancel: Cancel) -> LoadedModel:
    for event in engine.stream(Load(spec), cancel):
        if isinstance(event, Loaded):
            return event.model
    raise Cancelled


def _text(engine: WorkerProcess, spec: ModelSpec, tokens: int) -> str:
    """A text of about so many tokens."""
    counted: Counted = engine.ask(CountTokens(spec, (_LINE,)))
    return _LINE * max(1, round(tokens / max(1, counted.tokens[0]))) + _ASK


def _turns(text: str) -> tuple[Turn, ...]:
    return (Turn("user", text),)


def _answer(
    engine: WorkerProcess,
    spec: ModelSpec,
    sampling: Sampling,
    turns: tuple[Turn, ...],
    cancel: Cancel,
) -> tuple[float, float, Generated, str]:
    """(when it was asked, when the first word came, how it ended, the answer)."""
    begin, first, pieces = time.perf_counter(), 0.0, []
    for event in engine.stream(Generate(spec, sampling, turns), cancel):
        if isinstance(event, Token):
            first = first or time.perf_counter()
            pieces.append(event.text)
        elif isinstance(event, Generated) and not cancel.is_set():
            return begin, first or time.perf_counter(), event, "".join(pieces)
    raise Cancelled


def _wait_for_state(folder: Path, tokens: int, cancel: Cancel) -> bool:
    """Whether the conversation was written down."""
    deadline = time.monotonic() + _PATIENCE
    while tokens >= _LEAST_SAVED and time.monotonic() < deadline and not cancel.is_set():
        if list(folder.glob("*.state")):
            return True
        time.sleep(0.05)
    return False
