"""The kernels of llama.cpp, where they are plug-ins.

Packages have the processor's kernels as plug-ins, one for each generation, and take others (CUDA,
Vulkan) from the same folder; until that is opened such a library has no device at all. One that
was built in one piece has its devices already.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def open_plugins(library: ctypes.CDLL, folder: Path) -> bool:
    """Open what lies in `folder`, unless the library has devices; safe to repeat. Whether that was
    needed."""
    library.ggml_backend_dev_count.restype = ctypes.c_size_t
    if library.ggml_backend_dev_count():
        return False
    load = ctypes.CFUNCTYPE(None, ctypes.c_char_p)(("ggml_backend_load_all_from_path", library))
    load(os.fsencode(folder))
    return True
