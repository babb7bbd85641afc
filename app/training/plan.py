"""Which rows each update of a run learns from: fixed by the rows, the settings and the seed.

A resumed run makes the same plan and goes on at its step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.types import HyperParameters
from app.training.batches import epoch_groups


@dataclass(frozen=True, slots=True)
class Update:
    """groups: indices of the rows in each micro-batch; epoch: how many epochs are done with it."""

    groups: list[list[int]]
    epoch: float


def plan(lengths: Sequence[int], context: int, hyper: HyperParameters) -> list[Update]:
    """All updates of a run. The last one of an epoch takes what is left."""
    updates: list[Update] = []
    epoch = 0
    while epoch < hyper.epochs or hyper.steps:
        groups = epoch_groups(
            lengths, context, epoch, hyper.seed, shuffle=hyper.shuffle, pack=hyper.pack
        )
        for begin in range(0, len(groups), hyper.accumulate):
            taken = groups[begin : begin + hyper.accumulate]
            updates.append(Update(taken, epoch + (begin + len(taken)) / len(groups)))
            if len(updates) == hyper.steps:
                return updates
        epoch += 1
    return updates
