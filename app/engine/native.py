"""llama.cpp as this process has it: the library, its log, and the devices in its registry.

Import this only in a child process. The registry is the one inside libllama; the package's
`_ggml.libggml` opens a second, empty one.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import logging
import sys
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.ggml import open_plugins


@contextlib.contextmanager
def bare_package() -> Iterator[None]:
    """Import modules of llama_cpp without what its package brings along (a server's templates,
    caches, numpy): half of the time that the engine takes to start."""
    found = importlib.util.find_spec("llama_cpp") if "llama_cpp" not in sys.modules else None
    if found is None or found.submodule_search_locations is None:
        yield
        return
    package = types.ModuleType("llama_cpp")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["llama_cpp"] = package
    try:
        yield
    finally:
        # Who imports the package itself gets all of it.
        del sys.modules["llama_cpp"]


with bare_package():
    import llama_cpp.llama_cpp as _llama_cpp

lib: Any = _llama_cpp
_log = logging.getLogger(__name__)
_ERROR = 3
_recent: deque[str] = deque(maxlen=40)
_starting: deque[str] = deque(maxlen=80)
_listeners: list[Callable[[str], None]] = []
_takes: list[bool] = []
_GPU, _INTEGRATED = 1, 2


@dataclass(frozen=True, slots=True)
class NativeDevice:
    """A device in ggml's registry. backend: 'CPU', 'CUDA', 'MTL', 'Vulkan' ...; bytes. integrated:
    it has no memory of its own; id: where it sits ('0000:c1:00.0'), one for the same card under
    several backends, empty where it is not known."""

    backend: str
    name: str
    description: str
    is_gpu: bool
    memory_free: int
    memory_total: int
    integrated: bool = False
    id: str = ""


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
    with listening(_starting.append):
        _takes.append(open_plugins(lib._lib, plugin_folder()))
    lib.llama_backend_init()


def takes_plugins() -> bool:
    """Whether devices come from files beside llama.cpp, as in a package; not before `start()`."""
    return any(_takes)


def plugin_folder() -> Path:
    """Where plug-ins for devices are looked for."""
    return Path(_llama_cpp.__file__).parent / "lib"


def starting_log() -> tuple[str, ...]:
    """What was said when the plug-ins were loaded."""
    return tuple(_starting)


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


class _Properties(ctypes.Structure):
    """ggml_backend_dev_props."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("memory_free", ctypes.c_size_t),
        ("memory_total", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("device_id", ctypes.c_char_p),
        ("capabilities", ctypes.c_bool * 16),
    )


def registries() -> tuple[str, ...]:
    """The backends that are in this llama.cpp or were loaded, with devices or without."""
    ggml = lib._lib
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    ggml.ggml_backend_reg_get.restype = ctypes.c_void_p
    ggml.ggml_backend_reg_name.restype = ctypes.c_char_p
    found = []
    for index in range(ggml.ggml_backend_reg_count()):
        each = ctypes.c_void_p(ggml.ggml_backend_reg_get(ctypes.c_size_t(index)))
        found.append(_text(ggml.ggml_backend_reg_name(each)))
    return tuple(found)


def usable(found: Iterable[NativeDevice]) -> list[NativeDevice]:
    """The devices that llama.cpp puts layers on, in its order: other machines, then cards, each
    once; those without memory of their own only where there is no other card."""
    remote: list[NativeDevice] = []
    cards: list[NativeDevice] = []
    integrated: list[NativeDevice] = []
    for device in found:
        if device.backend == "RPC":
            remote.append(device)
        elif device.integrated:
            if not integrated or device.backend == integrated[-1].backend:
                integrated.append(device)
        elif device.is_gpu and (not device.id or device.id not in [card.id for card in cards]):
            cards.append(device)
    return [*remote, *(cards or integrated)]


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
        has = _Properties()
        ggml.ggml_backend_dev_get_props(device, ctypes.byref(has))
        found.append(
            NativeDevice(
                backend=_text(ggml.ggml_backend_reg_name(registry)),
                name=_text(ggml.ggml_backend_dev_name(device)),
                description=_text(ggml.ggml_backend_dev_description(device)),
                is_gpu=has.type in (_GPU, _INTEGRATED),
                memory_free=has.memory_free,
                memory_total=has.memory_total,
                integrated=has.type == _INTEGRATED,
                id=_text(has.device_id),
            )
        )
    return found


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace").strip()
