"""llama.cpp doing forward and backward for an adapter; the update is made elsewhere.

What llama.cpp leaves undone or does slowly is done by `watch`, through the callback that it gives
for each node of the graph; gradients are zeroed here, when asked.

llama.cpp's own optimizer step can't be left out, so it is SGD with the smallest rate there is;
the values are written again before each pass, and nothing of it remains. One `Session` a context,
not for two threads; a failed assertion inside llama.cpp ends the process.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import BadAdapter, ModelError, NotTrainable
from app.engine import native
from app.engine.contention import Contention
from app.engine.native import lib
from app.training import ggml
from app.training.adapter_tensors import AdapterTensors
from app.training.attention import is_plain
from app.training.batches import MASKED, Batch
from app.training.ggml import Floats
from app.training.graph import examine
from app.training.loss import words_of
from app.training.products import set_threads
from app.training.watch import Watch

_SMALLEST_RATE = 1.2e-38  # ggml wants it above zero; below float32's resolution for any value


class Interrupted(Exception):
    """The caller asked to stop while a batch was computed."""


class Session:
    """A base model with one adapter, ready to train.

    context: tokens a batch, a multiple of 256; threads: at most so many, fewer while other programs
    need the cores, which changes no result; gpu: number of the card that computes, -1 for the
    processor. `names` and `shapes` list the adapter's tensors; flat arrays hold their values in
    this order. Errors: ModelError, BadAdapter, NotTrainable.
    """

    def __init__(
        self,
        model: Path,
        adapter: Path,
        context: int,
        threads: int,
        cancelled: Callable[[], bool] = bool,
        gpu: int = -1,
    ) -> None:
        self.context = context
        self._path = model
        self._cancelled = cancelled
        self._gpu = gpu
        self._contention = Contention(threads)
        self._failure: BaseException | None = None
        self._mode: Callable[[int, bool], bool] = self._on_nothing
        self._model: Any = None
        self._context: Any = None
        self._adapter: Any = None
        self._dataset: Any = None
        self._result: Any = None
        try:
            self._open(model, adapter)
        except BaseException:
            self.close()
            raise

    # --- what a run calls -----------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many values the adapter has."""
        return self._tensors.size

    def load(self, values: Floats) -> None:
        """Give the adapter these values (flat)."""
        self._tensors.write(values)

    def values(self) -> Floats:
        """The adapter's values as llama.cpp has them, flat."""
        return self._tensors.read()

    def parts(self, flat: Floats) -> list[Floats]:
        """Views of a flat array, one in the shape of each tensor."""
        return self._tensors.parts(flat)

    def zero_gradients(self) -> None:
        """Begin a new sum of gradients."""
        for address in self._watch.gradients.values():
            ggml.fill(address, 0, 0, ggml.nbytes(address))

    def gradient(self) -> Floats:
        """The sum of the gradients since `zero_gradients`, flat."""
        return self._tensors.read(self._watch.gradients)

    def learn(self, batch: Batch) -> float:
        """Forward and backward on one batch: adds the gradient of its loss (the mean over kept
        tokens, in nats) and returns that loss. Errors: Interrupted."""
        return self._pass(batch, train=True)

    def measure(self, batch: Batch) -> float:
        """Only the loss of one batch. Errors: Interrupted."""
        return self._pass(batch, train=False)

    def close(self) -> None:
        """Free all memory; safe to repeat."""
        if self._context:
            lib.llama_free(self._context)
        if self._adapter:
            lib.llama_adapter_lora_free(self._adapter)
        if self._model:
            lib.llama_model_free(self._model)
        if self._dataset:
            ggml.dataset_free(self._dataset)
        if self._result:
            ggml.result_free(self._result)
        self._model = self._context = self._adapter = self._dataset = self._result = None

    # --- setting up -------------------------------------------------------------------------

    def _open(self, model: Path, adapter: Path) -> None:
        native.start()
        params = lib.llama_model_default_params()
        # Whole on one card or not at all; -1 keeps every card out.
        params.n_gpu_layers = 999 if self._gpu >= 0 else 0
        params.split_mode, params.main_gpu = lib.LLAMA_SPLIT_MODE_NONE, self._gpu
        params.use_extra_bufts = False  # repacked weights have no backward pass
        self._model = lib.llama_model_load_from_file(os.fsencode(model), params)
        if not self._model:
            raise ModelError(native.recent_log(), path=model)
        self._adapter = lib.llama_adapter_lora_init(self._model, os.fsencode(adapter))
        if not self._adapter:
            reason = "it does not fit the model's weights"
            raise BadAdapter(native.recent_log(), path=adapter, reason=reason)
        self._context = self._new_context()
        if not self._context:
            reason = "its working memory could not be set up"
            raise NotTrainable(native.recent_log(), path=model, reason=reason)
        adapters = (lib.llama_adapter_lora_p_ctypes * 1)(self._adapter)
        lib.llama_set_adapters_lora(self._context, adapters, 1, (ctypes.c_float * 1)(1.0))
        self._tensors = AdapterTensors(self._walk())
        self.names, self.shapes = self._tensors.names, self._tensors.shapes
        if not self.names:
            reason = "the adapter takes no part in what it computes"
            raise NotTrainable(path=model, reason=reason)
        self._make_trainable()

    def _new_context(self) -> object:
        params = lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.context
        # What numpy leaves is little; ggml's threads would spin while numpy's work.
        params.n_threads = params.n_threads_batch = 1
        params.type_k = params.type_v = ggml.F32
        params.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
        # Kept: ctypes frees a callback with its last reference.
        self._eval = lib.ggml_backend_sched_eval_callback(self._on_node)
        self._abort = lib.ggml_abort_callback(self._on_abort)
        params.cb_eval = self._eval
        params.abort_callback = self._abort
        return lib.llama_init_from_model(self._model, params)

    def _walk(self) -> list[int]:
        """Addresses of the nodes of the graph of one full batch, in order; nothing is computed.
        They are valid until the next graph is built."""
        nodes: list[int] = []

        def note(address: int, ask: bool) -> bool:
            if ask:
                nodes.append(address)
            return False

        self._stop_at_once = True
        self._run_decode(note)
        self._stop_at_once = False
        return nodes

    def _run_decode(self, mode: Callable[[int, bool], bool]) -> None:
        lib.llama_memory_clear(lib.llama_get_memory(self._context), True)
        batch = lib.llama_batch_init(self.context, 0, 1)
        batch.n_tokens = self.context
        for index in range(self.context):
            batch.token[index] = 0
            batch.pos[index] = index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = 1
        self._mode = mode
        lib.llama_decode(self._context, batch)
        self._mode = self._on_nothing
        lib.llama_batch_free(batch)
        lib.llama_memory_clear(lib.llama_get_memory(self._context), True)

    def _make_trainable(self) -> None:
        for address in self._tensors.addresses:
            ggml.set_param(address)
        self._rates = ggml.OptimizerParams()
        self._rates.sgd[0] = _SMALLEST_RATE
        self._filter = ggml.PARAM_FILTER(lambda _tensor, _data: False)
        params = ggml.OptParams()
        params.param_filter = ctypes.cast(self._filter, ctypes.c_void_p)
        params.get_opt_pars = ggml.constant_optimizer_params()
        params.get_opt_pars_ud = ctypes.addressof(self._rates)
        params.optimizer_type = ggml.OPTIMIZER_SGD
        ggml.opt_init(self._context, self._model, params)
        # The callback is handed to the scheduler when a graph is built for decoding, not for
        # training: without this decode it would never be called. The graph is the one to be
        # differentiated, since llama_opt_init has turned training on.
        graph = self._walk()
        self.finding = examine(graph)
        self._watch = Watch(
            self.context,
            on_processor=self._gpu < 0,
            words=words_of(graph),
            plain_attention=is_plain(graph, self.context),
        )
        width = self.context
        self._dataset = ggml.dataset_init(ggml.I32, ggml.I32, width, width, 1, 1)
        self._result = ggml.result_init()

    # --- one pass -----------------------------------------------------------------------------

    def _pass(self, batch: Batch, *, train: bool) -> float:
        kept = batch.kept
        if not kept:
            raise ValueError("a batch without a kept token")
        if train and (reason := self.finding.why_not or self.finding.why_not_as_it_is):
            # llama.cpp would end the process.
            raise NotTrainable(path=self._path, reason=reason)
        set_threads(self._contention.threads_now())
        self._watch.begin(batch)
        self._failure = None
        labels = np.where(batch.labels == MASKED, 0, batch.labels).astype(np.int32)
        ggml.write(ggml.dataset_data(self._dataset), np.ascontiguousarray(batch.tokens))
        ggml.write(ggml.dataset_labels(self._dataset), labels)
        ggml.result_reset(self._result)
        results = (self._result, None) if train else (None, self._result)
        self._mode = self._watch.on_node
        ggml.opt_epoch(self._context, self._dataset, *results, 1 if train else 0, None, None)
        self._mode = self._on_nothing
        if self._failure is not None:
            raise self._failure
        if self._cancelled():
            raise Interrupted
        loss = ctypes.c_double()
        ggml.result_loss(self._result, ctypes.byref(loss), None)
        return loss.value * self.context / kept

    _stop_at_once = False

    def _on_abort(self, _: object) -> bool:
        return self._stop_at_once or self._failure is not None or self._cancelled()

    def _on_node(self, address: int, ask: bool, _: object) -> bool:
        # An exception can't leave a C callback: it is kept, and the pass ends.
        try:
            return self._mode(address, ask)
        except BaseException as error:
            self._failure = error
            return False

    def _on_nothing(self, _address: int, _ask: bool) -> bool:
        return False
