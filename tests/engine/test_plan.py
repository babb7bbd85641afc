"""Memory: held against what llama.cpp reports, and plans on machines of given sizes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import pytest

from app.core import memory as machine_memory
from app.core import paths
from app.core.types import HubFile, HubRepository, LoadOptions, ModelSpec
from app.engine import attention, memory, shape
from app.engine.draft_plan import with_draft
from app.engine.header import Tensor
from app.engine.plan import Card, Fit, Machine, Plan, coarse, plan, smaller
from app.services import catalog
from app.services.device_plan import (
    DevicePlans,
    fit_of_entry,
    fit_of_file,
    in_words,
    memory_words,
    recommended,
)
from tests import patience
from tests.engine import sparse

GB = 1_000_000_000
LAPTOP = Machine(free=10 * GB, total=16 * GB)


def _measured(
    files: list[Path], context: int, options: LoadOptions = memory.DEFAULT
) -> list[tuple[float, float, float]]:
    chosen = json.dumps(asdict(options))
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.measured", str(context), chosen, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=True,
    )
    return [tuple(each) for each in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shapes")


@pytest.mark.parametrize("context", [4096, 16384])
def test_the_estimate_is_what_llama_cpp_says(chat_model: Path, folder: Path, context: int) -> None:
    recipes = sparse.REAL | (sparse.OTHERS if context == 4096 else {})
    files = [chat_model]
    for number, recipe in enumerate(recipes.values()):
        files.append(folder / f"{number}.gguf")
        if not files[-1].exists():
            sparse.write(files[-1], recipe)
    for name, file, (weights, kept, compute) in zip(
        ["default", *recipes], files, _measured(files, context), strict=True
    ):
        found = memory.need(shape.read(str(file)), context)
        assert found.weights == pytest.approx(weights, rel=0.001), name
        assert found.context == pytest.approx(kept, rel=0.001), name
        assert found.compute == pytest.approx(compute, rel=0.2), name
        assert found.total == pytest.approx(weights + kept + compute, rel=0.01), name


@pytest.mark.parametrize(
    "options",
    [
        LoadOptions(cache_keys="q8_0", cache_values="q4_0"),
        LoadOptions(batch=1024, micro_batch=512),
        LoadOptions(flash_attention="off"),
        attention.plain(memory.DEFAULT),
    ],
)
def test_the_estimate_follows_what_a_person_chose(folder: Path, options: LoadOptions) -> None:
    names = ["llama 3.1 8B", "qwen3 30B A3B", "gemma 2 9B", "smollm2 1.7B"]
    files = []
    for number, name in enumerate(names):
        files.append(folder / f"chosen{number}.gguf")
        if not files[-1].exists():
            sparse.write(files[-1], sparse.REAL[name])
    for name, file, found in zip(names, files, _measured(files, 16384, options), strict=True):
        need = memory.need(shape.read(str(file)), 16384, options)
        weights, kept, compute = found
        assert need.context == pytest.approx(kept, rel=0.001), name
        assert need.compute == pytest.approx(compute, rel=0.1), name
        assert need.total == pytest.approx(weights + kept + compute, rel=0.01), name


@pytest.fixture(scope="module")
def eight(folder: Path) -> shape.Shape:
    """An 8B model of four bits: 4.5 GB of weights, 0.5 GB for a context of 4096."""
    return shape.read(str(sparse.write(folder / "eight.gguf", sparse.REAL["llama 3.1 8B"])))


def test_a_draft_model_counts(eight: shape.Shape, chat_model: Path) -> None:
    """It takes what is left, and both together are judged."""
    small = shape.read(str(chat_model))
    alone = plan(eight, LAPTOP, 4096)
    both = with_draft(alone, small, LAPTOP)
    own = memory.need(small, 4096).total
    assert both.draft_bytes == own
    assert both.total_bytes == alone.total_bytes + own
    assert (alone.fit, both.fit) == (Fit.FITS, Fit.FITS)
    tight = replace(LAPTOP, free=alone.main_bytes + own - 1)
    assert plan(eight, tight, 4096).fit is Fit.FITS
    assert with_draft(plan(eight, tight, 4096), small, tight).fit is Fit.SLOW
    # The card is nearly full of the model: of what guesses for it, a part stays in main memory.
    full = replace(LAPTOP, cards=(_card(5.4),))
    on_card = with_draft(plan(eight, full, 4096), small, full)
    assert on_card.all_on_cards
    assert on_card.draft is not None
    assert 0 < on_card.draft.gpu_layers < on_card.draft.layers
    roomy = replace(LAPTOP, cards=(_card(9.0),))
    beside = with_draft(plan(eight, roomy, 4096), small, roomy)
    assert beside.draft is not None
    assert beside.draft.all_on_cards
    # Who keeps the model off the cards means its draft too.
    off = with_draft(plan(eight, roomy, 4096, 0), small, roomy, gpu_layers=0)
    assert off.draft is not None
    assert not off.draft.shares
    spec = ModelSpec(str(chat_model), 4096, options=LoadOptions(draft=str(chat_model)))
    told = DevicePlans(None).plan(spec, LAPTOP)  # type: ignore[arg-type]
    assert memory_words(told, LAPTOP) == (
        f"Needs {2 * own / GB:.1f} GB of 10.0 GB free, {own / GB:.1f} GB of it for the draft model"
    )


def _card(free: float, name: str = "Card") -> Card:
    return Card(name, round(free * GB), round(free * GB * 1.1))


def _with(*free: float) -> Machine:
    cards = tuple(_card(each, f"Card {number}") for number, each in enumerate(free))
    return replace(LAPTOP, cards=cards)


def test_without_a_card_all_is_in_main_memory(eight: shape.Shape) -> None:
    found = plan(eight, LAPTOP, 4096)
    assert (found.gpu_layers, found.shares, found.fit) == (0, (), Fit.FITS)
    assert found.main_bytes == memory.need(eight, 4096).total
    assert in_words(found) == "All 32 layers in main memory, 5.2 GB"


def test_a_large_card_takes_everything(eight: shape.Shape) -> None:
    found = plan(eight, _with(24), 4096)
    assert (found.gpu_layers, found.layers, found.all_on_cards) == (33, 32, True)
    assert found.shares[0].layers == 32
    assert in_words(found).startswith("All 32 layers on GPU 0 (Card 0), 4.9 GB; and ")


def test_a_small_card_takes_what_fits(eight: shape.Shape) -> None:
    plans = [plan(eight, _with(free), 4096) for free in (0.5, 1, 2, 3, 4, 5, 6)]
    counts = [found.gpu_layers for found in plans]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 33
    assert 0 < counts[3] < 33
    for found, free in zip(plans, (0.5, 1, 2, 3, 4, 5, 6), strict=True):
        assert sum(share.size_bytes for share in found.shares) <= free * GB
    assert [a.main_bytes >= b.main_bytes for a, b in pairwise(plans)] == [True] * 6
    middle = plans[3]
    assert in_words(middle) == (
        f"{middle.shares[0].layers} of 32 layers on GPU 0 (Card 0), "
        f"{middle.shares[0].size_bytes / GB:.1f} GB; the rest in main memory, "
        f"{middle.main_bytes / GB:.1f} GB"
    )


def test_a_longer_context_leaves_room_for_fewer_layers(eight: shape.Shape) -> None:
    counts = [plan(eight, _with(5), context).gpu_layers for context in (2048, 8192, 32768)]
    assert counts[0] > counts[1] > counts[2] > 0


def test_several_cards_share_by_their_free_memory(eight: shape.Shape) -> None:
    found = plan(eight, _with(8, 4), 4096)
    assert found.all_on_cards
    assert [share.layers for share in found.shares] == [22, 10]
    assert "22 on GPU 0 (Card 0)" in in_words(found)


def test_a_split_is_kept(eight: shape.Shape) -> None:
    options = LoadOptions(split=(3.0, 1.0))
    found = plan(eight, _with(8, 8), 4096, options=options)
    assert [share.layers for share in found.shares] == [25, 7]
    assert [share.index for share in found.shares] == [0, 1]
    only = plan(eight, _with(8, 8), 4096, options=LoadOptions(split=(0.0, 1.0)))
    assert [(share.index, share.layers) for share in only.shares] == [(1, 32)]
    assert "All 32 layers on GPU 1 (Card 1)" in in_words(only)


def test_a_smaller_cache_lets_more_layers_in(eight: shape.Shape) -> None:
    small = LoadOptions(cache_keys="q4_0", cache_values="q4_0")
    counts = [
        plan(eight, _with(5), 32768, options=each).gpu_layers for each in (memory.DEFAULT, small)
    ]
    assert counts[0] < counts[1]


def test_equal_cards_are_told_apart(eight: shape.Shape) -> None:
    cards = (Card("A card", 4 * GB, 4 * GB), Card("A card", 1, 12 * GB))
    found = plan(eight, replace(LAPTOP, cards=cards), 4096, 33)
    assert found.fit is Fit.WONT


def test_a_card_without_figures_shares_the_main_memory(eight: shape.Shape) -> None:
    found = plan(eight, replace(LAPTOP, cards=(Card("Shared", 0, 0),)), 4096)
    assert found.all_on_cards


def test_a_person_may_know_better(eight: shape.Shape) -> None:
    assert plan(eight, _with(24), 4096, gpu_layers=0).shares == ()
    forced = plan(eight, _with(1), 4096, gpu_layers=99)
    assert forced.gpu_layers == 33
    assert forced.fit is Fit.WONT


def test_after_memory_ran_out_less_is_tried(eight: shape.Shape) -> None:
    machine = _with(6)
    tried: list[Plan] = [plan(eight, machine, 4096)]
    while (fewer := smaller(eight, machine, tried[-1])) is not None:
        tried.append(fewer)
    steps = [(each.gpu_layers, each.context) for each in tried]
    assert steps[:2] == [(33, 4096), (24, 4096)]
    assert steps[-3:] == [(0, 2048), (0, 1024), (0, 512)]


@pytest.mark.parametrize(
    ("machine", "size", "fit"),
    [
        (Machine(6 * GB, 8 * GB), 2 * GB, Fit.FITS),
        (Machine(6 * GB, 8 * GB), 6 * GB, Fit.SLOW),  # others would have to go
        (Machine(6 * GB, 8 * GB), 9 * GB, Fit.WONT),
        (Machine(60 * GB, 64 * GB), 40 * GB, Fit.SLOW),  # fits, at less than a word a second
        (replace(LAPTOP, cards=(_card(24),)), 14 * GB, Fit.FITS),
        (replace(LAPTOP, cards=(_card(8),)), 14 * GB, Fit.SLOW),
        (replace(LAPTOP, cards=(_card(8),)), 40 * GB, Fit.WONT),
    ],
)
def test_verdicts(machine: Machine, size: int, fit: Fit) -> None:
    assert plan(coarse(size, 32, 2048), machine, 4096).fit is fit


def test_a_mixture_reads_only_a_part_of_itself(folder: Path) -> None:
    recipe = sparse.REAL["qwen3 30B A3B"]
    found = shape.read(str(sparse.write(folder / "mixture.gguf", recipe)))
    assert found.active_bytes < found.weights / 5
    big = Machine(60 * GB, 64 * GB)
    assert plan(found, big, 4096).fit is Fit.FITS
    assert plan(coarse(found.weights, 48, 1024), big, 4096).fit is Fit.SLOW


def test_the_catalogue_on_machines(folder: Path) -> None:
    models = {model.id: model for model in catalog.read(paths.catalog())}

    def fit(name: str, machine: Machine) -> Fit:
        return fit_of_entry(models[name], models[name].recommended, machine)

    assert fit("smollm2-135m", Machine(2 * GB, 4 * GB)) is Fit.FITS
    assert fit("llama-3.1-8b", LAPTOP) is Fit.FITS
    assert fit("qwen3-14b", LAPTOP) is Fit.SLOW
    assert fit("llama-3.3-70b", LAPTOP) is Fit.WONT
    assert fit("qwen3-30b-a3b", Machine(60 * GB, 64 * GB)) is Fit.FITS
    best = recommended(list(models.values()), LAPTOP)
    assert best is not None
    assert 7 * GB < best.parameters < 9 * GB
    assert recommended(list(models.values()), Machine(1, 1)) is None


def test_a_file_on_the_hub_is_judged_by_what_is_known_of_it() -> None:
    repository = HubRepository("a/b", 0, 0, "", False, parameters=8_000_000_000, context=8192)
    sizes = [GB, 12 * GB, 60 * GB]
    files = [HubFile("a.gguf", size, "") for size in sizes]
    found = [fit_of_file(file, repository, LAPTOP) for file in files]
    assert found == [Fit.FITS, Fit.SLOW, Fit.WONT]


def test_nonsense_in_a_header_does_no_harm() -> None:
    empty = shape.of({}, [])
    assert memory.need(empty, 4096).weights == 0
    values: dict[str, object] = {
        "general.architecture": "llama",
        "llama.attention.head_count": 0,
        "llama.embedding_length": "wide",
        "llama.expert_count": -1,
    }
    odd = shape.of(values, [Tensor("blk.99999.x", (1,), 4), Tensor("blk.1.y", (), 4)])
    assert plan(odd, _with(1), 4096).fit is Fit.FITS


def test_this_machine_has_memory() -> None:
    assert 0 < machine_memory.available() <= machine_memory.total()


def test_the_plan_of_a_spec(chat_model: Path) -> None:
    from app.services.device_plan import DevicePlans

    plans = DevicePlans(None)  # type: ignore[arg-type]
    found = plans.plan(ModelSpec(str(chat_model), context_length=100_000), LAPTOP)
    assert (found.context, found.layers) == (8192, 30)
