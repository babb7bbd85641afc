"""Flash attention, or the plain way where that is the quicker one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ModelError
from app.core.files import sha256
from app.core.messages import Generate, Generated, Load, Loaded, Token
from app.core.process import WorkerProcess
from app.core.types import AdapterUse, LoadOptions, ModelSpec, Sampling
from app.engine import attention, memory, native, shape
from app.engine.config import EngineConfig
from app.engine.model import Model, load
from app.engine.plan import Card, Machine, plan
from app.training import tinymodel
from tests import patience
from tests.engine import sparse
from tests.engine.asking import GREEDY
from tests.engine.test_states import _wait_for as wait_for_state
from tests.training.conftest import write_random_adapter

SHORT_TEXT = "The ferry left the harbour before seven. " * 12  # a token a character
LONG_TEXT = "All of the lamps were still burning when the last boat came in. " * 20
MORE = " And then?"
FEW = replace(GREEDY, max_tokens=6)
SEEDED = Sampling(temperature=0.8, seed=11, max_tokens=12)
PLAIN = LoadOptions(flash_attention="off", micro_batch=128)
GB = 1_000_000_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A random model whose words are bytes, with a context in which the way is left open."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    tinymodel.write(path, seed=3, shape=tinymodel.Shape(context=4096))
    return ModelSpec(str(path), context_length=4096, threads=1)


@contextmanager
def engine(folder: Path, states: bool = True) -> Iterator[WorkerProcess]:
    config = EngineConfig(folder, folder / "states" if states else None, 1 << 30)
    grace = patience.SECONDS
    worker = WorkerProcess("The model", "app.engine.worker:Worker", config, folder, grace=grace)
    try:
        yield worker
    finally:
        worker.close(patience.SECONDS)


def flash(worker: WorkerProcess, spec: ModelSpec) -> bool:
    """How attention is computed now."""
    found: bool = worker.ask(Load(spec)).model.flash_attention
    return found


def say(
    worker: WorkerProcess, spec: ModelSpec, prompt: str, sampling: Sampling = FEW
) -> tuple[str, int, list[bool]]:
    """The answer, how much of the prompt was held, and each change of the way that was told."""
    text, cached, told = "", 0, []
    for event in worker.stream(Generate(spec, sampling, prompt=prompt)):
        match event:
            case Token():
                text += event.text
            case Generated():
                cached = event.stats.prompt_cached
            case Loaded() if event.again:
                told.append(event.model.flash_attention)
    return text, cached, told


def test_a_long_text_is_read_in_the_plain_way(small: ModelSpec, tmp_path: Path) -> None:
    always = replace(small, options=PLAIN)
    with engine(tmp_path, states=False) as worker:
        assert flash(worker, small)
        short, _, told = say(worker, small, SHORT_TEXT)
        assert told == []
        long, cached, told = say(worker, small, LONG_TEXT)
        assert (cached, told) == (0, [False])
        assert not flash(worker, small)
        # What follows stays there: values are held in another order.
        more, cached, told = say(worker, small, LONG_TEXT + long + MORE)
        assert cached >= len(LONG_TEXT)
        assert told == []
        # What begins anew is computed as it would be after a start.
        again, _, told = say(worker, small, SHORT_TEXT)
        assert (again, told) == (short, [True])
        assert say(worker, always, LONG_TEXT)[0] == long
        assert say(worker, always, LONG_TEXT + long + MORE)[0] == more


@pytest.mark.parametrize("choice", ["on", "off"])
def test_what_a_person_chose_stays(small: ModelSpec, tmp_path: Path, choice: str) -> None:
    own = replace(small, options=LoadOptions(flash_attention=choice))
    with engine(tmp_path) as worker:
        for text in (SHORT_TEXT, LONG_TEXT, SHORT_TEXT + MORE):
            assert say(worker, own, text)[2] == []
            assert flash(worker, own) is (choice == "on")


def test_a_chat_that_is_opened_again_begins_in_its_way(small: ModelSpec, tmp_path: Path) -> None:
    with engine(tmp_path) as worker:
        text, _, told = say(worker, small, LONG_TEXT)
        assert told == [False]
        wait_for_state(tmp_path / "states")
        more = say(worker, small, LONG_TEXT + text + MORE)[0]
    with engine(tmp_path) as worker:
        assert not flash(worker, small)
        again, cached, told = say(worker, small, LONG_TEXT + text + MORE)
        assert (again, told) == (more, [])
        assert cached >= len(LONG_TEXT)
    other = replace(small, options=LoadOptions(flash_attention="on"))
    with engine(tmp_path) as worker:
        assert say(worker, other, LONG_TEXT + text + MORE)[1] == 0, "it was held in another order"


def test_between_chats_the_way_follows_what_is_held(small: ModelSpec, tmp_path: Path) -> None:
    with engine(tmp_path) as worker:
        first = say(worker, small, SHORT_TEXT)[0]
        assert say(worker, small, LONG_TEXT)[2] == [False]
        # The short one was saved with flash attention, which saves more than it costs.
        _, cached, told = say(worker, small, SHORT_TEXT + first + MORE)
        assert cached >= len(SHORT_TEXT)
        assert told == [True]
        _, cached, told = say(worker, small, LONG_TEXT + MORE)
        assert cached >= len(LONG_TEXT)
        assert told == [False]


def test_a_seed_gives_the_same_whatever_was_asked_before(small: ModelSpec, tmp_path: Path) -> None:
    def seeded(worker: WorkerProcess, text: str) -> str:
        return say(worker, small, text, SEEDED)[0]

    with engine(tmp_path) as worker:
        short, long = seeded(worker, SHORT_TEXT), seeded(worker, LONG_TEXT)
        assert not flash(worker, small)
        assert seeded(worker, SHORT_TEXT) == short
        assert flash(worker, small)
        assert seeded(worker, LONG_TEXT) == long
    with engine(tmp_path / "states", states=False) as worker:
        assert seeded(worker, LONG_TEXT) == long


def test_adapters_act_in_both_ways(small: ModelSpec, tmp_path: Path) -> None:
    tiny, file = Path(small.path), tmp_path / "one.gguf"
    write_random_adapter(tiny, file, rank=4, seed=5, base_sha256=sha256(tiny))
    taught = replace(small, adapters=(AdapterUse(str(file)),))
    with engine(tmp_path, states=False) as worker:
        text, _, told = say(worker, taught, LONG_TEXT)
        assert told == [False]
        assert say(worker, replace(taught, options=PLAIN), LONG_TEXT)[0] == text
        assert say(worker, small, LONG_TEXT)[0] != text


def test_without_memory_all_stays_as_it_was(
    small: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    native.start()
    (model,) = [m for m in load(small, bool) if isinstance(m, Model)]
    try:
        tokens = model.vocabulary.tokens(SHORT_TEXT)
        list(model.decoder.prefill(tokens, bool))
        init, results = native.lib.llama_init_from_model, [None]
        monkeypatch.setattr(
            native.lib,
            "llama_init_from_model",
            lambda *given: results.pop() if results else init(*given),
        )
        model.attend(False)
        assert model.loaded.flash_attention
        assert not model.can_change
        assert {each.use for each in model.loaded.buffers} == {"weights", "context", "computing"}
        assert model.decoder.held == []
        list(model.decoder.prefill(tokens, bool))
        results[:] = [None, None]
        with pytest.raises(ModelError):
            model.attend(False)
        assert model.decoder.handle is None
    finally:
        model.close()


def test_the_way_is_open_where_scores_are_small() -> None:
    auto = LoadOptions()
    assert attention.is_open(9, 4096, auto)
    assert attention.is_open(32, 16384, auto)  # 256 MiB of scores
    assert not attention.is_open(32, 16640, auto)
    assert not attention.is_open(32, 16384, replace(auto, micro_batch=256))
    assert not attention.is_open(9, 1024, auto)
    assert not attention.is_open(0, 4096, auto)
    for closed in (
        replace(auto, flash_attention="on"),
        replace(auto, flash_attention="off"),
        replace(auto, cache_values="q8_0"),
        replace(auto, cache_keys="q8_0"),
    ):
        assert not attention.is_open(9, 4096, closed)


def test_models_that_attend_in_another_way_are_left_alone(tmp_path: Path) -> None:
    found = {
        name: shape.read(str(sparse.write(tmp_path / "any.gguf", sparse.REAL[name]))).plain_heads
        for name in ("llama 3.1 8B", "qwen3 4B", "gemma 3 4B")
    }
    assert found == {"llama 3.1 8B": 32, "qwen3 4B": 32, "gemma 3 4B": 0}


def test_a_plan_counts_the_way_that_takes_more(tmp_path: Path) -> None:
    eight = shape.read(str(sparse.write(tmp_path / "eight.gguf", sparse.REAL["llama 3.1 8B"])))
    machine = Machine(60 * GB, 64 * GB)
    fixed = LoadOptions(flash_attention="on")
    extra = memory.compute_bytes(eight, 16384, PLAIN) - memory.compute_bytes(eight, 16384, fixed)
    assert extra > 100 << 20
    both = [plan(eight, machine, 16384, options=each) for each in (LoadOptions(), fixed)]
    assert both[0].main_bytes - both[1].main_bytes == extra
    # The words of a short context take more than its scores.
    both = [plan(eight, machine, 4096, options=each) for each in (LoadOptions(), fixed)]
    assert both[0].main_bytes == both[1].main_bytes
    cards = replace(machine, cards=(Card("A card", 1, 24 * GB),))
    both = [plan(eight, cards, 16384, options=each) for each in (LoadOptions(), fixed)]
    assert both[0].main_bytes == both[1].main_bytes
