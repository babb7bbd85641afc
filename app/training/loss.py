"""The last part of a pass, from the hidden states to the loss and back, on kept tokens alone.

ggml's graph scores every token against every word of the vocabulary, forward and backward, also
those from which nothing is learnt; in a small model that is a fifth of all work. Here scores exist
only for kept tokens, in one array that becomes their gradient in place. The nodes of the graph in
between are made empty, and their memory is never touched. Only where the scores are the graph's
last node and all lies in the processor's memory; else ggml computes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.training import ggml
from app.training.batches import MASKED, Batch
from app.training.ggml import Floats
from app.training.products import Weights, empty, view

_BLOCK = 1 << 18  # scores that are worked on at once: what a core keeps near


def words_of(graph: Sequence[int]) -> int:
    """Size of the vocabulary, if the scores of all words are what a forward graph ends with; else
    0."""
    last = graph[-1]
    return int(ggml.tensor(last).ne[0]) if ggml.op_desc(last) == b"MUL_MAT" else 0


class Loss:
    """width: tokens of a context; words: size of the vocabulary. One for a session.

    Each `take_...` is asked before a node would be computed and says whether it is taken over; the
    method that does its work is called in its place.
    """

    def __init__(self, width: int, words: int, weights: Weights) -> None:
        self._width = width
        self._words = words
        self._weights = weights
        self._kept: npt.NDArray[np.intp] = np.empty(0, np.intp)
        self._labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._scores: Floats = np.empty(0, np.float32)
        self._output = self._gradient = 0

    def begin(self, batch: Batch) -> None:
        """Forget the last pass."""
        self._kept = np.flatnonzero(batch.labels != MASKED)
        self._labels = batch.labels[self._kept]
        self._output = self._gradient = 0

    def take_scores(self, address: int) -> bool:
        """A product of a matrix with activations: is it the last one?"""
        node = ggml.tensor(address)
        if node.ne[0] != self._words or node.ne[1] != self._width or node.ne[2] != 1:
            return False
        first, second = ggml.tensor(node.src[0]), ggml.tensor(node.src[1])
        if second.type != ggml.F32 or second.nb[0] != 4 or not self._weights.can_give(first):
            return False
        self._output = address
        empty(node)
        return True

    def scores(self, address: int) -> None:
        """Score the kept tokens."""
        node = ggml.tensor(address)
        hidden = view(ggml.tensor(node.src[1]), 1)[0, 0]
        matrix = self._weights.give(ggml.tensor(node.src[0]))[0, 0]
        needed = len(self._kept) * self._words
        if self._scores.size < needed:
            self._scores = np.empty(needed, np.float32)
        np.matmul(hidden[self._kept], matrix.T, out=self._rows())

    def take_loss(self, address: int) -> bool:
        """The loss, if it is of these scores."""
        node = ggml.tensor(address)
        if not self._output or node.src[0] != self._output:
            return False
        empty(node)
        return True

    def loss(self, address: int) -> None:
        """Write the loss as ggml would (the sum over kept tokens, by all tokens), and turn the
        scores into the gradient of the mean over kept tokens."""
        rows, count = self._rows(), len(self._kept)
        total = 0.0
        step = max(1, _BLOCK // self._words)
        for begin in range(0, count, step):
            part, labels = rows[begin : begin + step], self._labels[begin : begin + step]
            which = np.arange(len(part))
            part -= part.max(axis=1, keepdims=True)
            right = part[which, labels].astype(np.float64)
            np.exp(part, out=part)
            sums = part.sum(axis=1)
            total += float((np.log(sums.astype(np.float64)) - right).sum())
            part *= (1 / (sums * count))[:, None]
            part[which, labels] -= np.float32(1 / count)
        ggml.write(address, np.array([total / self._width], np.float32))

    def take_gradient(self, address: int) -> bool:
        """The gradient of these scores; it is there already."""
        node = ggml.tensor(address)
        if not self._output or node.src[1] != self._output:
            return False
        self._gradient = node.data
        empty(node)
        return True

    def take_hidden_gradient(self, address: int) -> bool:
        """A product of a gradient with a matrix: is it that gradient?"""
        node = ggml.tensor(address)
        if not self._gradient or ggml.tensor(node.src[1]).data != self._gradient:
            return False
        # Other tensors may lie there from now on.
        self._gradient = 0
        empty(node)
        return True

    def hidden_gradient(self, address: int) -> None:
        """Carry the gradient back to the hidden states; that of other tokens is zero."""
        node = ggml.tensor(address)
        out = view(node, 1)[0, 0]
        matrix = self._weights.give(ggml.tensor(node.src[0]))[0, 0]
        out[:] = 0
        out[self._kept] = np.matmul(self._rows(), matrix)

    def _rows(self) -> Floats:
        count = len(self._kept)
        return self._scores[: count * self._words].reshape(count, self._words)
