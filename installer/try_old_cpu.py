"""Loads the chat model, writes some tokens and embeds a sentence with a package's llama.cpp, all in
one process, so that an emulated processor runs every instruction of it:

    qemu-x86_64 -cpu SandyBridge build/package/venv/bin/python installer/try_old_cpu.py TREE

TREE: the folder that holds `usr/lib/loam` (build/package/dist/tree). qemu's user mode gives
children to the real processor; hence no child here.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main(tree: Path) -> int:
    """Gives the exit code; an instruction that is missing ends the process with SIGILL."""
    inside = tree / "usr/lib/loam/_internal"
    libraries = inside / "llama_cpp/lib"
    os.environ["LLAMA_CPP_LIB_PATH"] = str(libraries)

    from llama_cpp import llama_cpp as lib

    from app.core.ggml import open_plugins

    silent = lib.llama_log_callback(lambda *_line: None)
    lib.llama_log_set(silent, None)
    open_plugins(lib._lib, libraries)
    lib.llama_backend_init()
    params = lib.llama_model_default_params()
    params.n_gpu_layers = 0
    (file,) = (inside / "models").glob("*.gguf")
    model = lib.llama_model_load_from_file(os.fsencode(file), params)
    wanted = lib.llama_context_default_params()
    wanted.n_ctx = 256
    wanted.n_threads = wanted.n_threads_batch = 1
    context = lib.llama_init_from_model(model, wanted)
    vocabulary = lib.llama_model_get_vocab(model)
    text = b"The capital of France is"
    tokens = (lib.llama_token * 64)()
    count = lib.llama_tokenize(vocabulary, text, len(text), tokens, 64, True, True)
    batch = lib.llama_batch_get_one(tokens, count)
    sampler = lib.llama_sampler_init_greedy()
    written = b""
    for _ in range(8):
        assert lib.llama_decode(context, batch) == 0
        chosen = lib.llama_sampler_sample(sampler, context, -1)
        piece = (lib.ctypes.c_char * 64)()
        length = lib.llama_token_to_piece(vocabulary, chosen, piece, 64, 0, True)
        written += piece[:length]
        batch = lib.llama_batch_get_one((lib.llama_token * 1)(chosen), 1)

    from app.retrieval.embedders.bert_gguf import BertGGUF

    folder = inside / "models/all-MiniLM-L6-v2"
    rows = BertGGUF(folder).encode(["When does the garden open?", "The garden opens at nine."])
    maps = Path("/proc/self/maps").read_text("ascii", errors="replace")
    print("kernels:", *sorted(set(re.findall(r"libggml-cpu-[\w.]+\.so", maps))))
    print("written:", written.decode("utf-8", "replace"))
    print(f"cosine: {rows[0] @ rows[1]:.4f}")
    return 0 if b"Paris" in written and 0.5 < rows[0] @ rows[1] < 1 else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
