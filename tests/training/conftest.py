"""A tiny model of random weights, a training child, and rows; the default model where asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core import paths
from app.core.process import WorkerProcess
from app.core.types import LORA_TARGETS, TrainingRow
from app.training import adapter_file, tinymodel, weights
from app.training.config import TrainingConfig
from app.training.session import Session
from tests.training import held

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden" / "lora"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> TrainingConfig:
    folder = tmp_path_factory.mktemp("training")
    return TrainingConfig(folder / "logs", folder / "cache")


@pytest.fixture(scope="session")
def trainer(config: TrainingConfig) -> Iterator[WorkerProcess]:
    """One child for all tests: what they ask must not depend on what was asked before."""
    worker = new_trainer(config)
    yield worker
    worker.close()


def new_trainer(config: TrainingConfig) -> WorkerProcess:
    """Stands still where a test tells it to; see held.py."""
    return held.child(config)


@pytest.fixture(scope="session")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter whose values are all random, so that it changes every answer."""
    path = tmp_path_factory.mktemp("adapter") / "random.gguf"
    write_random_adapter(tiny, path, rank=4, seed=5)
    return path


def write_random_adapter(
    model: Path, path: Path, rank: int, seed: int, base_sha256: str = ""
) -> None:
    numbers = np.random.default_rng(seed)
    values = adapter_file.initial(weights.matrices(model), LORA_TARGETS, rank, seed)
    for part in values.values():
        part += (numbers.standard_normal(part.shape) * 0.1).astype(np.float32)
    about = adapter_file.Description("random", "llama", rank, 2.0 * rank, LORA_TARGETS, base_sha256)
    adapter_file.write(path, values, about)


@pytest.fixture
def session(tiny: Path, adapter: Path) -> Iterator[Session]:
    opened = Session(tiny, adapter, 256, threads=1)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def rows() -> tuple[TrainingRow, ...]:
    """Short conversations of different lengths."""
    return tuple(
        TrainingRow(
            f"line {n}",
            turns=(("user", f"What is {n} times {n}?"), ("assistant", f"It is {n * n}.")),
        )
        for n in range(1, 15)
    )


@pytest.fixture(scope="session")
def chat_model() -> Path:
    model = paths.bundled_models() / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not model.is_file():
        pytest.skip(f"the model that the curves were computed on is absent: {model.name}")
    return model


@pytest.fixture(params=["simple", "accumulated"])
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A curve that PEFT computed."""
    path = GOLDEN / f"{request.param}.json"
    if not path.is_file():
        pytest.skip(f"the curves to compare with are absent: {path}")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
