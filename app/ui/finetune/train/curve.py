"""What a loss curve is made of: two series, thinned out for drawing, and round numbers for axes."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_MOST_BLOCKS = 1600  # about as many as a wide screen has columns

_FEW = 150  # points up to which the eye follows each
_TREND_PARTS = 50


@dataclass(slots=True)
class Block:
    """Neighbouring points drawn as one: from and to on the x axis, lowest and highest value, sum
    and number of the values."""

    begin: float
    end: float
    low: float
    high: float
    total: float
    count: int


class Series:
    """Points in the order of their steps. Adding costs the same however many there are: when the
    blocks to draw get too many, each two become one."""

    def __init__(self) -> None:
        self.steps = array("d")
        self.values = array("d")
        self.blocks: list[Block] = []
        self._a_block = 1
        self._in_last = 0

    def __len__(self) -> int:
        return len(self.steps)

    def add(self, step: float, value: float) -> None:
        """A point after all others. One that is no number is left out: it can't be drawn."""
        if not math.isfinite(value):
            return
        self.steps.append(step)
        self.values.append(value)
        if self.blocks and self._in_last < self._a_block:
            last = self.blocks[-1]
            last.end, last.low, last.high = step, min(last.low, value), max(last.high, value)
            last.total, last.count = last.total + value, last.count + 1
            self._in_last += 1
            return
        self.blocks.append(Block(step, step, value, value, value, 1))
        self._in_last = 1
        if len(self.blocks) > _MOST_BLOCKS:
            self._halve()

    def nearest(self, step: float) -> tuple[float, float] | None:
        """(step, value) of the point nearest to a place on the x axis."""
        if not self.steps:
            return None
        after = min(bisect_left(self.steps, step), len(self.steps) - 1)
        before = max(0, after - 1)
        near = before if step - self.steps[before] < self.steps[after] - step else after
        return self.steps[near], self.values[near]

    def at(self, step: float) -> float | None:
        """The value exactly there."""
        found = self.nearest(step)
        return found[1] if found and found[0] == step else None

    def trend(self) -> list[tuple[float, float]] | None:
        """(step, mean of the values around it), or None while there are so few points that they
        show the trend themselves."""
        blocks = self.blocks
        if len(blocks) < _FEW:
            return None
        reach = len(blocks) // _TREND_PARTS
        sums, counts = [0.0], [0]
        for block in blocks:
            sums.append(sums[-1] + block.total)
            counts.append(counts[-1] + block.count)
        found = []
        for at, block in enumerate(blocks):
            near = min(reach, at, len(blocks) - 1 - at)
            begin, end = at - near, at + near + 1
            mean = (sums[end] - sums[begin]) / (counts[end] - counts[begin])
            found.append(((block.begin + block.end) / 2, mean))
        return found

    def _halve(self) -> None:
        pairs = [self.blocks[i : i + 2] for i in range(0, len(self.blocks), 2)]
        self._in_last += self._a_block if len(pairs[-1]) == 2 else 0
        self._a_block *= 2
        self.blocks = [
            Block(
                pair[0].begin,
                pair[-1].end,
                min(block.low for block in pair),
                max(block.high for block in pair),
                sum(block.total for block in pair),
                sum(block.count for block in pair),
            )
            for pair in pairs
        ]


class Curve:
    """The losses of one run. steps: how many updates it will have, 0 while unknown."""

    def __init__(self, steps: int = 0) -> None:
        self.steps = steps
        self.training = Series()
        self.validation = Series()

    @classmethod
    def of_log(
        cls, lines: Iterable[Mapping[str, float | None]], steps: int, untuned: float | None
    ) -> Curve:
        """From the lines of a run's log; untuned: validation loss before the first update."""
        curve = cls(steps)
        if untuned is not None:
            curve.validation.add(0, untuned)
        for line in lines:
            step, loss = line.get("step"), line.get("loss")
            if step is None or loss is None:
                continue
            curve.training.add(step, loss)
            measured = line.get("validation_loss")
            if measured is not None:
                curve.validation.add(step, measured)
        return curve

    @classmethod
    def of_points(
        cls,
        training: Iterable[Sequence[float]],
        validation: Iterable[Sequence[float]],
        steps: int,
    ) -> Curve:
        """From (step, loss, ...) of each update and (step, loss) of each measurement."""
        curve = cls(steps)
        for point in training:
            curve.training.add(point[0], point[1])
        for point in validation:
            curve.validation.add(point[0], point[1])
        return curve

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not (len(self.training) or len(self.validation))

    @property
    def last(self) -> float:
        """The last step with a point."""
        ends = [series.steps[-1] for series in (self.training, self.validation) if len(series)]
        return max(ends, default=0.0)

    @property
    def best_validation(self) -> tuple[float, float] | None:
        """(step, loss) of the lowest validation loss."""
        found = self.validation
        if not len(found):
            return None
        index = min(range(len(found)), key=found.values.__getitem__)
        return found.steps[index], found.values[index]

    def bounds(self) -> tuple[float, float]:
        """(lowest, highest) value with a little room; (0, 1) when empty."""
        blocks = [*self.training.blocks, *self.validation.blocks]
        if not blocks:
            return 0.0, 1.0
        low, high = min(b.low for b in blocks), max(b.high for b in blocks)
        room = max((high - low) * 0.06, abs(high) * 0.005, 1e-6)
        return low - room, high + room


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most `most` of them."""
    span = high - low
    if span <= 0 or most < 1 or not math.isfinite(span):
        return []
    step = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10, 20):
        if span / (step * factor) <= most:
            step *= factor
            break
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]
