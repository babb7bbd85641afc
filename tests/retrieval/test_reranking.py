"""Putting the best passages in order with a reranking model: a small cross-encoder made here."""

from __future__ import annotations

import json
import math
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import BadReranker
from app.core.messages import Found, Search, TryReranker
from app.core.messages.reranking import RerankerTried
from app.core.types import Hit
from app.retrieval.reranking import DEPTH, Reranking, open_reranker
from tests.retrieval import embedding_models, small_cross_encoder
from tests.retrieval.conftest import EMBEDDER, Library

QUESTION = "How much is the late fee?"


@pytest.fixture(scope="session")
def cross_encoder(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch")
    return small_cross_encoder.make(tmp_path_factory.mktemp("models") / "cross-encoder", EMBEDDER)


def test_a_search_is_in_the_order_of_the_model(samples: Library, cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    samples.ask(TryReranker(str(cross_encoder)))  # loads it, which may take long here
    plain: Found = samples.ask(Search(QUESTION, (1,), DEPTH))
    found: Found = samples.ask(Search(QUESTION, (1,), DEPTH, reranker=str(cross_encoder)))
    model = CrossEncoder(str(cross_encoder), device="cpu", local_files_only=True)
    wanted = model.predict(
        [(QUESTION, hit.passage.text) for hit in plain.hits], show_progress_bar=False
    )
    assert len(set(wanted.tolist())) == len(plain.hits)
    order = sorted(range(len(wanted)), key=lambda place: -wanted[place])
    ids = [plain.hits[place].passage.chunk_id for place in order]
    assert found.not_reranked == ""
    assert [hit.passage.chunk_id for hit in found.hits] == ids
    assert ids != [hit.passage.chunk_id for hit in plain.hits]
    assert [hit.rerank_rank for hit in found.hits] == list(range(1, len(ids) + 1))
    # What decides on an answer, and the other places, are as without the model.
    assert found.relevance == plain.relevance
    before = {hit.passage.chunk_id: hit for hit in plain.hits}
    assert all(hit.score == before[hit.passage.chunk_id].score for hit in found.hits)
    first: Found = samples.ask(Search(QUESTION, (1,), 3, reranker=str(cross_encoder)))
    assert [hit.passage.chunk_id for hit in first.hits] == ids[:3]


def test_scores_do_not_depend_on_the_batch(cross_encoder: Path) -> None:
    reranker = open_reranker(cross_encoder)
    texts = ["The late fee is 20 cents.", "A saw.", "The workshop is on Monday evening at seven."]
    together = reranker.scores(QUESTION, texts)
    alone = [reranker.scores(QUESTION, [text])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-4)
    assert reranker.scores(QUESTION, []) == []


class _Held:
    """A model that gives no scores before it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.begun = threading.Event()
        self.batches = 0

    def scores(self, _question: str, texts: Sequence[str]) -> list[float]:
        self.batches += 1
        self.begun.set()
        assert self.may.wait(60)
        return [float(len(text)) for text in texts]


def test_a_gguf_gives_the_scores_of_its_folder(cross_encoder: Path, tmp_path: Path) -> None:
    file = small_cross_encoder.as_gguf(cross_encoder, tmp_path / "orders.gguf")
    texts = ["The late fee is 20 cents.", "A saw.", "The garden opens at nine. " * 200]
    found = open_reranker(file).scores(QUESTION, texts)
    # The folder's are squeezed between 0 and 1.
    wanted = [
        math.log(one / (1 - one)) for one in open_reranker(cross_encoder).scores(QUESTION, texts)
    ]
    assert found == pytest.approx(wanted, abs=0.02)
    assert max(found) - min(found) > 0.2
    (tmp_path / "one").mkdir()
    shutil.copyfile(file, tmp_path / "one" / "orders.gguf")
    assert open_reranker(tmp_path / "one").scores(QUESTION, texts[:1]) == found[:1]


def test_other_gguf_files_are_refused(cross_encoder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadReranker, match="does not compare"):
        open_reranker(embedding_models.as_gguf(cross_encoder, tmp_path / "embeds.gguf"))
    cut = tmp_path / "cut.gguf"
    whole = small_cross_encoder.as_gguf(cross_encoder, tmp_path / "whole.gguf").read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadReranker):
        open_reranker(cut).scores(QUESTION, ["A saw."])


def test_a_slow_model_and_stop_leave_the_order(
    samples: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits: tuple[Hit, ...] = samples.ask(Search(QUESTION, (1,), 9)).hits
    held, reranking = _Held(), Reranking()
    monkeypatch.setattr(reranking, "_reranker", lambda _path: held)
    late = reranking.rerank("there", QUESTION, hits, seconds=0)
    assert late.hits == hits
    assert "0 seconds" in late.problem
    held.begun.clear()
    stopped = reranking.rerank("there", QUESTION, hits, held.begun.is_set, seconds=60)
    assert stopped.hits == hits
    assert stopped.problem == "it was stopped"
    held.may.set()
    # What was left behind ends with its batch: nine texts are three.
    ordered = reranking.rerank("there", QUESTION, hits, seconds=60)
    assert ordered.problem == ""
    lengths = [len(hit.passage.text) for hit in ordered.hits]
    assert lengths == sorted(lengths, reverse=True)
    assert held.batches <= 1 + 1 + 3


def test_what_is_below_stays_below(samples: Library, cross_encoder: Path) -> None:
    hits: tuple[Hit, ...] = samples.ask(Search(QUESTION, (1,), 2)).hits
    many = hits * DEPTH
    ranked = Reranking().rerank(str(cross_encoder), QUESTION, many, seconds=120)
    assert ranked.problem == ""
    assert ranked.hits[DEPTH:] == many[DEPTH:]
    assert all(hit.rerank_rank for hit in ranked.hits[:DEPTH])
    # Equal scores keep the order that they came in.
    best = ranked.hits[0].passage
    assert [hit.passage for hit in ranked.hits[: DEPTH // 2]] == [best] * (DEPTH // 2)


def test_a_model_is_tried_in_the_child(samples: Library, cross_encoder: Path) -> None:
    tried: RerankerTried = samples.ask(TryReranker(str(cross_encoder)))
    assert tried.path == str(cross_encoder)
    assert tried.seconds > 0
    with pytest.raises(BadReranker):
        samples.ask(TryReranker(str(EMBEDDER)))


def _spoilt(cross_encoder: Path, folder: Path, what: str) -> Path:
    spoilt = folder / what.replace(" ", "-")
    shutil.copytree(cross_encoder, spoilt)
    config: dict[str, Any] = json.loads((spoilt / "config.json").read_text("utf-8"))
    match what:
        case "no weights":
            (spoilt / "model.safetensors").unlink()
        case "three kinds":
            config["id2label"] = {"0": "no", "1": "maybe", "2": "yes"}
        case "a writer":
            config["architectures"] = ["BertLMHeadModel"]
        case "cut off":
            whole = (spoilt / "model.safetensors").read_bytes()
            (spoilt / "model.safetensors").write_bytes(whole[: len(whole) // 2])
        case "no config":
            (spoilt / "config.json").write_text("[" * 5000, "utf-8")
            return spoilt
    (spoilt / "config.json").write_text(json.dumps(config), "utf-8")
    return spoilt


@pytest.mark.parametrize("what", ["no weights", "three kinds", "a writer", "cut off", "no config"])
def test_a_bad_model_says_so_and_the_search_goes_on(
    samples: Library, cross_encoder: Path, tmp_path: Path, what: str
) -> None:
    spoilt = _spoilt(cross_encoder, tmp_path, what)
    with pytest.raises(BadReranker):
        samples.ask(TryReranker(str(spoilt)))
    plain: Found = samples.ask(Search(QUESTION, (1,), 5))
    found: Found = samples.ask(Search(QUESTION, (1,), 5, reranker=str(spoilt)))
    assert found.hits == plain.hits
    assert str(spoilt) in found.not_reranked


def test_a_model_that_is_gone_says_so(samples: Library, tmp_path: Path) -> None:
    found: Found = samples.ask(Search(QUESTION, (1,), 5, reranker=str(tmp_path / "gone")))
    assert len(found.hits) == 5
    assert "no longer there" in found.not_reranked
