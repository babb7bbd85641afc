"""The reranking model from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Loam, parsed
from tests.retrieval import small_cross_encoder
from tests.retrieval.conftest import EMBEDDER


def test_a_model_is_used_and_put_away(loam: Loam, papers: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    if not (EMBEDDER / "tokenizer.json").is_file():
        pytest.skip("the embedding model is not in models/: run 'make run' once")
    folder = small_cross_encoder.make(tmp_path / "orders", EMBEDDER)
    bad = loam("documents", "reranker", "use", str(papers))
    assert bad.returncode == 1
    assert "can't be used to put passages in order" in bad.stderr
    (used,) = parsed(loam("documents", "reranker", "use", str(folder), "--json"))
    assert used["reranker"] == str(folder)
    assert used["seconds"] >= 0
    files = (str(papers / "garden.md"), str(papers / "trains.txt"))
    asked = ("search", "--json", "When does the garden open?", "--docs", *files)
    (found,) = parsed(loam(*asked))
    assert found["hits"]
    # A machine at its limit may take longer than a search waits.
    assert [hit["rerank_rank"] for hit in found["hits"]] == [1, 2] or found["not_reranked"]
    (off,) = parsed(loam("documents", "reranker", "off", "--json"))
    assert off == {"reranker": None, "seconds": None}
