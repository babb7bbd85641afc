"""Whether an adapter helps: measured on rows it has not learnt from, and on a text that has
nothing to do with them.

What a person is told follows from an interval, not from a mean: rows are drawn again with
replacement 2,000 times, and a difference whose 95 % interval holds zero is called noise.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.errors import BadInput
from app.core.messages import Evaluate, Evaluated, Generate, Progress, Token, Turn
from app.core.process import Cancel, WorkerProcess
from app.core.types import AdapterUse, ModelSpec, RowLoss, Sampling, TrainingRow

_DRAWS = 2000
_FORGETTING = 1.05  # times the perplexity of the control text


class Verdict(StrEnum):
    """NOISE: no better than chance would make it."""

    BETTER = "better"
    NOISE = "noise"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Judgement:
    """off, on: figures without and with the adapters, on held-out rows and on the control text
    (None without one). difference: on minus off in nats per token over all held-out tokens, low
    and high bound its 95 % interval; below zero is better. forgot: the control text became clearly
    harder to predict."""

    off: Evaluated
    on: Evaluated
    difference: float
    low: float
    high: float
    verdict: Verdict
    control_off: Evaluated | None = None
    control_on: Evaluated | None = None
    forgot: bool = False

    @property
    def control_change(self) -> float | None:
        """How much harder the control text became to predict: 0.02 is 2 % more perplexity; None
        without a control text."""
        if not (self.control_off and self.control_on):
            return None
        return self.control_on.perplexity / self.control_off.perplexity - 1

    @property
    def words(self) -> str:
        """What it means, in English."""
        losses = f"loss {self.off.loss:.2f} -> {self.on.loss:.2f}"
        said = {
            Verdict.BETTER: f"Better on held-out rows: {losses}",
            Verdict.WORSE: f"Worse on held-out rows: {losses}",
            Verdict.NOISE: f"No better than noise on held-out rows: {losses}",
        }[self.verdict]
        change = self.control_change
        if change is not None:
            side = "worse" if change > 0 else "better"
            said += f"; control text {abs(change):.1%} {side}"
        said += "."
        if self.forgot:
            said += " It has forgotten some of what the model knew."
        return said


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to the question of one held-out row. first_is_tuned: which is which; a blind
    comparison shows it after the choice."""

    row: str
    question: str
    expected: str
    first: str
    second: str
    first_is_tuned: bool


def judge(
    trainer: WorkerProcess,
    model: str,
    adapters: tuple[AdapterUse, ...],
    rows: tuple[TrainingRow, ...],
    control: str = "",
    context: int = 512,
    cancel: Cancel | None = None,
    answers_only: bool = True,
) -> Iterator[object]:
    """Progress over all that is measured, at last a Judgement (not when cancelled). Errors:
    BadInput for fewer than two rows, and as Evaluate."""
    if len(rows) < 2:
        raise BadInput(problem="At least two held-out rows are needed to judge an adapter.")
    found: list[Evaluated] = []
    requests = [
        *(Evaluate(model, on, rows, "", context, answers_only) for on in ((), adapters)),
        *(Evaluate(model, on, text=control, context=context) for on in ((), adapters)),
    ]
    if not control.strip():
        del requests[2:]
    letters = [len(request.text) + sum(map(_letters, request.rows)) for request in requests]
    for number, request in enumerate(requests):
        before, own = sum(letters[:number]), letters[number]
        for event in trainer.stream(request, cancel):
            if isinstance(event, Evaluated):
                found.append(event)
            elif isinstance(event, Progress):
                # What is read in bytes is read once, before anything is measured with an adapter.
                part = event.fraction if event.unit == "rows" else 0.0
                share = (before + own * part) / sum(letters)
                yield replace(event, share=share)
        if cancel and cancel.is_set():
            return
    yield judgement(*found)


def _letters(row: TrainingRow) -> int:
    """About how long a row takes to measure."""
    said = sum(len(content) for _role, content in row.turns)
    return 1 + said + len(row.text) + 4 * len(row.tokens)


def judgement(
    off: Evaluated,
    on: Evaluated,
    control_off: Evaluated | None = None,
    control_on: Evaluated | None = None,
) -> Judgement:
    """What the figures say. off and on must be of the same rows."""
    low, high = interval(off.rows, on.rows)
    verdict = Verdict.BETTER if high < 0 else Verdict.WORSE if low > 0 else Verdict.NOISE
    forgot = bool(
        control_off and control_on and control_on.perplexity > _FORGETTING * control_off.perplexity
    )
    difference = on.loss - off.loss
    return Judgement(off, on, difference, low, high, verdict, control_off, control_on, forgot)


def interval(off: Sequence[RowLoss], on: Sequence[RowLoss]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean difference per token, over rows. The same rows give
    the same interval."""
    # Only here, so that the window starts without it.
    import numpy as np

    tokens = np.array([row.tokens for row in off], np.float64)
    nats = np.array([b.loss - a.loss for a, b in zip(off, on, strict=True)]) * tokens
    numbers = np.random.default_rng(0)
    means = []
    for _ in range(_DRAWS):
        drawn = numbers.integers(0, len(tokens), len(tokens))
        means.append(nats[drawn].sum() / tokens[drawn].sum())
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def paired_answers(
    engine: WorkerProcess,
    spec: ModelSpec,
    adapters: tuple[AdapterUse, ...],
    rows: Sequence[TrainingRow],
    cancel: Cancel,
    seed: int = 0,
) -> Iterator[Pair]:
    """Answers without and with the adapters to the last question of each row that is a
    conversation, in an order drawn by chance. Errors: of the engine."""
    order = random.Random(seed)  # noqa: S311 - which answer is shown first
    for row in rows:
        if cancel.is_set():
            return
        turns = [Turn(role, content) for role, content in row.turns]
        if len(turns) < 2 or turns[-1].role != "assistant":
            continue
        answers = [_answer(engine, spec, uses, turns[:-1], cancel) for uses in (adapters, ())]
        tuned_first = order.random() < 0.5
        first, second = answers if tuned_first else answers[::-1]
        yield Pair(row.name, turns[-2].content, turns[-1].content, first, second, tuned_first)


def _answer(
    engine: WorkerProcess,
    spec: ModelSpec,
    adapters: tuple[AdapterUse, ...],
    turns: Sequence[Turn],
    cancel: Cancel,
) -> str:
    used = replace(spec, adapters=adapters)
    sampling = Sampling(temperature=0.0, max_tokens=256, seed=1)
    events = engine.stream(Generate(used, sampling, tuple(turns)), cancel)
    return "".join(event.text for event in events if isinstance(event, Token)).strip()
