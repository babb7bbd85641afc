"""What is known of a run: its curve, the last figures, what it does right now."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.errors import LoamError
from app.core.messages import Prepared, Progress, Step, Trained, Validation
from app.core.types import LeftOut
from app.services import finetune_log
from app.services.finetune_presets import Pace
from app.services.finetune_runs import TuneRun
from app.ui.finetune.train.curve import Curve

_PACE_POINTS = 16


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers below the curve; None while unknown. rate in tokens/s, memory in bytes, left in
    seconds; best: (update, loss)."""

    step: int = 0
    steps: int = 0
    rate: float | None = None
    memory: int | None = None
    left: float | None = None
    loss: float | None = None
    best: tuple[float, float] | None = None


@dataclass(slots=True)
class Watch:
    """Takes the events of a run that is at work, or what is kept of one that isn't."""

    project_id: str
    name: str = ""
    curve: Curve = field(default_factory=Curve)
    figures: Figures = field(default_factory=Figures)
    left_out: tuple[LeftOut, ...] = ()
    doing: Progress | None = None
    error: LoamError | None = None
    live: bool = False
    begun: bool = False
    pausing: bool = False
    keep_after: bool = False
    writing: bool = False
    made: bool = False
    waits_for: str = ""
    pace: Pace = field(default_factory=Pace)

    def see(self, event: object) -> None:
        """An event of Tuner.begin, go_on or keep."""
        match event:
            case Progress() if not self.begun:
                self.doing = event
            case Prepared():
                self.begun, self.doing = True, None
                self.left_out = event.left_out
                self.curve = Curve.of_points(event.earlier, event.earlier_validation, event.steps)
                self._now(step=event.first_step, steps=event.steps, **self._ends())
            case Step():
                self.curve.training.add(event.step, event.loss)
                self.pace.see(event, time.monotonic())
                self._now(
                    step=event.step,
                    steps=event.steps,
                    rate=event.rate,
                    memory=event.memory,
                    left=self.pace.seconds_left,
                    loss=event.loss,
                )
            case Validation():
                self.curve.validation.add(event.step, event.loss)
                self._now(best=self.curve.best_validation)
            case Trained():
                self.made = True
                self._now(left=None)

    def end(self) -> None:
        """The work is over; what it learnt stays."""
        self.live = self.pausing = self.writing = False
        self.doing = None
        self._now(left=None, memory=None)

    def _ends(self) -> dict[str, object]:
        losses = self.curve.training.values
        return {"loss": losses[-1] if losses else None, "best": self.curve.best_validation}

    def _now(self, **values: object) -> None:
        self.figures = dataclasses.replace(self.figures, **values)  # type: ignore[arg-type]


def kept(project_id: str, run: TuneRun, left_out: Sequence[LeftOut]) -> Watch:
    """A run as its log tells of it; reads the whole log."""
    lines = finetune_log.read(run.own_log)
    curve = Curve.of_log(lines, run.steps, run.untuned_loss)
    losses = curve.training.values
    figures = Figures(
        step=run.step,
        steps=run.steps,
        rate=rate_of(lines),
        loss=losses[-1] if losses else None,
        best=curve.best_validation,
    )
    return Watch(project_id, curve=curve, figures=figures, left_out=tuple(left_out))


def rate_of(lines: Sequence[Mapping[str, float | None]]) -> float | None:
    """Tokens/s of the last updates in a log, the first one of a run left out."""
    rates = [
        tokens / seconds
        for line in lines[1:][-_PACE_POINTS:]
        if (tokens := line.get("tokens")) and (seconds := line.get("seconds"))
    ]
    return statistics.median(rates) if rates else None
