"""How models are loaded, and how fast they are, from the terminal."""

from __future__ import annotations

from pathlib import Path

from app.core import paths
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
        (again,) = parsed(loam(*kept))
        assert now == again | {"plan": now["plan"]}
        assert (again["cache_keys"], again["context_length"], again["mmap"]) == (
            "q8_0", 2048, False,
        )  # fmt: skip
        (plan,) = parsed(loam("models", "plan", model(), "--json"))
        (larger,) = parsed(loam("models", "plan", model(), "--context", "8192", "--json"))
        assert (plan["context"], larger["context"]) == (2048, 8192)
        assert plan["total_bytes"] < larger["total_bytes"] < larger["free_bytes"]
        shown = loam("models", "settings", model()).stdout
        assert "cache_keys=q8_0  (chosen)" in shown
        assert "Needs 0.2 GB of " in shown
        for wrong in (("--flash-attention", "off"), ("--batch", "7"), ("--split", "x")):
            done = loam("models", "settings", model(), *wrong)
            assert done.returncode == 2
            assert done.stderr.startswith("loam: ")
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


def test_flags_count_for_one_run(loam: Loam, papers: Path) -> None:
    asked = ("ask", "When does the garden open?", "--docs", str(papers / "garden.md"), "--json")
    (found,) = parsed(loam(*asked, "--context", "1024", "--cache-keys", "q8_0"))
    assert "nine" in found["answer"]
    done = loam(*asked, "--cache-values", "q8_0", "--flash-attention", "off")
    assert done.returncode == 2
    assert "with flash attention" in done.stderr
