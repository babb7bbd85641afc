"""A server on this machine, and the services over a fresh profile that ask it through a child."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core import servernames
from app.core.messages import Generate, Turn
from app.core.paths import Profile
from app.core.types import ModelSpec, Sampling, Server, ServerModel
from app.remote.config import RemoteConfig
from app.services.server_book import ServerBook
from app.services.servers import ServerService
from tests.keys import Keys, in_memory
from tests.remote.server import FakeServer, serving


@pytest.fixture(autouse=True)
def keys() -> Iterator[Keys]:
    yield from in_memory()


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving() as made:
        yield made


@pytest.fixture
def book(profile: Profile) -> ServerBook:
    return ServerBook(profile.models / "servers.json")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerService]:
    """One child for all tests; it knows no servers."""
    folder = tmp_path_factory.mktemp("remote")
    made = ServerService(
        ServerBook(folder / "none.json"), folder, RemoteConfig(silence=20.0, listing=20.0)
    )
    yield made
    made.close()


@pytest.fixture
def servers(shared: ServerService, book: ServerBook) -> ServerService:
    """The service over the profile of the test, with the child of all tests."""
    shared.book = book
    return shared


@pytest.fixture
def spec(book: ServerBook, fake: FakeServer) -> ModelSpec:
    """A model of the server, connected to."""
    book.put(Server(fake.address, models=(ServerModel("tiny-1", 2048),)))
    return ModelSpec(servernames.join(fake.address, "tiny-1"))


def question(spec: ModelSpec, *turns: str, **more: object) -> Generate:
    """A conversation in which the person begins."""
    roles = ("user", "assistant")
    told = tuple(Turn(roles[number % 2], text) for number, text in enumerate(turns))
    sampling = Sampling(temperature=0.0, max_tokens=64)
    return Generate(spec, sampling, told, **{"documents": False, **more})  # type: ignore[arg-type]
