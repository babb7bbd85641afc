"""Adapters outside the trainer: loaded, measured, merged, refused; and models that can't learn."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import BadAdapter, BadRows, NotAModel, TrainingUnavailable
from app.core.messages import (
    CheckTrainable,
    Evaluate,
    Evaluated,
    MergeAdapter,
    Merged,
    Prepared,
    Progress,
    Quantize,
    Step,
    Train,
    Trainability,
)
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, HyperParameters, TrainingRow, TrainingSpec
from app.engine import adapter_header, hashes
from app.engine.header import inspect
from app.engine.quantize import quantize
from app.training import base, selftest, tinymodel, weights
from app.training.config import TrainingConfig
from tests.training.conftest import write_random_adapter

TEXT = "The ferry left the harbour before seven, when the lamps were still burning. " * 12


def measure(
    trainer: WorkerProcess, model: Path, *uses: AdapterUse, half_windows: bool = False
) -> Evaluated:
    found = trainer.ask(
        Evaluate(str(model), uses, text=TEXT, context=256, half_windows=half_windows)
    )
    assert isinstance(found, Evaluated)
    return found


def test_an_adapter_acts_by_its_scale_and_several_add_up(
    trainer: WorkerProcess, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    write_random_adapter(tiny, other, rank=2, seed=9)
    plain = measure(trainer, tiny)
    assert measure(trainer, tiny, AdapterUse(str(adapter), 0.0)).loss == pytest.approx(
        plain.loss, rel=1e-6
    )
    half = measure(trainer, tiny, AdapterUse(str(adapter), 0.5)).loss
    full = measure(trainer, tiny, AdapterUse(str(adapter))).loss
    both = measure(trainer, tiny, AdapterUse(str(adapter)), AdapterUse(str(other))).loss
    assert len({round(loss, 3) for loss in (plain.loss, half, full, both)}) == 4
    assert plain.perplexity == pytest.approx(math.exp(plain.loss))
    bits = plain.loss * plain.tokens / math.log(2) / sum(row.text_bytes for row in plain.rows)
    assert plain.bits_per_byte == pytest.approx(bits)


def test_half_windows_score_the_second_half(trainer: WorkerProcess, tiny: Path) -> None:
    whole, half = measure(trainer, tiny), measure(trainer, tiny, half_windows=True)
    assert {row.tokens for row in half.rows} == {127}
    assert half.tokens < whole.tokens / 2 + 1
    assert half.loss == pytest.approx(whole.loss, rel=0.05)


def test_merged_weights_say_what_base_and_adapter_say(
    trainer: WorkerProcess, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    use = AdapterUse(str(adapter), 0.7)
    target = tmp_path / "merged.gguf"
    events = list(trainer.stream(MergeAdapter(str(tiny), use, str(target), "F32")))
    assert isinstance(events[-1], Merged)
    assert any(isinstance(e, Progress) and e.what == "Adding the adapter" for e in events)
    expected = measure(trainer, tiny, use)
    merged = measure(trainer, target)
    assert merged.loss == pytest.approx(expected.loss, rel=1e-5)
    assert merged.loss != pytest.approx(measure(trainer, tiny).loss, rel=2e-3)
    smaller = tmp_path / "smaller.gguf"
    trainer.ask(MergeAdapter(str(tiny), use, str(smaller), "Q8_0"))
    assert inspect(str(smaller)).quantization == "Q8_0"
    assert measure(trainer, smaller).loss == pytest.approx(expected.loss, rel=1e-3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["merged.gguf", "smaller.gguf"]


def test_an_adapter_of_another_base_is_refused(
    trainer: WorkerProcess, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    alien = tmp_path / "alien.gguf"
    write_random_adapter(tiny, alien, rank=2, seed=1, base_sha256="0" * 64)
    requests = [
        Evaluate(str(tiny), (AdapterUse(str(alien)),), text=TEXT),
        MergeAdapter(str(tiny), AdapterUse(str(alien)), str(tmp_path / "out.gguf")),
    ]
    for request in requests:
        with pytest.raises(BadAdapter) as refused:
            trainer.ask(request)
        assert "another model file" in refused.value.params["reason"]
    wide = tmp_path / "wide.gguf"
    tinymodel.write(wide, shape=tinymodel.Shape(width=128, hidden=64))
    with pytest.raises(BadAdapter) as refused:
        trainer.ask(Evaluate(str(wide), (AdapterUse(str(adapter)),), text=TEXT))
    assert "fit" in refused.value.params["reason"]
    with pytest.raises(BadAdapter):
        adapter_header.inspect(str(tiny))
    with pytest.raises(BadRows):
        trainer.ask(Evaluate(str(tiny)))


def test_training_goes_on_from_another_adapter(
    trainer: WorkerProcess,
    tiny: Path,
    adapter: Path,
    rows: tuple[TrainingRow, ...],
    tmp_path: Path,
) -> None:
    spec = TrainingSpec(
        str(tiny),
        str(tmp_path / "next.gguf"),
        str(tmp_path / "run"),
        rows,
        hyper=HyperParameters(rank=16, learning_rate=1e-9, steps=1, pack=False, shuffle=False),
        initial_adapter=str(adapter),
    )
    step = next(event for event in trainer.stream(Train(spec)) if isinstance(event, Step))
    found = trainer.ask(Evaluate(str(tiny), (AdapterUse(str(adapter)),), rows[:1]))
    assert step.loss == pytest.approx(found.loss, rel=1e-4)
    info = adapter_header.inspect(spec.adapter) if Path(spec.adapter).exists() else None
    # The stream was left before the end: nothing half-done takes the adapter's place.
    assert info is None or info.rank == 4


def test_what_can_not_be_trained_is_said_beforehand(
    trainer: WorkerProcess, tiny: Path, rows: tuple[TrainingRow, ...], tmp_path: Path
) -> None:
    good = trainer.ask(CheckTrainable(str(tiny)))
    assert isinstance(good, Trainability)
    assert good.trainable
    assert 0 < good.memory_needed < good.memory_free
    gemma = tmp_path / "gemma.gguf"
    tinymodel.write(gemma, shape=tinymodel.Shape(tied=True), architecture="gemma")
    bad = trainer.ask(CheckTrainable(str(gemma)))
    assert not bad.trainable
    assert "GEGLU" in bad.reason
    huge = trainer.ask(CheckTrainable(str(tiny), context=1 << 22))
    assert not huge.trainable
    assert "GB of memory" in huge.reason
    with pytest.raises(NotAModel):
        trainer.ask(CheckTrainable(str(Path(__file__))))


def test_a_quantised_base_is_trained_as_f32_copy_or_as_it_is(
    trainer: WorkerProcess,
    config: TrainingConfig,
    tiny: Path,
    rows: tuple[TrainingRow, ...],
    tmp_path: Path,
) -> None:
    quantised = tmp_path / "tiny-Q8_0.gguf"
    list(quantize(Quantize(str(tiny), str(quantised), "Q8_0"), bool, config.logs))
    spec = TrainingSpec(
        str(quantised),
        str(tmp_path / "a.gguf"),
        str(tmp_path / "run"),
        rows,
        hyper=HyperParameters(rank=4, steps=2, pack=False),
        threads=1,
    )
    events = list(trainer.stream(Train(spec)))
    prepared = next(event for event in events if isinstance(event, Prepared))
    assert prepared.full_precision
    assert "copy of the model (F32)" in prepared.reason
    copies = list(config.cache.glob("*-F32.gguf"))
    assert any(hashes.content_hash(quantised) in copy.name for copy in copies)
    for seed in (31, 32, 33):
        other = tmp_path / f"{seed}.gguf"
        tinymodel.write(other, seed)
        small = tmp_path / f"{seed}-Q8_0.gguf"
        list(quantize(Quantize(str(other), str(small), "Q8_0"), bool, config.logs))
        list(base.prepare(inspect(str(small)), config.cache, config.logs, bool))
    assert len(list(config.cache.glob("*-F32.gguf"))) == 2
    info = inspect(str(quantised))
    choice = base.choose(info, config.cache, working=1 << 20, free=1 << 20)
    assert not choice.full_precision
    assert "0.0 GB are free" in choice.reason


def test_a_quantised_base_learns_as_its_copy_does(
    config: TrainingConfig, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    from app.training.batches import build
    from app.training.session import Session
    from tests.training.test_session import example, gradient_of

    quantised, whole = tmp_path / "q.gguf", tmp_path / "f.gguf"
    list(quantize(Quantize(str(tiny), str(quantised), "Q8_0"), bool, config.logs))
    list(quantize(Quantize(str(quantised), str(whole), "F32"), bool, config.logs))
    found = []
    for path in (quantised, whole):
        session = Session(path, adapter, 256, threads=1)
        found.append(gradient_of(session, session.values(), build([example(1)], 256)))
        session.close()
    (one, losses), (two, same) = found
    assert losses[0] == pytest.approx(same[0], rel=2e-3)
    assert float(abs(one - two).max()) < 0.05 * float(abs(two).max())


def test_a_library_that_fails_its_self_test_is_refused(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = replace(config, cache=tmp_path / "cache")
    monkeypatch.setattr(selftest, "ENTRY", "tests.training.crashing:Worker")
    with pytest.raises(TrainingUnavailable) as refused:
        selftest.ensure(fresh)
    assert "crashed" in refused.value.params["reason"]
    assert not (fresh.cache / "selftest.json").exists()


def test_tensors_are_read_where_they_lie(tiny: Path) -> None:
    found = weights.stored(tiny)
    last = list(found.values())[-1]
    assert last.offset + 4 * math.prod(last.shape) <= os.path.getsize(tiny)  # noqa: PTH202
    assert weights.matrices(tiny)["blk.0.ffn_down.weight"] == (64, 96)
    assert weights.floats(tiny, found["output_norm.weight"]).tolist() == [1.0] * 64
