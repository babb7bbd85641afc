"""What a package tells a terminal of Loam, and that all recipes build the same llama.cpp."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from app.cli.main import parser
from app.core import paths

ROOT = paths.program_root()
INSTALLER = ROOT / "installer"
terminal = runpy.run_path(str(INSTALLER / "terminal.py"))


def _completed(script: Path, *words: str) -> set[str]:
    shell = (
        f'source {script}; COMP_WORDS=(loam "$@"); COMP_CWORD=$#; _loam; echo "${{COMPREPLY[*]}}"'
    )
    done = subprocess.run(
        ["bash", "-c", shell, "bash", *words], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    script = tmp_path / "loam"
    script.write_text(terminal["completion"](), "utf-8")
    assert {"ask", "models", "doctor", "--profile"} <= _completed(script, "")
    assert _completed(script, "mo") == {"models"}
    assert {"list", "download"} <= _completed(script, "models", "")
    assert "--docs" in _completed(script, "--profile", "x", "ask", "a question", "--d")
    assert _completed(script, "notes.txt") == set()


def test_the_manual_page_names_every_command() -> None:
    page = (INSTALLER / "linux/loam.1").read_text("utf-8")
    filled = page.replace("@COMMANDS@", terminal["manual"]())
    assert filled.count("\n.SH COMMANDS\n") == 1
    (known,) = (each for each in parser()._actions if each.dest == "command")
    assert isinstance(known.choices, dict)
    named = set(re.findall(r"^\.B (.+)$", filled, re.MULTILINE))
    assert {name.replace("-", "\\-") for name in known.choices} <= named
    if shutil.which("man"):
        done = subprocess.run(
            ["man", "--warnings", "-l", "-"],
            input=filled,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"},
        )
        assert done.stderr == ""
        assert "COMMANDS" in done.stdout


def test_every_recipe_builds_pictures_and_other_machines_for_any_processor() -> None:
    for recipe in (
        ROOT / "Makefile",
        INSTALLER / "windows/README.md",
        INSTALLER / "macos/build.sh",
        ROOT / ".github/workflows/package.yml",
    ):
        text = recipe.read_text("utf-8")
        assert "-DGGML_NATIVE=OFF" in text, recipe
        assert "-DGGML_RPC=ON" in text, recipe
        assert "LLAVA_BUILD=OFF" not in text, recipe


def test_other_programs_do_not_get_the_packages_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyInstaller's loader has put the program's folder into LD_LIBRARY_PATH."""
    start = runpy.run_path(str(INSTALLER / "start.py"))["give_back_libraries"]
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/loam/_internal")
    start()
    assert "LD_LIBRARY_PATH" not in os.environ
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib/loam/_internal")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/opt/own")
    start()
    assert os.environ["LD_LIBRARY_PATH"] == "/opt/own"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ
