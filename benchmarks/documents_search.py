"""Hybrid search in a large library: its times, its recall, and the child's memory.

A part of benchmarks/documents.py. Vectors that are made up are written where the embedder would
have left them; the child then makes its Chroma from them, as after a crash.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from documents_rig import (
    DATABASE,
    TOP,
    Library,
    Plan,
    documents,
    one_by_one,
    open_embedder,
    own_process,
    queries,
)

from app.core.types import MEANING_SHARE
from app.retrieval.chunker import Chunker, Document
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.entries import Entry, Fingerprint
from app.retrieval.keywords import Keywords, any_of, words_of
from app.retrieval.passages import Passages
from app.retrieval.runs import key_of
from app.retrieval.search import Candidates, mixed
from app.retrieval.store import Store

_CANDIDATES = 200  # of each kind, as app/retrieval/search.py has it
_CENTRES = 3_000


def search(plan: Plan, scratch: Path) -> dict[str, Any]:
    """Times of hybrid search, its recall of exact search, and the child's memory."""
    folder = scratch / "search"
    embedder = open_embedder(plan.embedder)
    read, different = _read(plan, embedder, scratch)
    cut = [document for _, document in read]
    chosen = queries(cut, plan.queries)
    with own_process() as ours:
        words_asked = [words for words, _ in chosen]
        asked = ours.submit(one_by_one, str(plan.embedder), words_asked).result()
    result: dict[str, Any] = {"texts": plan.texts.said, "vectors": plan.vectors}
    if plan.vectors == "random":
        vectors = _vectors(cut, [place for _, place in chosen], asked)
        _fill(folder, embedder, read, vectors)
        library = Library(folder, plan.embedder, new=False)
        result["said"] = (
            f"real texts, some several times where there were too few; their vectors are made up, "
            f"near {_CENTRES} random centres of which some are turned towards the queries, and "
            "written straight into the library"
        )
    else:
        library = Library(folder, plan.embedder)
        cost, _ = library.add([path for path, _ in read])
        result["indexing_s"] = round(cost.wall, 1)
    result["passages"] = library.passages()
    result["different_passages"] = different
    result["chroma_ready_s"] = round(library.settle(3600), 1)
    for words, _ in chosen[:TOP]:
        library.ask(words)
    middles, slowest, computed = [], [], []
    for _ in range(plan.rounds):
        answers = []
        for words, _ in chosen:
            before = library.processor_s()
            answers.append(library.ask(words))
            computed.append(library.processor_s() - before)
        middles.append(statistics.median(seconds for seconds, _ in answers))
        slowest.append(float(np.percentile([seconds for seconds, _ in answers], 95)))
    result |= {
        "queries": len(chosen),
        "rounds": plan.rounds,
        "median_ms": round(1000 * statistics.median(middles), 1),
        "p95_ms": round(1000 * statistics.median(slowest), 1),
        "processor_p95_ms": round(1000 * float(np.percentile(computed, 95)), 1),
        "processor_median_ms": round(1000 * statistics.median(computed), 1),
        "memory": library.memory(),
        "library_mb": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) >> 20,
    }
    library.close()
    found = [ids for _, ids in answers]
    return result | _against_exact(folder, words_asked, asked, found)


def _read(plan: Plan, embedder: Embedder, scratch: Path) -> tuple[list[tuple[Path, Document]], int]:
    """Documents with so many passages, and how many of these are no copies. With made up vectors
    the documents are taken several times when there are too few."""
    read: list[tuple[Path, Document]] = []
    count = 0
    for path, document in documents(
        plan.texts.files, Chunker(embedder.tokenizer()), scratch / "reader"
    ):
        read.append((path, document))
        count += len(document.chunks)
        if count >= plan.passages:
            return read, count
    if not read:
        raise SystemExit("None of the texts can be read")
    different = count
    originals = list(read)
    if plan.vectors == "random":
        for number in itertools.count(2):
            for path, document in originals:
                if count >= plan.passages:
                    return read, different
                read.append((path.with_stem(f"{path.stem} ({number})"), document))
                count += len(document.chunks)
    return read, different


def _vectors(
    cut: Sequence[Document], sources: Sequence[tuple[int, int]], asked: Vectors
) -> Vectors:
    """Unit rows for all passages. The first centres lean towards the queries, and each query's
    own passage is near its centre: to texts a query has neighbours too."""
    chance = np.random.default_rng(7)
    firsts = [0, *itertools.accumulate(len(document.chunks) for document in cut)]
    dimension = asked.shape[1]
    centres = _unit(chance.standard_normal((max(_CENTRES, len(asked)), dimension), np.float32))
    centres[: len(asked)] = _unit(0.55 * asked + 0.84 * centres[: len(asked)])
    near = chance.integers(0, len(centres), firsts[-1])
    for centre, (document, chunk) in enumerate(sources):
        near[firsts[document] + chunk] = centre
    noise = _unit(chance.standard_normal((len(near), dimension), np.float32))
    noise += centres[near]
    return _unit(noise)


def _unit(rows: Any) -> Vectors:
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _fill(
    folder: Path, embedder: Embedder, read: Sequence[tuple[Path, Document]], vectors: Vectors
) -> None:
    """A library as an indexing run leaves it, but for Chroma, which the child makes from it."""
    folder.mkdir(parents=True)
    store = Store(folder / DATABASE)
    store.use_embedder(embedder.id)
    store.create_collection("all")
    chunker = Chunker(embedder.tokenizer())
    first = 0
    for begin in range(0, len(read), 50):
        some = read[begin : begin + 50]
        ids = store.register(1, [(str(path), one.kind, len(one.text)) for path, one in some])
        entries = []
        for file_id, (path, document) in zip(ids, some, strict=True):
            rows = vectors[first : first + len(document.chunks)].astype(np.float16)
            first += len(document.chunks)
            prefixes = [chunker.prefix(document.title, chunk) for chunk in document.chunks]
            # As if no two passages were alike: a copy has a vector of its own here.
            keys = [key_of(embedder.id, f"{path}\0{chunk.start}") for chunk in document.chunks]
            fingerprint = Fingerprint(len(document.text), 0, "")
            kept = tuple(row.tobytes() for row in rows)
            entries.append(
                Entry(file_id, fingerprint, document, tuple(prefixes), tuple(keys), kept)
            )
        store.put(entries)
    store.close()


def _against_exact(
    folder: Path, asked: Sequence[str], vectors: Vectors, found: Sequence[list[int]]
) -> dict[str, Any]:
    """Recall of the best ten of brute force over all vectors and BM25 over all passages, fused as
    the product fuses: with the product's number of candidates, and without any limit."""
    store = Store(folder / DATABASE)
    passages = Passages(store.database)
    ids, stored = passages.matrix([1])
    rows = stored.astype(np.float32)
    recalls: dict[str, list[float]] = {"exact": [], "without_limits": []}
    took: dict[str, list[float]] = {
        "keyword_alone": [],
        "keyword_of_all": [],
        "exact_dense_alone": [],
    }
    keywords = Keywords(store.database)
    for query, vector, got in zip(asked, vectors, found, strict=True):
        begun = time.perf_counter()
        cosines = rows @ vector
        best = np.argsort(-cosines)[:_CANDIDATES]
        took["exact_dense_alone"].append(time.perf_counter() - begun)
        words = words_of(query)
        begun = time.perf_counter()
        keywords.find(words, [1], _CANDIDATES)
        took["keyword_alone"].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        whole = _all_that_match(store, words)
        took["keyword_of_all"].append(time.perf_counter() - begun)
        some = dict(itertools.islice(whole.items(), _CANDIDATES))
        near = {ids[place] for place in best} | some.keys()
        at = [place for place, one in enumerate(ids) if one in near]
        kept = {ids[place]: float(cosines[place]) for place in at}
        everything = dict(zip(ids, map(float, cosines), strict=True))
        for name, seen in (
            ("exact", Candidates(kept, some, kept, rows[at])),
            ("without_limits", Candidates(everything, whole, everything, rows)),
        ):
            scores = mixed(seen, MEANING_SHARE)
            first = sorted(scores, key=lambda one: (-scores[one], one))[:TOP]
            recalls[name].append(len(set(first) & set(got)) / len(first))
    store.close()
    return {
        "recall@10_of_exact": round(statistics.mean(recalls["exact"]), 4),
        "recall@10_without_limits": round(statistics.mean(recalls["without_limits"]), 4),
        "p95_ms_in_one_process": {
            name: round(1000 * float(np.percentile(values, 95)), 1) for name, values in took.items()
        },
    }


def _all_that_match(store: Store, words: Sequence[str]) -> dict[int, float]:
    """BM25 of every passage with any of the words, best first."""
    if not words:
        return {}
    rows = store.database.read(
        "SELECT rowid, -rank FROM words WHERE words MATCH ? ORDER BY rank", (any_of(words),)
    )
    return {row[0]: row[1] for row in rows}
