"""Rows become contexts: packed side by side or one each, padded, in a fixed order.

A context is always full width for llama.cpp. Rows that share one don't see each other: `segment`
numbers them, and the trainer masks attention by it. Padding is a last segment that nothing is
learnt from. A row is never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MASKED = -100
"""Label of a token from which nothing is learnt."""
MULTIPLE = 256
"""Contexts are a multiple of this many tokens."""

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Example:
    """A row as tokens and their labels (each the next token, or MASKED), and the bytes of text
    that the kept labels stand for."""

    name: str
    tokens: Ints
    labels: Ints
    text_bytes: int = 0

    @property
    def kept(self) -> int:
        """How many tokens are learnt."""
        return int(np.count_nonzero(self.labels != MASKED))


@dataclass(frozen=True, slots=True)
class Batch:
    """One context: four arrays of its width, and how many segments are rows."""

    tokens: Ints
    labels: Ints
    segment: Ints
    position: Ints
    rows: tuple[str, ...]
    used: int

    @property
    def kept(self) -> int:
        """How many tokens are learnt."""
        return int(np.count_nonzero(self.labels != MASKED))


def padded_length(tokens: int) -> int:
    """The context that holds so many tokens."""
    return max(MULTIPLE, -(-tokens // MULTIPLE) * MULTIPLE)


def order(count: int, epoch: int, seed: int, shuffle: bool) -> list[int]:
    """The order of rows in an epoch; the same for the same seed and epoch."""
    if not shuffle:
        return list(range(count))
    return [int(i) for i in np.random.default_rng((seed, epoch)).permutation(count)]


def epoch_groups(
    lengths: Sequence[int], context: int, epoch: int, seed: int, *, shuffle: bool, pack: bool
) -> list[list[int]]:
    """Which rows share each context of an epoch, as indices, in the order they are trained on.

    Packing puts a row into the first of the last few open contexts that has room: what is near
    in the order stays near, and little is padded.
    """
    groups: list[list[int]] = []
    left: list[int] = []
    for index in order(len(lengths), epoch, seed, shuffle):
        length = lengths[index]
        begin = max(0, len(groups) - _OPEN) if pack else len(groups)
        for place in range(begin, len(groups)):
            if left[place] >= length:
                groups[place].append(index)
                left[place] -= length
                break
        else:
            groups.append([index])
            left.append(context - length)
    return groups


_OPEN = 8  # contexts that packing still fills


def build(examples: Sequence[Example], context: int) -> Batch:
    """One context of these rows. Their tokens must fit."""
    tokens = np.zeros(context, np.int32)
    labels = np.full(context, MASKED, np.int32)
    segment = np.full(context, len(examples), np.int32)
    position = np.zeros(context, np.int32)
    at = 0
    for number, example in enumerate(examples):
        end = at + len(example.tokens)
        if end > context:
            raise ValueError("rows longer than the context")
        tokens[at:end] = example.tokens
        labels[at:end] = example.labels
        segment[at:end] = number
        position[at:end] = np.arange(end - at)
        at = end
    position[at:] = np.arange(context - at)
    return Batch(tokens, labels, segment, position, tuple(e.name for e in examples), at)


def windows(name: str, tokens: Sequence[int], context: int) -> Iterator[Example]:
    """A long text cut into windows of the context, each with the token that follows its last, so
    that every token but the first is learnt once."""
    for start in range(0, max(1, len(tokens) - 1), context):
        window = np.asarray(tokens[start : start + context + 1], np.int32)
        if len(window) >= 2:
            part = start // context + 1
            yield Example(f"{name}, part {part}", window[:-1].copy(), window[1:].copy())
