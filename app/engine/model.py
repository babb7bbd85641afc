"""A model in memory: its weights, its context, and the truth about where it runs."""

from __future__ import annotations

import ctypes
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import Cancelled, CannotSee, ModelError, NotAModel, OutOfMemory
from app.core.messages import Progress
from app.core.types import LoadedModel, ModelInfo, ModelSpec
from app.engine import attention, loading, native, projector, rpc
from app.engine.adapters import Adapters
from app.engine.config import CONTEXT_DEFAULT
from app.engine.decoder import Decoder
from app.engine.device_choice import gpu_layers, name_of, not_taken
from app.engine.draft import DraftModel
from app.engine.header import inspect
from app.engine.native import lib
from app.engine.pace import Pace
from app.engine.threads import usable_cores
from app.engine.vocabulary import Vocabulary

if TYPE_CHECKING:
    from app.engine.constraint import Constraint

_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_CONTEXT_LEAST = 256
_TEMPLATE_BYTES = 1 << 20


class Model:
    """Built by `load()`; `close()` frees it. Not for two threads at once."""

    def __init__(
        self,
        handle: object,
        info: ModelInfo,
        spec: ModelSpec,
        lines: list[str],
        add_on: str,
        plain: bool = False,
    ) -> None:
        self._handle = handle
        self.vocabulary = Vocabulary(handle)
        threads = spec.threads or usable_cores()
        trained = lib.llama_model_n_ctx_train(handle)
        wanted = spec.context_length or CONTEXT_DEFAULT
        context = max(_CONTEXT_LEAST, min(wanted, trained or wanted))
        layers = int(lib.llama_model_n_layer(handle)) + 1
        found = [match for line in lines for match in _OFFLOADED.findall(line)]
        on_gpu = int(found[-1][0]) if found else 0
        alone = not (on_gpu or spec.rpc or native.usable(native.devices()))
        may_change = alone and attention.is_open(loading.plain_heads(handle), context, spec.options)
        self._ways = {True: spec.options, False: attention.plain(spec.options)}
        options = self._ways[not (plain and may_change)]
        try:
            with native.listening(lines.append):
                self.decoder = Decoder(handle, info.path, context, threads, options, on_gpu)
        except MemoryError:
            lib.llama_model_free(handle)
            raise failure(info.path, lines, context, on_gpu) from None
        self.adapters = Adapters(handle, info, self.decoder)
        self.loaded = LoadedModel(
            info=info,
            context_length=self.decoder.context_length,
            device=_device_name(on_gpu > 0, spec.rpc),
            gpu_layers=on_gpu,
            total_layers=layers,
            threads=threads,
            buffers=loading.buffers(lines),
            flash_attention=loading.flash_attention(options, lines),
            unused=() if on_gpu else not_taken(spec),
        )
        self.helpers = tuple(each for each in spec.rpc if self._is_at(each))
        rpc.hold(self.helpers, self.loaded.buffers)
        self.template = _template(handle)
        # Where llama.cpp itself does without, there is only one way.
        self.can_change = may_change and (plain or self.loaded.flash_attention)
        self.paces = {True: Pace(), False: Pace()}
        """What guessing ahead brings, with flash attention and without."""
        self.draft: DraftModel | None = None
        # A running state can't be set back by some tokens.
        running = lib.llama_model_is_recurrent(handle) or lib.llama_model_is_hybrid(handle)
        self.can_forget = not running
        self.projector = add_on
        self._on_gpu = spec.gpu_layers != 0

    @property
    def pace(self) -> Pace:
        """What guessing ahead brings, as attention is computed now."""
        return self.paces[self.loaded.flash_attention]

    def attend(self, flash: bool) -> None:
        """Compute attention this way from now on, in a context that holds nothing yet; where there
        is no memory for it, in one as before. Errors: OutOfMemory; then the model is of no use."""
        try:
            lines = self._reopen(flash)
        except MemoryError:
            flash, self.can_change = not flash, False
            try:
                lines = self._reopen(flash)
            except MemoryError:
                where = self.loaded
                raise failure(
                    where.info.path, [native.recent_log()], where.context_length, where.gpu_layers
                ) from None
        self.adapters.again()
        weights = tuple(each for each in self.loaded.buffers if each.use == "weights")
        taken = loading.buffers(lines)
        self.loaded = replace(self.loaded, flash_attention=flash, buffers=weights + taken)

    def _reopen(self, flash: bool) -> list[str]:
        lines: list[str] = []
        with native.listening(lines.append):
            self.decoder.reopen(self._ways[flash])
        return lines

    def constraint(self, rules: str) -> Constraint:
        """A grammar in this model's tokens. Errors: BadInput."""
        from app.engine.constraint import Constraint  # numpy: a tenth of a second

        return Constraint(rules, self.vocabulary, self._handle)

    def open_eyes(self, cancelled: Callable[[], bool]) -> Iterator[Progress]:
        """Have pictures taken from now on, by the vision add-on. Errors: CannotSee without one,
        BadProjector, Cancelled."""
        from app.engine.vision import Vision, open_eyes

        path = self.loaded.info.path
        if not self.projector:
            raise CannotSee(name=self.loaded.info.name)
        if self.decoder.eyes is None:
            threads, gpu = self.loaded.threads, self._on_gpu
            for event in open_eyes(self.projector, self._handle, path, threads, gpu, cancelled):
                if isinstance(event, Vision):
                    self.decoder.eyes = event
                else:
                    yield event

    def picture_places(self, path: str) -> int:
        """How many tokens a picture takes; 0 while the model has no eyes."""
        return len(self.decoder.eyes.tokens(path)) if self.decoder.eyes else 0

    def _is_at(self, helper: str) -> bool:
        """Whether a part of it is in the memory of another machine."""
        pattern = re.compile(re.escape(helper) + r"(?!\d)")
        return any(pattern.search(each.device) for each in self.loaded.buffers)

    def close(self) -> None:
        """Free all memory."""
        if self.decoder.eyes:
            self.decoder.eyes.close()
        if self.draft:
            self.draft.close()
        self.decoder.close()
        lib.llama_model_free(self._handle)
        rpc.let_go()


def load(
    spec: ModelSpec, cancelled: Callable[[], bool], plain: bool = False
) -> Iterator[Progress | Model]:
    """Progress, and at last the model. plain: it is to begin without flash attention where that is
    left open. Errors: MissingFile, NotAModel, ModelError, Cancelled,
    BadProjector for an add-on that was chosen."""
    info = inspect(spec.path)
    if info.is_projector:
        raise NotAModel(
            path=spec.path, reason="it lets another model see, and can't write any text"
        )
    if info.is_embedding:
        raise NotAModel(path=spec.path, reason="it compares texts and can't write any")
    add_on = projector.for_model(spec)
    reports: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    result: list[object] = []
    lines: list[str] = []

    @lib.llama_progress_callback  # type: ignore[untyped-decorator]
    def on_progress(share: float, _: object) -> bool:
        reports.put(share)
        return not cancelled()

    params = lib.llama_model_default_params()
    params.progress_callback = on_progress
    layers = spec.gpu_layers if spec.gpu_layers >= 0 else gpu_layers(info, spec)
    held = [loading.apply_to_model(params, spec.options, layers)]
    if spec.rpc:
        others = rpc.devices(spec.rpc)
        params.devices = ctypes.cast(others, ctypes.c_void_p)
        held.append(others)

    def run() -> None:
        with native.listening(lines.append):
            result.append(lib.llama_model_load_from_file(os.fsencode(spec.path), params))
        reports.put(None)

    thread = threading.Thread(target=run, name="load", daemon=True)
    thread.start()
    shown = -1
    while (share := reports.get()) is not None:
        if (percent := int(share * 100)) // 5 != shown // 5:
            shown = percent
            yield Progress("Loading the model", percent, 100, "%")
    thread.join()
    if not result[0]:
        if cancelled():
            raise Cancelled
        raise failure(spec.path, lines, spec.context_length or CONTEXT_DEFAULT, layers)
    del held
    if lib.llama_model_has_encoder(result[0]) or not lib.llama_model_has_decoder(result[0]):
        lib.llama_model_free(result[0])
        raise NotAModel(path=spec.path, reason="it is of a kind that can't chat")
    yield Model(result[0], info, spec, lines, add_on, plain)


def failure(path: str, lines: Iterable[str], context: int, gpu_layers: int) -> ModelError:
    """Why a model could not be loaded, or could not go on, by what llama.cpp said last."""
    log = "\n".join([*lines][-40:])
    if not loading.memory_ran_out(lines):
        return ModelError(log or native.recent_log(), path=path)
    return OutOfMemory(
        log, path=path, name=Path(path).name, context=f"{context:,}", gpu_layers=gpu_layers
    )


def _template(handle: object) -> str:
    raw: bytes = lib.llama_model_chat_template(handle, None) or b""
    return raw[:_TEMPLATE_BYTES].decode("utf-8", "replace")


def _device_name(on_gpu: bool, helpers: tuple[str, ...]) -> str:
    cards = native.usable(native.devices()) if on_gpu else []
    names = [*(helpers if on_gpu else ()), *map(name_of, cards)]
    return " + ".join(dict.fromkeys(names)) or "CPU"
