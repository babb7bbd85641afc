"""Whether an adapter helps: measured on rows it has not learnt from, and on a text that has
nothing to do with them.

What a person is told follows from an interval, not from a mean: rows are drawn again with
replacement 2,000 times, and a difference whose 95 % interval holds zero is called noise.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import BadInput
from app.core.messages import Evaluate, Evaluated, Generate, Token, Turn
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
    def words(self) -> str:
        """What it means, in English."""
        percent = abs(self.on.perplexity / self.off.perplexity - 1)
        said = {
            Verdict.BETTER: f"Better: perplexity on held-out rows fell by {percent:.0%}.",
            Verdict.WORSE: f"Worse: perplexity on held-out rows rose by {percent:.0%}.",
            Verdict.NOISE: "No better than noise: with other rows it could as well be worse.",
        }[self.verdict]
        if self.control_off and self.control_on:
            change = self.control_on.perplexity / self.control_off.perplexity - 1
            now = "It has forgotten" if self.forgot else "It has not forgotten"
            said += f" {now}: the control text's perplexity changed by {change:+.1%}."
        return said


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one held-out question. first_is_tuned: which is which; a blind comparison
    shows it after the choice."""

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
) -> Iterator[object]:
    """Progress, at last a Judgement (not when cancelled). Errors: BadInput for fewer than two
    rows, and as Evaluate."""
    if len(rows) < 2:
        raise BadInput(problem="At least two held-out rows are needed to judge an adapter.")
    found: list[Evaluated] = []
    held_out = [Evaluate(model, uses, rows, context=context) for uses in ((), adapters)]
    texts = [
        Evaluate(model, uses, text=control, context=context)
        for uses in ((), adapters)
        if control.strip()
    ]
    for request in (*held_out, *texts):
        for event in trainer.stream(request, cancel):
            if isinstance(event, Evaluated):
                found.append(event)
            else:
                yield event
        if cancel and cancel.is_set():
            return
    yield judgement(*found)


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
        yield Pair(turns[-2].content, turns[-1].content, first, second, tuned_first)


def _answer(
    engine: WorkerProcess,
    spec: ModelSpec,
    adapters: tuple[AdapterUse, ...],
    turns: Sequence[Turn],
    cancel: Cancel,
) -> str:
    used = ModelSpec(spec.path, spec.context_length, spec.gpu_layers, spec.threads, adapters)
    sampling = Sampling(temperature=0.0, max_tokens=256, seed=1)
    events = engine.stream(Generate(used, sampling, tuple(turns)), cancel)
    return "".join(event.text for event in events if isinstance(event, Token)).strip()
