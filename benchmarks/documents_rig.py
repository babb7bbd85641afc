"""What benchmarks/documents.py works with: real texts, the product's child, and its rivals.

Texts: Debian's documentation packages where they are installed (or unpacked anywhere: `apt-get
download python3.11-doc postgresql-doc-15`, `dpkg -x FILE FOLDER`, then `--texts` with the folders
below FOLDER/usr/share/doc), else the sets of ../shared/data that benchmarks/retrieval.py uses,
written as one Markdown file a document.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from retrieval import DATA, cranfield, scifact

from app.core import plugins
from app.core.errors import DocumentError
from app.core.messages import (
    AddPaths,
    CreateCollection,
    FileList,
    Found,
    Health,
    HealthReport,
    Indexed,
    ListFiles,
    Parsed,
    Search,
)
from app.core.process import WorkerProcess
from app.retrieval import formats
from app.retrieval.chunker import Chunker, Document
from app.retrieval.config import WORKER, RetrievalConfig
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.embedding import BATCH
from app.retrieval.reader import SCRATCH, Reader, Wanted

TOP = 10
DATABASE = "library.sqlite3"
_WARM = "warm the embedder"
DEBIAN = tuple(
    Path("/usr/share/doc") / name
    for name in ("postgresql-doc-15", "debian-handbook", "python3.11-doc")
)


@dataclass(frozen=True)
class Texts:
    """said: what they are, for the result; files: in an order of chance that is always the same."""

    said: str
    files: tuple[Path, ...]


def find_texts(chosen: Sequence[Path], scratch: Path) -> Texts:
    """The readable files of the chosen folders, else Debian's, else of the sets."""
    found = {folder: files for folder in chosen or DEBIAN if (files := _readable(folder))}
    if chosen and not found:
        raise SystemExit("There is nothing to read in these folders")
    said = ", ".join(folder.name for folder in found)
    if not found:
        if not DATA.is_dir():
            raise SystemExit("There are no texts: name folders with --texts")
        said, sets = "SciFact and Cranfield", scratch / "sets"
        _write_sets(sets)
        found[sets] = _readable(sets)
    every = sorted({file for some in found.values() for file in some})
    random.Random(4).shuffle(every)  # so that a part of them is of all kinds
    return Texts(said, tuple(every))


def _readable(folder: Path) -> set[Path]:
    """The packages link 'html' to where the pages are, and links within are not followed."""
    inner = [folder / "html"] if (folder / "html").is_symlink() else []
    roots = [root for root in (folder, *inner) if root.is_dir()]
    return {file.resolve() for root in roots for file in formats.walk(root)}


def copied(files: Sequence[Path], folder: Path) -> list[Path]:
    """Files of one's own to change, under names that can't meet."""
    folder.mkdir(parents=True)
    copies = [folder / f"{number:05d}-{file.name}" for number, file in enumerate(files)]
    for file, target in zip(files, copies, strict=True):
        shutil.copyfile(file, target)
    return copies


def documents(
    files: Sequence[Path], chunker: Chunker, scratch: Path
) -> Iterator[tuple[Path, Document]]:
    """Documents with passages, through the product's parser child and chunker."""
    config = RetrievalConfig(scratch, scratch, scratch / "logs")
    (scratch / SCRATCH).mkdir(parents=True, exist_ok=True)
    reader = Reader(config)
    try:
        for path in files:
            try:
                *_, parsed = reader.read(path, lambda: False, Wanted(languages=("eng",)))
            except DocumentError:
                continue
            assert isinstance(parsed, Parsed)
            document = chunker.document(parsed)
            if document.chunks:
                yield path, document
    finally:
        reader.close()


def queries(documents: Sequence[Document], count: int) -> list[tuple[str, tuple[int, int]]]:
    """Runs of three to twelve words of passages, each with (document, chunk) that it is from."""
    chance = random.Random(5)
    found: list[tuple[str, tuple[int, int]]] = []
    for _ in range(20 * count):
        number = chance.randrange(len(documents))
        document = documents[number]
        place = chance.randrange(len(document.chunks))
        chunk = document.chunks[place]
        words = document.text[chunk.start : chunk.end].split()
        length = chance.randint(3, 12)
        if len(words) > length:
            begin = chance.randrange(len(words) - length)
            found.append((" ".join(words[begin : begin + length]), (number, place)))
        if len(found) == count:
            break
    return found


def _write_sets(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, data in (("scifact", scifact()), ("cranfield", cranfield())):
        for one, (title, text) in data.documents.items():
            (folder / f"{name}-{one}.md").write_text(f"# {title}\n\n{text}\n", "utf-8")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processor. Under other work only the latter compares, and
    only for what doesn't spin while it waits, as torch's own threads do."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Plan:
    """What the command line says."""

    texts: Texts
    embedder: Path
    files: int
    rounds: int
    passages: int
    queries: int
    vectors: str


# --- the product ---------------------------------------------------------------------------------


class Library:
    """A retrieval child with its embedder loaded, over a folder."""

    def __init__(self, folder: Path, embedder: Path, new: bool = True) -> None:
        self._begun = time.perf_counter()
        self.worker = WorkerProcess(
            "The index",
            WORKER,
            RetrievalConfig(folder, embedder, folder / "logs"),
            folder / "logs",
            grace=15,
        )
        if new:
            self.worker.ask(CreateCollection("all"))
        self.worker.ask(Search(_WARM, (1,), TOP))

    def add(self, paths: Sequence[Path]) -> tuple[Cost, Indexed]:
        """What it cost from the request to the last event, and that."""
        begun, used = time.perf_counter(), self._used()
        done = self.worker.ask(AddPaths(1, tuple(map(str, paths))))
        cost = Cost(time.perf_counter() - begun, self._used() - used)
        assert isinstance(done, Indexed)
        return cost, done

    def _used(self) -> float:
        """Processor seconds of the child and of those that read for it; of these, the ones that
        end within a request are left out."""
        child = psutil.Process(self.worker.pid)
        times = [one.cpu_times() for one in (child, *child.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def ask(self, query: str) -> tuple[float, list[int]]:
        """Seconds and the ids of the best ten."""
        begun = time.perf_counter()
        found = self.worker.ask(Search(query, (1,), TOP))
        seconds = time.perf_counter() - begun
        assert isinstance(found, Found)
        return seconds, [hit.passage.chunk_id for hit in found.hits]

    def passages(self) -> int:
        """In the library."""
        files = self.worker.ask(ListFiles(1))
        assert isinstance(files, FileList)
        return sum(file.passages for file in files.files)

    def settle(self, patience: float) -> float:
        """Seconds from the child's start until Chroma answers; before that searches look through
        all vectors."""
        while time.perf_counter() - self._begun < patience:
            report = self.worker.ask(Health())
            assert isinstance(report, HealthReport)
            if report.dense_index == "ready":
                return time.perf_counter() - self._begun
            time.sleep(0.2)
        raise SystemExit("Chroma did not become ready")

    def memory(self) -> dict[str, int]:
        """Megabytes of the child: the most so far, and now; and of those that read for it, now.
        Linux only."""
        status = Path(f"/proc/{self.worker.pid}/status")
        if not status.exists():
            return {}
        rows = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
        return {
            "peak_mb": int(rows["VmHWM"].split()[0]) >> 10,
            "now_mb": int(rows["VmRSS"].split()[0]) >> 10,
            "readers_mb": sum(
                one.memory_info().rss for one in psutil.Process(self.worker.pid).children()
            )
            >> 20,
        }

    def processor_s(self) -> float:
        """Seconds of processor time that the child's threads have taken; those that ended are left
        out. Linux only. Unlike the clock it says the same on a busy machine."""
        threads = Path(f"/proc/{self.worker.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9

    def close(self) -> None:
        """End the child."""
        self.worker.close(patience=15)


def open_embedder(folder: Path) -> Embedder:
    """As the retrieval child opens it."""
    for family in plugins.find("app.retrieval.embedders", "EMBEDDER"):
        if family.matches(folder):
            embedder: Embedder = family.open(folder)
            return embedder
    raise SystemExit(f"There is no embedder in {folder}")


# --- rivals, each in a process of its own --------------------------------------------------------

_models: dict[str, Any] = {}


def raw(folder: str, words: list[str]) -> tuple[Cost, Vectors]:
    """Cost and vectors of the product's embedder alone, in batches by length, two under way as in
    the product. Its process stays, so that from the second round on it is warmer than the child,
    which is always new."""
    if folder not in _models:
        _models[folder] = open_embedder(Path(folder))
        _models[folder].encode(words[:BATCH])
    order = sorted(range(len(words)), key=lambda one: len(words[one]), reverse=True)
    vectors = np.zeros((len(words), _models[folder].dimension), np.float32)

    def encode(some: list[int]) -> None:
        vectors[some] = _models[folder].encode([words[one] for one in some])

    begun, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(2) as two:
        list(two.map(encode, _batches(order)))
    return Cost(time.perf_counter() - begun, time.process_time() - used), vectors


def one_by_one(folder: str, words: list[str]) -> Vectors:
    """As the child embeds queries: in another batch the last bits would differ."""
    embedder = open_embedder(Path(folder))
    return np.concatenate([embedder.encode([one]) for one in words])


def plain(folder: str, words: list[str]) -> tuple[Cost, Vectors]:
    """Cost and vectors of SentenceTransformer.encode with everything left as it comes."""
    from sentence_transformers import SentenceTransformer

    if folder not in _models:
        _models[folder] = SentenceTransformer(folder, device="cpu", local_files_only=True)
        _models[folder].encode(words[:BATCH], show_progress_bar=False)
    begun, used = time.perf_counter(), time.process_time()
    vectors = _models[folder].encode(words, show_progress_bar=False)
    cost = Cost(time.perf_counter() - begun, time.process_time() - used)
    return cost, np.asarray(vectors, dtype=np.float32)


def _batches(order: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(order), BATCH):
        yield order[first : first + BATCH]


def own_process() -> ProcessPoolExecutor:
    """That keeps its model between calls."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
