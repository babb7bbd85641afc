"""The packages of types, messages and errors give every name, loading only its own module."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("app.core.types", "app.core.messages", "app.core.errors")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_the_modules_can_be_imported_from_the_package(package: str) -> None:
    folder = importlib.import_module(package)
    defined = {}
    for found in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{package}.{found.name}")
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__ and name[0] != "_":
                defined[name] = value
    assert len(defined) > 25
    assert [
        name for name, value in defined.items() if getattr(folder, name, None) is not value
    ] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there_is_said(package: str) -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        importlib.import_module(package).Nothing  # noqa: B018


def test_a_message_loads_its_own_module_and_crosses_the_pipe_without_the_others() -> None:
    from app.core.messages import Inspect

    frame = pickle.dumps(Inspect("model.gguf"))
    code = (
        "import pickle, sys\n"
        f"print(pickle.loads({frame!r}))\n"
        "print(sorted(n for n in sys.modules if n.startswith('app.core.messages.')))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        "Inspect(path='model.gguf')",
        "['app.core.messages.engine']",
    ]


def test_an_error_that_crossed_a_pipe_loads_its_own_module() -> None:
    from app.core.errors import BadTemplate

    frame = pickle.dumps(BadTemplate("why", path="a.gguf", reason="no end"))
    code = (
        "import pickle, sys\n"
        f"error = pickle.loads({frame!r})\n"
        "print(type(error).__name__, error.detail, error.what_text)\n"
        "print(*sorted(n[16:] for n in sys.modules if n.startswith('app.core.errors.')))\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == [
        "BadTemplate why The chat template inside a.gguf could not be used (no end).",
        "base models",
    ]


def test_all_errors_are_known_where_they_are_looked_up_by_name(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.services.diagnostics import last_errors\n"
        "print(*last_errors(Path(sys.argv[1])))\n"
    )
    shown = "2026-01-02 03:04:05,678 9 app.ui.notices WARNING Shown: Diverged: It came apart.\n"
    (tmp_path / "window.log").write_text(shown, "utf-8")
    run = [sys.executable, "-c", code, str(tmp_path)]
    said = subprocess.run(run, capture_output=True, text=True, check=True)
    assert said.stdout == "2026-01-02 03:04:05 Diverged\n"
