"""The packages' embedder, through llama.cpp, beside sentence-transformers."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import NoEmbedder
from app.core.messages import (
    AddPaths,
    CollectionList,
    CreateCollection,
    Found,
    Health,
    HealthReport,
    Search,
)
from app.core.paths import program_root
from app.core.process import WorkerProcess
from app.retrieval.config import WORKER, RetrievalConfig
from app.retrieval.embedders.bert_gguf import EMBEDDER as PACKED
from app.retrieval.embedders.bert_gguf import BertGGUF
from app.retrieval.embedders.minilm import EMBEDDER as FULL
from tests import patience
from tests.retrieval.conftest import EMBEDDER, SAMPLES

convert = runpy.run_path(str(program_root() / "installer/embedder.py"))["write"]

TEXTS = [
    "When does the garden open?",
    "",
    "The membership fee is 35 euros a year and is due in March.",
    "Straßenbahn, 路面電車 and трамвай are trams.",
    "A long text. " * 400,  # cut at 256 tokens by both
    *(f"Paragraph {number}: " + "soil and water " * number for number in range(12)),
]


@pytest.fixture(scope="module")
def packed(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedder as a package has it."""
    folder = tmp_path_factory.mktemp("packed") / weights.name
    convert(weights, folder)
    return folder


# torch would stay in the tests' own process.
_REFERENCE = """
import sys
from pathlib import Path
import numpy as np
from app.retrieval.embedders.minilm import EMBEDDER
from tests.retrieval.test_gguf_embedder import TEXTS
np.save(sys.argv[2], EMBEDDER.open(Path(sys.argv[1])).encode(TEXTS))
"""


def test_the_vectors_are_those_of_sentence_transformers(packed: Path, tmp_path: Path) -> None:
    ours = BertGGUF(packed).encode(TEXTS)
    file = tmp_path / "theirs.npy"
    command = [sys.executable, "-c", _REFERENCE, str(EMBEDDER), str(file)]
    subprocess.run(command, check=True, cwd=program_root(), timeout=300, capture_output=True)
    theirs = np.load(file)
    assert ours.shape == theirs.shape == (len(TEXTS), 384)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    cosines = (ours * theirs).sum(axis=1)
    assert cosines.min() > 0.999, cosines
    # Beside others or alone, a text has the same vector.
    alone = np.concatenate([BertGGUF(packed).encode([text]) for text in TEXTS[:4]])
    assert (ours[:4] * alone).sum(axis=1).min() > 0.9999


def test_each_folder_has_one_family(packed: Path) -> None:
    assert (PACKED.matches(packed), FULL.matches(packed)) == (True, False)
    assert (PACKED.matches(EMBEDDER), FULL.matches(EMBEDDER)) == (False, True)
    # What the one has read, the other need not read again.
    assert PACKED.open(packed).id == FULL.open(EMBEDDER).id


def test_a_damaged_file_is_named(packed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(packed, broken)
    (broken / "model.gguf").write_bytes((packed / "model.gguf").read_bytes()[:5000])
    with pytest.raises(NoEmbedder, match="broken"):
        BertGGUF(broken).encode(["text"])
    (broken / "config.json").write_text('{"hidden_size": 128}', "utf-8")
    shutil.copyfile(packed / "model.gguf", broken / "model.gguf")
    with pytest.raises(NoEmbedder):
        BertGGUF(broken).encode(["text"])
    (broken / "tokenizer.json").unlink()
    with pytest.raises(NoEmbedder):
        BertGGUF(broken)


def test_a_library_is_read_and_searched_with_it(packed: Path, tmp_path: Path) -> None:
    config = RetrievalConfig(tmp_path / "library", packed, tmp_path / "logs")
    worker = WorkerProcess("The index", WORKER, config, config.logs, grace=patience.SECONDS)
    try:
        made: CollectionList = worker.ask(CreateCollection("samples"))
        worker.ask(AddPaths(made.collections[0].id, (str(SAMPLES / "workshops.md"),)))
        found: Found = worker.ask(Search("When is the bicycle repair course?", (), 3))
        report: HealthReport = worker.ask(Health())
    finally:
        worker.close()
    assert found.relevance > 0.4
    assert "Yusuf Demir" in found.hits[0].passage.text
    assert report.embedder == BertGGUF(packed).id
