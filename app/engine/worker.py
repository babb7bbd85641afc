"""The engine child: answers the engine's requests of core/messages.

One model is in memory at a time. Requests are answered one after the other; each says which model
it needs, so a child that was started again knows what to load.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.errors import Cancelled, ChildDied, LoamError
from app.core.messages import (
    Counted,
    CountTokens,
    Devices,
    Generate,
    Generated,
    Inspect,
    Inspected,
    Load,
    Loaded,
    Measured,
    Perplexity,
    Progress,
    Quantize,
    Token,
    Unload,
    Warned,
)
from app.core.types import GenerationStats, ModelSpec, Status
from app.engine import attention, device_choice, hashes, native, projector
from app.engine.ahead import evaluate_ahead
from app.engine.config import EngineConfig
from app.engine.conversation import fit
from app.engine.draft import DraftModel, load_draft
from app.engine.generation import generate
from app.engine.header import inspect
from app.engine.model import Model, load
from app.engine.pace import Paces
from app.engine.perplexity import measure
from app.engine.quantize import quantize
from app.engine.sliding import common_start
from app.engine.states import SavedStates
from app.engine.template import Templates

_RESTING = 1.0  # seconds after an answer until what was evaluated is written down
_CLOSING_WAIT = 1.0  # seconds for what is being written when the end comes
_CLOSING_BYTES = 512 << 20  # what can be written in the time that is left at the end


class Worker:
    """Handler of the child."""

    parallel = 1

    def __init__(self, config: EngineConfig) -> None:
        native.start()
        hashes.remember_in(config.hashes)
        self._logs = config.logs
        self._templates = Templates(config.logs)
        self._model: Model | None = None
        self._bound: object = None
        self._key: tuple[ModelSpec, tuple[int, int]] | None = None
        self._states = _states(config)
        self._paces = Paces(config.paces)
        self._busy = threading.Lock()
        self._rest = threading.Timer(0, bool)

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Events of one request, as core/messages promises for its kind."""
        self._rest.cancel()
        with self._busy:
            yield from self._answer(request, cancelled)

    def _answer(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        match request:
            case Load():
                yield from self._ensure(request.spec, cancelled)
                if self._model:
                    yield Loaded(self._model.loaded)
            case Unload():
                self._save()
                self._unload()
            case Generate():
                yield from self._generate(request, cancelled)
            case CountTokens():
                yield from self._ensure(request.spec, cancelled)
                if self._model:
                    vocabulary = self._model.vocabulary
                    yield Counted(tuple(len(vocabulary.tokens(text)) for text in request.texts))
            case Inspect():
                yield Inspected(inspect(request.path))
            case Quantize():
                yield from quantize(request, cancelled, self._logs)
            case Perplexity():
                yield from self._perplexity(request, cancelled)
            case Devices():
                yield device_choice.report(request.rpc)
            case _:
                raise TypeError(f"The engine knows no {type(request).__name__}")

    def close(self) -> None:
        """Free the model and end the children."""
        self._rest.cancel()
        self._templates.close()
        # The process is about to be ended, whatever is being done; but a state that is being
        # written at rest is worth a moment.
        if self._busy.acquire(timeout=_CLOSING_WAIT):
            self._save(_CLOSING_BYTES)
            self._unload()

    def _generate(self, request: Generate, cancelled: Callable[[], bool]) -> Iterator[Any]:
        before = self._model
        try:
            yield from self._ensure(request.spec, cancelled)
            if self._model and any(turn.pictures for turn in request.turns):
                yield from self._open_eyes(self._model, request.spec, cancelled)
        except Cancelled:
            yield Generated(Status.STOPPED, GenerationStats(0, 0, 0, 0.0, 0.0, 0, 0))
            return
        model = self._model
        if model is None:
            return
        if model is not before:
            yield Loaded(model.loaded)
        prompt = fit(request, model, self._templates)
        if prompt.warning:
            yield Warned(prompt.warning)
        loaded = model.loaded
        # Who gives a seed wants the numbers of a fresh evaluation.
        exact = request.sampling.seed >= 0 and request.sampling.temperature > 0
        try:
            if self._states:
                self._states.prepare(model, prompt.tokens, restore=not exact)
            self._choose_way(model, prompt.tokens, exact)
        except LoamError:
            self._unload()  # without its context it is of no use
            raise
        if model.loaded is not loaded:
            yield Loaded(model.loaded, again=True)
        shorter = functools.partial(fit, request, model, self._templates)
        said: list[str] = []
        for event in generate(request, prompt, model, cancelled, shorter):
            if isinstance(event, Token):
                said.append(event.text)
            yield event
        if self._states:
            rest = (request, "".join(said), model)
            self._rest = threading.Timer(_RESTING, self._at_rest, rest)
            self._rest.daemon = True
            self._rest.start()

    def _choose_way(self, model: Model, tokens: list[int], exact: bool) -> None:
        """How attention is computed for a prompt, as far as it isn't held. Errors: OutOfMemory."""
        if not model.can_change:
            return
        flash, held = model.loaded.flash_attention, common_start(model.decoder.held, tokens)
        # Numbers that are to be the same again may not depend on what is held.
        wanted = attention.suits(len(tokens), 0 if exact else held, flash)
        if wanted != flash:
            model.attend(wanted)

    def _at_rest(self, request: Generate, answer: str, model: Model) -> None:
        with self._busy:
            if self._model is model:
                evaluate_ahead(request, answer, model, self._templates)
            self._save()

    def _save(self, most: int = 0) -> None:
        if self._states and self._model:
            self._states.save(self._model, most)

    def _perplexity(
        self, request: Perplexity, cancelled: Callable[[], bool]
    ) -> Iterator[Progress | Warned | Measured]:
        self._save()
        self._unload()
        yield from self._ensure(ModelSpec(request.path, request.context_length), cancelled)
        if self._model:
            try:
                yield from measure(self._model, request.text, request.context_length, cancelled)
            finally:
                self._unload()

    def _ensure(
        self, spec: ModelSpec, cancelled: Callable[[], bool]
    ) -> Iterator[Progress | Warned]:
        """Have the model of `spec` in memory with its adapters on. Errors: MissingFile, NotAModel,
        ModelError, BadAdapter, Cancelled."""
        key = (replace(spec, adapters=()), _stamp(spec.path))
        if self._bound != _all_stamps(spec):
            self._save()
        if self._model is None or key != self._key:
            self._unload()
            threading.Thread(target=self._start_templates, daemon=True).start()
            plain = self._states is not None and self._states.last_was_plain()
            for event in load(spec, cancelled, plain):
                if isinstance(event, Model):
                    self._model, self._key = event, key
                    self._templates.read_ahead(event.template)
                    event.paces = {
                        way: self._paces.get(_pace_key(event, spec, way)) for way in event.paces
                    }
                else:
                    yield event
            if spec.options.draft and self._model:
                yield from self._add_draft(self._model, spec, cancelled)
        if self._model is not None:
            if self._model.adapters.unknown_base(spec.adapters):
                yield from hashes.told(Path(self._model.loaded.info.path), cancelled)
            self._model.adapters.put_on(spec.adapters)
            if self._states and self._bound != (bound := _all_stamps(spec)):
                self._states.bind(self._model, spec)
                self._bound = bound

    def _open_eyes(
        self, model: Model, spec: ModelSpec, cancelled: Callable[[], bool]
    ) -> Iterator[Progress]:
        """Errors: CannotSee, BadProjector, Cancelled."""
        if not model.projector:
            # The add-on may have come since; what is kept on disk is bound to it from here on.
            model.projector = projector.for_model(spec)
            if model.projector and self._states:
                self._states.bind(model, spec)
        yield from model.open_eyes(cancelled)

    def _add_draft(
        self, model: Model, spec: ModelSpec, cancelled: Callable[[], bool]
    ) -> Iterator[Progress | Warned]:
        """A model whose draft can't be had answers without it. Errors: Cancelled."""
        try:
            for event in load_draft(spec, model, cancelled):
                if isinstance(event, DraftModel):
                    model.draft = event
                else:
                    yield event
        except Cancelled:
            self._unload()
            raise
        except LoamError as error:
            yield Warned(error)

    def _start_templates(self) -> None:
        # Only a head start; when it fails, so does the first use, which says so.
        with contextlib.suppress(ChildDied):
            self._templates.start()

    def _unload(self) -> None:
        if self._model is not None:
            if self._key is not None:
                for way, pace in self._model.paces.items():
                    self._paces.put(_pace_key(self._model, self._key[0], way), pace)
            self._model.close()
            self._model = self._key = self._bound = None


def _states(config: EngineConfig) -> SavedStates | None:
    """None when no states are to be kept; then there are none left either."""
    if config.states is None:
        return None
    if config.state_bytes <= 0:
        shutil.rmtree(config.states, ignore_errors=True)
        return None
    with contextlib.suppress(OSError):
        return SavedStates(config.states, config.state_bytes)
    return None


def _all_stamps(spec: ModelSpec) -> object:
    """Changes with the spec and with each file that it names."""
    return spec, _stamp(spec.path), tuple(_stamp(use.path) for use in spec.adapters)


def _pace_key(model: Model, spec: ModelSpec, flash: bool) -> str:
    """What the time of a token depends on."""
    where = model.loaded
    stamps = f"{_stamp(spec.path)} {_stamp(spec.options.draft) if spec.options.draft else ''}"
    way = "" if flash else " plain"
    return f"{spec.path} {stamps} {where.device} {where.gpu_layers} {where.threads}{way}"


def _stamp(path: str) -> tuple[int, int]:
    """Changes when the file does."""
    try:
        found = Path(path).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
