"""Which command lines open the window, and what that imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.cli.window import window_arguments
from app.core.paths import program_root


def test_files_and_nothing_open_the_window_and_words_are_commands(tmp_path: Path) -> None:
    file = tmp_path / "a b.gguf"
    file.write_bytes(b"GGUF")
    assert window_arguments([]) == (None, [])
    assert window_arguments([str(file)]) == (None, [str(file)])
    assert window_arguments(["--profile", "p", str(file)]) == ("p", [str(file)])
    assert window_arguments(["models", "list"]) == (None, None)
    assert window_arguments([str(file), "--json"]) == (None, None)
    assert window_arguments(["--profile"]) == (None, None)


def test_the_window_waits_for_no_command() -> None:
    code = (
        "import sys; from app.cli.window import window_arguments; window_arguments([])\n"
        "print([name for name in sys.modules if name.startswith(('app.services', 'app.cli.'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=program_root(), timeout=60
    )
    assert done.stdout.strip() == "['app.cli.window']", done.stderr
