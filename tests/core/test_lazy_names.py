"""The packages of types and messages give every name of their modules, loading only its module."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import subprocess
import sys

import pytest

PACKAGES = ("app.core.types", "app.core.messages")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_of_the_modules_can_be_imported_from_the_package(package: str) -> None:
    folder = importlib.import_module(package)
    defined = {}
    for found in pkgutil.iter_modules(folder.__path__):
        module = importlib.import_module(f"{package}.{found.name}")
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__:
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
