"""Running the real command line in a process of its own, as a person or a script does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import patience

Loam = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One profile for all commands of a test run."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="session")
def loam(home: Path) -> Loam:
    """Run `python -m app` with these arguments; `stdin` is what is typed."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app", "--profile", str(home), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=5 * patience.SECONDS,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )

    return run


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small documents."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "garden.md").write_text(
        "# The garden\n\n## Opening hours\n\nThe botanical garden opens at nine in the morning and "
        "closes at six in the evening.\n\n## Entry\n\nEntry to the garden costs 4 euros.\n"
    )
    (folder / "trains.txt").write_text(
        "Trains to the coast leave every 20 minutes from platform 3.\r\n"
        "The line was founded in 1987 by Helga Weiss.\r\n"
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 this is not one")
    return folder


def parsed(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The JSON lines of a command that went well."""
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
