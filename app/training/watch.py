"""What is set right, node by node, while llama.cpp computes a training pass.

llama.cpp calls back before each node of the graph (is a report wanted?) and after those that it was
wanted for. Through that, labels and gradients of masked tokens are zeroed, the loss is a mean over
kept tokens, rows that share a context don't see each other, and what ggml is slow at is
computed here. On another device than the processor only its own memory functions are used.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np

from app.core.errors import TrainingError
from app.training import ggml
from app.training.attention import Attention
from app.training.batches import MASKED, Batch
from app.training.loss import Loss
from app.training.products import Products, Weights, empty

Work = Callable[[int], None]


class Watch:
    """The callback's side of a session. width: tokens of a context; on_processor: tensors may be
    worked on where they lie; words: size of the vocabulary, 0 unless the scores of all words
    are the graph's last node; plain_attention: as `attention` asks the graph. gradients: address
    of the sum by the adapter's tensor."""

    def __init__(
        self, width: int, *, on_processor: bool, words: int, plain_attention: bool
    ) -> None:
        self.gradients: dict[str, int] = {}
        self._width = width
        self._batch: Batch | None = None
        self._seen: set[int] = set()
        self._reports: dict[int, Work] = {}
        weights = Weights()
        self._products = Products(weights) if on_processor else None
        self._loss = Loss(width, words, weights) if on_processor and words else None
        self._attention: Attention | None = None
        if self._products is not None and plain_attention:
            self._attention = Attention(width, self._products)

    def begin(self, batch: Batch) -> None:
        """A pass begins."""
        self._batch = batch
        self._seen.clear()
        self._reports.clear()
        if self._loss is not None:
            self._loss.begin(batch)
        if self._attention is not None:
            self._attention.begin(batch)

    def on_node(self, address: int, ask: bool) -> bool:
        """Whether a report is wanted when the node is computed (ask), or whether to go on."""
        if not ask:
            if work := self._reports.pop(address, None):
                work(address)
            return True
        handler = _HANDLERS.get(ggml.op_desc(address))
        if handler is not None and self._batch is not None:
            handler(self, address, self._batch)
        return address in self._reports

    # --- what is asked about ------------------------------------------------------------------

    def _on_product(self, address: int, _: Batch) -> None:
        loss = self._loss
        if loss is not None and loss.take_scores(address):
            self._reports[address] = loss.scores
        elif self._attention is not None and (work := self._attention.take_product(address)):
            self._reports[address] = work
        elif self._products is not None and self._products.take(address, b"MUL_MAT"):
            self._reports[address] = self._products.multiply

    def _on_outer_product(self, address: int, _: Batch) -> None:
        loss = self._loss
        if loss is not None and loss.take_hidden_gradient(address):
            self._reports[address] = loss.hidden_gradient
        elif self._attention is not None and (work := self._attention.take_outer_product(address)):
            self._reports[address] = work
        elif self._products is not None and self._products.take(address, b"OUT_PROD"):
            self._reports[address] = self._products.multiply_turned

    def _on_softmax(self, address: int, batch: Batch) -> None:
        if self._attention is not None and (work := self._attention.take_softmax(address)):
            self._reports[address] = work
            return
        mask = ggml.tensor(address).src[1]
        if mask and mask not in self._seen and len(batch.rows) > 1:
            self._seen.add(mask)
            self._separate_rows(mask, batch)

    def _on_softmax_back(self, address: int, _: Batch) -> None:
        if self._attention is not None and (work := self._attention.take_softmax_back(address)):
            self._reports[address] = work

    def _on_rope(self, address: int, batch: Batch) -> None:
        positions = ggml.tensor(address).src[1]
        if positions and positions not in self._seen and len(batch.rows) > 1:
            self._seen.add(positions)
            if ggml.tensor(positions).ne[0] != self._width:
                raise TrainingError(reason="rows can't share a context in this kind of model")
            ggml.write(positions, np.ascontiguousarray(batch.position))

    def _on_argmax(self, address: int, _: Batch) -> None:
        # llama.cpp counts right guesses with it, which nobody reads; the scores are not there.
        if self._loss is not None:
            empty(ggml.tensor(address))

    def _on_loss(self, address: int, batch: Batch) -> None:
        if self._loss is not None:
            if not self._loss.take_loss(address):
                raise TrainingError(reason="the loss is not of the scores that it should be of")
            self._reports[address] = self._loss.loss
            return
        labels = ggml.tensor(address).src[1]
        row = ggml.tensor(labels).nb[1]
        for index in np.flatnonzero(batch.labels == MASKED):
            ggml.fill(labels, 0, int(index) * row, ctypes.sizeof(ctypes.c_float))

    def _on_loss_backward(self, address: int, batch: Batch) -> None:
        if self._loss is not None:
            if not self._loss.take_gradient(address):
                raise TrainingError(reason="the gradient is not of the scores it should be of")
            return
        # ggml divides by all tokens of the batch; the mean is over those kept.
        scale = np.array([self._width / batch.kept], np.float32)
        ggml.write(ggml.tensor(address).src[0], scale)
        self._reports[address] = self._zero_masked

    def _on_step(self, address: int, _: Batch) -> None:
        parameter, gradient = ggml.tensor(address).src[:2]
        name = ggml.name_of(parameter)
        if name not in self.gradients:
            self.gradients[name] = ggml.tensor(gradient).view_src or gradient

    # --- what is done then --------------------------------------------------------------------

    def _zero_masked(self, address: int) -> None:
        assert self._batch is not None
        row = ggml.tensor(address).nb[1]
        for begin, end in _runs(self._batch.labels == MASKED):
            ggml.fill(address, 0, begin * row, (end - begin) * row)

    def _separate_rows(self, mask: int, batch: Batch) -> None:
        """Hide other rows' tokens: the mask is (tokens, tokens), 0 or -inf."""
        found, width = ggml.tensor(mask), self._width
        if found.ne[0] != width or found.ne[1] < width or found.type not in (ggml.F32, ggml.F16):
            raise TrainingError(reason="rows can't share a context in this kind of model")
        dtype = np.float32 if found.type == ggml.F32 else np.float16
        values = np.empty((ggml.nbytes(mask) // (width * dtype().itemsize), width), dtype)
        ggml.read(mask, values)
        values[:width][batch.segment[:, None] != batch.segment[None, :]] = -np.inf
        ggml.write(mask, values)


_HANDLERS: dict[bytes, Callable[[Watch, int, Batch], None]] = {
    b"MUL_MAT": Watch._on_product,
    b"OUT_PROD": Watch._on_outer_product,
    b"SOFT_MAX": Watch._on_softmax,
    b"SOFT_MAX_BACK": Watch._on_softmax_back,
    b"ROPE": Watch._on_rope,
    b"ARGMAX": Watch._on_argmax,
    b"CROSS_ENTROPY_LOSS": Watch._on_loss,
    b"CROSS_ENTROPY_LOSS_BACK": Watch._on_loss_backward,
    b"OPT_STEP_SGD": Watch._on_step,
}


def _runs(flags: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """(begin, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
