"""Judging an adapter as a person does it: on the rows that its run held out and on a control text,
then answers side by side. What was found is kept beside the adapter.

It works in a process of its own, so that neither a run in training nor a chat waits for it, and
ends that afterwards, which gives the memory back.
"""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import BadInput, MissingFile, NotFound
from app.core.messages import Progress
from app.core.paths import resources
from app.core.process import Cancel, WorkerProcess
from app.core.types import AdapterUse, ModelSpec, TrainingRow
from app.engine import adapter_header, hashes
from app.services.adapters import AdapterService
from app.services.finetune import FinetuneService
from app.services.finetune_judge import Judgement, Pair, Verdict, judge, paired_answers
from app.services.finetune_runs import TuneRun
from app.services.lent import Lent
from app.services.store import codec

CONTROL_NAME = "calibration.txt"
_MOST_CONTROL = 200_000  # letters; more would say the same and take minutes
_SHORTEST = 512
_KINDS = ("first", "second", "same")


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair of answers, and which one the person took: 'first', 'second', 'same', or '' while
    they have not said."""

    pair: Pair
    choice: str = ""

    @property
    def winner(self) -> str:
        """'tuned', 'plain', 'same', or '' while nothing was chosen."""
        if self.choice in ("", "same"):
            return self.choice
        return "tuned" if (self.choice == "first") == self.pair.first_is_tuned else "plain"


@dataclass(frozen=True, slots=True)
class Report:
    """A judgement as it is kept. words: what it means, in English; control: name of the control
    text, empty without one; model: the file it was measured on; rows: how many were held out;
    scale: how strongly the adapter acted; sha256: of its file then; made: seconds since the
    epoch."""

    judgement: Judgement
    words: str
    model: str
    adapter: str
    control: str
    rows: int
    made: float
    sha256: str = ""
    asked: tuple[Asked, ...] = ()
    scale: float = 1.0

    @property
    def verdict(self) -> Verdict:
        """What follows from the held-out rows."""
        return self.judgement.verdict

    def count(self, winner: str) -> int:
        """How many pairs have this winner."""
        return sum(each.winner == winner for each in self.asked)

    def worst_first(self) -> list[tuple[str, float, float]]:
        """(row, loss without, loss with the adapter), those that lost most first."""
        pairs = zip(self.judgement.off.rows, self.judgement.on.rows, strict=True)
        found = [(off.name, off.loss, on.loss) for off, on in pairs]
        return sorted(found, key=lambda row: row[1] - row[2])


class JudgeService:
    """Judges the adapters of one profile."""

    def __init__(
        self,
        judging: WorkerProcess,
        engine: WorkerProcess,
        finetune: FinetuneService,
        adapters: AdapterService,
    ) -> None:
        self._judging = Lent(judging)
        self._engine = engine
        self._finetune = finetune
        self._adapters = adapters

    def run_of(self, adapter: Path) -> TuneRun | None:
        """The run that wrote an adapter, while its folder is there."""
        try:
            return self._finetune.get(str(adapter))
        except NotFound:
            return None

    def held_out(self, adapter: Path) -> tuple[TrainingRow, ...]:
        """The rows that its run measured on and never learnt; none without a run."""
        run = self.run_of(adapter)
        return self._finetune.held_out(run.id) if run else ()

    def judge(
        self,
        adapter: Path,
        model: str,
        rows: Sequence[TrainingRow] = (),
        control: Path | None = None,
        scale: float = 1.0,
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        """Progress, at last a Report, which is kept (not when cancelled). rows: other ones than
        the run's; control: another text than the bundled one; scale: how strongly the adapter
        acts, 1 as trained. Errors: BadInput, MissingFile, BadAdapter, BadRows, StoreError,
        ModelError tree."""
        if not math.isfinite(scale) or not scale:
            raise BadInput(problem="The adapter's strength is a number other than 0.")
        run = self.run_of(adapter)
        rows = tuple(rows) or self.held_out(adapter)
        text = self._control(control)
        context = max(_SHORTEST, run.context or run.hyper.context if run else 0)
        answers_only = run.hyper.answers_only if run else True
        sha256 = _sha256(adapter)
        yield Progress("Starting", 0, 0)
        use = AdapterUse(str(adapter), scale)
        with self._judging.out() as process:
            for event in judge(process, model, (use,), rows, text, context, cancel, answers_only):
                if not isinstance(event, Judgement):
                    yield event
                    continue
                report = Report(
                    judgement=event,
                    words=event.words,
                    model=model,
                    adapter=adapter_header.inspect(str(adapter)).name,
                    control=control.name if control else CONTROL_NAME,
                    rows=len(rows),
                    made=time.time(),
                    sha256=sha256,
                    asked=self._asked_before(adapter, scale),
                    scale=scale,
                )
                self._keep(adapter, report)
                yield report

    def report(self, adapter: Path) -> Report | None:
        """What was found last; None when it was never judged."""
        kept = self._adapters.judgement(adapter)
        try:
            return codec.load(Report, json.dumps(kept)) if kept else None
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def stale(self, adapter: Path, report: Report) -> bool:
        """Whether the adapter was written anew since."""
        try:
            return report.sha256 != _sha256(adapter)
        except MissingFile:
            return True

    def ask(
        self,
        adapter: Path,
        spec: ModelSpec,
        rows: Sequence[TrainingRow],
        cancel: Cancel,
        seed: int = 0,
        scale: float = 1.0,
    ) -> Iterator[object]:
        """Progress and a Pair for each row that asks something. Uses the chat's model in memory.
        Errors: of the engine."""
        asking = [row for row in rows if len(row.turns) > 1 and row.turns[-1][0] == "assistant"]
        use = AdapterUse(str(adapter), scale)
        yield Progress("Writing answers", 0, len(asking), "questions")
        pairs = paired_answers(self._engine, spec, (use,), asking, cancel, seed)
        for done, pair in enumerate(pairs, 1):
            if cancel.is_set():
                return
            yield pair
            yield Progress("Writing answers", done, len(asking), "questions")

    def keep_pairs(self, adapter: Path, asked: Sequence[Asked]) -> Report:
        """Keep pairs and choices in the adapter's judgement. Errors: BadInput, StoreError."""
        if any(each.choice and each.choice not in _KINDS for each in asked):
            raise BadInput(problem="A choice is one of first, second and same.")
        report = self.report(adapter)
        if report is None:
            raise BadInput(problem="Judge the adapter before its answers are compared.")
        report = dataclasses.replace(report, asked=tuple(asked))
        self._keep(adapter, report)
        return report

    def _asked_before(self, adapter: Path, scale: float) -> tuple[Asked, ...]:
        """Choices stay when the same adapter is judged again at the same strength."""
        before = self.report(adapter)
        same = before is not None and before.scale == scale and not self.stale(adapter, before)
        return before.asked if before and same else ()

    def _keep(self, adapter: Path, report: Report) -> None:
        self._adapters.keep_judgement(adapter, json.loads(codec.dump(report)))

    @staticmethod
    def _control(path: Path | None) -> str:
        chosen = path or resources() / CONTROL_NAME
        try:
            with chosen.open(encoding="utf-8", errors="replace") as file:
                text = file.read(_MOST_CONTROL)
        except OSError:
            raise MissingFile(path=chosen) from None
        if not text.strip() or "\0" in text:
            raise BadInput(problem=f"{chosen.name} holds no plain text to measure on.")
        return text


def _sha256(adapter: Path) -> str:
    try:
        return hashes.content_hash(adapter)
    except OSError:
        raise MissingFile(path=adapter) from None
