"""Settings to begin with, and how long a run still takes by what was measured."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass

from app.core.messages import Step
from app.core.types import HyperParameters, Schedule

_MEASURED = 16  # updates that the pace is taken from
_LEAST = 3  # updates before anything is said of the time


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice for a person. Texts are English sources for translation."""

    name: str
    title: str
    about: str
    hyper: HyperParameters


PRESETS = (
    Preset(
        "quick",
        "Quick",
        "One pass over the rows with a small adapter: to see whether the data teaches anything.",
        HyperParameters(rank=8, alpha=16.0, learning_rate=1e-3, epochs=1),
    ),
    Preset(
        "balanced",
        "Balanced",
        "Two passes with a falling learning rate.",
        HyperParameters(
            rank=16,
            alpha=32.0,
            learning_rate=5e-4,
            schedule=Schedule.COSINE,
            warmup_steps=5,
            epochs=2,
            accumulate=2,
        ),
    ),
    Preset(
        "thorough",
        "Thorough",
        "Four slower passes with a larger adapter; takes twice as long as Balanced.",
        HyperParameters(
            rank=32,
            alpha=64.0,
            learning_rate=3e-4,
            schedule=Schedule.COSINE,
            warmup_steps=10,
            epochs=4,
            accumulate=4,
            weight_decay=0.01,
        ),
    ),
)


class Pace:
    """Time left of a run. The first update is left out: it also pays for what is prepared."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_MEASURED)
        self._seen = 0
        self._left = 0
        self._began = 0.0
        self._beside = 0.0  # seconds an update that were spent on measuring and keeping
        self._counted = 0.0

    def see(self, step: Step, now: float = 0.0) -> None:
        """An update was made; now: seconds of a steady clock, so that what is done between updates
        counts too."""
        self._seen += 1
        self._left = step.steps - step.step
        if self._seen == 1:
            self._began = now
            return
        self._seconds.append(step.seconds)
        self._counted += step.seconds
        self._beside = max(0.0, now - self._began - self._counted) / (self._seen - 1)

    @property
    def seconds_left(self) -> float | None:
        """None until a few updates were measured. The median, so that one that had to wait for
        another program does not count."""
        if len(self._seconds) < _LEAST:
            return None
        return (statistics.median(self._seconds) + self._beside) * self._left


def preset_of(hyper: HyperParameters) -> str:
    """The preset with exactly these settings; empty for a person's own."""
    return next((preset.name for preset in PRESETS if preset.hyper == hyper), "")


def seconds_of(hyper: HyperParameters, tokens: int, rate: float) -> float | None:
    """How long a run takes: tokens of one pass over the rows, rate in tokens/s as it was measured
    on this machine. None when updates are counted instead of passes, or nothing was measured."""
    if hyper.steps or tokens <= 0 or rate <= 0:
        return None
    return hyper.epochs * tokens / rate
