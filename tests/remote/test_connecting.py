"""Finding out what a server has, and keeping it."""

from __future__ import annotations

import pytest

from app.core import servernames
from app.core.errors import BadInput, ServerDenied, ServerError, ServerForgotten, ServerWantsKey
from app.core.types import Server, ServerModel
from app.services.server_book import ServerBook
from app.services.servers import ServerService
from tests.keys import Keys
from tests.remote.server import FakeServer


def _ollama(fake: FakeServer) -> None:
    fake.models = [{"id": name, "owned_by": "library"} for name in ("a:1b", "b:7b", "c:70b")]
    fake.pages = {
        "/api/ps": {"models": [{"name": "a:1b", "context_length": 16384}]},
        "/api/show": lambda reply: reply.json(
            {"parameters": "stop x\nnum_ctx    2048\n"}
            if reply.body["model"] == "b:7b"
            else {"model_info": {"llama.context_length": 131072}}
        ),
    }


def _llama(fake: FakeServer) -> None:
    fake.models = [{"id": "m.gguf", "owned_by": "llamacpp", "meta": {"n_ctx_train": 8192}}]
    fake.pages = {"/props": {"default_generation_settings": {"n_ctx": 1024}}}


def _studio(fake: FakeServer) -> None:
    fake.models = [{"id": name, "owned_by": "organization_owner"} for name in ("x", "y", "e")]
    fake.pages = {
        "/api/v0/models": {
            "data": [
                {"id": "x", "type": "llm", "max_context_length": 32768},
                {"id": "y", "type": "llm", "max_context_length": 9, "loaded_context_length": 6000},
                {"id": "e", "type": "embeddings", "max_context_length": 512},
            ]
        }
    }


def _vllm(fake: FakeServer) -> None:
    fake.models = [{"id": "org/model", "owned_by": "vllm", "max_model_len": 32768}]


@pytest.mark.parametrize(
    ("prepare", "kind", "contexts"),
    [
        (_ollama, "ollama", {"a:1b": 16384, "b:7b": 2048, "c:70b": 4096}),
        (_llama, "llama.cpp", {"m.gguf": 1024}),
        (_studio, "lmstudio", {"x": 4096, "y": 6000}),
        (_vllm, "vllm", {"org/model": 32768}),
        (lambda fake: None, "", {"tiny-1": 0}),
    ],
)
def test_each_kind_of_server_tells_its_models_and_contexts(
    servers: ServerService, fake: FakeServer, prepare: object, kind: str, contexts: dict[str, int]
) -> None:
    prepare(fake)  # type: ignore[operator]
    found = servers.look(f"127.0.0.1:{fake.port}", "")
    assert found.kind == kind
    assert {model.name: model.context for model in found.models} == contexts


@pytest.mark.parametrize("page", [[], {"data": "x"}, {"object": "list"}, 7, (200, "text")])
def test_what_is_no_list_of_models_is_told_of(
    servers: ServerService, fake: FakeServer, page: object
) -> None:
    fake.pages = {"/v1/models": page}
    with pytest.raises(ServerError, match=f"127.0.0.1:{fake.port}"):
        servers.look(fake.address, "")


def test_hostile_lists_are_bounded(servers: ServerService, fake: FakeServer) -> None:
    fake.models = [
        {"id": "good"},
        {"id": "two\nlines"},
        {"id": "turned\u202eround"},
        {"id": "x" * 201},
        {"id": 7},
        {"id": "endless", "max_model_len": 1e300},
        *({"id": f"model {n}"} for n in range(2000)),
    ]
    found = servers.look(fake.address, "")
    names = [model.name for model in found.models]
    assert names[:2] == ["good", "endless"]
    assert len(names) <= 500
    assert found.models[1].context == 0


def test_a_missing_key_is_asked_for(servers: ServerService, fake: FakeServer) -> None:
    fake.key = "open sesame".replace(" ", "-")
    with pytest.raises(ServerWantsKey, match="wants a key"):
        servers.look(fake.address, "")
    with pytest.raises(ServerDenied, match="does not accept the key"):
        servers.look(fake.address, "close")
    assert [m.name for m in servers.look(fake.address, "open-sesame").models] == ["tiny-1"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("localhost:8080", "http://localhost:8080/v1"),
        (" http://Example.org/ ", "http://example.org/v1"),
        ("https://example.org:443/v1/chat/completions", "https://example.org/v1"),
        ("http://[::1]:8080/v1/models", "http://[::1]:8080/v1"),
        ("https://example.org/openai/v3", "https://example.org/openai/v3"),
    ],
)
def test_addresses_are_kept_in_one_form(typed: str, kept: str) -> None:
    assert servernames.checked(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ftp://x",
        "http://",
        "http://u:p@x/v1",
        "http://x:99999",
        "http://x/v1?a=b",
        "http://x#y",
        "http://a b",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        servernames.checked(typed)


@pytest.mark.parametrize(
    ("address", "words", "encrypted"),
    [
        ("http://127.0.0.1:8080/v1", "This machine, port 8080", True),
        ("http://localhost/v1", "This machine, port 80", True),
        ("http://[::1]:1234/v1", "This machine, port 1234", True),
        ("http://192.168.1.5:8080/v1", "Text goes to 192.168.1.5:8080", False),
        ("http://127.0.0.1.example.org/v1", "Text goes to 127.0.0.1.example.org", False),
        ("https://example.org/v1", "Text goes to example.org", True),
    ],
)
def test_where_text_goes_is_told_truly(address: str, words: str, encrypted: bool) -> None:
    assert servernames.where(servernames.join(address, "m#1")) == words
    assert servernames.is_open(address) is not encrypted
    assert servernames.split(servernames.join(address, "m#1")) == (address, "m#1")


def test_a_server_is_kept_changed_removed_and_put_back(book: ServerBook, keys: Keys) -> None:
    first = book.put(Server("http://10.0.0.2/v1", "Office", (ServerModel("m", 8192),)), "key-1")
    assert first.has_key
    again = ServerBook(book._file)
    assert again.servers() == (first,)
    assert again.names() == ["http://10.0.0.2/v1#m"]
    assert again.context("http://10.0.0.2/v1#m") == 8192
    assert again.named("m") == again.named("Office/m") == "http://10.0.0.2/v1#m"
    assert "key-1" not in book._file.read_text()
    book.allow_documents(first.address)
    # Another address is another place: leave to send documents there was not given.
    moved = book.move(book.get(first.address), Server("http://10.0.0.3/v1", "O", first.models))
    assert not moved.documents
    assert book.key(moved) == "key-1"
    assert list(keys.kept.values()) == ["key-1"]
    removed = book.remove(moved.address)
    assert book.servers() == ()
    assert not keys.kept
    with pytest.raises(ServerForgotten):
        book.get(moved.address)
    book.restore(removed)
    assert book.key(book.get(moved.address)) == "key-1"


def test_a_spoilt_list_of_servers_loses_no_more_than_it_must(book: ServerBook) -> None:
    good = book.put(Server("http://10.0.0.2/v1", "", (ServerModel("m"),)))
    text = book._file.read_text()
    book._file.write_text(text.replace("[\n", '[7, {"address": "x"}, {"models": []},\n', 1))
    assert ServerBook(book._file).servers() == (good,)
    book._file.write_text("{")
    assert ServerBook(book._file).servers() == ()
