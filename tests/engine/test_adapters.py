"""Adapters in the engine: they act by their scale, need no second loading, and must fit."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadAdapter, MissingFile
from app.core.files import sha256
from app.core.messages import Generate, Generated, Loaded, Token
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, ModelSpec
from app.training import tinymodel
from tests.engine.asking import GREEDY
from tests.training.conftest import write_random_adapter

PROMPT = "The ferry left the harbour before seven, when the lamps were still burning."


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3)
    return path


@pytest.fixture(scope="module")
def adapter(tiny: Path) -> Path:
    path = tiny.with_name("one.gguf")
    write_random_adapter(tiny, path, rank=4, seed=5, base_sha256=sha256(tiny))
    return path


class Said:
    """What one request brought."""

    def __init__(self, engine: WorkerProcess, model: Path, *uses: AdapterUse) -> None:
        spec = ModelSpec(str(model), context_length=256, threads=1, adapters=uses)
        sampling = replace(GREEDY, max_tokens=40)
        events = list(engine.stream(Generate(spec, sampling, prompt=PROMPT)))
        self.text = "".join(e.text for e in events if isinstance(e, Token))
        self.loaded = any(isinstance(e, Loaded) for e in events)
        (end,) = (e for e in events if isinstance(e, Generated))
        self.cached = end.stats.prompt_cached


def test_scales_change_the_answer_and_load_nothing(
    engine: WorkerProcess, tiny: Path, adapter: Path
) -> None:
    plain = Said(engine, tiny)
    assert plain.loaded
    full = Said(engine, tiny, AdapterUse(str(adapter)))
    assert not full.loaded
    assert full.cached == 0, "what was computed without the adapter was kept"
    assert full.text != plain.text
    half = Said(engine, tiny, AdapterUse(str(adapter), 0.5))
    assert (half.loaded, half.cached) == (False, 0)
    assert half.text not in (plain.text, full.text)
    again = Said(engine, tiny, AdapterUse(str(adapter), 0.5))
    assert again.text == half.text
    assert again.cached > 0
    twice = Said(engine, tiny, AdapterUse(str(adapter), 0.75), AdapterUse(str(adapter), 0.25))
    assert twice.text == full.text
    off = Said(engine, tiny, AdapterUse(str(adapter), 0.0))
    assert off.text == Said(engine, tiny).text == plain.text


def test_two_adapters_add_up_and_a_file_that_changed_is_read_again(
    engine: WorkerProcess, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    write_random_adapter(tiny, other, rank=2, seed=9)
    one = Said(engine, tiny, AdapterUse(str(adapter)))
    both = Said(engine, tiny, AdapterUse(str(adapter)), AdapterUse(str(other)))
    alone = Said(engine, tiny, AdapterUse(str(other)))
    assert len({one.text, both.text, alone.text}) == 3
    write_random_adapter(tiny, other, rank=3, seed=10)
    os.utime(other, ns=(1, 1))
    changed = Said(engine, tiny, AdapterUse(str(other)))
    assert not changed.loaded
    assert changed.text != alone.text


def test_what_does_not_fit_is_refused_and_changes_nothing(
    engine: WorkerProcess, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    before = Said(engine, tiny, AdapterUse(str(adapter)))
    alien, wide = tmp_path / "alien.gguf", tmp_path / "wide.gguf"
    write_random_adapter(tiny, alien, rank=2, seed=1, base_sha256="0" * 64)
    big = tmp_path / "big.gguf"
    tinymodel.write(big, shape=tinymodel.Shape(width=128, hidden=64))
    write_random_adapter(big, wide, rank=2, seed=1)
    for use, reason in (
        (AdapterUse(str(alien)), "another model file"),
        (AdapterUse(str(wide)), "does not fit"),
        (AdapterUse(str(tiny)), "not a LoRA adapter"),
        (AdapterUse(str(adapter), float("nan")), "not a number"),
    ):
        with pytest.raises(BadAdapter) as refused:
            Said(engine, tiny, use)
        assert reason in refused.value.params["reason"]
    with pytest.raises(MissingFile):
        Said(engine, tiny, AdapterUse(str(tmp_path / "none.gguf")))
    after = Said(engine, tiny, AdapterUse(str(adapter)))
    assert after.text == before.text
    assert after.cached > 0
