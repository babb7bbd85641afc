"""How well a model with adapters predicts rows or a text: cross-entropy, row by row.

The model runs as it does in a chat (its own weights, on the device that the engine would use).
Sums are in double precision.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from app.core.errors import BadAdapter, Cancelled, ContextFull, ModelError
from app.core.messages import Evaluate, Evaluated, Progress
from app.core.types import AdapterUse, LeftOut, ModelInfo, ModelSpec, RowLoss, TrainingRow
from app.engine import adapter_header, hashes, native
from app.engine.contention import Contention
from app.engine.device_choice import gpu_layers
from app.engine.native import lib
from app.engine.template import Templates
from app.engine.threads import usable_cores
from app.training.batches import MASKED, Example, padded_length
from app.training.preparing import as_examples, chat_model
from app.training.rows import Encoded, Encoder

_CHUNK = 256  # tokens evaluated at once


def evaluate(
    request: Evaluate, templates: Templates, cancelled: Callable[[], bool]
) -> Iterator[Progress | Evaluated]:
    """Progress in rows, at last the figures (not when cancelled). Errors: BadAdapter, BadRows,
    MissingFile, NotAModel, ModelError."""
    info = chat_model(request.model)
    limit = padded_length(request.context)
    if request.adapters:
        try:
            yield from hashes.told(Path(info.path), cancelled)
        except Cancelled:
            return
    with opened(info, request.adapters, limit, request.threads) as scorer:
        encoder = Encoder(scorer.model, templates)
        rows = list(request.rows)
        if request.text and not request.half_windows:
            rows.append(TrainingRow("text", text=request.text))
        encoded = Encoded()
        for event in encoder.encode(rows, limit, request.answers_only, cancelled):
            if isinstance(event, Encoded):
                encoded = event
        if cancelled():
            return
        if request.text and request.half_windows:
            encoded.examples.extend(encoder.half_windows(request.text, limit))
        losses = []
        examples = as_examples(encoded)
        for number, example in enumerate(examples):
            yield Progress("Measuring", number, len(examples), "rows")
            loss = scorer.score(example, cancelled)
            if loss is None:
                return
            losses.append(RowLoss(example.name, loss, example.kept, example.text_bytes))
        yield summary(losses, encoded.left_out)


def summary(losses: Sequence[RowLoss], left_out: Sequence[LeftOut]) -> Evaluated:
    """The figures over all rows; there must be one at least."""
    tokens = sum(row.tokens for row in losses)
    text = sum(row.text_bytes for row in losses)
    nats = math.fsum(row.loss * row.tokens for row in losses)
    mean = nats / tokens
    return Evaluated(
        rows=tuple(losses),
        loss=mean,
        perplexity=math.exp(min(mean, 700.0)),
        bits_per_byte=nats / math.log(2) / text if text else 0.0,
        tokens=tokens,
        left_out=tuple(left_out),
    )


class Scorer:
    """A model with its adapters and a context."""

    def __init__(
        self, info: ModelInfo, adapters: Sequence[AdapterUse], context: int, threads: int
    ) -> None:
        native.start()
        self.model = self._context = None
        params = lib.llama_model_default_params()
        params.n_gpu_layers = gpu_layers(info, ModelSpec(info.path, context))
        self.model = lib.llama_model_load_from_file(os.fsencode(info.path), params)
        if not self.model:
            raise ModelError(native.recent_log(), path=info.path)
        try:
            self._context = self._new_context(context, threads)
            self._put_on(info, adapters)
        except BaseException:
            self.close()
            raise
        self._contention = Contention(threads)
        self._memory = lib.llama_get_memory(self._context)
        self._batch = lib.llama_batch_init(_CHUNK, 0, 1)
        vocab = lib.llama_model_get_vocab(self.model)
        self._width: int = lib.llama_vocab_n_tokens(vocab)
        self._path = info.path

    def close(self) -> None:
        if self._context:
            lib.llama_free(self._context)
        if self.model:
            lib.llama_model_free(self.model)
        self._context = self.model = None

    def score(self, example: Example, cancelled: Callable[[], bool]) -> float | None:
        """Mean loss over kept tokens; None when cancelled. Errors: ModelError."""
        lib.llama_memory_clear(self._memory, True)
        threads = self._contention.threads_now()
        lib.llama_set_n_threads(self._context, threads, threads)
        # What comes after the last kept label decides nothing.
        length = int(np.flatnonzero(example.labels != MASKED)[-1]) + 1
        total = 0.0
        for begin in range(0, length, _CHUNK):
            if cancelled():
                return None
            total += self._chunk(example, begin, min(begin + _CHUNK, length))
        return total / example.kept

    def _chunk(self, example: Example, begin: int, end: int) -> float:
        batch, labels = self._batch, example.labels[begin:end]
        batch.n_tokens = end - begin
        for index in range(end - begin):
            batch.token[index] = int(example.tokens[begin + index])
            batch.pos[index] = begin + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = int(labels[index] != MASKED)
        if code := lib.llama_decode(self._context, batch):
            raise ModelError(f"llama_decode gave {code}\n{native.recent_log()}", path=self._path)
        wanted = labels[labels != MASKED]
        if not wanted.size:
            return 0.0
        first = lib.llama_get_logits(self._context)
        logits = np.ctypeslib.as_array(first, shape=(wanted.size, self._width))
        highest = logits.max(axis=1, keepdims=True)
        sums = np.exp(logits - highest).sum(axis=1, dtype=np.float64)
        chosen = logits[np.arange(wanted.size), wanted].astype(np.float64)
        return float((np.log(sums) + highest[:, 0] - chosen).sum())

    def _new_context(self, context: int, threads: int) -> object:
        params = lib.llama_context_default_params()
        params.n_ctx = context
        params.n_batch = params.n_ubatch = _CHUNK
        params.n_threads = params.n_threads_batch = threads
        handle = lib.llama_init_from_model(self.model, params)
        if not handle:
            raise ContextFull(native.recent_log(), tokens=context, context="fewer")
        return handle

    def _put_on(self, info: ModelInfo, adapters: Sequence[AdapterUse]) -> None:
        if not adapters:
            return
        base_sha256 = hashes.content_hash(Path(info.path))
        handles = (lib.llama_adapter_lora_p_ctypes * len(adapters))()
        for index, use in enumerate(adapters):
            found = adapter_header.inspect(use.path)
            adapter_header.check_base(found, info.architecture, base_sha256)
            handles[index] = lib.llama_adapter_lora_init(self.model, os.fsencode(use.path))
            if not handles[index]:
                reason = "it does not fit the model's weights"
                raise BadAdapter(native.recent_log(), path=use.path, reason=reason)
        scales = (ctypes.c_float * len(adapters))(*(use.scale for use in adapters))
        lib.llama_set_adapters_lora(self._context, handles, len(adapters), scales)


@contextlib.contextmanager
def opened(
    info: ModelInfo, adapters: Sequence[AdapterUse], context: int, threads: int
) -> Iterator[Scorer]:
    scorer = Scorer(info, adapters, context, threads or usable_cores())
    try:
        yield scorer
    finally:
        scorer.close()
