"""llama.cpp as this process has it: the library, its log, and the devices in its registry.

Import this only in a child process. The registry is the one inside libllama; the package's
`_ggml.libggml` opens a second, empty one.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as _llama_cpp

lib: Any = _llama_cpp
_log = logging.getLogger(__name__)
_ERROR = 3
_recent: deque[str] = deque(maxlen=40)
_listeners: list[Callable[[str], None]] = []


@dataclass(frozen=True, slots=True)
class NativeDevice:
    """A device in ggml's registry. backend: 'CPU', 'CUDA', 'MTL', 'Vulkan' ...; bytes."""

    backend: str
    name: str
    description: str
    is_gpu: bool
    memory_free: int
    memory_total: int


@lib.llama_log_callback  # type: ignore[untyped-decorator]
def _on_log(level: int, text: bytes, _: object) -> None:
    # An exception can't leave a C callback; it would be printed and lost.
    with contextlib.suppress(Exception):
        line = text.decode("utf-8", "replace").rstrip("\n")
        if line.strip(". "):
            _recent.append(line)
            _log.log(logging.WARNING if level == _ERROR else logging.DEBUG, "%s", line)
            for listener in list(_listeners):
                listener(line)


def start() -> None:
    """Take over llama.cpp's log and initialise it; safe to repeat."""
    lib.llama_log_set(_on_log, None)
    _open_plugins()
    lib.llama_backend_init()


def _open_plugins() -> None:
    """Packages have the processor's kernels as plug-ins, one for each generation, and take others
    (CUDA, Vulkan) from the same folder. A library built in one piece has its devices already."""
    ggml = lib._lib
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    if ggml.ggml_backend_dev_count() == 0:
        load = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(("ggml_backend_load_all_from_path", ggml))
        load(os.fsencode(Path(_llama_cpp.__file__).parent / "lib"))


@contextlib.contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Give each log line to `listener` meanwhile, from whichever thread writes it."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def recent_log() -> str:
    """The last lines of llama.cpp's log, as the detail of an error."""
    return "\n".join(_recent)


def devices() -> list[NativeDevice]:
    """All devices that this build of llama.cpp can use here."""
    ggml = lib._lib
    for name in ("dev_get", "dev_backend_reg"):
        getattr(ggml, f"ggml_backend_{name}").restype = ctypes.c_void_p
    for name in ("dev_name", "dev_description", "reg_name"):
        getattr(ggml, f"ggml_backend_{name}").restype = ctypes.c_char_p
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    found = []
    for index in range(ggml.ggml_backend_dev_count()):
        device = ctypes.c_void_p(ggml.ggml_backend_dev_get(ctypes.c_size_t(index)))
        registry = ctypes.c_void_p(ggml.ggml_backend_dev_backend_reg(device))
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        ggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
        found.append(
            NativeDevice(
                backend=_text(ggml.ggml_backend_reg_name(registry)),
                name=_text(ggml.ggml_backend_dev_name(device)),
                description=_text(ggml.ggml_backend_dev_description(device)),
                is_gpu=ggml.ggml_backend_dev_type(device) in (1, 2),
                memory_free=free.value,
                memory_total=total.value,
            )
        )
    return found


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace").strip()
