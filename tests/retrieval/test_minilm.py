"""The default embedder's own way through torch, beside sentence-transformers as it comes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from app.core.paths import program_root
from app.retrieval.embedders._base import Embedder, Vectors
from app.retrieval.embedders.minilm import EMBEDDER as FAMILY
from tests.retrieval.conftest import EMBEDDER

# torch would stay in the tests' own process.
_COMPARE = """
import os, sys
os.environ["HF_HUB_OFFLINE"] = "1"
from pathlib import Path
import numpy as np
from app.retrieval.embedders import minilm
from tests.retrieval.test_minilm import TEXTS, together
folder = Path(sys.argv[1])
found = [together(minilm.EMBEDDER.open(folder))]
assert "transformers" not in sys.modules
minilm._has_bfloat16 = lambda: not found
found.append(minilm.EMBEDDER.open(folder).encode(TEXTS))
from sentence_transformers import SentenceTransformer
theirs = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(TEXTS)
assert all(np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5) for ours in found)
print(*(float((ours * theirs).sum(axis=1).min()) for ours in found))
"""

TEXTS = [
    "When does the garden open?",
    "",
    "Straßenbahn, 路面電車 and трамвай are trams.",
    "A long text. " * 400,  # cut at 256 tokens by both
    *(f"Paragraph {number}: " + "soil and water " * (number % 70) for number in range(120)),
]


def together(embedder: Embedder) -> Vectors:
    """Vectors of all texts, made by several threads at once, a part each."""
    rows = np.zeros((len(TEXTS), embedder.dimension), np.float32)

    def work(first: int) -> None:
        rows[first::4] = embedder.encode(TEXTS[first::4])

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return rows


def test_the_vectors_are_those_of_sentence_transformers(weights: Path) -> None:
    command = [sys.executable, "-c", _COMPARE, str(weights)]
    done = subprocess.run(
        command, check=False, cwd=program_root(), timeout=300, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    as_it_runs, in_float32 = map(float, done.stdout.split())
    assert as_it_runs > 0.999
    assert in_float32 > 0.99999


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("config.json", '"hidden_act": "gelu"', '"hidden_act": "relu"'),
        (
            "1_Pooling/config.json",
            '"pooling_mode_cls_token": false',
            '"pooling_mode_cls_token": true',
        ),
        ("modules.json", ".Normalize", ".Dense"),
    ],
)
def test_a_model_that_computes_otherwise_is_left_to_the_library(
    weights: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    assert FAMILY.matches(EMBEDDER)
    folder = tmp_path / "other"
    (folder / "1_Pooling").mkdir(parents=True)
    for each in ("1_Pooling/config.json", *(one.name for one in weights.glob("*.json"))):
        text = (weights / each).read_text("utf-8")
        (folder / each).write_text(text.replace(old, new) if each == name else text, "utf-8")
    assert (folder / name).read_text("utf-8") != (weights / name).read_text("utf-8")
    assert not FAMILY.matches(folder)
