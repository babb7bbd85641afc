"""The adapters on a loaded model: files are read once, scales change without loading again.

What the context holds was computed under the adapters of its time, so it is forgotten whenever one
comes, goes or changes its scale.
"""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.errors import AdapterGone, BadAdapter
from app.core.types import AdapterUse, ModelInfo
from app.engine import adapter_header, hashes, native
from app.engine.decoder import Decoder
from app.engine.native import lib

_Key = tuple[str, int, int]  # path, time of change, size


class Adapters:
    """Of one model and its context; freed with the model."""

    def __init__(self, model: object, info: ModelInfo, decoder: Decoder) -> None:
        self._model = model
        self._info = info
        self._decoder = decoder
        self._known: dict[_Key, Any] = {}
        self._on: dict[_Key, float] = {}

    def put_on(self, uses: Sequence[AdapterUse]) -> None:
        """Have exactly these adapters act; one given twice acts with the sum of its scales. When
        one can't be used, all stays as it was. Errors: AdapterGone, BadAdapter."""
        wanted: dict[_Key, float] = {}
        for use in uses:
            if not math.isfinite(use.scale):
                raise BadAdapter(path=use.path, reason="its scale is not a number")
            key = _key(use.path)
            wanted[key] = wanted.get(key, 0.0) + use.scale
        wanted = {key: scale for key, scale in wanted.items() if scale}
        if wanted == self._on:
            return
        self._set(wanted)
        self._on = wanted
        self._decoder.clear()

    def again(self) -> None:
        """The decoder has another context: the same ones act there. Errors: BadAdapter."""
        on, self._on = self._on, {}
        if on:
            self._set(on)
            self._on = on

    def _set(self, wanted: dict[_Key, float]) -> None:
        handles = (lib.llama_adapter_lora_p_ctypes * len(wanted))()
        for index, key in enumerate(wanted):
            handles[index] = self._handle(key)
        scales = (ctypes.c_float * len(wanted))(*wanted.values())
        if lib.llama_set_adapters_lora(self._decoder.handle, handles, len(wanted), scales):
            path = next(iter(wanted), ("", 0, 0))[0]
            raise BadAdapter(native.recent_log(), path=path, reason="it was turned away")

    def unknown_base(self, uses: Sequence[AdapterUse]) -> bool:
        """Whether `put_on` would first read the model's file whole, to see that they belong to
        it. Errors: as `put_on`."""
        new = [key[0] for key in map(_key, (use.path for use in uses)) if key not in self._known]
        named = any(adapter_header.inspect(path).base_sha256 for path in new)
        return named and not hashes.known_hash(Path(self._info.path))

    def _handle(self, key: _Key) -> Any:
        """The adapter in memory, read when it is new or its file has changed."""
        if key not in self._known:
            path = key[0]
            found = adapter_header.inspect(path)
            # `unknown_base` lets it be told how far that is; adapters from elsewhere don't need it.
            own = hashes.content_hash(Path(self._info.path)) if found.base_sha256 else ""
            adapter_header.check_base(found, self._info.architecture, own)
            handle = lib.llama_adapter_lora_init(self._model, os.fsencode(path))
            if not handle:
                reason = "it does not fit the model's weights"
                raise BadAdapter(native.recent_log(), path=path, reason=reason)
            self._known[key] = handle
        return self._known[key]


def _key(path: str) -> _Key:
    try:
        found = Path(path).stat()
    except OSError:
        raise AdapterGone(name=Path(path).stem, path=path) from None
    return (path, found.st_mtime_ns, found.st_size)
