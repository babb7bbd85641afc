"""What the tests of training share: a tiny model and the training child."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.paths import Profile
from app.core.process import WorkerProcess
from app.training import tinymodel
from tests.training.held import training_child


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of a few hundred kilobytes that can be trained."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """The training child, which can be held."""
    worker = training_child(Profile(tmp_path_factory.mktemp("trainer")).create())
    yield worker
    worker.close()
