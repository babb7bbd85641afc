"""The embedding model from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.paths import bundled_models
from tests.cli.conftest import Loam, parsed
from tests.retrieval.embedding_models import as_gguf, shallow


def test_another_model_and_the_way_back(loam: Loam, tmp_path: Path) -> None:
    weights = bundled_models() / "all-MiniLM-L6-v2"
    if not (weights / "model.safetensors").is_file():
        pytest.skip("the embedding model is not in models/: run 'make run' once")
    other = as_gguf(shallow(weights, tmp_path / "shallow"), tmp_path / "other.gguf")
    (tmp_path / "fox.txt").write_text("The fox is called Rosa.", "utf-8")
    assert loam("collections", "add", "Foxes", str(tmp_path / "fox.txt")).returncode == 0
    used = loam("documents", "embedder", "use", str(other), "--json")
    (state,) = parsed(used)
    assert (state["current"]["name"], state["due"]) == ("other", False)
    assert state["ready"] == state["passages"] > 0
    found = loam("search", "fox", "--collection", "Foxes")
    assert "Rosa" in found.stdout
    refused = loam("documents", "embedder", "use", str(tmp_path / "fox.txt"))
    assert refused.returncode == 1
    assert "can't be used to search documents by meaning" in refused.stderr
    assert loam("documents", "embedder", "default").returncode == 0
    shown = loam("documents", "embedder", "show")
    assert "all-MiniLM-L6-v2, the default" in shown.stdout
