"""Speed and memory of the document index, through the product's own children.

    python benchmarks/documents.py [--only index search reindex] [--passages 100000] [--out FILE]

index: files in, library out, against the raw embedder on the same texts and against
sentence-transformers as it comes, in turns. reindex: after 1 % of the files changed, as a share of
the whole. search: hybrid search in a library of so many passages, with recall of exact search and
the child's memory. With `--vectors random` those passages are real texts whose vectors are made
up and written where the embedder would have left them, since embedding 100,000 takes hours on two
cores; `real` embeds them. Everything runs on the processor. Loading the embedder isn't counted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from documents_rig import DATABASE, Cost, Library, Plan, copied, find_texts, own_process, plain, raw
from documents_search import search

from app.retrieval.embedders._base import Vectors

PLAIN = ROOT / "models" / "all-MiniLM-L6-v2"
MOST_BYTES = 60_000  # of a file in `index` and `reindex`: 1 % of the files is then 1 % of the text


def index(plan: Plan, scratch: Path) -> dict[str, Any]:
    """Passages per second of the three, and the likeness of their vectors."""
    files = copied(_some(plan), scratch / "index")
    costs: dict[str, list[Cost]] = {"loam": [], "raw_embedder": [], "sentence_transformers": []}
    memory: list[dict[str, int]] = []
    with own_process() as ours, own_process() as theirs:
        for round_ in range(plan.rounds):
            folder = scratch / f"index-{round_}"
            library = Library(folder, plan.embedder)
            cost, done = library.add([scratch / "index"])
            costs["loam"].append(cost)
            passages = library.passages()
            memory.append(library.memory())
            library.close()
            # A text that is twice in the library is embedded once, by all three.
            words, stored = _embedded(folder / DATABASE)
            cost, _ = ours.submit(raw, str(plan.embedder), words).result()
            costs["raw_embedder"].append(cost)
            cost, vectors = theirs.submit(plain, str(PLAIN), words).result()
            costs["sentence_transformers"].append(cost)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(stored, axis=1)
    cosines = np.sum(vectors * stored, axis=1) / np.maximum(lengths, 1e-12)
    rates = {name: [len(words) / one.wall for one in some] for name, some in costs.items()}
    median = {name: statistics.median(values) for name, values in rates.items()}
    used = {name: statistics.median(one.cpu for one in some) for name, some in costs.items()}
    return {
        "texts": plan.texts.said,
        "files": len(files),
        "files_ready": done.ready,
        "passages": passages,
        "texts_embedded": len(words),
        "rounds": plan.rounds,
        "passages_per_s": {name: round(value, 2) for name, value in median.items()},
        "all_rounds": {name: [round(one, 2) for one in some] for name, some in rates.items()},
        "processor_s": {name: round(value, 2) for name, value in used.items()},
        "share_of_raw_in_processor_time": round(used["raw_embedder"] / used["loam"], 3),
        "share_of_raw": round(median["loam"] / median["raw_embedder"], 3),
        "times_sentence_transformers": round(median["loam"] / median["sentence_transformers"], 2),
        "cosine_least": round(float(cosines.min()), 5),
        "cosine_mean": round(float(cosines.mean()), 5),
        "memory": memory[-1],
    }


def _some(plan: Plan) -> list[Path]:
    small = (file for file in plan.texts.files if 0 < file.stat().st_size <= MOST_BYTES)
    return list(itertools.islice(small, plan.files))


def _embedded(database: Path) -> tuple[list[str], Vectors]:
    """The different texts as the index embeds them, and the vectors it keeps of them."""
    connection = sqlite3.connect(database)
    whole = dict(connection.execute("SELECT file_id, text FROM texts"))
    found: dict[bytes, tuple[str, bytes]] = {}
    for file_id, prefix, start, end, key, vector in connection.execute(
        'SELECT file_id, prefix, start, "end", key, vector FROM chunks ORDER BY id'
    ):
        passage = whole[file_id][start:end]
        found[key] = (f"{prefix}\n{passage}" if prefix else passage, vector)
    connection.close()
    rows = np.frombuffer(b"".join(vector for _, vector in found.values()), np.float16)
    return [words for words, _ in found.values()], rows.reshape(len(found), -1).astype(np.float32)


# --- reindex -------------------------------------------------------------------------------------


def reindex(plan: Plan, scratch: Path) -> dict[str, Any]:
    """Seconds of a whole run, of one after 1 % of the files changed, and of one after none did."""
    folder = scratch / "reindex"
    files = copied(_some(plan), folder)
    few = max(1, round(len(files) / 100))
    library = Library(scratch / "reindex-library", plan.embedder)
    full, done = library.add([folder])
    memory = library.memory()
    passages = library.passages()
    changed, idle = [], []
    chance = random.Random(6)
    for round_ in range(plan.rounds):
        for file in chance.sample(files, few):
            _change(file, f"Note {round_}: this was looked at again on day {round_ + 1}.")
        cost, again = library.add([folder])
        if again.ready != few:
            raise SystemExit(f"{few} files were changed and {again.ready} read again")
        changed.append(cost)
        idle.append(library.add([folder])[0])
    library.close()
    return {
        "texts": plan.texts.said,
        "files": len(files),
        "files_ready": done.ready,
        "passages": passages,
        "changed_files": few,
        "changed_share": round(few / len(files), 4),
        "full_s": round(full.wall, 2),
        "changed_s": round(statistics.median(one.wall for one in changed), 3),
        "unchanged_s": round(statistics.median(one.wall for one in idle), 3),
        "share_of_full": _share(changed, full.wall),
        "share_of_full_when_unchanged": _share(idle, full.wall),
        "share_of_full_in_processor_time": round(
            statistics.median(one.cpu for one in changed) / full.cpu, 4
        ),
        "memory": memory,
    }


def _share(costs: list[Cost], whole: float) -> float:
    return round(statistics.median(one.wall for one in costs) / whole, 4)


def _change(file: Path, sentence: str) -> None:
    """Add a paragraph at the end."""
    words = file.read_text("utf-8", errors="surrogateescape")
    body, mark, rest = words.rpartition("</body>")
    changed = f"{body}<p>{sentence}</p>{mark}{rest}" if mark else f"{words}\n\n{sentence}\n"
    file.write_text(changed, "utf-8", errors="surrogateescape")


# --- all -----------------------------------------------------------------------------------------

PARTS = {"index": index, "reindex": reindex, "search": search}
GOALS = (
    ("index", "share_of_raw", 0.85, 1),
    ("index", "times_sentence_transformers", 2.0, 1),
    ("index", "cosine_least", 0.99, 1),
    ("reindex", "share_of_full", 0.02, -1),
    ("search", "p95_ms", 100.0, -1),
    ("search", "recall@10_of_exact", 0.98, 1),
)


def table(result: dict[str, Any]) -> str:
    """Each figure that has a goal."""
    lines = [f"{'part':<10}{'figure':<30}{'found':>10}{'goal':>12}"]
    for part, figure, goal, better in GOALS:
        if part in result:
            found = result[part][figure]
            met = "" if better * (found - goal) >= 0 else "  not met"
            bound = f"{'>=' if better > 0 else '<='} {goal}"
            lines.append(f"{part:<10}{figure:<30}{found:>10}{bound:>12}{met}")
    for part in ("index", "search"):
        if part in result and (peak := result[part]["memory"].get("peak_mb")):
            lines.append(f"{part:<10}{'memory at most, MB':<30}{peak:>10}")
    return "\n".join(lines)


def main() -> None:
    """Run the parts that were asked for and keep the others' last figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), default=tuple(PARTS))
    parser.add_argument("--texts", nargs="*", type=Path, default=(), metavar="FOLDER")
    parser.add_argument("--files", type=int, default=100, help="in index and reindex")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passages", type=int, default=100_000, help="in search")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--vectors", choices=("random", "real"), default="random")
    parser.add_argument("--embedder", type=Path, default=PLAIN)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/documents.json")
    said = parser.parse_args()
    result: dict[str, Any] = {}
    if said.out.exists():
        result = json.loads(said.out.read_text("utf-8"))
    result |= {"machine": platform.machine(), "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as place:
        plan = Plan(
            find_texts([folder.absolute() for folder in said.texts], Path(place)),
            said.embedder.absolute(),
            said.files,
            said.rounds,
            said.passages,
            said.queries,
            said.vectors,
        )
        for name in said.only:
            load = [round(one, 2) for one in os.getloadavg()] if hasattr(os, "getloadavg") else []
            part = PARTS[name](plan, Path(place))
            result[name] = {"embedder": said.embedder.name, "load_before": load} | part
            said.out.parent.mkdir(parents=True, exist_ok=True)
            said.out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
            print(json.dumps({name: result[name]}, indent=2), flush=True)
    print(table(result))


if __name__ == "__main__":
    main()
