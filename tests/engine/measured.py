"""What llama.cpp itself says that models need, without loading their weights: a child of tests.

`python -m tests.engine.measured CONTEXT OPTIONS FILE...` prints a JSON list of (weights, context,
compute) in bytes. OPTIONS: a JSON object of LoadOptions.
"""

from __future__ import annotations

import json
import os
import re
import sys

from app.core.types import LoadOptions
from app.engine import loading, native
from app.engine.native import lib

_MIB = 1 << 20


def sizes(path: str, context: int, options: LoadOptions) -> tuple[float, float, float]:
    """Errors: RuntimeError when llama.cpp does not take the file."""
    lines: list[str] = []
    params = lib.llama_model_default_params()
    params.n_gpu_layers = 0
    params.no_alloc = True
    params.load_mode = lib.LLAMA_LOAD_MODE_NONE
    with native.listening(lines.append):
        model = lib.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise RuntimeError("\n".join(lines[-5:]))
        wanted = lib.llama_context_default_params()
        wanted.n_ctx = context
        loading.apply_to_context(wanted, options)
        made = lib.llama_init_from_model(model, wanted)
    text = "\n".join(lines)

    def total(pattern: str) -> float:
        return sum(float(each) for each in re.findall(pattern, text)) * _MIB

    found = (
        float(lib.llama_model_size(model)),
        total(r"llama_kv_cache: size = +([\d.]+) MiB"),
        total(r"compute buffer size = +([\d.]+) MiB"),
    )
    lib.llama_free(made)
    lib.llama_model_free(model)
    return found


if __name__ == "__main__":
    native.start()
    chosen = LoadOptions(**json.loads(sys.argv[2]))
    print(json.dumps([sizes(path, int(sys.argv[1]), chosen) for path in sys.argv[3:]]))
