"""The real default model in a real child, and small GGUF files made on the spot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import paths
from app.core.process import WorkerProcess
from app.core.types import ModelSpec
from app.engine.config import EngineConfig
from app.services.default_record import default_chat_model
from tests import patience


@pytest.fixture(scope="session")
def chat_model() -> Path:
    """The default chat model; the tests need `make run` or `make test` to have fetched it."""
    model = default_chat_model(paths.bundled_models())
    if model is None:
        pytest.fail("The default models are missing: python -m app.services.default_models")
    return model


@pytest.fixture(scope="session")
def spec(chat_model: Path) -> ModelSpec:
    """One thread: sums are split by threads, so what is written would change with the machine's
    load, which takes threads away."""
    return ModelSpec(str(chat_model), context_length=1024, threads=1)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One child for all tests: what they ask must not depend on what was asked before."""
    logs = tmp_path_factory.mktemp("engine-logs")
    worker = WorkerProcess(
        "The model", "app.engine.worker:Worker", EngineConfig(logs), logs, grace=patience.SECONDS
    )
    yield worker
    worker.close()


@pytest.fixture
def damaged(chat_model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may spoil."""
    copy = tmp_path / "damaged.gguf"
    copy.write_bytes(chat_model.read_bytes())
    os.chmod(copy, 0o600)  # noqa: PTH101
    return copy
