"""Quality and speed of retrieval, measured through the retrieval child itself.

    python benchmarks/retrieval.py [--sets cranfield scifact xquad] [--libraries FOLDER]

Each set is written out as files, indexed with AddPaths and asked with Search. With --libraries the
libraries are kept there, so that another way to search is tried without embedding again. Keyword
search and dense search alone are taken from the same answers, which hold all candidates with both
scores.
nDCG@10 counts documents (a document is as good as its best passage), judgments are yes or no;
recall@5 on XQuAD asks whether a passage that holds the whole answer is among the first five.
Indexing speed is set against SentenceTransformer.encode as it comes, on the same passages.
Needs ../shared/data; the whole takes a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.core.messages import (
    AddPaths,
    CreateCollection,
    FileList,
    Found,
    ListCollections,
    ListFiles,
    Search,
)
from app.core.process import WorkerProcess
from app.core.types import Hit
from app.retrieval.config import WORKER, RetrievalConfig

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "retrieval"
EMBEDDER = ROOT / "models" / "all-MiniLM-L6-v2"
ALL = 400

Order = Callable[[Hit], float]
ORDERS: dict[str, Order] = {
    "hybrid": lambda hit: hit.score,
    "dense": lambda hit: hit.cosine,
    "keyword": lambda hit: hit.keyword,
}


@dataclass(frozen=True)
class Judged:
    """Documents as (title, text) by id, queries by id, and the ids of relevant documents."""

    documents: dict[str, tuple[str, str]]
    queries: dict[str, str]
    relevant: dict[str, set[str]]


def scifact() -> Judged:
    """SciFact's abstracts and test claims."""
    folder = DATA / "scifact"
    documents = {
        row["_id"]: (row["title"], row["text"])
        for row in map(json.loads, (folder / "corpus.jsonl").read_text("utf-8").splitlines())
    }
    queries = {
        row["_id"]: row["text"]
        for row in map(json.loads, (folder / "queries.jsonl").read_text("utf-8").splitlines())
    }
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.test.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(query, set()).add(document)
    return Judged(documents, {q: queries[q] for q in relevant}, relevant)


def cranfield() -> Judged:
    """Cranfield's abstracts; its judgments number the queries in the order of their file."""
    folder = DATA / "cranfield"
    documents = {}
    for record in (folder / "cran.all.1400").read_text("utf-8").split(".I ")[1:]:
        number, rest = record.split("\n", 1)
        title = " ".join(rest.split(".T\n", 1)[1].split("\n.A", 1)[0].split())
        words = " ".join(rest.split("\n.W\n", 1)[1].split())
        documents[number.strip()] = (title, words.removeprefix(title).strip())
    queries = {
        str(place): " ".join(record.split(".W\n", 1)[1].split())
        for place, record in enumerate((folder / "cran.qry").read_text("utf-8").split(".I ")[1:], 1)
    }
    relevant: dict[str, set[str]] = {}
    for line in (folder / "cranqrel").read_text("utf-8").splitlines():
        # Each query has one judgment of -1, the paper that its author wrote it from: it counts.
        query, document, _ = line.split()
        relevant.setdefault(query, set()).add(document)
    return Judged(documents, queries, relevant)


def ndcg(ranked: list[str], relevant: set[str], depth: int = 10) -> float:
    """Of document ids in order, without doubles."""
    gain = sum(1 / math.log2(i + 2) for i, one in enumerate(ranked[:depth]) if one in relevant)
    return gain / sum(1 / math.log2(i + 2) for i in range(min(depth, len(relevant))))


def in_order(hits: tuple[Hit, ...], order: Order) -> list[Hit]:
    """Best first, equal ones by passage."""
    return sorted(hits, key=lambda hit: (-order(hit), hit.passage.chunk_id))


def documents_in_order(hits: tuple[Hit, ...], order: Order) -> list[str]:
    """File stems, best passage first."""
    ranked = in_order(hits, order)
    kept = [hit for hit in ranked if order is not ORDERS["keyword"] or hit.keyword > 0]
    return list(dict.fromkeys(Path(hit.passage.path).stem for hit in kept))


class Library:
    """A retrieval child over an empty folder."""

    def __init__(self, folder: Path) -> None:
        config = RetrievalConfig(folder / "library", EMBEDDER, folder / "logs")
        self.worker = WorkerProcess("The index", WORKER, config, folder / "logs", grace=15)
        if not self.worker.ask(ListCollections()).collections:
            self.worker.ask(CreateCollection("all"))

    def add(self, folder: Path) -> tuple[float, int]:
        """Seconds from the first request to the last event, and passages."""
        begun = time.perf_counter()
        for _ in self.worker.stream(AddPaths(1, (str(folder),))):
            pass
        seconds = time.perf_counter() - begun
        files: FileList = self.worker.ask(ListFiles(1))
        return seconds, sum(file.passages for file in files.files)

    def ask(self, query: str) -> tuple[float, tuple[Hit, ...]]:
        """Seconds and all candidates."""
        begun = time.perf_counter()
        found: Found = self.worker.ask(Search(query, (1,), ALL))
        return time.perf_counter() - begun, found.hits


@contextlib.contextmanager
def _place(kept: Path | None, name: str) -> Iterator[Path]:
    """A folder for a set; kept: below this one."""
    if kept is not None:
        (kept / name).mkdir(parents=True, exist_ok=True)
        yield kept.absolute() / name
        return
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def judged(name: str, data: Judged, kept: Path | None) -> dict[str, Any]:
    """Index a judged set and score its queries."""
    with _place(kept, name) as folder:
        (folder / "files").mkdir(exist_ok=True)
        for one, (title, text) in data.documents.items():
            file = folder / "files" / f"{one}.md"
            if not file.exists():
                file.write_text(f"# {title}\n\n{text}\n", "utf-8")
        library = Library(folder)
        seconds, passages = library.add(folder / "files")
        scores: dict[str, list[float]] = {order: [] for order in ORDERS}
        times = []
        for query, words in data.queries.items():
            if not data.relevant.get(query):
                continue
            taken, hits = library.ask(words)
            times.append(taken)
            for order, by in ORDERS.items():
                scores[order].append(ndcg(documents_in_order(hits, by), data.relevant[query]))
        library.worker.close()
    return {
        "set": name,
        "documents": len(data.documents),
        "queries": len(times),
        "passages": passages,
        **_indexing(seconds, passages, kept),
        "search_ms_median": round(1000 * statistics.median(times), 1),
        "ndcg@10": {order: round(statistics.mean(values), 4) for order, values in scores.items()},
    }


def _indexing(seconds: float, passages: int, kept: Path | None) -> dict[str, float]:
    """Figures of a run that had something to index."""
    if kept is not None:
        return {}
    return {"indexing_s": round(seconds, 1), "passages_per_s": round(passages / seconds, 1)}


def xquad(kept: Path | None) -> dict[str, Any]:
    """Articles as files; whether a passage with the whole answer is among the first five."""
    articles = json.loads((DATA / "xquad" / "xquad.en.json").read_text("utf-8"))["data"]
    with _place(kept, "xquad") as folder:
        (folder / "files").mkdir(exist_ok=True)
        questions = []
        for number, article in enumerate(articles):
            path = folder / "files" / f"{number}.txt"
            text = ""
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    start = len(text) + asked["answers"][0]["answer_start"]
                    end = start + len(asked["answers"][0]["text"])
                    questions.append((asked["question"], str(path), start, end))
                text += paragraph["context"] + "\n\n"
            if not path.exists():
                path.write_text(text, "utf-8")
        library = Library(folder)
        library.add(folder / "files")
        found = dict.fromkeys(ORDERS, 0)
        for question, file, start, end in questions:
            _, hits = library.ask(question)
            for order, by in ORDERS.items():
                first = in_order(hits, by)[:5]
                found[order] += any(
                    hit.passage.path == file
                    and hit.passage.start <= start
                    and hit.passage.end >= end
                    for hit in first
                )
        library.worker.close()
    return {
        "set": "xquad",
        "queries": len(questions),
        "recall@5": {order: round(count / len(questions), 4) for order, count in found.items()},
    }


def speed(passages: int = 192, rounds: int = 3) -> dict[str, Any]:
    """Passages per second of our embedder and of SentenceTransformer.encode, in turns."""
    from sentence_transformers import SentenceTransformer

    from app.retrieval.chunker import Chunker
    from app.retrieval.embedders.minilm import MiniLM
    from app.retrieval.loaders import markdown

    ours = MiniLM(EMBEDDER)
    texts = list(_embedded(Chunker(ours.tokenizer()), markdown.load, passages))
    plain = SentenceTransformer(str(EMBEDDER), device="cpu", local_files_only=True)
    by_length = sorted(texts, key=len)

    def run_ours() -> None:
        for first in range(0, passages, 32):
            ours.encode(by_length[first : first + 32])

    def run_plain() -> None:
        plain.encode(texts, show_progress_bar=False)

    rates: dict[str, list[float]] = {"loam": [], "sentence_transformers": []}
    ours.encode(texts[:32])
    plain.encode(texts[:32], show_progress_bar=False)
    for _ in range(rounds):
        for name, run in (("loam", run_ours), ("sentence_transformers", run_plain)):
            begun = time.perf_counter()
            run()
            rates[name].append(passages / (time.perf_counter() - begun))
    return {name: round(statistics.median(values), 1) for name, values in rates.items()}


def _embedded(chunker: Any, load: Callable[[Path], Any], count: int) -> Iterator[str]:
    """Texts as the index embeds them, from SciFact."""
    with tempfile.TemporaryDirectory() as place:
        for one, (title, text) in scifact().documents.items():
            path = Path(place) / f"{one}.md"
            path.write_text(f"# {title}\n\n{text}\n", "utf-8")
            document = chunker.document(load(path))
            for chunk in document.chunks:
                yield chunker.embedded(document, chunk)
                count -= 1
                if not count:
                    return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--sets", nargs="*", default=["cranfield", "scifact", "xquad", "speed"])
    parser.add_argument("--libraries", type=Path, metavar="FOLDER")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/retrieval.json")
    chosen = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"The data is not there: {DATA}")
    os.environ["HF_HUB_OFFLINE"] = "1"
    result: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count()}
    if chosen.out.exists():
        result |= json.loads(chosen.out.read_text("utf-8"))
    for name in chosen.sets:
        match name:
            case "cranfield":
                result[name] = judged(name, cranfield(), chosen.libraries)
            case "scifact":
                result[name] = judged(name, scifact(), chosen.libraries)
            case "xquad":
                result[name] = xquad(chosen.libraries)
            case "speed":
                result["embedding_passages_per_s"] = speed()
            case _:
                sys.exit(f"There is no set called {name}")
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        print(json.dumps(result.get(name, result), indent=2), flush=True)


if __name__ == "__main__":
    main()
