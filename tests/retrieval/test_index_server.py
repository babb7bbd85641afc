"""The index by meaning on a real Chroma server: what goes there, who sees what, and what happens
while it is away or lies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.errors import IndexServerAway, IndexServerDenied, IndexServerError
from app.core.messages import Health, HealthReport, IndexServerSeen, TryIndexServer, UseIndexServer
from app.core.types import IndexServer
from app.retrieval.chunker import Chunk, Document
from app.retrieval.entries import Change, Entry, Fingerprint
from app.retrieval.index import DenseIndex
from app.retrieval.passages import Passages
from app.retrieval.store import Store
from tests import patience
from tests.retrieval.chroma_server import ChromaServer
from tests.retrieval.conftest import Library

_WIDTH = 16


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    made = ChromaServer(tmp_path_factory.mktemp("chroma"))
    made.start()
    yield made
    made.stop()


class Kept:
    """A library without an embedder: passages with vectors at random, and an index over them."""

    def __init__(self, folder: Path, server: IndexServer | None, seed: int, count: int) -> None:
        folder.mkdir(exist_ok=True)
        self.store = Store(folder / "library.sqlite3")
        self.store.create_collection("all")
        self.store.use_embedder(f"model {seed}")
        self.random = np.random.default_rng(seed)
        self.passages = Passages(self.store.database)
        identity = self.store.fact("identity")
        self.index = DenseIndex(folder, identity, self.passages, server, lambda: "a model")
        self.put("a.txt", count)
        self.index.start()

    def put(self, name: str, count: int) -> Change:
        (file_id,) = self.store.register(1, [(name, "text", 1)])
        rows = self.random.normal(size=(count, _WIDTH)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        chunks = tuple(Chunk(at, at + 1, None, ()) for at in range(count))
        document = Document("secret " * count, "text", name, (), chunks)
        marks = tuple(f"{name} {at}".encode() for at in range(count))
        vectors = tuple(row.astype(np.float16).tobytes() for row in rows)
        entry = Entry(file_id, Fingerprint(1, 1, name), document, ("",) * count, marks, vectors)
        (change,) = self.store.put([entry])
        self.index.change(change)
        return change

    def agrees(self) -> bool:
        """The ten nearest are those of an exact search."""
        ids, rows = self.passages.matrix([1])
        vector = self.random.normal(size=_WIDTH).astype(np.float32)
        vector /= np.linalg.norm(vector)
        best = np.argsort(-(rows.astype(np.float32) @ vector))[:10]
        # As a search asks, which compares many.
        found = self.index.nearest([1], vector, 200)
        return {ids[at] for at in best} == {one for one, _ in found[:10]}

    @property
    def state(self) -> tuple[str, object]:
        return self.index.status, type(self.index.trouble)

    def close(self) -> None:
        self.index.close()
        if self.index._thread is not None:
            self.index._thread.join(patience.SECONDS)
        self.store.close()


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[..., Kept]]:
    made: list[Kept] = []

    def keep_(name: str, server: IndexServer | None, seed: int = 1, count: int = 60) -> Kept:
        made.append(Kept(tmp_path / name, server, seed, count))
        return made[-1]

    yield keep_
    for each in made:
        each.close()


def client_of(server: ChromaServer) -> Any:
    """Chroma's own client, whose connections nobody else closes."""
    import chromadb

    return chromadb.HttpClient("127.0.0.1", int(server.address.rpartition(":")[2]))


def there(server: ChromaServer) -> dict[str, dict[str, Any]]:
    """All that a server has, by collection."""
    client = client_of(server)
    with_all = ["documents", "metadatas", "uris"]
    try:
        return {each.name: each.get(include=with_all) for each in client.list_collections()}
    finally:
        client._server._session.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_only_ids_and_vectors_go_there_and_libraries_never_mix(
    server: ChromaServer, keep: Callable[..., Kept], tmp_path: Path
) -> None:
    one = keep("one", IndexServer(server.address))
    two = keep("two", IndexServer(server.address), seed=2, count=30)
    assert one.index.wait(patience.SECONDS)
    assert two.index.wait(patience.SECONDS)
    assert not list((tmp_path / "one").glob("chroma-*"))
    kept = there(server)
    assert sorted(len(each["ids"]) for each in kept.values()) == [30, 60]
    for each in kept.values():
        assert all(name.isdecimal() for name in each["ids"])
        for what in ("documents", "metadatas", "uris"):
            assert not any(each[what] or ())
    assert one.agrees()
    assert two.agrees()
    # A change goes there, also a removal.
    change = two.put("b.txt", 20)
    two.index.change(two.store.remove_files(1, [1]))
    sizes = {len(each["ids"]) for each in there(server).values()}
    assert sizes == {60, 20}
    assert len(change.added) == 20
    assert one.agrees()
    assert two.agrees()

    # Back on this machine, nothing of it stays there; the other library's does.
    assert one.index.use(None, forget=True) is None
    assert [len(each["ids"]) for each in there(server).values()] == [20]
    assert one.index.wait(patience.SECONDS)
    assert one.agrees()
    assert list((tmp_path / "one").glob("chroma-*"))
    assert two.index.use(None, forget=True) is None
    assert not there(server)


def test_a_server_that_was_away_is_brought_up_to_date(
    server: ChromaServer, keep: Callable[..., Kept]
) -> None:
    kept = keep("one", IndexServer(server.address))
    assert kept.index.wait(patience.SECONDS)
    server.stop()
    try:
        assert kept.agrees(), "nobody answered while the server was away"
        assert kept.state == ("away", IndexServerAway)
        kept.put("b.txt", 25)
        kept.index.change(kept.store.remove_files(1, [1]))
        assert kept.agrees()
    finally:
        server.start()
    kept.index.check()
    assert kept.index.wait(patience.SECONDS)
    until(lambda: kept.state == ("ready", type(None)))
    (found,) = there(server).values()
    assert sorted(map(int, found["ids"])) == kept.passages.ids(1)
    assert kept.agrees()
    kept.index.use(None, forget=True)


def test_what_others_did_to_the_index_there_is_noticed(
    server: ChromaServer, keep: Callable[..., Kept]
) -> None:
    kept = keep("one", IndexServer(server.address))
    assert kept.index.wait(patience.SECONDS)
    client = client_of(server)
    (found,) = client.list_collections()
    strange = np.ones((5, _WIDTH), np.float32)
    found.delete(ids=[str(one) for one in kept.passages.ids(1)[:40]])
    found.upsert(ids=[str(1_000_000 + one) for one in range(5)], embeddings=strange)
    assert kept.agrees(), "passages that the server lost or made up decided"
    kept.index.check()
    assert kept.index.wait(patience.SECONDS)
    assert sorted(map(int, found.get(include=[])["ids"])) == kept.passages.ids(1)
    # A few that are lost change no search much; a look at the health finds them.
    found.delete(ids=[str(one) for one in kept.passages.ids(1)[:3]])
    kept.index.check()
    kept.index.check()
    assert kept.index.wait(patience.SECONDS)
    assert sorted(map(int, found.get(include=[])["ids"])) == kept.passages.ids(1)
    client._server._session.close()
    kept.index.use(None, forget=True)


class Liar(BaseHTTPRequestHandler):
    """Denies those without the token; to others it says nonsense."""

    def do_GET(self) -> None:
        good = self.headers.get("Authorization") == "Bearer sesame"
        good = good and self.headers.get("X-Chroma-Token") == "sesame"
        body = json.dumps({"error": "no"} if not good else [{"id": 7}] * 1000).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def test_a_server_that_denies_or_lies_costs_no_answer(keep: Callable[..., Kept]) -> None:
    liar = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=liar.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{liar.server_port}"
    try:
        kept = keep("one", IndexServer(address, token="wrong"))
        until(lambda: kept.index.status == "away")
        assert kept.state == ("away", IndexServerDenied)
        trouble = kept.index.trouble
        assert trouble is not None
        assert "wrong" not in f"{trouble} {trouble.detail}"
        assert kept.agrees()
        kept.index.use(IndexServer(address, token="sesame"))
        until(lambda: kept.index.status == "away")
        assert kept.state == ("away", IndexServerError)
        assert kept.agrees()
    finally:
        liar.shutdown()
        liar.server_close()


def test_the_child_keeps_its_index_there(server: ChromaServer, samples: Library) -> None:
    before = samples.search("Who leads the repair team?").hits
    where = IndexServer(server.address)
    seen: IndexServerSeen = samples.ask(TryIndexServer(where))
    assert seen.version
    assert seen.collections == 0
    report: HealthReport = samples.ask(UseIndexServer(where))
    assert report.server == server.address
    until(lambda: samples.ask(Health()).dense_index == "ready")
    after = samples.search("Who leads the repair team?").hits
    assert before
    assert [hit.passage for hit in after] == [hit.passage for hit in before]
    kept = there(server)
    assert sum(len(each["ids"]) for each in kept.values()) == samples.ask(Health()).passages
    assert samples.ask(TryIndexServer(where)).collections == len(kept)
    assert samples.ask(UseIndexServer(None, forget=True)).server == ""
    assert not there(server)
