"""Another embedding model for a library: the old one answers, then the new one does."""

from __future__ import annotations

import itertools
import os
import runpy
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.cancel import Cancel
from app.core.errors import BadEmbedder, ChildDied
from app.core.messages import (
    DeleteCollection,
    EmbedderSeen,
    Health,
    HealthReport,
    LookAtEmbedder,
    Progress,
    RemoveFiles,
    UseEmbedder,
)
from app.core.paths import program_root
from app.core.process import WorkerProcess
from app.core.types import EmbedderState
from app.retrieval.config import RetrievalConfig
from app.retrieval.embedders.gguf_model import GGUFModel
from tests import patience
from tests.retrieval import held
from tests.retrieval.conftest import SAMPLES, Library
from tests.retrieval.embedding_models import as_gguf, narrow, shallow

WORDS = ("door", "roof", "gate", "fence", "porch")
QUERY = "When is the bicycle repair course?"


class Watched(Library):
    """A library whose child is held.Worker."""

    def __init__(self, folder: Path, default: Path) -> None:
        self.beside = folder
        self.folder = folder / "library"
        config = RetrievalConfig(self.folder, default, folder / "logs")
        self.worker = WorkerProcess(
            "The index", held.ENTRY, config, config.logs, grace=patience.SECONDS
        )

    def hold(self, batches: int) -> None:
        """Let a model that was chosen make so many batches and wait."""
        coming = self.beside / "hold.coming"
        coming.write_text(str(batches), "utf-8")
        coming.replace(self.beside / "hold")

    def let_go(self) -> None:
        (self.beside / "hold").unlink()

    def embedded(self, name: str) -> int:
        """How many texts the model was given so far, but for the one that warms it."""
        calls = self.beside / "calls"
        lines = calls.read_text("utf-8").splitlines() if calls.exists() else []
        return sum(int(line.split()[-1]) for line in lines if line.startswith(f"{name}@"))

    def state(self, place: Path | str = "") -> EmbedderState:
        seen: EmbedderSeen = self.ask(LookAtEmbedder(str(place)))
        return seen.state

    def use(self, place: Path | str) -> list[Any]:
        return list(self.worker.stream(UseEmbedder(str(place))))


@pytest.fixture(scope="module")
def models(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """default/all-MiniLM-L6-v2 as packages have it, other.gguf, narrow/."""
    folder = tmp_path_factory.mktemp("models")
    convert = runpy.run_path(str(program_root() / "installer/embedder.py"))["write"]
    convert(weights, folder / "default" / weights.name)
    as_gguf(shallow(weights, folder / "shallow"), folder / "other.gguf")
    return folder


@pytest.fixture
def library(models: Path, tmp_path: Path) -> Iterator[Watched]:
    library = Watched(tmp_path, models / "default" / "all-MiniLM-L6-v2")
    yield library
    library.worker.close()


@pytest.fixture
def filled(library: Watched, tmp_path: Path) -> Watched:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number, what in enumerate(("pump", "valve", "hinge", "spring", "lever") * 8):
        text = f"Part {number} is a {what}. It weighs {number + 2} grams and costs {number} euros."
        (folder / f"part {number}.txt").write_text(text, "utf-8")
    shutil.copyfile(SAMPLES / "workshops.md", folder / "workshops.md")
    library.add(library.create(), folder)
    return library


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Begun(threading.Thread):
    """A rebuild under way; `events` and `error` once it is over."""

    def __init__(self, library: Watched, place: Path, cancel: Cancel | None = None) -> None:
        super().__init__(daemon=True)
        self.events: list[Any] = []
        self.error: Exception | None = None
        self._stream = library.worker.stream(UseEmbedder(str(place)), cancel)
        self.start()

    def run(self) -> None:
        try:
            self.events.extend(self._stream)
        except Exception as error:
            self.error = error


def vectors(library: Watched) -> list[tuple[int, int]]:
    """(passage, bytes of its vector) as SQLite has them."""
    with sqlite3.connect(library.folder / "library.sqlite3") as opened:
        return opened.execute("SELECT id, length(vector) FROM chunks ORDER BY id").fetchall()


def test_the_old_model_answers_while_the_new_one_is_at_work(
    filled: Watched, models: Path, tmp_path: Path
) -> None:
    place = models / "other.gguf"
    before = filled.state(place)
    assert before.is_due
    assert before.wanted is not None
    assert before.wanted.name == "other"
    answer = filled.search(QUERY)
    wait_for(lambda: filled.ask(Health()).dense_index == "ready")
    (index,) = filled.folder.glob("chroma-*")
    filled.hold(1)
    work = Begun(filled, place)
    # Its first batch is made, the second one waits.
    wait_for(lambda: filled.embedded("other") > 0)
    during = filled.search(QUERY)
    assert [hit.passage.text for hit in during.hits] == [hit.passage.text for hit in answer.hits]
    assert [hit.score for hit in during.hits] == [hit.score for hit in answer.hits]
    state = filled.state(place)
    assert state.running
    assert state.current == before.current
    # What comes, changes and goes meanwhile is right at the end.
    late = tmp_path / "late.txt"
    late.write_text("The observatory on the hill opens its dome on clear nights in autumn.")
    added = filled.add(1, late)
    assert added[-1].ready == 1
    gone = filled.files(1)["part 3.txt"]
    filled.ask(RemoveFiles(1, (gone.id,)))
    old = next(hit for hit in filled.search("observatory dome").hits)
    assert "observatory" in old.passage.text
    filled.let_go()
    work.join(patience.SECONDS)
    assert work.error is None
    progress = [event for event in work.events if isinstance(event, Progress)]
    assert [one.fraction for one in progress] == sorted(one.fraction for one in progress)
    after: EmbedderState = work.events[-1].state
    assert not after.is_due
    assert after.current.name == "other"
    assert after.ready == after.passages
    assert filled.embedded("other") >= after.passages
    found = filled.search(QUERY)
    assert "Yusuf Demir" in found.hits[0].passage.text
    assert "observatory" in filled.search("observatory dome").hits[0].passage.text
    assert not any(hit.passage.file_id == gone.id for hit in filled.search("Part 3").hits)
    # Chroma follows, with the new vectors alone.
    wait_for(lambda: filled.ask(Health()).dense_index == "ready")
    again = filled.search(QUERY)
    assert [hit.passage.chunk_id for hit in again.hits] == [
        hit.passage.chunk_id for hit in found.hits
    ]
    (now,) = filled.folder.glob("chroma-*")
    assert now != index


def test_stopped_and_killed_it_goes_on_where_it_was(filled: Watched, models: Path) -> None:
    place = models / "other.gguf"
    count = filled.state(place).passages
    default = filled.state(place).current
    filled.hold(1)
    cancel = Cancel()
    work = Begun(filled, place, cancel)
    wait_for(lambda: filled.embedded("other") > 0)
    # It ends after this batch or the one that waits; there are more.
    cancel.set()
    work.join(patience.SECONDS)
    stopped: EmbedderState = work.events[-1].state
    assert stopped.current == default
    assert 0 < stopped.ready < count
    filled.hold(0)
    work = Begun(filled, place)
    wait_for(lambda: filled.state(place).running)
    assert filled.worker.pid is not None
    os.kill(filled.worker.pid, signal.SIGKILL)
    work.join(patience.SECONDS)
    assert isinstance(work.error, ChildDied)
    filled.let_go()
    state = filled.state(place)
    assert state.current == default
    assert state.ready >= stopped.ready
    assert (stopped.deaths, state.deaths) == (0, 1)
    assert "Yusuf Demir" in filled.search(QUERY).hits[0].passage.text
    before = filled.embedded("other")
    done: EmbedderState = filled.use(place)[-1].state
    assert not done.is_due
    assert done.current.name == "other"
    assert done.deaths == 0
    assert filled.embedded("other") - before == count - state.ready


def test_vectors_of_another_length_and_the_way_back(filled: Watched, models: Path) -> None:
    place = as_gguf(narrow(models / "shallow", models / "narrow"), models / "narrow.gguf")
    default = filled.state().current
    rows = vectors(filled)
    assert {size for _, size in rows} == {2 * 384}
    assert filled.use(place)[-1].state.current.dimension == 128
    now = vectors(filled)
    assert {size for _, size in now} == {2 * 128}
    assert [one for one, _ in now] == [one for one, _ in rows], "passages are what they were"
    assert len(filled.search(QUERY).hits) == 8
    late = filled.beside / "late.txt"
    late.write_text("The observatory opens its dome on clear nights.", "utf-8")
    filled.add(1, late)
    assert {size for _, size in vectors(filled)} == {2 * 128}
    assert "observatory" in filled.search("observatory dome").hits[0].passage.text
    made = filled.embedded("all-MiniLM-L6-v2")
    back: EmbedderState = filled.use("")[-1].state
    assert back.current == default
    assert not back.is_due
    # All of it was kept but for what is new; the model may be warmed up besides.
    assert 1 <= filled.embedded("all-MiniLM-L6-v2") - made <= 2
    assert "Yusuf Demir" in filled.search(QUERY).hits[0].passage.text


def test_what_was_deleted_and_comes_again_is_not_embedded_again(filled: Watched) -> None:
    made = filled.embedded("all-MiniLM-L6-v2")
    file = filled.files(1)["workshops.md"]
    filled.ask(RemoveFiles(1, (file.id,)))
    with sqlite3.connect(filled.folder / "library.sqlite3") as opened:
        kept = opened.execute("SELECT count(*) FROM kept").fetchone()[0]
        columns = {row[1] for row in opened.execute("PRAGMA table_info(kept)")}
    assert kept == file.passages > 0
    assert columns == {"id", "key", "embedder", "collection_id", "vector"}, "no text"
    filled.add(1, filled.beside / "texts" / "workshops.md")
    assert filled.files(1)["workshops.md"].passages == file.passages
    assert filled.embedded("all-MiniLM-L6-v2") == made
    filled.ask(DeleteCollection(1))
    with sqlite3.connect(filled.folder / "library.sqlite3") as opened:
        assert opened.execute("SELECT count(*) FROM kept").fetchone()[0] == 0
    filled.add(filled.create("again"), SAMPLES / "workshops.md")
    assert filled.embedded("all-MiniLM-L6-v2") > made


def test_one_that_can_not_be_used_changes_nothing(
    filled: Watched, models: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    # The header promises what it should; what follows is not what llama.cpp wants.
    data = bytearray((models / "other.gguf").read_bytes())
    at = data.index(b"blk.0.attn_q.weight")
    data[at : at + 5] = b"wrong"
    broken.write_bytes(data)
    seen: EmbedderSeen = filled.ask(LookAtEmbedder(str(broken), measured=True))
    assert seen.state.wanted is None
    assert "broken.gguf can't be used" in seen.state.problem
    for place in (broken, tmp_path / "nothing.gguf"):
        with pytest.raises(BadEmbedder, match=place.name):
            filled.use(place)
    report: HealthReport = filled.ask(Health())
    assert report.embedder == filled.state().current.id
    assert "Yusuf Demir" in filled.search(QUERY).hits[0].passage.text


def test_a_model_that_went_away_is_told_and_another_takes_its_place(
    filled: Watched, models: Path, tmp_path: Path
) -> None:
    place = tmp_path / "mine.gguf"
    shutil.copyfile(models / "other.gguf", place)
    filled.use(place)
    filled.worker.rest()
    place.unlink()
    state = filled.state(place)
    assert state.wanted is None
    assert "no longer there" in state.problem
    with pytest.raises(BadEmbedder, match=r"mine\.gguf"):
        filled.search(QUERY)
    # Nothing of it was thrown away; the default one was kept from before.
    made = filled.embedded("all-MiniLM-L6-v2")
    assert not filled.use("")[-1].state.is_due
    assert filled.embedded("all-MiniLM-L6-v2") - made <= 1
    assert "Yusuf Demir" in filled.search(QUERY).hits[0].passage.text


def test_passages_that_the_new_model_can_not_see_whole_are_cut_anew(
    filled: Watched, models: Path, tmp_path: Path
) -> None:
    place = as_gguf(models / "shallow", models / "short.gguf", context=128)
    long = tmp_path / "long.txt"
    sentences = (f"The {word} of house {n} was painted blue. " for n in range(40) for word in WORDS)
    long.write_text("".join(sentences), "utf-8")
    filled.add(1, long)
    before = {file.name: file.passages for file in filled.files(1).values()}
    assert filled.use(place)[-1].state.current.limit == 126
    after = {file.name: file.passages for file in filled.files(1).values()}
    assert after["long.txt"] > before["long.txt"]
    assert after["part 3.txt"] == before["part 3.txt"] == 1
    with sqlite3.connect(filled.folder / "library.sqlite3") as opened:
        rows = opened.execute(
            """SELECT c.prefix, c.start, c."end", t.text FROM chunks c
            JOIN texts t ON t.file_id = c.file_id JOIN files f ON f.id = c.file_id
            WHERE f.path LIKE '%long.txt' ORDER BY c.start"""
        ).fetchall()
    words = GGUFModel(place).tokenizer()
    text = rows[0][3]
    assert max(words.count(f"{prefix}\n{text[a:b]}") for prefix, a, b, _ in rows) <= 126
    # Nothing between them but spaces, and all of them can be found by their words.
    edges = [(a, b) for _, a, b, _ in rows]
    gaps = [text[b:a] for (_, b), (a, _) in itertools.pairwise(edges)]
    assert not "".join(gaps).strip()
    assert (text[: edges[0][0]] + text[edges[-1][1] :]).strip() == ""
    assert "of house 39" in filled.search("fence of house 39").hits[0].passage.text


def test_a_default_model_that_was_replaced_leaves_words_until_it_is_done(
    filled: Watched, models: Path, tmp_path: Path
) -> None:
    filled.worker.close()
    other = tmp_path / "replaced" / "all-MiniLM-L6-v2"
    shutil.copytree(models / "default" / "all-MiniLM-L6-v2", other)
    (other / "source.json").write_text('{"sha256": "of other weights"}', "utf-8")
    library = Watched(tmp_path, other)
    try:
        found = library.search("bicycle repair")
        assert "Yusuf Demir" in found.hits[0].passage.text
        state = library.state()
        assert state.words
        assert state.is_due
        library.add(1, SAMPLES / "tools.csv")
        assert not library.use("")[-1].state.is_due
        made = library.embedded("all-MiniLM-L6-v2")
        assert made >= state.passages
        assert "Yusuf Demir" in library.search(QUERY).hits[0].passage.text
    finally:
        library.worker.close()
