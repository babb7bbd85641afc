"""Embedding models of other families: their vectors, and what is refused before it can do harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from app.core.database import Database
from app.core.errors import BadEmbedder
from app.core.paths import bundled_models, program_root
from app.retrieval.choosing import open_embedder
from app.retrieval.embedders._base import of_questions
from app.retrieval.embedders._prompts import Prompts, of_config, of_name
from app.retrieval.embedders.gguf_model import GGUFModel
from app.retrieval.kept import KeptVectors
from app.retrieval.runs import key_of
from app.retrieval.schema import MIGRATIONS
from tests.retrieval.embedding_models import as_gguf, narrow, shallow

TEXTS = [
    "When does the garden open?",
    "The membership fee is 35 euros a year and is due in March.",
    "Straßenbahn, 路面電車 and трамвай are trams.",
    "A long text. " * 400,
]

# torch would stay in the tests' own process.
_REFERENCE = """
import sys
from pathlib import Path
import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from app.retrieval.choosing import open_embedder
from tests.retrieval.test_embedding_models import TEXTS
shallow, narrow, out = sys.argv[1:]
model = SentenceTransformer(shallow)
model.max_seq_length = 512
mean = model.encode(TEXTS)
with torch.no_grad():
    first = [model[0](model.preprocess([text]))["token_embeddings"][0, 0].numpy() for text in TEXTS]
other = SentenceTransformer(narrow)
passages, questions = (other.encode(TEXTS, prompt=one) for one in ("passage: ", "query: "))
ours = open_embedder(narrow, Path())
np.savez(
    out, mean=mean, first=np.stack(first), passages=passages, questions=questions,
    our_passages=ours.encode(TEXTS), our_questions=ours.encode_questions(TEXTS),
    facts=[ours.dimension, ours.limit],
)
"""


@pytest.fixture(scope="module")
def models(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    shallow(weights, folder / "shallow")
    narrow(weights, folder / "narrow", {"query": "query: ", "passage": "passage: "})
    as_gguf(folder / "shallow", folder / "mean.gguf")
    as_gguf(folder / "shallow", folder / "first.gguf", gguf.PoolingType.CLS)
    return folder


def near(one: np.ndarray, other: np.ndarray) -> float:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).min())


def test_vectors_are_those_of_sentence_transformers(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "theirs.npz"
    places = [str(models / "shallow"), str(models / "narrow"), str(out)]
    subprocess.run(
        [sys.executable, "-c", _REFERENCE, *places],
        check=True,
        cwd=program_root(),
        timeout=300,
        capture_output=True,
    )
    theirs = np.load(out)
    for name, reference in (("mean", theirs["mean"]), ("first", theirs["first"])):
        ours = GGUFModel(models / f"{name}.gguf").encode(TEXTS)
        np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
        assert near(ours, reference) > 0.999, name
    assert near(theirs["mean"], theirs["first"]) < 0.9, "pooling tells nothing here"
    assert near(theirs["our_passages"], theirs["passages"]) > 0.9999
    assert near(theirs["our_questions"], theirs["questions"]) > 0.9999
    assert near(theirs["our_questions"], theirs["our_passages"]) < 0.9999, "no words before them"
    dimension, limit = theirs["facts"]
    assert dimension == 128
    assert limit == 512 - 4, "[CLS], two words and [SEP]"


def test_words_of_a_file_stand_in_for_a_tokenizer(models: Path) -> None:
    words = GGUFModel(models / "mean.gguf").tokenizer()
    text = "The membership fee is 35 euros."
    encoded = words.encode(text, add_special_tokens=False)
    assert len(encoded) == words.count(text) == 7
    assert len(words.encode(text)) == 9
    assert text[: encoded.offsets[2][1]].strip() == "The membership fee"
    assert encoded.offsets[6] == (0, len(text))


def test_words_before_a_text_are_the_family_s(models: Path) -> None:
    assert of_name("multilingual-e5-small-Q8_0") == Prompts("query: ", "passage: ")
    assert of_name("x", "nomic-embed-text-v1.5").passage == "search_document: "
    assert of_name("bge-small-en-v1.5").passage == ""
    assert of_name("all-MiniLM-L6-v2") == Prompts()
    named = {"prompts": {"search_query": "ask: ", "corpus": "tell: "}}
    assert of_config(named, "multilingual-e5-small") == Prompts("ask: ", "tell: ")
    file = models / "e5-small.gguf"
    shutil.copyfile(models / "mean.gguf", file)
    family, plain = GGUFModel(file), GGUFModel(models / "mean.gguf")
    assert family.id.partition("@")[2] != plain.id.partition("@")[2]
    said = plain.encode([f"query: {TEXTS[0]}"])
    assert near(of_questions(family, TEXTS[:1]), said) > 0.9999  # type: ignore[arg-type]
    assert near(of_questions(plain, TEXTS[:1]), said) < 0.999  # type: ignore[arg-type]


def damaged(models: Path, folder: Path, what: str) -> Path:
    """A model that must not be opened."""
    place = folder / what
    if what in ("cut.gguf", "rank.gguf", "wordless.gguf"):
        data = (models / "mean.gguf").read_bytes()
        if what == "cut.gguf":
            data = data[: len(data) // 2]
        elif what == "wordless.gguf":
            data = data.replace(b"tokenizer.ggml.model", b"tokenizer.ggml.m_del")
        place.write_bytes(data)
        if what == "rank.gguf":
            as_gguf(models / "shallow", place, gguf.PoolingType.RANK)
        return place
    shutil.copytree(models / "narrow", place)
    if what == "program":
        config = json.loads((place / "config.json").read_text("utf-8"))
        config["auto_map"] = {"AutoModel": "evil.Model"}
        (place / "config.json").write_text(json.dumps(config), "utf-8")
    elif what == "part":
        parts = [{"idx": 0, "name": "0", "path": "", "type": "os.system"}]
        (place / "modules.json").write_text(json.dumps(parts), "utf-8")
    elif what == "pickled":
        (place / "model.safetensors").rename(place / "pytorch_model.bin")
    elif what == "writer":
        config = json.loads((place / "config.json").read_text("utf-8"))
        config["architectures"] = ["LlamaForCausalLM"]
        (place / "config.json").write_text(json.dumps(config), "utf-8")
        (place / "modules.json").unlink()
    return place


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("cut.gguf", "cut off"),
        ("rank.gguf", "puts results in order"),
        ("wordless.gguf", "without the words"),
        ("program", "a program of its own"),
        ("part", "os.system"),
        ("pickled", "safetensors"),
        ("writer", "a model that writes"),
    ],
)
def test_what_is_no_such_model_is_refused(
    models: Path, tmp_path: Path, what: str, reason: str
) -> None:
    with pytest.raises(BadEmbedder, match=reason):
        open_embedder(str(damaged(models, tmp_path, what)), Path())


def test_a_chat_model_and_a_place_without_a_model_are_refused(tmp_path: Path) -> None:
    chat = sorted(bundled_models().glob("*Instruct-Q8_0.gguf"))
    if not chat:
        pytest.skip("the default chat model is not in models/: run 'make run' once")
    with pytest.raises(BadEmbedder, match="a chat model"):
        open_embedder(str(chat[0]), Path())
    with pytest.raises(BadEmbedder, match="no embedding model"):
        open_embedder(str(tmp_path), Path())
    with pytest.raises(BadEmbedder, match="no longer there"):
        open_embedder(str(tmp_path / "gone"), Path())


def test_the_oldest_kept_vectors_go_first(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.sqlite3", MIGRATIONS, daily_copy=False)
    try:
        kept = KeptVectors(database, most_bytes=10 * 100)
        keys = {model: [key_of(model, str(n)) for n in range(20)] for model in ("old", "coming")}
        for model, some in keys.items():
            kept.keep(model, [(key, 1, bytes(100)) for key in some])
        kept.trim(but="coming")
        assert kept.which(keys["old"]) == set(keys["old"][10:])
        assert kept.count("coming") == 20
        # What is kept again is new.
        kept.keep("old", [(keys["old"][10], 1, bytes(100))])
        kept.keep("old", [(keys["old"][0], 1, bytes(100))])
        kept.trim(but="coming")
        assert kept.which(keys["old"]) == {*keys["old"][12:], keys["old"][10], keys["old"][0]}
        kept.trim()
        assert kept.count("old") + kept.count("coming") == 10
    finally:
        database.close()
