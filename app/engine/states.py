"""Evaluated conversations survive the process: a chat that is opened again needs no evaluating.

What the context holds is written to disk when the engine rests after an answer, and before it is
lost to another conversation or model. A state is bound to everything that its numbers depend on:
the model's content, the adapters that act, the device and the version of llama.cpp.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import logging
import os
from dataclasses import replace
from pathlib import Path

from app.core.types import ModelSpec
from app.engine.model import Model
from app.engine.native import lib
from app.engine.sliding import common_start
from app.engine.state_files import Found, StateFolder, drop, fingerprint

_log = logging.getLogger(__name__)
_LEAST = 256
"""Tokens below which evaluating is quicker than the disk."""
_GAIN = 128
"""Tokens that a state must save, or that must be new in one to be written again."""


class SavedStates:
    """Of the one context that the engine has. Not for two threads at once."""

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = StateFolder(folder, budget)
        self._key = ""
        self._saved: list[int] = []  # what was last written or read

    def bind(self, model: Model, spec: ModelSpec) -> None:
        """What is held from now on was computed so. Errors: OSError."""
        # Guesses change no number.
        options = replace(spec.options, draft="", look_up=True)
        parts = [
            "2",
            fingerprint(Path(spec.path)),
            lib.llama_version().decode(),
            f"{model.loaded.device} {model.loaded.gpu_layers} {options}",
        ]
        if model.projector:
            parts.append(fingerprint(Path(model.projector)))
        for use in spec.adapters:
            parts.append(f"{fingerprint(Path(use.path))} {use.scale!r}")
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
        if key != self._key:
            self._key, self._saved = key, []
            self._folder.fetch_ahead(key)

    def prepare(self, model: Model, tokens: list[int], restore: bool = True) -> None:
        """Before `tokens` are evaluated: write down what would be lost, and take up what helps."""
        decoder = model.decoder
        common = common_start(decoder.held, tokens)
        if len(decoder.held) - common >= _GAIN:
            self.save(model)
        if not restore:
            return
        found = self._folder.find(self._key, tokens, decoder.context_length - 1)
        if found is not None and found.common >= common + _GAIN:
            self._restore(model, found)

    def save(self, model: Model, most: int = 0) -> None:
        """Write what is held, when it is worth it; most: bytes that may be written, 0: any."""
        held = model.decoder.held
        new = len(held) - common_start(self._saved, held)
        # What slid is close to what an evaluation gives, which is not good enough to keep.
        if len(held) < _LEAST or new < _GAIN or not self._key or model.decoder.slid:
            return
        handle = model.decoder.handle
        part = self._folder.new(self._key)
        try:
            size = int(lib.llama_state_seq_get_size(handle, 0))
            if not self._folder.has_room(size) or (most and size > most):
                return
            tokens = (ctypes.c_int32 * len(held))(*held)
            path = os.fsencode(part)
            if lib.llama_state_seq_save_file(handle, path, 0, tokens, len(held)):
                part.chmod(0o600)
                self._folder.keep(part)
                self._saved = list(held)
        except OSError as error:
            # A cache that can't be written costs time, never an answer.
            _log.warning("A state could not be kept: %r", error)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _restore(self, model: Model, found: Found) -> None:
        decoder = model.decoder
        try:
            trying = self._folder.checked_out(found.path)
            if trying is None:
                _log.warning("A state was not what had been written; it is gone")
                return
            decoder.clear()
            tokens = (ctypes.c_int32 * len(found.tokens))()
            count = ctypes.c_size_t()
            read = lib.llama_state_seq_load_file(
                decoder.handle, os.fsencode(trying), 0, tokens, len(tokens), ctypes.byref(count)
            )
            if not read or count.value != len(tokens):
                decoder.clear()
                drop(trying)
                return
            decoder.restored(list(tokens))
            self._saved = list(tokens)
            self._folder.back(trying)
        except OSError as error:
            _log.warning("A state could not be read: %r", error)
