"""A model is read whole once to see whether an adapter belongs to it: told, stoppable, kept."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import BadAdapter, Cancelled
from app.core.files import sha256
from app.core.messages import Evaluate, Evaluated, Load, Loaded, Progress
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, ModelSpec
from app.engine import hashes
from app.engine.config import EngineConfig
from app.training.config import TrainingConfig
from tests import patience
from tests.training.conftest import new_trainer, write_random_adapter

CHECKING = "Checking the model"


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process knows no hash, and keeps none."""
    monkeypatch.setattr(hashes, "_known", {})
    yield
    hashes.remember_in(None)


def another_process(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    monkeypatch.setattr(hashes, "_known", {})
    hashes.remember_in(file)


@pytest.mark.usefixtures("forgetful")
def test_a_hash_is_kept_while_the_file_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, model = tmp_path / "hashes.json", tmp_path / "model.gguf"
    model.write_bytes(b"0123456789" * 1_000_000)
    hashes.remember_in(kept)
    assert hashes.known_hash(model) == ""
    assert list(hashes.in_steps(model)) == [(8 << 20, 10_000_000), (10_000_000, 10_000_000)]
    another_process(monkeypatch, kept)
    assert hashes.known_hash(model) == sha256(model)
    assert list(hashes.in_steps(model)) == []
    os.utime(model, (1, 1))
    assert hashes.known_hash(model) == ""


@pytest.mark.usefixtures("forgetful")
def test_the_reading_can_be_stopped(tmp_path: Path) -> None:
    kept, model = tmp_path / "hashes.json", tmp_path / "model.gguf"
    model.write_bytes(b"0123456789" * 1_000_000)
    hashes.remember_in(kept)
    told = hashes.told(model, iter([False, True]).__next__)
    assert next(told).fraction == pytest.approx(0.8389, abs=1e-3)
    with pytest.raises(Cancelled):
        next(told)
    assert (hashes.known_hash(model), kept.exists()) == ("", False)


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("text", ["", "[1]", '{"a": 3}', "\0"])
def test_a_damaged_file_of_hashes_costs_only_the_reading(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, model = tmp_path / "hashes.json", tmp_path / "model.gguf"
    model.write_bytes(b"weights")
    kept.write_text(text, encoding="utf-8")
    another_process(monkeypatch, kept)
    assert hashes.content_hash(model) == sha256(model)
    assert list(json.loads(kept.read_text(encoding="utf-8")).values()) == [sha256(model)]


def engine_at(config: EngineConfig) -> contextlib.closing[WorkerProcess]:
    entry = "app.engine.worker:Worker"
    return contextlib.closing(
        WorkerProcess("The model", entry, config, config.logs, grace=patience.SECONDS)
    )


def test_the_first_use_of_an_adapter_is_told_and_the_next_costs_nothing(
    chat_model: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.gguf"
    write_random_adapter(chat_model, own, rank=1, seed=1, base_sha256=sha256(chat_model))
    config = EngineConfig(tmp_path / "logs", hashes=tmp_path / "hashes.json")
    request = Load(ModelSpec(str(chat_model), 256, 0, 0, (AdapterUse(str(own)),)))

    def load(engine: WorkerProcess) -> tuple[list[float], bool]:
        """(parts read while it was checked, whether it was loaded in the end)"""
        parts, loaded = [], False
        for event in engine.stream(request):
            if isinstance(event, Progress) and event.what == CHECKING:
                parts.append(event.fraction)
            loaded = loaded or isinstance(event, Loaded)
        return parts, loaded

    with engine_at(config) as engine:
        parts, loaded = load(engine)
        assert parts == sorted(parts)
        assert (len(parts) > 5, parts[-1], loaded) == (True, 1.0, True)
        assert load(engine) == ([], True)
    with engine_at(config) as engine:
        assert load(engine) == ([], True)


def test_measuring_with_an_adapter_tells_it_too(
    config: TrainingConfig, tiny: Path, tmp_path: Path
) -> None:
    own, alien = tmp_path / "own.gguf", tmp_path / "alien.gguf"
    write_random_adapter(tiny, own, rank=2, seed=1, base_sha256=sha256(tiny))
    write_random_adapter(tiny, alien, rank=2, seed=1, base_sha256="0" * 64)
    kept = tmp_path / "hashes.json"
    config = TrainingConfig(config.logs, config.cache, kept)
    text = "The ferry left the harbour before seven. " * 20

    def said(trainer: WorkerProcess, adapter: Path) -> list[str]:
        uses = (AdapterUse(str(adapter)),)
        events = list(trainer.stream(Evaluate(str(tiny), uses, text=text, context=256)))
        assert isinstance(events[-1], Evaluated)
        return [event.what for event in events if isinstance(event, Progress)]

    with contextlib.closing(new_trainer(config)) as trainer:
        assert said(trainer, own)[0] == CHECKING
        assert CHECKING not in said(trainer, own)
        with pytest.raises(BadAdapter):
            said(trainer, alien)
    assert sha256(tiny) in kept.read_text(encoding="utf-8")
