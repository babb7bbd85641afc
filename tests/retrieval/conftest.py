"""Real retrieval children over temporary folders, and the real files of ../shared/data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.messages import (
    AddPaths,
    CollectionList,
    CreateCollection,
    FileList,
    Found,
    ListFiles,
    Search,
)
from app.core.process import WorkerProcess
from app.core.types import DocumentFile
from app.retrieval.config import WORKER, ParserConfig, RetrievalConfig
from tests import patience

ROOT = Path(__file__).resolve().parents[2]
EMBEDDER = ROOT / "models" / "all-MiniLM-L6-v2"
SAMPLES = ROOT / "resources" / "samples"
DOCUMENTS = ROOT.parent / "shared" / "data" / "documents"


class Library:
    """A retrieval child and short ways to ask it."""

    def __init__(
        self, folder: Path, seconds: float = 120.0, memory: int = 2 << 30, entry: str = WORKER
    ) -> None:
        self.folder = folder / "library"
        config = RetrievalConfig(
            self.folder, EMBEDDER, folder / "logs", seconds, ParserConfig(memory)
        )
        self.worker = WorkerProcess(
            "The index", entry, config, folder / "logs", grace=patience.SECONDS
        )

    def ask(self, request: object) -> Any:
        return self.worker.ask(request)

    def create(self, name: str = "all") -> int:
        found: CollectionList = self.ask(CreateCollection(name))
        return next(one.id for one in found.collections if one.name == name)

    def add(self, collection: int, *paths: Path) -> list[Any]:
        return list(self.worker.stream(AddPaths(collection, tuple(str(path) for path in paths))))

    def files(self, collection: int) -> dict[str, DocumentFile]:
        found: FileList = self.ask(ListFiles(collection))
        return {file.name: file for file in found.files}

    def search(self, query: str, *collections: int, top: int = 8) -> Found:
        found: Found = self.ask(Search(query, collections, top))
        return found

    def judge(self, query: str) -> Found:
        """A search whose relevance is looked at closely."""
        found: Found = self.ask(Search(query, judged=True))
        return found


@pytest.fixture(scope="session")
def weights() -> Path:
    if not (EMBEDDER / "model.safetensors").is_file():
        pytest.skip("the embedding model is not in models/: run 'make run' once")
    return EMBEDDER


@pytest.fixture
def open_library(weights: Path, tmp_path: Path) -> Iterator[Callable[..., Library]]:
    """Opens a child over a folder of this test; closed at the end."""
    opened: list[Library] = []

    def open_(**more: Any) -> Library:
        opened.append(Library(tmp_path, **more))
        return opened[-1]

    yield open_
    for library in opened:
        library.worker.close()


@pytest.fixture(scope="session")
def samples(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One child for all tests that only look: the sample documents in collection 1."""
    library = Library(tmp_path_factory.mktemp("samples"))
    library.add(library.create("samples"), SAMPLES)
    yield library
    library.worker.close()


@pytest.fixture(scope="session")
def shared(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One child for all tests that work in a collection of their own and need no other start."""
    library = Library(tmp_path_factory.mktemp("shared"))
    yield library
    library.worker.close()


@pytest.fixture(scope="session")
def questions() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (ROOT / "resources" / "sample_questions.json").read_text("utf-8")
    )
    return found


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """A file of the shared test documents, by its name."""

    def find(name: str) -> Path:
        if not DOCUMENTS.is_dir():
            pytest.skip(f"the shared test documents are not there: {DOCUMENTS}")
        found = sorted(DOCUMENTS.rglob(name))
        if not found:
            pytest.skip(f"the shared test documents have no {name}")
        return found[0]

    return find
