"""Evaluated conversations survive the process: a chat that is opened again needs no evaluating.

What the context holds is written to disk when the engine rests after an answer, and before it is
lost to another conversation or model. A state is bound to everything that its numbers depend on:
the model's content, the adapters that act, the device, how attention is computed (values stand in
another order then) and the version of llama.cpp.
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
_PLAIN = "plain"
_GAIN = 128
"""Tokens that a state must save, or that must be new in one to be written again."""


class SavedStates:
    """Of the one context that the engine has. Not for two threads at once."""

    def __init__(self, folder: Path, budget: int) -> None:
        self._folder = StateFolder(folder, budget)
        self._keys: dict[bool, str] = {}  # with flash attention, and without
        self._saved: list[int] = []  # what was last written or read
        self._saved_as = ""  # and under which key

    def bind(self, model: Model, spec: ModelSpec) -> None:
        """What is held from now on was computed so. Errors: OSError."""
        # Guesses change no number.
        options = replace(spec.options, draft="", look_up=True)
        parts = [
            "3",
            fingerprint(Path(spec.path)),
            lib.llama_version().decode(),
            f"{model.loaded.device} {model.loaded.gpu_layers} {options}",
        ]
        if model.projector:
            parts.append(fingerprint(Path(model.projector)))
        for use in spec.adapters:
            parts.append(f"{fingerprint(Path(use.path))} {use.scale!r}")
        keys = {
            flash: hashlib.sha256("\n".join([*parts, str(flash)]).encode()).hexdigest()[:24]
            for flash in (True, False)
        }
        if keys != self._keys:
            self._keys, self._saved = keys, []
            self._folder.fetch_ahead(self._key(model))

    def last_was_plain(self) -> bool:
        """Whether the chat that was used last, of any model, was held without flash attention."""
        return self._folder.newest_note() == _PLAIN

    def prepare(self, model: Model, tokens: list[int], restore: bool = True) -> None:
        """Before `tokens` are evaluated: write down what would be lost, and take up what helps,
        which may change how attention is computed. Errors: OutOfMemory."""
        decoder = model.decoder
        common = common_start(decoder.held, tokens)
        if len(decoder.held) - common >= _GAIN:
            self.save(model)
        if not restore:
            return
        flash, found = self._longest(model, tokens)
        if found is not None and found.common >= common + _GAIN:
            if flash != model.loaded.flash_attention:
                model.attend(flash)
            if flash == model.loaded.flash_attention:
                self._restore(model, found)

    def save(self, model: Model, most: int = 0) -> None:
        """Write what is held, when it is worth it; most: bytes that may be written, 0: any."""
        held = model.decoder.held
        key = self._key(model)
        saved = self._saved if key == self._saved_as else []
        new = len(held) - common_start(saved, held)
        # What slid is close to what an evaluation gives, which is not good enough to keep.
        if len(held) < _LEAST or new < _GAIN or not key or model.decoder.slid:
            return
        handle = model.decoder.handle
        part = self._folder.new(key)
        try:
            size = int(lib.llama_state_seq_get_size(handle, 0))
            if not self._folder.has_room(size) or (most and size > most):
                return
            tokens = (ctypes.c_int32 * len(held))(*held)
            path = os.fsencode(part)
            if lib.llama_state_seq_save_file(handle, path, 0, tokens, len(held)):
                part.chmod(0o600)
                self._folder.keep(part, "" if model.loaded.flash_attention else _PLAIN)
                self._saved, self._saved_as = list(held), key
        except OSError as error:
            # A cache that can't be written costs time, never an answer.
            _log.warning("A state could not be kept: %r", error)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _longest(self, model: Model, tokens: list[int]) -> tuple[bool, Found | None]:
        """The state that begins most like `tokens`, and whether it has flash attention; one for
        which the way would have to change must be worth it."""
        now, most = model.loaded.flash_attention, model.decoder.context_length - 1
        found = self._folder.find(self._keys[now], tokens, most)
        if model.can_change:
            other = self._folder.find(self._keys[not now], tokens, most)
            if other and (found is None or other.common >= found.common + _GAIN):
                return not now, other
        return now, found

    def _key(self, model: Model) -> str:
        """Of what the model holds now; empty before the first `bind`."""
        return self._keys.get(model.loaded.flash_attention, "")

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
            self._saved, self._saved_as = list(tokens), self._key(model)
            self._folder.back(trying)
        except OSError as error:
            _log.warning("A state could not be read: %r", error)
