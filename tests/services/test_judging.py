"""Judging adapters, the list of adapters, presets and the time that is left."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.core.errors import BadAdapter, BadInput, MissingFile, NotFound
from app.core.files import sha256
from app.core.messages import Evaluated, Progress, Step
from app.core.paths import Profile
from app.core.process import Cancel, WorkerProcess
from app.core.types import AdapterUse, HyperParameters, ModelSpec, RowLoss, TrainingRow
from app.engine import adapter_header
from app.services.adapters import AdapterService, Added, Fit
from app.services.assemble import Loam, build
from app.services.finetune import FinetuneService, TunePlan
from app.services.finetune_judge import (
    Judgement,
    Pair,
    Verdict,
    interval,
    judge,
    judgement,
    paired_answers,
)
from app.services.finetune_judging import Asked, Report
from app.services.finetune_presets import PRESETS, Pace
from app.training import tinymodel
from tests.training.conftest import write_random_adapter

ROWS = tuple(
    TrainingRow(f"line {n}", (("user", f"What is {n}?"), ("assistant", f"It is {n}, not {n + 1}.")))
    for n in range(1, 17)
)
CONTROL = "The ferry left the harbour before seven, when the lamps were still burning. " * 8


@pytest.fixture
def adapters(trainer: WorkerProcess, profile: Profile) -> AdapterService:
    return AdapterService(profile.adapters, FinetuneService(trainer, profile.runs))


@pytest.fixture
def adapter(tiny: Path, tmp_path: Path) -> Path:
    path = tmp_path / "random.gguf"
    write_random_adapter(tiny, path, rank=2, seed=5, base_sha256=sha256(tiny))
    return path


def figures(*losses: float) -> Evaluated:
    rows = tuple(RowLoss(f"line {n}", loss, 10, 40) for n, loss in enumerate(losses))
    mean = sum(losses) / len(losses)
    return Evaluated(rows, mean, 2.718281828**mean, 1.0, 10 * len(losses))


def test_only_a_difference_beyond_chance_is_called_one() -> None:
    off = figures(*[2.0 + n % 3 for n in range(30)])
    better = judgement(off, figures(*[1.8 + n % 3 for n in range(30)]))
    assert better.verdict is Verdict.BETTER
    assert better.words == "Better on held-out rows: loss 3.00 -> 2.80."
    assert (better.low, better.high, better.difference) == pytest.approx((-0.2, -0.2, -0.2))
    worse = judgement(off, figures(*[2.3 + n % 3 for n in range(30)]))
    assert worse.verdict is Verdict.WORSE
    mixed = figures(*[2.0 + n % 3 + (0.5 if n % 2 else -0.52) for n in range(30)])
    noise = judgement(off, mixed, figures(2.0), figures(2.1))
    assert noise.verdict is Verdict.NOISE
    assert noise.low < noise.difference < noise.high
    assert noise.forgot
    assert "noise" in noise.words
    assert "control text 10.5% worse" in noise.words
    assert not judgement(off, mixed, figures(2.0), figures(2.01)).forgot


def test_the_interval_weighs_rows_by_their_tokens() -> None:
    off = [RowLoss("short", 1.0, 1, 4), RowLoss("long", 1.0, 999, 4000)]
    on = [RowLoss("short", 9.0, 1, 4), RowLoss("long", 0.5, 999, 4000)]
    low, high = interval(off, on)
    # Drawing the short row twice gives its own difference; else the long one decides.
    assert low == pytest.approx(-0.5)
    assert high == pytest.approx(8.0)


def test_a_trained_adapter_is_found_better_and_a_random_one_worse(
    trainer: WorkerProcess, profile: Profile, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    finetune = FinetuneService(trainer, profile.runs)
    target = tmp_path / "tuned.gguf"
    hyper = HyperParameters(rank=4, learning_rate=2e-2, epochs=6, accumulate=1)
    run = finetune.create(TunePlan(str(tiny), str(target), ROWS[:10], hyper=hyper, threads=1))
    list(finetune.train(run.id))

    def judged(path: Path, strength: float) -> Judgement:
        use = AdapterUse(str(path), strength)
        *before, last = judge(trainer, str(tiny), (use,), ROWS[10:], CONTROL, 256)
        assert all(isinstance(event, Progress) for event in before)
        assert isinstance(last, Judgement)
        return last

    good = judged(target, 1.0)
    assert good.verdict is Verdict.BETTER
    assert good.on.loss < good.off.loss
    bad = judged(adapter, 6.0)
    assert bad.verdict is Verdict.WORSE
    assert bad.forgot
    assert judged(target, 0.0).verdict is Verdict.NOISE
    with pytest.raises(BadInput):
        list(judge(trainer, str(tiny), (), ROWS[:1]))


def test_answers_come_in_pairs_in_an_order_that_chance_decides(
    profile: Profile, tiny: Path, adapter: Path
) -> None:
    loam: Loam = build(profile)
    try:
        spec = ModelSpec(str(tiny), context_length=256, threads=1)
        use = AdapterUse(str(adapter), 1.0)
        rows = (*ROWS[:4], TrainingRow("text", text="No question"))
        pairs: list[Pair] = list(paired_answers(loam.engine, spec, (use,), rows, Cancel(), seed=2))
        other = list(paired_answers(loam.engine, spec, (use,), rows[:4], Cancel(), seed=3))
    finally:
        loam.close()
    assert [pair.question for pair in pairs] == [row.turns[0][1] for row in ROWS[:4]]
    assert {pair.first_is_tuned for pair in (*pairs, *other)} == {True, False}
    for one, two in zip(pairs, other, strict=True):
        tuned = one.first if one.first_is_tuned else one.second
        plain = one.second if one.first_is_tuned else one.first
        assert tuned != plain
        assert tuned == (two.first if two.first_is_tuned else two.second)


def test_adapters_are_listed_added_deleted_and_brought_back(
    adapters: AdapterService,
    trainer: WorkerProcess,
    adapter: Path,
    tiny: Path,
    profile: Profile,
    tmp_path: Path,
) -> None:
    assert adapters.all() == []
    info = adapters.add(adapter)
    assert [found.path for found in adapters.all()] == [info.path]
    second = adapters.add(adapter)
    assert Path(second.path).name == "random 2.gguf"
    assert adapters.why_not(info, str(tiny)) == ""
    other = tmp_path / "other.gguf"
    tinymodel.write(other, seed=4)
    assert "another model" in adapters.why_not(info, str(other))
    adapters.delete(Path(info.path))
    assert [found.path for found in adapters.all()] == [second.path]
    adapters.restore(Path(info.path))
    assert len(adapters.all()) == 2
    with pytest.raises(NotFound):
        adapters.restore(Path(info.path))
    adapters.delete(Path(info.path))
    for kept in (profile.adapters / ".deleted").iterdir():
        os.utime(kept, (time.time() - 31 * 86400,) * 2)
    again = AdapterService(profile.adapters, FinetuneService(trainer, profile.runs))
    with pytest.raises(NotFound):
        again.restore(Path(info.path))
    adapters.export(Path(second.path), tmp_path / "out.gguf")
    assert adapter_header.inspect(str(tmp_path / "out.gguf")).rank == 2
    adapters.keep_judgement(Path(second.path), {"verdict": "better"})
    assert adapters.judgement(Path(second.path)) == {"verdict": "better"}
    assert adapters.judgement(adapter) is None
    with pytest.raises(BadAdapter):
        adapters.add(tiny)
    with pytest.raises(MissingFile):
        adapters.delete(tmp_path / "none.gguf")


def test_presets_differ_and_take_longer_one_after_the_other() -> None:
    epochs = [preset.hyper.epochs for preset in PRESETS]
    ranks = [preset.hyper.rank for preset in PRESETS]
    assert epochs == sorted(set(epochs))
    assert ranks == sorted(set(ranks))
    assert len({preset.name for preset in PRESETS}) == 3


def test_the_time_left_is_said_after_a_few_updates() -> None:
    pace = Pace()
    left = []
    for number, seconds in enumerate([9.0, 2.0, 2.0, 30.0, 2.0], 1):
        pace.see(Step(number, 20, 1.0, 1.0, 1e-3, 100, seconds, 50.0, 0, 0.1))
        left.append(pace.seconds_left)
    assert left == [None, None, None, 2.0 * 16, 2.0 * 15]


def test_whether_an_adapter_fits_is_known_after_reading_the_model_once(
    adapters: AdapterService, adapter: Path, tiny: Path, tmp_path: Path
) -> None:
    model = tmp_path / "copy.gguf"
    model.write_bytes(tiny.read_bytes())
    free, alien = tmp_path / "free.gguf", tmp_path / "alien.gguf"
    write_random_adapter(tiny, free, rank=2, seed=6)
    write_random_adapter(tiny, alien, rank=2, seed=7, base_sha256="0" * 64)
    infos = [adapter_header.inspect(str(path)) for path in (adapter, free, alien)]
    assert [fit.why_not for fit in adapters.fits_now(str(model), infos)] == [None, "", None]
    stopped = Cancel()
    stopped.set()
    assert list(adapters.fits(str(model), infos, stopped)) == []
    first, *found = adapters.fits(str(model), infos)
    assert isinstance(first, Progress)
    reasons = [fit.why_not for fit in found if isinstance(fit, Fit)]
    assert reasons == ["", "", "it was trained on another model file"]
    assert list(adapters.fits(str(model), infos)) == adapters.fits_now(str(model), infos) == found
    with pytest.raises(BadAdapter):
        list(adapters.add_for(alien, str(model)))
    assert adapters.all() == []
    (added,) = adapters.add_for(adapter, str(model))
    assert isinstance(added, Added)
    assert [info.path for info in adapters.all()] == [added.adapter.path]


def test_a_judgement_is_kept_and_goes_stale_with_the_adapters_bytes(
    profile: Profile, tiny: Path, adapter: Path, tmp_path: Path
) -> None:
    loam: Loam = build(profile)
    control = tmp_path / "control.txt"
    control.write_text(CONTROL)
    try:
        events = list(loam.judge.judge(adapter, str(tiny), ROWS[:3], control, scale=6.0))
        report = events[-1]
        assert isinstance(report, Report)
        shares = [event.fraction for event in events if isinstance(event, Progress)]
        assert shares == sorted(shares)
        assert loam.judge.report(adapter) == report
        os.utime(adapter, ns=(1, 1))
        assert not loam.judge.stale(adapter, report)
        pair = Pair("line 1", "What?", "This.", "That.", "This.", first_is_tuned=False)
        kept = loam.judge.keep_pairs(adapter, (Asked(pair, "first"), Asked(pair, "same")))
        assert (kept.count("plain"), kept.count("same"), kept.count("tuned")) == (1, 1, 0)
        assert loam.judge.report(adapter) == kept
        write_random_adapter(tiny, adapter, rank=2, seed=11)
        assert loam.judge.stale(adapter, report)
        with pytest.raises(BadInput):
            loam.judge.keep_pairs(adapter, (Asked(pair, "third"),))
    finally:
        loam.close()
