"""What is wrong with training settings, in plain words."""

from __future__ import annotations

from app.core.types import HyperParameters

MEASURE_TEN_TIMES = -1
"""As `validate_every`: about ten times in a run, however long it is."""


def problem(hyper: HyperParameters) -> str:
    """Why these settings can't work; empty when they can."""
    problems = {
        "The rank must be from 1 to 512.": not 1 <= hyper.rank <= 512,
        "Alpha must be above 0.": not 0 < hyper.alpha < float("inf"),
        "Choose at least one target.": not hyper.targets,
        "The learning rate must be above 0.": not 0 < hyper.learning_rate < float("inf"),
        "Epochs or steps must be above 0.": hyper.epochs < 1 and hyper.steps < 1,
        "Gradient accumulation must be at least 1.": hyper.accumulate < 1,
        "Weight decay must be from 0 to 1.": not 0 <= hyper.weight_decay <= 1,
        "Steps, warm-up, context and clipping can't be below 0.": min(
            hyper.steps, hyper.warmup_steps, hyper.context, hyper.clip
        )
        < 0,
    }
    return next((words for words, is_so in problems.items() if is_so), "")


def measured_every(wanted: int, steps: int) -> int:
    """Updates between two measurements of a run of so many steps; 0: only at its ends."""
    return max(1, steps // 10) if wanted == MEASURE_TEN_TIMES else wanted
