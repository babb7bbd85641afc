"""What the engine's child takes in before it can load a model."""

from __future__ import annotations

import subprocess
import sys


def test_the_child_starts_without_what_only_some_answers_need() -> None:
    """Each of these takes as long as the model's file to load, and nobody would miss it."""
    code = (
        "import sys, app.engine.worker\n"
        "heavy = {'numpy', 'jinja2', 'diskcache', 'llama_cpp'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "import llama_cpp\n"
        "print(llama_cpp.llama_cpp is sys.modules['llama_cpp.llama_cpp'])\n"
        "print(hasattr(llama_cpp, 'Llama'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["[]", "True", "True"]
