"""How models are loaded, and how fast they are, from the terminal."""

from __future__ import annotations

import contextlib

import pytest

from app.cli import loading
from app.core import paths
from app.core.errors import MissingFile, OutOfMemory
from app.core.paths import Profile
from app.core.types import ModelSpec
from app.engine.plan import Machine
from app.services.assemble import build
from app.services.default_record import default_chat_model
from tests.cli.conftest import Loam, parsed


def model() -> str:
    found = default_chat_model(paths.bundled_models())
    assert found is not None
    return str(found)


def test_load_settings_are_kept_for_a_model(loam: Loam) -> None:
    kept = ("models", "settings", model(), "--json")
    try:
        changed = (*kept, "--cache-keys", "q8_0", "--cache-values", "q8_0", "--context", "2048")
        (now,) = parsed(loam(*changed, "--mmap", "off"))
        assert (now["cache_keys"], now["context_length"], now["mmap"]) == ("q8_0", 2048, False)
        (larger,) = parsed(loam("models", "plan", model(), "--context", "8192", "--json"))
        assert (now["plan"]["context"], larger["context"]) == (2048, 8192)
        assert now["plan"]["total_bytes"] < larger["total_bytes"] < larger["free_bytes"]
        shown = loam("models", "settings", model()).stdout
        assert "cache_keys=q8_0  (chosen)" in shown
        assert "Needs 0.2 GB of " in shown
        done = loam("models", "settings", model(), "--flash-attention", "off")
        assert done.returncode == 2
        assert done.stderr.startswith("loam: The values of the KV cache")
    finally:
        (reset,) = parsed(loam(*kept, "--reset"))
    assert (reset["cache_keys"], reset["context_length"], reset["mmap"]) == ("f16", 0, True)


def test_a_model_is_measured(loam: Loam) -> None:
    sizes = ("--prompt-tokens", "300", "--answer-tokens", "4", "--context", "1024")
    (found,) = parsed(loam("bench", "--model", model(), *sizes, "--json"))
    assert 280 < found["prompt_tokens"] < 350
    assert min(found[name] for name in ("prefill", "decode", "load", "first_cold")) > 0
    assert found["first_cold"] > found["load"]
    assert found["first_saved"] > 0
    assert found["first_evaluated"] > 0
    assert found["model"]["total_layers"] == 31
    assert {each["use"] for each in found["model"]["buffers"]} == {
        "weights", "context", "computing",
    }  # fmt: skip
    assert loam("bench", "--prompt-tokens", "0").returncode == 2


def test_flags_are_checked_before_anything_is_loaded(loam: Loam) -> None:
    for flags, said in (
        (("--cache-values", "q8_0", "--flash-attention", "off"), "with flash attention"),
        (("--batch", "7"), "The setting batch can't be 7. It can be a number from "),
        (("--cache-keys", "q9"), "The setting cache_keys can't be q9. It can be f16, "),
        (("--split", "x"), "The split x is not a list of shares."),
    ):
        done = loam("ask", "Say hello.", *flags)
        assert done.returncode == 2
        assert said in done.stderr


def test_the_terminal_names_a_smaller_load(
    profile: Profile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(free=10**10, total=10**10)
    with contextlib.closing(build(profile)) as services:
        monkeypatch.setattr(services.plans, "machine", lambda **_: machine)
        spec = ModelSpec(model(), 8192)
        failed = OutOfMemory("", path=spec.path, name="m", context="8,192", gpu_layers=0)
        advice = loading.advising(services.models, services.plans, spec)
        with pytest.raises(OutOfMemory), advice:
            raise failed
        said = capsys.readouterr().err
        assert "Load with 4,096 tokens of context (needs 0.3 GB): models settings " in said
        assert "--context-length 4096" in said
        other = loading.advising(services.models, services.plans, spec)
        with pytest.raises(MissingFile), other:
            raise MissingFile(path="x")
        assert capsys.readouterr().err == ""
