"""Memory runs out: llama.cpp really fails, the child says so, and a smaller load is proposed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ChildDied, LoamError, ModelError, OutOfMemory
from app.core.messages import Load
from app.core.process import WorkerProcess
from app.core.types import LoadedModel, LoadOptions, ModelSpec
from app.engine import native
from app.engine.model import Model, load
from app.engine.native import lib
from app.engine.plan import Card, Machine
from app.services import smaller
from tests import patience
from tests.engine.asking import ask
from tests.engine.tight import TightConfig

GB = 1_000_000_000
ROOMY = Machine(free=10 * GB, total=16 * GB)
ROOM = 440 << 20
"""Enough for the weights and a short context; one of 8,192 tokens takes 180 MiB alone."""


class Models:
    engine_name = "The model"


def ran_out(error: Any) -> bool:
    return smaller.ran_out(error, Models())  # type: ignore[arg-type]


@pytest.fixture(autouse=True, scope="module")
def log() -> None:
    """What is known of a load comes from llama.cpp's log."""
    native.start()


@contextmanager
def tight(logs: Path) -> Iterator[WorkerProcess]:
    config = TightConfig(logs, room=ROOM)
    grace = patience.SECONDS
    worker = WorkerProcess("The model", "tests.engine.tight:Worker", config, logs, grace=grace)
    try:
        yield worker
    finally:
        worker.close()


def loaded_or_not(engine: WorkerProcess, spec: ModelSpec) -> LoadedModel | LoamError:
    try:
        found: LoadedModel = engine.ask(Load(spec)).model
    except LoamError as error:
        return error
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_what_does_not_fit_is_loaded_smaller(chat_model: Path, tmp_path: Path) -> None:
    spec = ModelSpec(str(chat_model), 8192, threads=1)
    said = []
    with tight(tmp_path) as engine:
        while isinstance(found := loaded_or_not(engine, spec), LoamError):
            # In some places C++ ends the process when it gets nothing; that counts too.
            assert ran_out(found), found.detail
            if isinstance(found, OutOfMemory):
                assert f"{spec.context_length:,} tokens" in str(found)
                assert "allocate" in found.detail
            proposal = smaller.propose(spec, found, ROOMY)
            assert proposal is not None
            said.append(proposal.words)
            spec = ModelSpec(spec.path, proposal.plan.context, threads=1)
        assert said[0] == "Load with 4,096 tokens of context (needs 0.3 GB)"
        assert found.context_length < 8192
        assert ask(engine, spec, "Say hello.").text


def test_proposals_name_what_is_given_up(chat_model: Path) -> None:
    cards = Machine(10 * GB, 16 * GB, (Card("A card", 2 * GB, 2 * GB),))
    spec = ModelSpec(str(chat_model), 8192)
    failed = OutOfMemory("", path=spec.path, name="m", context="8,192", gpu_layers=31)
    fewer = smaller.propose(spec, failed, cards)
    assert fewer is not None
    assert fewer.words.startswith("Load with 23 of 31 layers on the graphics card (needs ")
    assert fewer.settings == {"context_length": 8192, "gpu_layers": 23}
    # When main memory is scarce too, only what can be had is proposed.
    scarce = smaller.propose(spec, failed, Machine(260_000_000, 16 * GB))
    assert scarce is not None
    assert scarce.plan.context == 2048
    assert smaller.propose(spec, failed, Machine(100_000_000, 16 * GB)) is None
    gone = ModelSpec(str(chat_model) + ".gone", 8192)
    assert smaller.propose(gone, failed, ROOMY) is None


def test_the_draft_model_is_given_up_first(chat_model: Path) -> None:
    spec = ModelSpec(str(chat_model), 8192, options=LoadOptions(draft=str(chat_model)))
    failed = OutOfMemory("", path=spec.path, name="m", context="8,192", gpu_layers=0)
    found = smaller.propose(spec, failed, ROOMY)
    assert found is not None
    assert found.words == "Load without the draft model (needs 0.4 GB)"
    assert found.settings == {"draft": ""}
    # Where the model alone is too much, that would not help.
    less = smaller.propose(spec, failed, Machine(260_000_000, 16 * GB))
    assert less is not None
    assert less.settings == {"context_length": 2048, "gpu_layers": 0}


def test_a_killed_child_may_have_wanted_memory() -> None:
    assert ran_out(ChildDied("SIGKILL", name="The model", reason="it was ended"))
    assert ran_out(OutOfMemory("", path="", name="", context=1, gpu_layers=0))
    assert not ran_out(ChildDied("SIGSEGV", name="The model", reason="it crashed"))
    assert not ran_out(ChildDied("SIGKILL", name="The document index", reason="it was ended"))
    assert not ran_out(ModelError("", path=""))


def test_memory_that_runs_out_in_mid_chat(
    chat_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model,) = [m for m in load(ModelSpec(str(chat_model), 512), bool) if isinstance(m, Model)]
    try:
        tokens = model.vocabulary.tokens("The sea is wide")
        list(model.decoder.prefill(tokens, bool))
        # What llama_decode gives for GGML_STATUS_ALLOC_FAILED.
        monkeypatch.setattr(lib, "llama_decode", lambda *_: -2)
        with pytest.raises(OutOfMemory) as caught:
            model.decoder.step(tokens[0], bool)
        assert caught.value.asked(4096) == (512, 0)
        monkeypatch.undo()
        model.decoder.step(tokens[0], bool)
        assert model.decoder.held == [*tokens, tokens[0]]
    finally:
        model.close()


@pytest.mark.parametrize(
    ("options", "flash"),
    [
        (LoadOptions(cache_keys="q8_0", cache_values="q8_0", batch=64), True),
        (LoadOptions(flash_attention="off", micro_batch=64, mmap=False), False),
    ],
)
def test_what_was_chosen_is_what_was_loaded(
    chat_model: Path, options: LoadOptions, flash: bool
) -> None:
    spec = ModelSpec(str(chat_model), 1024, threads=1, options=options)
    (model,) = [m for m in load(spec, bool) if isinstance(m, Model)]
    try:
        sizes = {each.use: each.size_bytes for each in model.loaded.buffers}
        assert model.loaded.flash_attention is flash
        half = 34 / 32 / 2 if options.cache_keys == "q8_0" else 1
        assert sizes["context"] == pytest.approx(22.5 * half * (1 << 20), rel=0.01)
        assert sizes["weights"] > 130_000_000
        assert model.loaded.unused == ()
        tokens = model.vocabulary.tokens("One, two, three. " * 20)
        done = list(model.decoder.prefill(tokens, bool))
        assert done[0] == min(options.batch, len(tokens))
    finally:
        model.close()
