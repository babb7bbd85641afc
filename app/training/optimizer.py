"""AdamW on the adapter's values, and the learning rate of each update.

The arithmetic is float32 in the order that PyTorch uses, so that curves can be compared. State is
three flat arrays; with them and the step number a run goes on exactly.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from app.core.types import HyperParameters, Schedule

Floats = npt.NDArray[np.float32]
_PART = 1 << 16  # values squared in double precision at once
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


class AdamW:
    """values, m, v: float32 of one length, changed in place. step: updates made so far."""

    def __init__(self, values: Floats, weight_decay: float) -> None:
        self.values = values
        self.m = np.zeros_like(values)
        self.v = np.zeros_like(values)
        self.step = 0
        self._difference = np.empty_like(values)
        self._weight_decay = weight_decay

    def update(self, gradient: Floats, learning_rate: float) -> None:
        """One update: decoupled weight decay, then the step with bias correction. Uses up
        `gradient`."""
        self.step += 1
        self.values *= np.float32(1 - learning_rate * self._weight_decay)
        np.subtract(gradient, self.m, out=self._difference)
        self._difference *= np.float32(1 - _BETA1)
        self.m += self._difference
        self.v *= np.float32(_BETA2)
        np.square(gradient, out=gradient)
        gradient *= np.float32(1 - _BETA2)
        self.v += gradient
        np.sqrt(self.v, out=gradient)
        gradient *= np.float32(1 / math.sqrt(1 - _BETA2**self.step))
        gradient += np.float32(_EPSILON)
        np.divide(self.m, gradient, out=gradient)
        gradient *= np.float32(learning_rate / (1 - _BETA1**self.step))
        self.values -= gradient


def norm_of(gradient: Floats) -> float:
    """Euclidean norm over all values; infinite or NaN when one is."""
    parts = (gradient[at : at + _PART] for at in range(0, len(gradient), _PART))
    return math.sqrt(sum(float(np.square(part, dtype=np.float64).sum()) for part in parts))


def clip(gradient: Floats, norm: float, limit: float) -> None:
    """Scale down in place to a norm of at most `limit`; 0 leaves it as it is."""
    if limit > 0 and norm > limit:
        gradient *= np.float32(limit / (norm + 1e-6))


def learning_rate(hyper: HyperParameters, update: int, updates: int) -> float:
    """The rate of `update` (from 0) of `updates`: a straight warm-up, then the schedule."""
    rate = hyper.learning_rate
    if update < hyper.warmup_steps:
        return rate * (update + 1) / hyper.warmup_steps
    if hyper.schedule is Schedule.COSINE:
        span = max(1, updates - hyper.warmup_steps)
        return rate * 0.5 * (1 + math.cos(math.pi * (update - hyper.warmup_steps) / span))
    return rate
